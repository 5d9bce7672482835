// The reference server as the file of servers names it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { place } from './packages.js';

const script = fileURLToPath(new URL('../reference-server.js', import.meta.url));

/** The reference server, with these arguments. */
export const reference = (...args) => ({
  command: process.execPath,
  args: [script, ...args],
  environment: { INTEROP_PLACE: place },
});

/** The accounts that a station's reference server has closed. */
export function closed(shop, server) {
  try {
    return readFileSync(join(shop.folder, 'servers', server, 'closed.txt'), 'utf8')
      .trim()
      .split('\n');
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
