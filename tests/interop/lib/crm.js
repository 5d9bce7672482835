// The sample CRM's own books, read by its own program.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const program = join(resolve(root, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug', 'countersign-crm');
const sample = (name) => JSON.parse(readFileSync(join(root, 'assets', 'shop', name), 'utf8'));

/** Every refund that the CRM of a station has ever made. */
export async function refunds(shop) {
  const books = ['--data', join(shop.folder, 'crm', 'crm.db'), 'list-refunds'];
  const { stdout } = await promisify(execFile)(program, books, { maxBuffer: 16 * 1024 * 1024 });
  return JSON.parse(stdout);
}

/** Orders of the sample shop in euros that nothing was refunded for. */
export function untouched(count) {
  const before = new Set(sample('refunds.json').map((refund) => refund.order_number ?? refund.order));
  const orders = sample('orders.json').filter((one) => one.currency === 'EUR' && one.status === 'delivered');
  return orders
    .map((one) => one.number)
    .filter((number) => !before.has(number))
    .slice(0, count);
}
