// A shop's own site: one page with the chat's script tag, on an origin of its own.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { undo } from './undo.js';

/** Begins to serve, so that its origin is known; `show` says what stands on the page. */
export async function site(t, host = 'localhost') {
  let page = '';
  const server = createServer((request, response) => {
    const found = request.url === '/';
    response.writeHead(found ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      // As strict as a shop may be: no inline style, no script but its own and the chat's.
      'content-security-policy': `default-src 'self'; img-src data:; script-src ${server.chat}; frame-src ${server.chat}`,
    });
    response.end(found ? page : '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo(t, () => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return {
    /** Another origin than the chat's; with another host, not even the same site. */
    origin: `http://${host}:${server.address().port}`,
    show(chat, attributes = '') {
      server.chat = chat.origin;
      page = `<!doctype html><html lang="en"><head><link rel="icon" href="data:,"><title>A shop</title></head>
        <body><h1>Tents</h1><script src="${new URL('widget.js', chat).href}" ${attributes}></script></body></html>`;
    },
  };
}
