/**
 * The hosted page for customers: joins the page and the client. On its own, a token in the address signs the customer in;
 * in a site's frame, the site's script says who is there.
 */
import { read, site, type FromFrame, type ToFrame } from './between';
import { ChatClient } from './client';
import { Page } from './page';
import { tabStore } from './store';

const target = document.getElementById('chat');
if (target !== null) {
  const url = new URL('chat', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = '';
  url.hash = '';
  const around = site(window);
  const tell = (message: FromFrame): void => around?.window.postMessage(message, around.origin);
  let shown = around === null;
  let seen = 0;

  const wishes = {
    open: (name: string) => client.open({ name }),
    send: (text: string) => client.send(text),
    fresh: () => again(),
    done: () => client.done(),
    rate: (score: number) => client.rate(score),
    askCode: (address: string) => client.askCode(address),
    enterCode: (code: string) => client.enterCode(code),
    otherAddress: () => client.otherAddress(),
  };
  /** A new conversation for the same customer: whoever was signed in still is. */
  let again = (): void => client.forget();
  const close = (): void => tell({ countersign: 'close' });
  const page = new Page(target, around === null ? wishes : { ...wishes, close }, { title: around?.title ?? null });
  const count = (): number => client.state.said.filter((said) => said.from !== 'customer').length;
  const client: ChatClient = new ChatClient({
    url: url.href,
    store: tabStore(),
    changed: (state) => {
      page.draw(state);
      if (shown) seen = count();
      else tell({ countersign: 'unseen', count: Math.max(0, count() - seen) });
    },
  });
  page.draw(client.state);

  if (around !== null) {
    addEventListener('message', (event: MessageEvent<unknown>) => {
      if (event.source !== around.window || event.origin !== around.origin) return;
      const told = read<ToFrame>(event.data, ['customer', 'shown']);
      if (told?.countersign === 'customer') client.customer(typeof told.token === 'string' ? told.token : null);
      else if (told?.countersign === 'shown') {
        shown = told.shown === true;
        seen = shown ? count() : seen;
        if (shown) page.focus();
      }
    });
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.isComposing) close();
    });
    tell({ countersign: 'ready' });
    again = () => {
      client.forget();
      tell({ countersign: 'ready' });
    };
  } else {
    const token =
      new URLSearchParams(location.hash.slice(1)).get('token') ?? new URLSearchParams(location.search).get('token');
    // A token is a secret: it does not stay in the address bar or the history.
    if (token !== null) history.replaceState(null, '', location.pathname);
    if (token !== null) {
      again = () => {
        client.forget();
        client.open({ token });
      };
      client.open({ token });
    } else client.restore();
  }
}
