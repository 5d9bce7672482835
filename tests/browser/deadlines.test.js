// A deadline that comes near, in a house that holds for little more than a minute: whoever decides is told beforehand, and can put
// it off. Elsewhere it was denied by itself, and nobody had been warned (opencompany#1805).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksForRefund, customer } from './lib/customer.js';
import { openDesk, queue, ready } from './lib/desk.js';
import { station } from './lib/station.js';

const HOLDS_SECONDS = 66;

test('a deadline is told before it passes, and put off by a key; nothing is denied by itself meanwhile', async (t) => {
  const shop = await (await station(t, { holds: HOLDS_SECONDS })).setUp();
  const ana = await customer(t, shop);
  await asksForRefund(ana);
  const desk = await openDesk(t, shop);
  await queue(desk)
    .getByRole('option', { name: /Refund €129\.00/ })
    .click();
  await ready(desk);
  const [held] = (await shop.query({ query: 'approvals' })).held;
  await desk.getByText(/^Under one minute left: Refund €129\.00/).waitFor({ state: 'attached' });
  assert.ok(Date.now() < new Date(held.deadline).getTime(), 'it is told while something can be done about it');

  await desk.keyboard.press('x');
  await desk.getByText('The deadline was put off.').waitFor({ state: 'attached' });
  const [later] = (await shop.query({ query: 'approvals' })).held;
  assert.equal(later.action, held.action, 'it is held as before');
  const gained = new Date(later.deadline).getTime() - new Date(held.deadline).getTime();
  assert.equal(gained, HOLDS_SECONDS * 1000);
});
