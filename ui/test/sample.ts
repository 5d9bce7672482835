/** A card for tests, and a station in memory that answers with it. */
import type {
  ActionRow,
  Card,
  CardAside,
  CardEscalation,
  CardView,
  Command,
  ConversationRow,
  ConversationsView,
  DecisionRequest,
  Link,
  OverridePreview,
  Query,
  SessionView,
  TranscriptView,
  Waits,
} from '../src/generated/wire';
import { HostProblem, type Desktop, type Ears, type Host } from '../src/host/host';

export const schema = {
  type: 'object',
  required: ['order', 'amount', 'note', 'count', 'gift'],
  properties: {
    order: { type: 'string', title: 'Order' },
    amount: { type: 'integer', title: 'Amount', minimum: 1 },
    note: { type: 'string', title: 'Note', maxLength: 20 },
    count: { type: 'integer', title: 'Count', maximum: 9 },
    gift: { type: 'boolean', title: 'Gift' },
    until: { type: 'string', format: 'date', title: 'Until' },
    reason: { enum: ['damaged', 'late'], title: 'Reason' },
    lines: { type: 'array', title: 'Lines', items: { type: 'object', properties: { sku: { type: 'string' } } } },
  },
};

export function card(change: Partial<Card> = {}): Card {
  const argument = (name: string, value: unknown, shown: string, fixed = false): Card['arguments'][number] => ({
    name,
    label: name.slice(0, 1).toUpperCase() + name.slice(1),
    value,
    shown,
    fixed,
    source: { kind: 'agent' },
  });
  return {
    form: 1,
    locale: 'en-GB',
    interface: 'test',
    action: 'act_1',
    conversation: 'cnv_1',
    tool: { name: 'crm.refund', title: 'Refund', definition: 'aa', effect: 'reversible' },
    digest: 'd'.repeat(64),
    headline: 'Refund €129.00 to Ana Ruiz for order 1042',
    noun: 'Refund',
    effect: 'Ana has €129.00 back.',
    bar: { currency: 'EUR', total: 18900, already: 4000, this: 12900, argument: 'amount' },
    money: { minor: 12900, currency: 'EUR' },
    proposed_at: '2026-10-14T12:28:00Z',
    deadline: '2099-10-14T12:36:00Z',
    requester: { agent: 'returns-agent', reasoner: 'playbook refund 1' },
    customer: { name: 'Ana Ruiz', assurance: 'claimed' },
    arguments: [
      argument('order', '1042', '1042', true),
      argument('amount', 12900, '€129.00'),
      argument('note', '7', '7'),
      argument('count', 2, '2'),
      argument('gift', false, 'no'),
      argument('reason', 'damaged', 'damaged'),
      argument('lines', [{ sku: 'A-1' }, { sku: 'B-2' }], '[…]'),
    ],
    canonical_arguments: '{}',
    schema,
    rules: [{ id: 'refund-over-100', reason: 'Refunds over €100.00 need one supervisor.' }],
    policy_version: 'abcdef0123456789',
    approvers: 1,
    roles: ['supervisor'],
    facts: [],
    facts_read_at: null,
    facts_problem: null,
    words: [],
    claim: null,
    notices: [],
    ...change,
  };
}

export function row(action: string, change: Partial<ActionRow> = {}): ActionRow {
  return {
    action,
    conversation: 'cnv_1',
    seen_in: change.conversation ?? 'cnv_1',
    channel: 'chat',
    agent: 'refund',
    tool: 'crm.refund',
    effect: 'reversible',
    noun: 'Refund',
    money: { minor: 12900, currency: 'EUR' },
    customer: 'Ana Ruiz',
    erased: false,
    object: 'order 1042',
    state: 'held',
    proposed_at: '2026-10-14T12:28:00Z',
    deadline: '2099-10-14T12:36:00Z',
    changed_at: '2026-10-14T12:28:00Z',
    asked_by: null,
    decided_by: null,
    snoozed: null,
    delegated: null,
    contradictions: 0,
    remark: 'Refunds over €100.00 need one supervisor.',
    ...change,
  };
}

export function conversationRow(conversation: string, change: Partial<ConversationRow> = {}): ConversationRow {
  return {
    conversation,
    channel: 'chat',
    agent: null,
    customer: 'Ana Ruiz',
    erased: false,
    assurance: 'claimed',
    intent: 'refund',
    state: 'agent',
    taken_by: null,
    escalation: null,
    promise: null,
    line: 'Is anybody there?',
    deadline: null,
    since: '2026-10-14T12:28:00Z',
    ...change,
  };
}

/** Presses a key where the focus is. */
export const press = (key: string, more: KeyboardEventInit = {}): void => {
  (document.activeElement ?? document.body).dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }),
  );
};

/** A host in memory. A test sets what it answers and reads what it was sent. */
export class MemoryHost implements Host {
  readonly kind = 'window';
  card = card();
  digest = 'card-1';
  held = [row('act_1')];
  /** Which of them wait for whoever sits here. */
  forYou = (): string[] => this.held.map((row) => row.action);
  /** What the queue tells of as decided. */
  ended: ActionRow[] = [];
  undoable: ActionRow[] = [];
  snoozed: ActionRow[] = [];
  nextInMs: number | null = null;
  aside: CardAside = {
    snoozed: null,
    delegated: null,
    may_not_snooze_reason: null,
    may_not_delegate_reason: null,
    delegates: [],
  };
  mayDecide = true;
  mayNotMoreTime: string | null = null;
  guidance: string[] = [];
  mayNotApprove: string | null = null;
  stepUp = false;
  day: CardView['day'] = null;
  shortestLookMs = 0;
  escalation: CardEscalation = { reason: null, at: null, by: null, note: null, may_not_reason: null };
  decided: DecisionRequest[] = [];
  previews: Record<string, unknown>[] = [];
  refuse: HostProblem | null = null;
  previewOf: (args: Record<string, unknown>) => Promise<OverridePreview> = (args) =>
    Promise.resolve({
      headline: `Refund for ${String(args['amount'])}`,
      effect: null,
      bar: null,
      money: { minor: Number(args['amount']), currency: 'EUR' },
      problems: [],
      changes: [],
      verdict: 'still one supervisor',
      signable: true,
      step_up: this.stepUp,
      agent_is_told: 'Amount changed.',
    });
  ears: Ears | null = null;

  session(): SessionView {
    return {
      stage: 'desk',
      station: 'test-1',
      sample_shop: true,
      data_folder: '/data',
      chat_address: null,
      sample_customers: null,
      people: [],
      person: { id: 'p', name: 'Marta Lindqvist', roles: ['supervisor', 'administrator'] },
      away: null,
      quiet: false,
      signing: 'device',
      one_person_mode: true,
      stopped: null,
      parts_stopped: [],
      log_size: 10,
      policy_problem: null,
      machine_problem: null,
      verification: { running: false, records: null, at: null, proved: [], wrong: null, unreadable: null },
      changes_to_sign: 0,
      may_not_sign: null,
      may_not_stop: null,
      recovery_key: null,
      asked: null,
      locks_with_screen: false,
    };
  }

  async query<T>(query: Query): Promise<T> {
    return (await this.#answer(query)) as T;
  }
  #answer(query: Query): unknown {
    switch (query.query) {
      case 'session':
        return this.session();
      case 'approvals':
        return {
          as_of: 1,
          held: this.held,
          snoozed: this.snoozed,
          next_in_ms: this.nextInMs,
          for_you: this.forYou(),
          waiting: this.undoable,
          unknown: [],
          decided: this.ended,
        };
      case 'card': {
        const gone = this.decided.length > 0 && this.refuse === null;
        return {
          card: this.card,
          card_digest: this.digest,
          state: gone ? 'approved' : 'held',
          decision: null,
          outcome: null,
          may_decide: this.mayDecide,
          may_not_reason: this.mayDecide ? null : 'You proposed this yourself.',
          may_not_approve_reason: this.mayNotApprove,
          step_up: this.stepUp,
          day: this.day,
          settling: null,
          shortest_look_ms: this.shortestLookMs,
          escalation: this.escalation,
          may_take_back: false,
          may_not_more_time_reason: this.mayNotMoreTime,
          aside: gone ? null : this.aside,
          starts_at: null,
          may_not_undo_reason: null,
          guidance: this.guidance,
        } satisfies CardView;
      }
      case 'preview_override':
        this.previews.push(query.arguments);
        return this.previewOf(query.arguments);
      case 'conversations':
        return floorOf([], query);
      case 'escalations':
        return { as_of: 1, rows: [] };
      default:
        throw new HostProblem({ code: 'not_found', message: 'not in this test', field: null });
    }
  }
  command(): Promise<SessionView> {
    return Promise.resolve(this.session());
  }
  decide(decision: DecisionRequest): Promise<{ position: number; state: 'approved' }> {
    this.decided.push(decision);
    if (this.refuse !== null) return Promise.reject(this.refuse);
    this.held = [];
    return Promise.resolve({ position: 2, state: 'approved' });
  }
  saved: string[] = [];
  saveCase(conversation: string): Promise<string | null> {
    this.saved.push(conversation);
    return Promise.resolve('/home/marta/case.json');
  }
  saveCertificate(): Promise<string | null> {
    return Promise.resolve(null);
  }
  told: { title: string; body: string; chosen: () => void }[] = [];
  takenBack = 0;
  mayTell: 'on' | 'ask' | 'refused' = 'on';
  desktop: Desktop = {
    state: () => this.mayTell,
    ask: () => {
      if (this.mayTell === 'ask') this.mayTell = 'on';
      return Promise.resolve(this.mayTell === 'on');
    },
    show: (title, body, chosen) => {
      this.told.push({ title, body, chosen });
      return Promise.resolve();
    },
    clear: () => {
      this.takenBack += 1;
    },
  };
  /** At which station on another machine this desk is. */
  station: string | null = null;
  connects: string[] = [];
  connectedTo(): Promise<string | null> {
    return Promise.resolve(this.station);
  }
  connect(code: string): Promise<void> {
    this.connects.push(code);
    return Promise.resolve();
  }
  disconnect(): Promise<void> {
    this.connects.push('');
    return Promise.resolve();
  }
  link: Link | null = null;
  linkWaits: () => void = () => undefined;
  takeLink(): Promise<Link | null> {
    const link = this.link;
    this.link = null;
    return Promise.resolve(link);
  }
  onLink(hear: () => void): () => void {
    this.linkWaits = hear;
    return () => (this.linkWaits = () => undefined);
  }
  asksToQuit: (waits: Waits) => void = () => undefined;
  quits: boolean[] = [];
  onQuit(asked: (waits: Waits) => void): () => void {
    this.asksToQuit = asked;
    return () => (this.asksToQuit = () => undefined);
  }
  quit(yes: boolean): Promise<void> {
    this.quits.push(yes);
    return Promise.resolve();
  }
  onNotice(ears: Ears): () => void {
    this.ears = ears;
    return () => (this.ears = null);
  }
  retry(): void {
    this.ears?.found();
  }
}

/** A station of more than one person, that notes which commands it was sent. */
export class RecordingHost extends MemoryHost {
  commands: Command[] = [];
  /** Which conversations were listened to, in order; null where none was any more. */
  listens: (string | null)[] = [];
  /** What it was told of where somebody looks. */
  looks: (string | null)[] = [];
  override session(): SessionView {
    return { ...super.session(), one_person_mode: false };
  }
  override command(command?: Command): Promise<SessionView> {
    if (command?.command === 'look_at') this.looks.push(command.action);
    else if (command?.command === 'listen') this.listens.push(command.conversation);
    else if (command !== undefined) this.commands.push(command);
    return super.command();
  }
}

/** A conversation in which nothing was said yet, but for what a test says of it. */
export function transcript(row: ConversationRow, change: Partial<TranscriptView> = {}): TranscriptView {
  return {
    as_of: 7,
    row,
    entries: [],
    promises: [],
    resolutions: [],
    within: null,
    facts: {
      opened_at: '2026-10-14T12:28:00Z',
      first_reply_ms: null,
      turns: 0,
      reasoner: null,
      cost_micros: 0,
      currency: 'EUR',
    },
    may_not_take: null,
    may_not_whisper: null,
    ...change,
  };
}

/** The floor of a station that has these conversations, the most urgent first. */
export function floorOf(rows: ConversationRow[], query: Query): ConversationsView {
  const search = (query.query === 'conversations' ? query.search : null) ?? {};
  const { states, intent, first, besides } = search;
  const live = rows.filter((row) => row.state !== 'closed');
  const of = (value: (row: ConversationRow) => string | null): string[] =>
    [...new Set(live.map(value).filter((one) => one !== null))].sort();
  const wanted = rows.filter(
    (row) =>
      (states == null || states.length === 0 || states.includes(row.state)) &&
      (intent == null || row.intent === intent),
  );
  const told = wanted.slice(0, first ?? 200);
  const found = wanted.filter((row) => row.state !== 'closed').map((row) => ({ state: row.state, count: 1 }));
  return {
    as_of: 1,
    live: live.length,
    needing: live.filter((row) => ['unknown', 'escalated', 'held'].includes(row.state)).length,
    found,
    intents: of((row) => row.intent),
    channels: of((row) => row.channel),
    agents: ['clerk'],
    teams: ['default'],
    rows: told,
    besides: rows.filter((row) => besides?.includes(row.conversation) && !told.includes(row)),
  };
}
