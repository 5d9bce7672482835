// The customers' page and what of their words reaches a desk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut } from './lib/browser.js';
import { ASKS, asksForRefund, customer, hears, REASON, say } from './lib/customer.js';
import { card, openDesk, queue, ready, toFloor } from './lib/desk.js';
import { network } from './lib/network.js';
import { station } from './lib/station.js';

const bubbles = (page) =>
  page.locator('ol.log > li > bdi').evaluateAll((sentences) => sentences.map((one) => one.textContent.trim()));

test('a conversation goes on behind a cut connection: what was written is sent, and nothing is doubled or lost', async (t) => {
  const shop = await (await station(t)).setUp();
  const ana = await customer(t, shop, 'Ana Ruiz', { expected: [cut, /WebSocket connection to .* failed/] });
  await say(ana, ASKS);
  await hears(ana, /reason|article/);

  // The station dies under the open socket, and the customer goes on writing.
  await shop.kill();
  await ana.getByText('The connection was lost. What you write is kept and sent when it is back.').waitFor();
  await say(ana, REASON);
  await ana.getByText('not sent yet').waitFor();

  await shop.start();
  await hears(ana, 'A colleague is checking the refund');
  await ana.getByText('not sent yet').waitFor({ state: 'detached' });
  const before = await bubbles(ana);
  assert.equal(new Set(before).size, before.length, `nothing stands twice: ${before.join(' | ')}`);
  assert.equal(before.filter((text) => text === REASON).length, 1);

  await ana.reload();
  await hears(ana, 'A colleague is checking the refund');
  assert.deepEqual(await bubbles(ana), before, 'a reload shows the same conversation');

  shop.bearer = null;
  const held = await heldActions(shop);
  assert.equal(held.length, 1, 'one refund was proposed, although the message was sent again');
});

test('a customer who lost the network hears what was decided meanwhile, once', async (t) => {
  const shop = await (await station(t)).setUp();
  const way = await network(t, shop);
  const ana = await customer(t, shop, 'Ana Ruiz', { way, expected: [cut, /WebSocket connection to .* failed/] });
  await asksForRefund(ana);
  way.lose();
  await ana.getByText('The connection was lost.', { exact: false }).waitFor();

  const desk = await openDesk(t, shop);
  await queue(desk)
    .getByRole('option', { name: /Refund €129\.00/ })
    .click();
  await ready(desk);
  await desk.keyboard.press('a');
  await desk.getByRole('group', { name: 'Approve what cannot be undone?' }).waitFor();
  await desk.keyboard.press('Shift+A');
  await card(desk).getByText('Approved', { exact: true }).first().waitFor();

  way.restore();
  await hears(ana, 'is on its way back');
  await ana.getByText('A person is checking this').waitFor({ state: 'detached' });
  const all = await bubbles(ana);
  assert.equal(new Set(all).size, all.length, `nothing stands twice: ${all.join(' | ')}`);
});

test('markup, direction marks and hidden characters in a customer’s words and name stay visible text on the desk', async (t) => {
  const shop = await (await station(t)).setUp();
  const desk = await openDesk(t, shop);
  const words = '<script>window.broken = 1</script><img src=x onerror="window.broken=2"> abc\u202Edef\u200Bghi';
  const eve = await customer(t, shop, '<b>Eve</b>');
  await say(eve, words);

  await toFloor(desk);
  await desk.getByRole('option', { name: /<b>Eve<\/b>/ }).click();
  const transcript = desk.getByRole('region', { name: 'Transcript' });
  // What shows nothing or turns the text around stands there as its code point.
  await transcript.getByText(words.replace('\u202E', '[U+202E]').replace('\u200B', '[U+200B]')).first().waitFor();
  for (const page of [desk, eve]) {
    assert.equal(await page.evaluate(() => window.broken), undefined, 'nothing of it ran');
    assert.equal(await page.locator('script:not([src]), img[src=x]').count(), 0, 'nothing of it became an element');
  }
});

test('a card number is masked before it is stored: no screen and no answer of the station has it', async (t) => {
  const shop = await (await station(t)).setUp();
  const desk = await openDesk(t, shop);
  const ana = await customer(t, shop);
  await say(ana, 'Please pay it to my card 4111 1111 1111 1111 instead.');
  await hears(ana, /./);
  await ana.getByText('4111 1111 1111 1111', { exact: false }).waitFor({ state: 'detached' });

  await toFloor(desk);
  const transcript = desk.getByRole('region', { name: 'Transcript' });
  await transcript.getByText('1 card number masked before storing').waitFor();
  assert.doesNotMatch(await desk.locator('body').innerText(), /4111[ \u00a0]?1111/);
  const { rows } = await shop.query({ query: 'conversations' });
  const stored = JSON.stringify(await shop.query({ query: 'conversation', conversation: rows[0].conversation }));
  assert.doesNotMatch(stored, /4111[ \u00a0]?1111/);
});

test('a message that is too long is refused on the page, with its length, and stays to be shortened', async (t) => {
  const shop = await station(t);
  const way = await network(t, shop);
  const ana = await customer(t, shop, 'Ana Ruiz', { way, expected: [cut, /WebSocket connection to .* failed/] });
  await ana.getByLabel('Write a message').fill('a'.repeat(2001));
  await ana.keyboard.press('Enter');
  const refused = ana.getByRole('alert').getByText('2001 characters are too many: 2,000 are the most.');
  await refused.waitFor();
  // Whatever happens to the connection meanwhile, the notice stays until the text is changed.
  way.lose();
  await ana.getByText('The connection was lost.', { exact: false }).waitFor();
  assert.ok(await refused.isVisible());
  assert.equal((await ana.getByLabel('Write a message').inputValue()).length, 2001);
  assert.equal(await ana.locator('li.said.customer').count(), 0);
  await ana.keyboard.press('Backspace');
  await refused.waitFor({ state: 'hidden' });
});

test('asking for a person is noted, and the page says only that', async (t) => {
  const shop = await (await station(t)).setUp();
  const ana = await customer(t, shop);
  await ana.getByRole('button', { name: 'Ask for a person' }).click();
  await ana.getByText('Your message was noted for the team').waitFor();
  const desk = await openDesk(t, shop);
  await toFloor(desk);
  await desk.getByText('Noted for a person').first().waitFor();
});

/** Signs in at a station that was set up already and reads what is held. */
async function heldActions(shop) {
  const { people } = await shop.query({ query: 'session' });
  const command = { command: 'sign_in', person: people[0].id, password: 'correct horse battery' };
  shop.bearer = (await shop.ask('command', { command })).headers.get('countersign-session');
  return (await shop.approvals((queue) => queue.held.length > 0)).held;
}
