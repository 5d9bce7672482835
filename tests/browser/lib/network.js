// The network between a customer and the station, which can be lost: every connection is cut and no new one is taken. A
// browser's own "offline" is no substitute: a frame that reaches it then keeps the socket from ever closing.
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { undo } from './undo.js';

/** A way to the customers' page of this station: `href` leads there until `lose`, and again from `restore` on. */
export async function network(t, station) {
  const ends = new Set();
  let lost = false;
  const server = createServer((customer) => {
    if (lost) return customer.destroy();
    const there = connect(station.chat.port, station.chat.hostname);
    for (const [end, other] of [
      [customer, there],
      [there, customer],
    ]) {
      ends.add(end);
      end.pipe(other);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        ends.delete(end);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const lose = () => {
    lost = true;
    for (const end of ends) end.destroy();
  };
  undo(t, async () => {
    lose();
    server.close();
  });
  const href = new URL(station.chat.href);
  href.port = server.address().port;
  return { href: href.href, lose, restore: () => (lost = false) };
}
