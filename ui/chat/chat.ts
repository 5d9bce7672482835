/** The hosted page for customers: joins the page and the client. A token in the address signs the customer in. */
import { ChatClient } from './client';
import { Page } from './page';

const target = document.getElementById('chat');
if (target !== null) {
  const url = new URL('chat', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = '';
  url.hash = '';
  const token =
    new URLSearchParams(location.hash.slice(1)).get('token') ?? new URLSearchParams(location.search).get('token');
  // A token is a secret: it does not stay in the address bar or the history.
  if (token !== null) history.replaceState(null, '', location.pathname);

  const page = new Page(target, {
    open: (name) => client.open({ name }),
    send: (text) => client.send(text),
    fresh: () => client.forget(),
    done: () => client.done(),
    rate: (score) => client.rate(score),
  });
  const client = new ChatClient({
    url: url.href,
    store: sessionStorage,
    changed: (state) => page.draw(state),
  });
  page.draw(client.state);
  if (token !== null) client.open({ token });
  else client.restore();
}
