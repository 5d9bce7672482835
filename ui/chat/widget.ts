/**
 * The chat on a shop's own page: one script tag puts a button there, and behind it a frame with the hosted page.
 *
 *   <script src="https://chat.example.com/widget.js" data-title="Halden Outdoor" data-token="…"></script>
 *
 * `window.Countersign` opens and closes it, and says who is signed in: `signIn(token)`, `signOut()`.
 */
import { read, type FromFrame, type ToFrame } from './between';
import { icon, MESSAGE } from './icons';
import { widgetLook } from './widget-look';

/** How long the frame may take to say that it is there. */
const PATIENCE_MS = 10_000;
const t = {
  button: 'Chat with us',
  unseen: (n: number) => `Chat with us, ${n} new`,
  frame: 'Chat',
  refused: 'The chat cannot be shown on this page.',
  instead: 'Open it in its own window',
};

class Widget {
  readonly #chat: URL;
  readonly #title: string | null;
  #token: string | null;
  readonly #host = document.createElement('div');
  readonly #button = document.createElement('button');
  readonly #count = document.createElement('span');
  readonly #panel = document.createElement('div');
  #frame: HTMLIFrameElement | null = null;
  #ready = false;

  constructor(script: HTMLScriptElement) {
    this.#chat = new URL('.', script.src);
    this.#title = script.dataset['title'] ?? null;
    this.#token = script.dataset['token'] ?? null;
    // It stands in the page no longer than it is needed.
    delete script.dataset['token'];
    const root = this.#host.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [widgetLook()];
    this.#button.type = 'button';
    this.#button.append(icon(MESSAGE, 24), this.#count);
    this.#button.addEventListener('click', () => (this.#panel.hidden ? this.open() : this.close()));
    this.#panel.hidden = true;
    this.#panel.className = 'panel';
    root.append(this.#panel, this.#button);
    this.#says(0);
    addEventListener('message', (event) => this.#hear(event));
  }

  /** Puts the button onto the page. */
  begin(): void {
    document.body.append(this.#host);
  }

  open(): void {
    this.#panel.hidden = false;
    this.#button.setAttribute('aria-expanded', 'true');
    if (this.#frame === null) this.#load();
    else this.#tell({ countersign: 'shown', shown: true });
    this.#says(0);
  }

  close(): void {
    this.#panel.hidden = true;
    this.#button.setAttribute('aria-expanded', 'false');
    this.#tell({ countersign: 'shown', shown: false });
    this.#button.focus();
  }

  /** Somebody is signed in at the site, with a token that its server signed; or, with null, nobody is. */
  customer(token: string | null): void {
    this.#token = token;
    this.#tell({ countersign: 'customer', token });
  }

  #load(): void {
    const address = new URL(this.#chat);
    const said = new URLSearchParams({ site: location.origin });
    if (this.#title !== null) said.set('title', this.#title);
    address.hash = said.toString();
    this.#frame = document.createElement('iframe');
    this.#frame.title = this.#title ?? t.frame;
    this.#frame.src = address.href;
    this.#panel.replaceChildren(this.#frame);
    setTimeout(() => this.#ready || this.#refused(), PATIENCE_MS);
  }

  /** This site is not on the chat's list, or nobody answers there. */
  #refused(): void {
    const words = document.createElement('p');
    const link = document.createElement('a');
    words.textContent = t.refused;
    link.textContent = t.instead;
    link.href = this.#chat.href;
    link.target = '_blank';
    link.rel = 'noopener';
    this.#panel.replaceChildren(words, link);
    this.#frame = null;
  }

  #tell(message: ToFrame): void {
    if (this.#ready) this.#frame?.contentWindow?.postMessage(message, this.#chat.origin);
  }

  #hear(event: MessageEvent<unknown>): void {
    if (this.#frame === null || event.source !== this.#frame.contentWindow || event.origin !== this.#chat.origin)
      return;
    const told = read<FromFrame>(event.data, ['ready', 'close', 'unseen']);
    if (told?.countersign === 'ready') {
      this.#ready = true;
      this.#tell({ countersign: 'customer', token: this.#token });
      this.#tell({ countersign: 'shown', shown: !this.#panel.hidden });
    } else if (told?.countersign === 'close') this.close();
    else if (told?.countersign === 'unseen' && this.#panel.hidden) this.#says(Number(told.count) || 0);
  }

  #says(unseen: number): void {
    this.#count.textContent = unseen > 0 ? String(Math.min(unseen, 99)) : '';
    this.#count.hidden = unseen === 0;
    this.#button.setAttribute('aria-label', unseen > 0 ? t.unseen(unseen) : t.button);
  }
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && !('Countersign' in window)) {
  const widget = new Widget(script);
  const begin = (): void => widget.begin();
  if (document.body === null) addEventListener('DOMContentLoaded', begin);
  else begin();
  Object.defineProperty(window, 'Countersign', {
    value: Object.freeze({
      open: () => widget.open(),
      close: () => widget.close(),
      signIn: (token: string) => widget.customer(token),
      signOut: () => widget.customer(null),
    }),
  });
}
