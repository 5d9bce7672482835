// The story in the browser: a customer asks, a person decides, the customer is told, the record says who signed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksForRefund, customer, hears, say } from './lib/customer.js';
import { button, card, openDesk, queue, ready, toFloor } from './lib/desk.js';
import { NAME, station } from './lib/station.js';

/** Whether the one action that was decided came to this. */
const ended = (state) => (queue) => queue.decided.length === 1 && queue.decided[0].state === state;

test('a held refund appears live, is approved by hand, runs once and the customer is told', async (t) => {
  const shop = await (await station(t)).setUp();
  const desk = await openDesk(t, shop);
  await desk.getByRole('heading', { name: 'Nothing waits' }).waitFor();

  const ana = await customer(t, shop);
  await asksForRefund(ana);
  await ana.getByText('A person is checking this').waitFor();

  // Nobody touched the desk: the row came by itself, and nothing is preselected that a key could approve unseen.
  const row = queue(desk).getByRole('option', { name: /Refund €129\.00.*Ana\sRuiz/ });
  await row.waitFor();
  await row.click();
  await card(desk)
    .getByRole('heading', { name: /Refund €129\.00 to Ana\sRuiz for order 1042/ })
    .waitFor();
  await ready(desk);

  // What cannot be undone takes two keys; the first alone decides nothing.
  await desk.keyboard.press('a');
  await desk.getByRole('group', { name: 'Approve what cannot be undone?' }).waitFor();
  assert.equal((await shop.query({ query: 'approvals' })).held.length, 1, 'A alone decides nothing');
  await desk.keyboard.press('Shift+A');

  await hears(ana, '€129.00 for order 1042 is on its way back');
  await ana.getByText('A person is checking this').waitFor({ state: 'detached' });

  await card(desk)
    .getByText(/signed by the station/)
    .waitFor();
  await card(desk).getByText(NAME, { exact: true }).first().waitFor();
  await card(desk).getByText('Approved', { exact: true }).first().waitFor();

  const approvals = await shop.approvals(ended('succeeded'));
  assert.deepEqual([approvals.held.length, approvals.decided.length], [0, 1]);
  const [done] = approvals.decided;
  const { decision } = await shop.query({ query: 'card', action: done.action });
  assert.deepEqual(
    [decision.decision, decision.person, decision.signed_by],
    ['approve', NAME, 'station'],
    'the record names the person and says that the station signed',
  );

  await toFloor(desk);
  const transcript = desk.getByRole('region', { name: 'Transcript' });
  await transcript.getByText(/on its way back/).waitFor();
  await transcript.getByText(`Done, by ${NAME}.`, { exact: false }).waitFor();
});

test('an override by the keyboard alone: the changed amount is what runs and what the customer hears', async (t) => {
  const shop = await (await station(t)).setUp();
  const desk = await openDesk(t, shop);
  const ana = await customer(t, shop);
  await asksForRefund(ana);
  await queue(desk)
    .getByRole('option', { name: /Refund €129\.00/ })
    .waitFor();

  await desk.keyboard.press('j');
  await ready(desk);
  await desk.keyboard.press('o');
  await desk.getByText('You are overriding').waitFor();
  // The first field that may be changed has the focus, its text selected.
  await desk.keyboard.type('89.00');
  await desk.getByLabel(/Why, for the agent and the trail/).waitFor();
  for (let i = 0; i < 6 && !(await isFocused(desk.getByLabel(/Why, for the agent/))); i += 1) {
    await desk.keyboard.press('Tab');
  }
  await desk.keyboard.type('The buckle only.');
  await button(desk, /Sign override, €89\.00/)
    .and(desk.locator('[aria-disabled=false]'))
    .waitFor();
  await desk.keyboard.press('Control+Enter');

  await hears(ana, 'decided on €89.00');
  await card(desk).getByText('Overridden', { exact: true }).first().waitFor();
  await card(desk).getByText('What was changed').waitFor();
  const [done] = (await shop.approvals(ended('succeeded'))).decided;
  const view = await shop.query({ query: 'card', action: done.action });
  assert.equal(view.decision.decision, 'override');
  assert.deepEqual(
    view.decision.changes.map((change) => [change.from, change.to]),
    [['€129.00', '€89.00']],
  );
});

test('a rejection needs guidance, and nothing is paid', async (t) => {
  const shop = await (await station(t)).setUp();
  const desk = await openDesk(t, shop);
  const ana = await customer(t, shop);
  await asksForRefund(ana);
  await queue(desk)
    .getByRole('option', { name: /Refund €129\.00/ })
    .click();
  await ready(desk);

  await desk.keyboard.press('r');
  await desk.getByLabel(/Guidance for the agent/).waitFor();
  await desk.keyboard.press('Control+Enter');
  await desk.getByText('Guidance is needed: without it the agent can only guess.').waitFor();
  assert.equal((await shop.query({ query: 'approvals' })).held.length, 1, 'no guidance, no rejection');

  await desk.keyboard.type('Offer the repair first.');
  await desk.keyboard.press('Control+Enter');
  await hears(ana, 'did not approve it');
  const [done] = (await shop.approvals(ended('rejected'))).decided;
  const view = await shop.query({ query: 'card', action: done.action });
  assert.equal(view.decision.words, 'Offer the repair first.');
});

test('after Stop nothing starts and no reply goes out; after Resume both go on', async (t) => {
  const shop = await (await station(t)).setUp();
  const desk = await openDesk(t, shop);
  const ana = await customer(t, shop);
  await asksForRefund(ana);
  await queue(desk)
    .getByRole('option', { name: /Refund €129\.00/ })
    .click();
  await ready(desk);

  await desk.keyboard.press('Control+.');
  await desk.getByRole('dialog', { name: 'Stop everything?' }).waitFor();
  await button(desk, 'Stop everything').click();
  await desk.getByText(`${NAME} stopped everything`, { exact: false }).waitFor();

  await desk.getByRole('dialog').waitFor({ state: 'detached' });

  // What is decided while stopped is stored and waits.
  await desk.keyboard.press('a');
  await desk.getByRole('group', { name: 'Approve what cannot be undone?' }).waitFor();
  await desk.keyboard.press('Shift+A');
  await card(desk).getByText('Approved', { exact: true }).first().waitFor();
  const replies = ana.locator('li.said.agent');
  const heard = await replies.count();
  await ana.getByLabel('Write a message').fill('Any news?');
  await ana.keyboard.press('Enter');
  await toFloor(desk);
  const transcript = desk.getByRole('region', { name: 'Transcript' });
  await transcript.getByText('Any news?').waitFor();
  const [waiting] = (await shop.query({ query: 'approvals' })).decided;
  assert.equal(waiting.state, 'approved', 'approved, and not started');
  assert.equal(await replies.count(), heard, 'no reply while stopped');

  await desk.keyboard.press('Control+.');
  await button(desk, 'Resume').last().click();
  await hears(ana, '€129.00 for order 1042 is on its way back');
  await shop.approvals(ended('succeeded'));
});

test('what needs two people never runs on one person’s word', async (t) => {
  const shop = await (await station(t)).setUp();
  const desk = await openDesk(t, shop);
  const customerOf991 = await customer(t, shop, 'Márton Szűcs');
  await say(customerOf991, 'Order 991, postcode 1052: the tent leaks, it is defective. I want my money back.');
  await hears(customerOf991, 'A colleague is checking the refund');
  await queue(desk)
    .getByRole('option', { name: /Refund €649\.00/ })
    .click();
  await card(desk)
    .getByRole('list', { name: 'Read before deciding' })
    .getByText(/2 different people must sign/)
    .waitFor();
  await ready(desk);

  await desk.keyboard.press('a');
  await desk.getByRole('group', { name: 'Approve what cannot be undone?' }).waitFor();
  await desk.keyboard.press('Shift+A');
  await card(desk).getByRole('status').getByText('You have signed this. Another person must sign too.').waitFor();
  await queue(desk)
    .getByRole('option', { name: /1 of 2 signed/ })
    .waitFor();
  await card(desk)
    .getByRole('button', { name: /Approve/ })
    .and(desk.locator('[aria-disabled=true]'))
    .waitFor();
  // Nobody signs twice, but whoever signed may take it back. Until the answer is here the key is off, and says so.
  await card(desk)
    .getByRole('button', { name: /Reject/ })
    .and(desk.locator(':not([aria-disabled=true])'))
    .waitFor();
  await desk.keyboard.press('r');
  await desk.getByLabel('Guidance for the agent').waitFor();
  await desk.keyboard.press('Escape');
  const again = await shop.query({ query: 'approvals' });
  const row = [...again.held, ...again.decided][0];
  assert.equal(row.state, 'held', 'one of two: it waits');
  assert.equal(await customerOf991.locator('li.said.agent').filter({ hasText: 'on its way back' }).count(), 0);
});

async function isFocused(locator) {
  return locator.evaluate((element) => element === document.activeElement);
}
