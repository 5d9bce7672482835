/** The conversation with the station: opens, resumes after a lost connection, resends what was not accepted, drops doubles. */

/** The most characters of one message. */
export const LONGEST = 2000;
/** The most messages kept while they cannot be sent. */
const MOST_UNSENT = 20;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const KEPT = 'countersign-chat';

export type Speaker = 'agent' | 'person' | 'customer';
export type Said = { position: number; at: string; from: Speaker; text: string };
/** Who answers: the agent, or a person of the team. */
export type Answers = 'agent' | 'person';
/** A code to their address can sign the customer in; `folder`: where it is to be looked for, in a shop that sends no mail. */
export type Offer = { folder: string | null };
export type Unsent = { clientId: string; text: string };
/** Positions count in a log; a station that goes on from a backup has another one. What is kept over a reload of the page, in the tab's own storage. */
type Kept = {
  conversation: string;
  secret: string;
  log?: string;
  said: Said[];
  unsent: Unsent[];
  noted: boolean;
  answers?: Answers;
  /** Whom the site had signed in when it began. */
  subject?: string | null;
  /** For how many minutes the code is good that was asked for. */
  codeGood?: number | null;
  signedIn?: { name: string | null } | null;
};

export type ChatState = {
  /** `new`: nobody has given a name yet. */
  stage: 'new' | 'connecting' | 'open' | 'lost' | 'closed';
  said: Said[];
  unsent: Unsent[];
  /** Until when a colleague is checking, as an ISO time; null while nobody is. */
  checkingUntil: string | null;
  noted: boolean;
  answers: Answers;
  /** It has ended; writing takes it up again. At stage `closed` it has ended for good. */
  ended: boolean;
  /** Whether it is asked how satisfied they were, and whether they have said so. */
  rating: 'none' | 'asked' | 'given';
  /** What signs the customer in while they write, if anything does. */
  offer: Offer | null;
  /** A code was asked for and is good for so many minutes. */
  codeGood: number | null;
  signedIn: { name: string | null } | null;
  /** Why a code was not sent, or not the right one. */
  signInError: string | null;
  error: string | null;
};

type ServerFrame =
  | { type: 'opened'; conversation: string; secret: string; assurance: string; log: string; sign_in?: Offer }
  | { type: 'resumed'; log: string; sign_in?: Offer }
  | { type: 'code_asked'; good_minutes: number }
  | { type: 'signed_in'; name: string | null }
  | { type: 'accepted'; client_id: string; position: number }
  | { type: 'said'; position: number; at: string; from: Speaker; text: string; client_id?: string | null }
  | { type: 'answers'; who: Answers }
  | { type: 'checking'; until: string | null }
  | { type: 'noted' }
  | { type: 'error'; code: string; message: string; client_id?: string | null }
  | { type: 'closed'; position: number; for_good: boolean; rates: boolean }
  | { type: 'reopened' }
  | { type: 'rated' };

/** What is told of signing in; behind some of these no code is waited for any more. */
const OF_SIGN_IN = new Set(['address', 'too_many_codes', 'wrong_code', 'no_code', 'not_sent', 'signed_in']);
const NO_CODE = new Set(['no_code', 'not_sent', 'signed_in']);
/** What a refused message is told that may be sent again as it is. Any other refusal is of the message itself. */
const LATER = new Set(['too_fast', 'unavailable']);
const TOO_FAST_WAIT_MS = 3000;

export type ChatOptions = {
  url: string;
  store: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  socket?: (url: string) => WebSocket;
  newId?: () => string;
  /** Milliseconds before the first new try; doubled each time. */
  firstWait?: number;
  changed: (state: ChatState) => void;
};

export class ChatClient {
  state: ChatState = fresh();
  readonly #options: ChatOptions;
  #kept: Kept | null = null;
  #socket: WebSocket | null = null;
  #opening: { name: string } | { token: string } | null = null;
  #subject: string | null = null;
  #wait: number;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ready = false;
  #endedAt = 0;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#wait = options.firstWait ?? FIRST_WAIT_MS;
  }

  /** Goes on with the conversation of this tab, if there is one. */
  restore(): boolean {
    const kept = readKept(this.#options.store.getItem(KEPT));
    if (kept === null) return false;
    this.#kept = kept;
    this.#set({
      stage: 'connecting',
      said: kept.said,
      unsent: kept.unsent,
      noted: kept.noted,
      answers: kept.answers ?? 'agent',
      codeGood: kept.codeGood ?? null,
      signedIn: kept.signedIn ?? null,
    });
    this.#connect();
    return true;
  }

  /** Begins a conversation with a name only, or with a token that the shop signed. */
  open(how: { name: string } | { token: string }): void {
    this.#opening = how;
    this.#subject = 'token' in how ? subjectOf(how.token) : null;
    this.#set({ stage: 'connecting', error: null });
    this.#connect();
  }

  /** The site around the page says whom it has signed in, or that it has nobody: what was said with somebody else is shown to no one. */
  customer(token: string | null): void {
    const kept = this.#kept ?? readKept(this.#options.store.getItem(KEPT));
    const subject = token === null ? null : subjectOf(token);
    const another = kept !== null && (kept.subject ?? null) !== subject;
    if (another || this.state.stage === 'closed') this.forget();
    if (this.state.stage !== 'new' || this.restore()) return;
    if (token !== null) this.open({ token });
  }

  /** Takes a message; it is shown at once and sent as soon as it can be. False if it is not a message that can be taken. */
  send(text: string): boolean {
    const trimmed = text.trim();
    if (trimmed === '' || [...trimmed].length > LONGEST || this.state.stage === 'closed') return false;
    if (this.state.unsent.length >= MOST_UNSENT) return false;
    const message = { clientId: (this.#options.newId ?? (() => crypto.randomUUID()))(), text: trimmed };
    this.#set({ unsent: [...this.state.unsent, message], error: null });
    this.#keep();
    if (this.#ready) this.#say(message);
    return true;
  }

  /** Says that it is done. What comes of it the station tells. */
  done(): void {
    this.#tell({ type: 'done' });
  }

  /** Says how satisfied they were, from 1 to 5. */
  rate(score: number): void {
    if (this.state.rating !== 'asked' || !this.#ready) return;
    this.#set({ rating: 'none' });
    this.#tell({ type: 'rate', score });
  }

  /** Asks for a code to this address. */
  askCode(address: string): void {
    this.#tell({ type: 'sign_in', address });
  }

  /** Tries the code that came. */
  enterCode(code: string): void {
    this.#tell({ type: 'code', code });
  }

  /** The address was another one. */
  otherAddress(): void {
    this.#set({ codeGood: null, signInError: null });
    this.#keep();
  }

  #tell(frame: object): void {
    this.#set({ error: null, signInError: null });
    if (this.#ready) this.#socket?.send(JSON.stringify(frame));
  }

  /** Forgets this conversation. */
  forget(): void {
    this.stop();
    this.#options.store.removeItem(KEPT);
    this.#kept = null;
    this.#opening = null;
    this.state = fresh();
    this.#set({});
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    socket?.close();
  }

  #connect(): void {
    const socket = (this.#options.socket ?? ((url) => new WebSocket(url)))(this.#options.url);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.#hello()));
    socket.onmessage = (event) => {
      if (socket === this.#socket && typeof event.data === 'string') this.#take(event.data);
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      this.#ready = false;
      if (this.state.stage !== 'closed' && this.state.stage !== 'new') this.#again();
    };
  }

  #hello(): object {
    if (this.#kept === null) return { type: 'open', ...(this.#opening ?? { name: '' }) };
    const last = this.#kept.said[this.#kept.said.length - 1]?.position ?? null;
    const { conversation, secret, log } = this.#kept;
    return { type: 'resume', conversation, secret, after: last, log };
  }

  #again(): void {
    this.#set({ stage: 'lost' });
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#connect();
    }, this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }

  #take(data: string): void {
    let frame: ServerFrame;
    try {
      frame = JSON.parse(data) as ServerFrame;
    } catch {
      return;
    }
    switch (frame.type) {
      case 'opened':
        this.#kept = {
          conversation: frame.conversation,
          secret: frame.secret,
          log: frame.log,
          said: [],
          unsent: [],
          noted: false,
          subject: this.#subject,
        };
        return this.#begin(frame.sign_in);
      case 'resumed':
        return this.#resumed(frame.log, frame.sign_in);
      case 'code_asked':
        this.#set({ codeGood: frame.good_minutes, signInError: null });
        return this.#keep();
      case 'signed_in':
        this.#set({ signedIn: { name: frame.name }, offer: null, codeGood: null, signInError: null });
        return this.#keep();
      case 'said':
        return this.#hear(frame);
      case 'accepted':
        return this.#accepted(frame.client_id, frame.position);
      case 'answers':
        // A person is there: what was noted for one is in their hands.
        this.#set({ answers: frame.who, noted: frame.who === 'agent' && this.state.noted });
        return this.#keep();
      case 'checking':
        return this.#set({ checkingUntil: frame.until ?? null });
      case 'noted':
        this.#set({ noted: true });
        return this.#keep();
      case 'rated':
        return this.#set({ rating: 'given' });
      case 'reopened':
        return this.#set({ ended: false, rating: 'none' });
      case 'closed':
        if (!frame.for_good) {
          this.#endedAt = frame.position;
          const rating = frame.rates ? 'asked' : 'none';
          this.#set({ ended: true, rating, checkingUntil: null, noted: false, answers: 'agent' });
          return this.#keep();
        }
        this.#set({ stage: 'closed', checkingUntil: null });
        this.#options.store.removeItem(KEPT);
        return this.stop();
      case 'error':
        return this.#failed(frame.code, frame.message, frame.client_id ?? null);
    }
  }

  /** In another log than before everything is told again, and what stood at its positions is not what stands there now. */
  #resumed(log: string, offer?: Offer): void {
    if (this.#kept !== null && this.#kept.log !== log) {
      const known = this.#kept.log !== undefined;
      this.#kept = { ...this.#kept, log };
      if (known) this.#set({ ...fresh(), unsent: this.state.unsent });
    }
    this.#begin(offer);
  }

  #begin(offer?: Offer): void {
    this.#ready = true;
    this.#wait = this.#options.firstWait ?? FIRST_WAIT_MS;
    this.#set({ stage: 'open', error: null, offer: offer ?? null });
    this.#keep();
    for (const message of this.state.unsent) this.#say(message);
  }

  #hear(frame: Extract<ServerFrame, { type: 'said' }>): void {
    const { position, at, from, text } = frame;
    // Whatever is said behind its end has taken it up again, though the line may have been cut before that was told.
    if (this.state.ended && position > this.#endedAt) this.#set({ ended: false, rating: 'none' });
    const unsent = this.state.unsent.filter((message) => message.clientId !== frame.client_id);
    // The station's own words replace ours at the same position: it may have masked a card number in them.
    const others = this.state.said.filter((said) => said.position !== position);
    const said = [...others, { position, at, from, text }].sort((a, b) => a.position - b.position);
    this.#set({ said, unsent });
    this.#keep();
  }

  /** The station has stored it. Its own words come back as `said`; until then ours stand in their place. */
  #accepted(clientId: string, position: number): void {
    const message = this.state.unsent.find((one) => one.clientId === clientId);
    if (message === undefined || this.state.said.some((said) => said.position === position)) return;
    this.#hear({
      type: 'said',
      position,
      at: new Date().toISOString(),
      from: 'customer',
      text: message.text,
      client_id: clientId,
    });
  }

  #failed(code: string, message: string, clientId: string | null): void {
    if (OF_SIGN_IN.has(code)) {
      this.#set({ signInError: message, ...(NO_CODE.has(code) ? { codeGood: null } : {}) });
      return this.#keep();
    }
    this.#set({ error: message });
    if (clientId !== null) this.#refused(code, clientId);
    else if (this.#kept === null) {
      // It did not open: the name or the token has to be another one.
      this.stop();
      this.#set({ ...fresh(), error: message });
    } else if (code === 'cannot_resume') {
      this.forget();
      this.#set({ error: message });
    }
  }

  #refused(code: string, clientId: string): void {
    if (!LATER.has(code)) {
      this.#set({ unsent: this.state.unsent.filter((one) => one.clientId !== clientId) });
      this.#keep();
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.#ready) for (const one of this.state.unsent) this.#say(one);
    }, this.#options.firstWait ?? TOO_FAST_WAIT_MS);
  }

  #say(message: Unsent): void {
    this.#socket?.send(JSON.stringify({ type: 'message', client_id: message.clientId, text: message.text }));
  }

  #keep(): void {
    if (this.#kept === null) return;
    const { said, unsent, noted, answers, codeGood, signedIn } = this.state;
    this.#kept = { ...this.#kept, said: said.slice(-200), unsent, noted, answers, codeGood, signedIn };
    this.#options.store.setItem(KEPT, JSON.stringify(this.#kept));
  }

  #set(change: Partial<ChatState>): void {
    this.state = { ...this.state, ...change };
    this.#options.changed(this.state);
  }
}

function fresh(): ChatState {
  return {
    stage: 'new',
    said: [],
    unsent: [],
    checkingUntil: null,
    noted: false,
    answers: 'agent',
    ended: false,
    rating: 'none',
    offer: null,
    codeGood: null,
    signedIn: null,
    signInError: null,
    error: null,
  };
}

/** Whom a token is for, as it says itself. Whether that is true, the station decides. */
function subjectOf(token: string): string {
  try {
    const claims = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(claims), (character) => character.charCodeAt(0));
    const subject = (JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown }).sub;
    if (typeof subject === 'string') return subject;
  } catch {
    // It will be refused where it is checked.
  }
  return token;
}

function readKept(text: string | null): Kept | null {
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as Kept;
    return typeof value.conversation === 'string' && Array.isArray(value.said) ? value : null;
  } catch {
    return null;
  }
}
