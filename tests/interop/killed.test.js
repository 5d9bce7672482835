// Fifty calls of the official client that people have to decide on, and a station that is killed while all of them wait: after
// the start each is decided, runs once as it was decided, and is told to its caller, who asks by ticket or makes the same call
// again. How often anything ran is what the CRM's own books say.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { station } from '../browser/lib/station.js';
import { CLIENTS, learned } from './lib/clients.js';
import { refunds, untouched } from './lib/crm.js';
import { argument, decide, held, letIn } from './lib/house.js';

const CALLS = 50;
const [{ connect: older }, { connect: newer }] = CLIENTS;
/** Twenty-five get a ticket after a second; the others are still there when the station dies. */
const HASTY = 'hasty-bot';
const PATIENT = 'patient-bot';

/** What a person says of the nth call, and what the CRM may have paid for it after that. */
function chosen(nth, wanted) {
  const less = { ...wanted, amount_minor: wanted.amount_minor - 50 };
  return [
    [{ choice: 'approve' }, [wanted.amount_minor], /^Approved by a supervisor\./],
    [{ choice: 'override', arguments: less, why: 'Half of it.' }, [less.amount_minor], /^Overridden by .*Half of it\./],
    [{ choice: 'reject', guidance: 'Not this one.' }, [], /^Refused by a supervisor\..*Not this one\./],
  ][nth % 3];
}

it(`${CALLS} held calls outlive kill -9, run once each, and each caller learns it`, { timeout: 300_000 }, async (t) => {
  const shop = await (await station(t, { gateway: true })).setUp();
  await letIn(shop, ['crm.issue_refund'], 1, HASTY);
  await letIn(shop, ['crm.issue_refund'], 600, PATIENT);
  const wanted = untouched(CALLS).map((order_number, nth) => ({
    order_number,
    amount_minor: 1_000 + nth,
    currency: 'EUR',
    reason: 'damaged',
  }));
  assert.equal(wanted.length, CALLS);
  const [hasty, patient] = [wanted.slice(0, CALLS / 2), wanted.slice(CALLS / 2)];

  const first = await older(t, shop.gateway, HASTY);
  const second = await newer(t, shop.gateway, PATIENT);
  const open = patient.map((refund) => second.call('issue_refund', refund).then(assert.fail, (lost) => lost));
  const pending = await Promise.all(hasty.map((refund) => first.call('issue_refund', refund)));
  for (const told of pending) assert.equal(told.structured.status, 'pending', told.text);
  await held(shop, CALLS);
  await shop.kill();
  await Promise.all(open);

  await shop.start();
  await shop.signIn();
  const actions = await held(shop, CALLS);
  // The same clients, with nothing but a new connection; the same calls.
  const again = await newer(t, shop.gateway, PATIENT);
  const waiting = patient.map((refund) => again.call('issue_refund', refund));
  const expected = new Map();
  for (const action of actions) {
    const { card } = await shop.query({ query: 'card', action });
    const nth = wanted.findIndex((refund) => refund.order_number === argument(card, 'order_number'));
    assert.notEqual(nth, -1);
    const [choice, paid, words] = chosen(nth, wanted[nth]);
    expected.set(nth, { action, paid, words });
    await decide(shop, action, choice);
  }
  assert.equal(expected.size, CALLS, 'no call is there twice');

  const byTicket = await older(t, shop.gateway, HASTY);
  const all = await Promise.all([...pending.map((one) => learned(byTicket, one)), ...waiting]);
  const made = await refunds(shop);
  for (const [nth, told] of all.entries()) {
    const { action, paid, words } = expected.get(nth);
    assert.match(told.text, words);
    assert.equal(told.outcome.action, action, 'it learns of its own call');
    assert.equal(told.isError, paid.length === 0);
    const amounts = made.filter((one) => one.order_number === wanted[nth].order_number).map((one) => one.amount_minor);
    assert.deepEqual(amounts, paid, `order ${wanted[nth].order_number}`);
  }
  await held(shop, 0);
});
