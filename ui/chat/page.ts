/** Draws the conversation. Everything said is put in as text, never as markup; hidden characters stand boxed. */
import { CLOCK, CROSS, icon, MESSAGE, PERSON, SEND } from './icons';
import { LONGEST, type ChatState, type Speaker } from './client';
import { make, plain } from './make';
import { SignInPanel } from './sign-in';
import { t } from './texts';

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** What one side said in one go, in one bubble: an agent's reply comes in sentences, each stored and sent by itself. */
type Group = { key: string; from: Speaker; parts: { key: string; text: string }[]; foot: string; at: number };
/** Sentences further apart than this are two replies. */
const ONE_REPLY_MS = 60_000;

function grouped(state: ChatState): Group[] {
  const groups: Group[] = [];
  for (const { position, at, from, text } of state.said) {
    const part = { key: `p${position}:${text}`, text };
    const [foot, time] = [clock.format(new Date(at)), new Date(at).getTime()];
    const last = groups[groups.length - 1];
    if (last !== undefined && from !== 'customer' && last.from === from && time - last.at < ONE_REPLY_MS) {
      last.parts.push(part);
      last.foot = foot;
      last.at = time;
    } else groups.push({ key: part.key, from, parts: [part], foot, at: time });
  }
  for (const { clientId, text } of state.unsent) {
    const foot = state.stage === 'open' ? '' : t.waiting;
    groups.push({ key: `u${clientId}`, from: 'customer', parts: [{ key: 'u', text }], foot, at: 0 });
  }
  return groups;
}

/** One bubble. What stands in it stays the same elements, so that a screen reader hears each sentence once. */
class Bubble {
  readonly element: HTMLLIElement;
  readonly #at = make('span', { class: 'at' });
  #parts: string[] = [];

  constructor(from: Speaker) {
    const who = from === 'person' ? [make('b', { class: 'by' }, t.byPerson)] : [];
    this.element = make('li', { class: `said ${from}` }, ...who, this.#at);
  }

  draw({ parts, foot }: Group): void {
    const wanted = parts.map((part) => part.key);
    const grows = this.#parts.every((key, place) => key === wanted[place]);
    if (!grows) for (const words of this.element.querySelectorAll('bdi')) words.remove();
    for (const part of parts.slice(grows ? this.#parts.length : 0)) {
      const first = this.#at.previousElementSibling?.tagName !== 'BDI';
      this.element.insertBefore(plain(first ? part.text : ` ${part.text}`), this.#at);
    }
    this.#parts = wanted;
    if (this.#at.textContent !== foot) this.#at.textContent = foot;
  }
}

function notice(drawing: string[], title: string | Node, line: string): HTMLElement {
  return make('div', { class: 'notice' }, icon(drawing), make('b', {}, title), make('div', {}, line));
}

export type Wishes = {
  open: (name: string) => void;
  send: (text: string) => boolean;
  fresh: () => void;
  done: () => void;
  rate: (score: number) => void;
  askCode: (address: string) => void;
  enterCode: (code: string) => void;
  otherAddress: () => void;
  /** Only where the page stands in a site's frame. */
  close?: () => void;
};
export type Look = { title?: string | null };

/** The page: built once, redrawn from each state. */
export class Page {
  readonly #log = make('ol', { class: 'log', 'aria-label': t.log, 'aria-live': 'polite' });
  readonly #status = make('div', { class: 'status', role: 'status' });
  readonly #error = make('p', { class: 'error', role: 'alert' });
  readonly #text = make('textarea', { rows: '1', 'aria-label': t.write, placeholder: t.write });
  readonly #composer: HTMLFormElement;
  readonly #name = make('input', { id: 'name', autocomplete: 'given-name', maxlength: '80', required: '' });
  readonly #opener: HTMLFormElement;
  /** Who answers: the one thing that a customer must know before anything else. */
  readonly #answers = make('p', { role: 'status' }, t.ai);
  readonly #scroll = make('main', { tabindex: '-1' });
  readonly #wishes: Wishes;
  readonly #end = make('button', { type: 'button', class: 'link' }, t.end);
  readonly #signIn = make('button', { type: 'button', class: 'link', 'aria-expanded': 'false' }, t.signIn);
  readonly #panel: SignInPanel;
  #drawnStatus = '';
  #drawn = new Map<string, Bubble>();
  /** What the station said; and why the text in the field was not sent: it stands until the field is changed. */
  #said = '';
  #unsendable = '';

  constructor(target: HTMLElement, wishes: Wishes, look: Look = {}) {
    this.#wishes = wishes;
    this.#panel = new SignInPanel(wishes, () => this.#closePanel());
    this.#composer = this.#makeComposer();
    this.#opener = this.#makeOpener();
    this.#scroll.append(this.#opener, this.#log, this.#status);
    const title = make('h1', {}, plain(look.title ?? t.title));
    const head = make('header', {}, make('div', {}, title, this.#answers));
    if (wishes.close !== undefined) {
      const close = make('button', { type: 'button', class: 'bare', 'aria-label': t.close }, icon(CROSS));
      close.addEventListener('click', wishes.close);
      head.append(close);
    }
    target.append(make('div', { class: 'page' }, head, this.#scroll, this.#panel.element, this.#error, this.#composer));
  }

  draw(state: ChatState): void {
    const answers = state.answers === 'person' ? t.aPerson : t.ai;
    if (this.#answers.textContent !== answers) this.#answers.textContent = answers;
    this.#opener.hidden = state.stage !== 'new';
    this.#composer.hidden = state.stage === 'new' || state.stage === 'closed';
    const atEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < 60;
    this.#drawLog(state);
    this.#drawStatus(state);
    this.#end.hidden = state.said.length === 0 || state.ended || state.stage !== 'open';
    this.#signIn.hidden = state.offer === null || state.ended;
    this.#panel.draw(state);
    this.#signIn.setAttribute('aria-expanded', String(!this.#panel.element.hidden));
    this.#said = state.error ?? '';
    this.#showError();
    if (atEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    // Who has no mouse scrolls with the arrow keys, once there is something to scroll.
    this.#scroll.tabIndex = this.#scroll.scrollHeight > this.#scroll.clientHeight ? 0 : -1;
  }

  /** To where the customer goes on: their name, or their next message. */
  focus(): void {
    if (this.#opener.hidden) this.#text.focus();
    else this.#name.focus();
  }

  /** Drawn anew only when it says something else, so that the focus stays where it is. */
  #drawStatus(state: ChatState): void {
    const { stage, checkingUntil, noted, ended, rating, signedIn } = state;
    const key = JSON.stringify([stage, checkingUntil, noted, ended, rating, signedIn]);
    if (key === this.#drawnStatus) return;
    this.#drawnStatus = key;
    const inside = this.#status.contains(document.activeElement);
    this.#status.replaceChildren(...this.#statusOf(state));
    if (inside) this.#text.focus();
  }

  /** The focus goes where the customer goes on. */
  #closePanel(): void {
    if (this.#signIn.hidden) this.#text.focus();
    else this.#signIn.focus();
    this.#signIn.setAttribute('aria-expanded', 'false');
  }

  #showError(): void {
    const error = this.#unsendable || this.#said;
    // Written only when it changes, so that a screen reader says it once.
    if (this.#error.textContent !== error) this.#error.textContent = error;
  }

  #drawLog(state: ChatState): void {
    const wanted = new Map<string, Bubble>();
    for (const group of grouped(state)) {
      const bubble = this.#drawn.get(group.key) ?? new Bubble(group.from);
      bubble.draw(group);
      wanted.set(group.key, bubble);
    }
    for (const [key, { element }] of this.#drawn) if (!wanted.has(key)) element.remove();
    let place = 0;
    for (const { element } of wanted.values()) {
      const there = this.#log.children[place] ?? null;
      if (there !== element) this.#log.insertBefore(element, there);
      place += 1;
    }
    this.#drawn = wanted;
  }

  #statusOf(state: ChatState): HTMLElement[] {
    const out: HTMLElement[] = [];
    if (state.signedIn !== null) {
      const { name } = state.signedIn;
      out.push(notice(PERSON, name === null ? t.signedIn : plain(t.signedInAs(name)), t.signedInLine));
    }
    if (state.checkingUntil !== null) {
      out.push(notice(CLOCK, t.checking, t.checkingUntil(clock.format(new Date(state.checkingUntil)))));
    }
    if (state.noted) out.push(notice(MESSAGE, t.noted, t.notedLine));
    if (state.stage === 'connecting') out.push(make('p', { class: 'quiet' }, t.connecting));
    if (state.stage === 'lost') out.push(make('p', { class: 'quiet' }, t.lost));
    if (state.stage === 'closed' || state.ended) {
      if (state.rating === 'asked' && state.stage === 'open') out.push(this.#askRating());
      if (state.rating === 'given') out.push(make('p', { class: 'quiet' }, t.rated));
      const again = make('button', { type: 'button', class: 'plain' }, t.fresh);
      again.addEventListener('click', () => this.#wishes.fresh());
      out.push(make('p', { class: 'quiet' }, state.stage === 'closed' ? t.closed : t.ended), again);
    }
    return out;
  }

  #askRating(): HTMLElement {
    const scores = [1, 2, 3, 4, 5].map((score) => {
      const button = make('button', { type: 'button', class: 'plain', 'aria-label': t.score(score) }, `${score}`);
      button.addEventListener('click', () => this.#wishes.rate(score));
      return button;
    });
    const ends = make(
      'div',
      { class: 'ends', 'aria-hidden': 'true' },
      make('span', {}, t.worst),
      make('span', {}, t.best),
    );
    const row = make('div', { class: 'scores', role: 'group', 'aria-label': t.rate }, ...scores);
    return make('div', { class: 'rating' }, make('b', {}, t.rate), row, ends);
  }

  #makeOpener(): HTMLFormElement {
    const start = make('button', { type: 'submit', class: 'solid' }, t.start);
    const label = make('label', { for: 'name' }, t.name);
    const row = make('div', { class: 'row' }, this.#name, start);
    const form = make('form', { class: 'opener' }, make('h2', {}, t.nameTitle), make('p', {}, t.nameHelp), label, row);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const name = this.#name.value.trim();
      if (name !== '') this.#wishes.open(name);
      this.#text.focus();
    });
    return form;
  }

  #makeComposer(): HTMLFormElement {
    const send = make('button', { type: 'submit', class: 'solid', 'aria-label': t.send }, icon(SEND));
    const person = make('button', { type: 'button', class: 'link' }, t.ask);
    const links = make('div', { class: 'links' }, person, this.#signIn, this.#end);
    const foot = make('div', { class: 'foot' }, links, make('span', {}, t.languages));
    const form = make('form', { class: 'composer' }, make('div', { class: 'field' }, this.#text, send), foot);
    const submit = (): void => {
      const length = [...this.#text.value.trim()].length;
      this.#unsendable = length > LONGEST ? t.tooLong(length) : '';
      this.#showError();
      if (length <= LONGEST && this.#wishes.send(this.#text.value)) this.#text.value = '';
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      submit();
    });
    this.#text.addEventListener('input', () => {
      this.#unsendable = '';
      this.#showError();
    });
    this.#text.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!event.repeat) submit();
    });
    this.#end.addEventListener('click', () => this.#wishes.done());
    this.#signIn.addEventListener('click', () => this.#panel.toggle());
    person.addEventListener('click', () => this.#wishes.send(t.askText));
    return form;
  }
}
