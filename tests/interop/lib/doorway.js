// A way into the gateway for programs that cannot be told a token: every request is passed on as it came, with the token, and
// every answer as it comes. Nothing else is changed, so what is looked at behind it is what the gateway says.
import { createServer, request } from 'node:http';
import { once } from 'node:events';
import { undo } from '../../browser/lib/undo.js';

/** The address at which a gateway is reached with this token, until the test ends. */
export async function doorway(t, gateway, token) {
  const { hostname, port, pathname } = new URL(gateway);
  const server = createServer((asked, answer) => {
    const headers = { ...asked.headers, authorization: `Bearer ${token}` };
    const passed = request({ hostname, port, path: asked.url, method: asked.method, headers }, (told) => {
      answer.writeHead(told.statusCode, told.rawHeaders);
      told.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo(t, async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  return `http://127.0.0.1:${server.address().port}${pathname}`;
}
