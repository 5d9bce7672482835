// Several held actions chosen and decided in one go, in a house that asks for a look at every card: each is a card of its own,
// and each has a record and a signature of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { context } from './lib/browser.js';
import { asksForRefund, customer, hears, say } from './lib/customer.js';
import { button, card, offered, openDesk, queue } from './lib/desk.js';
import { enrol } from './lib/people.js';
import { site } from './lib/site.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

const LOOK_MS = 1500;
const BOOKS = [
  { id: 'C-2001', name: 'Ana Ruiz', order: '1063', postcode: '46001' },
  { id: 'C-2009', name: 'Emre Yıldız', order: '1062', postcode: '10999' },
  { id: 'C-2095', name: 'Helmi Nieminen', order: '1074', postcode: '00530' },
];
/** Without it, whoever is signed in books at once; and nothing of somebody who is not signed in is approved together. */
const RULES = `
@id("bookings-are-decided")
@disposition("hold")
@role("supervisor")
@reason("This house decides on every delivery slot.")
forbid (principal, action == Action::"crm.book_delivery", resource);
`;
const REFUND =
  'Hi, the zip of my Fonn down jacket from order 1053 snapped the second time I wore it. ' +
  'I would like my money back. My postcode is 08012.';

/** A customer whom the shop's site has signed in asks for a delivery slot; the chat in which they hear of it. */
async function books(t, shop, there, { id, name, order, postcode }) {
  there.show(shop.chat, `data-token="${await shop.customerToken(id, name)}"`);
  const page = await (await context(t)).newPage();
  await page.goto(`${there.origin}/`);
  await page.getByRole('button', { name: 'Chat with us' }).click();
  const chat = page.frameLocator('iframe');
  await chat.getByLabel('Write a message').waitFor();
  await say(chat, `I want to book a delivery slot for my order ${order}, postcode ${postcode}.`);
  await hears(chat, 'These are free');
  await say(chat, '1');
  await hears(chat, `A colleague is checking the delivery slot for order ${order}.`);
  return chat;
}

const row = (desk, order) => queue(desk).getByRole('option', { name: new RegExp(`order ${order}`) });
const foot = (desk) => desk.getByRole('group', { name: 'Chosen', exact: true });
const review = (desk) => desk.getByRole('region', { name: 'Review of the chosen' });
const reviewed = (desk, order) => review(desk).getByRole('article', { name: new RegExp(`order ${order}`) });

/** Chooses the held actions of these orders, by their rows and Space. */
async function choose(desk, orders) {
  for (const order of orders) {
    await row(desk, order).click();
    await desk.keyboard.press('Space');
    await row(desk, order).and(desk.locator('[aria-checked=true]')).waitFor();
  }
  await foot(desk)
    .getByText(new RegExp(`^${orders.length} chosen`))
    .waitFor();
}

/** The records of this kind, newest first, once there are so many: the lists follow the trail. */
async function records(shop, kind, count) {
  const until = Date.now() + 10_000;
  for (;;) {
    const { rows } = await shop.query({ query: 'trail', search: { kind } });
    if (rows.length >= count || Date.now() > until) return rows;
  }
}

test('bookings held by one rule are seen one by one, each for as long as the house asks, and approved by one key', async (t) => {
  const there = await site(t);
  const shop = await (await station(t, { looks: true, embed: [there.origin], rules: RULES })).setUp();
  const colleague = await enrol(shop, 'Jonas Weber', ['supervisor']);
  const customers = [];
  for (const one of BOOKS) customers.push(await books(t, shop, there, one));
  const other = await customer(t, shop, 'Núria Puigdomènech');
  await asksForRefund(other, REFUND);

  const desk = await openDesk(t, shop);
  await row(desk, '1053').waitFor();
  await choose(desk, ['1063', '1062', '1074']);
  await row(desk, '1053').getByText('Another kind, not in this choice').waitFor();
  await row(desk, '1053').click();
  await desk.keyboard.press('Space');
  assert.equal(await row(desk, '1053').getAttribute('aria-checked'), 'false');
  await foot(desk)
    .getByText(/^All: booking\. None has a contradiction\./)
    .waitFor();
  await sound(desk, 'Approvals, several chosen');
  await pictures(desk, 'chosen');

  await desk.keyboard.press('Shift+Enter');
  const began = Date.now();
  await review(desk).getByText('What will be sent to the shop').nth(2).waitFor();
  const approve = button(desk, /^A?\s*Approve/);
  assert.equal(await approve.getAttribute('aria-disabled'), 'true');
  await desk.keyboard.press('a');
  await reviewed(desk, '1063').getByText('Seen, ready to sign').waitFor();
  assert.ok(Date.now() - began >= LOOK_MS - 100, 'the first was looked at for as long as the house asks');
  // The last is out of view, and its time has not begun.
  await reviewed(desk, '1074')
    .getByText(/not on screen yet/)
    .waitFor();
  for (const order of ['1062', '1074']) {
    await desk.keyboard.press('j');
    await reviewed(desk, order).getByText('Seen, ready to sign').waitFor();
  }
  await offered(desk, /Approve 3/).waitFor();
  await sound(desk, 'Approvals, several reviewed');
  await pictures(desk, 'reviewed');

  // A colleague is first with one of them.
  const { held } = await shop.query({ query: 'approvals' });
  const taken = held.find((one) => one.object === 'order 1062').action;
  const theirs = { authorization: `Bearer ${colleague}` };
  const shown = (await shop.ask('query', { query: { query: 'card', action: taken } }, theirs)).json;
  const decision = {
    action: taken,
    card_digest: shown.card_digest,
    choice: { choice: 'reject', guidance: 'That street is closed.' },
    looked_ms: 0,
  };
  const answer = await shop.ask('decide', { decision }, theirs);
  assert.equal(answer.status, 200, JSON.stringify(answer.json));
  await reviewed(desk, '1062').getByText('Decided or ended elsewhere.').waitFor();
  await foot(desk).getByText('1 left: decided or ended elsewhere.').waitFor();

  await offered(desk, /Approve 2/).waitFor();
  await desk.keyboard.press('a');
  await review(desk).getByText('2 approved.', { exact: true }).waitFor();
  await review(desk)
    .getByText(/order 1062: Decided or ended elsewhere\.$/)
    .waitFor();
  await queue(desk).and(desk.locator(':focus')).waitFor();
  await foot(desk).waitFor({ state: 'detached' });
  await sound(desk, 'Approvals, several decided');
  await pictures(desk, 'approved');
  await hears(customers[0], 'Order 1063 is brought on');
  await hears(customers[1], 'did not approve it');
  await hears(customers[2], 'Order 1074 is brought on');

  const approved = await records(shop, 'action.approved', 2);
  assert.equal(approved.length, 2);
  const bytes = [];
  for (const { position } of approved) bytes.push((await shop.query({ query: 'record', position })).bytes);
  const signatures = bytes.flatMap((one) => one.match(/"signature":"[0-9a-f]+"/g) ?? []);
  assert.equal(new Set(signatures).size, 2, 'each has a signature of its own');
});

test('refunds are added in their currency, cannot be approved together, and hear the same no, each on its own', async (t) => {
  const shop = await (await station(t, { looks: true })).setUp();
  const ana = await customer(t, shop);
  await asksForRefund(ana);
  const nuria = await customer(t, shop, 'Núria Puigdomènech');
  await asksForRefund(nuria, REFUND);
  const { held } = await shop.approvals((queue) => queue.held.length === 2);
  const sum = held.reduce((all, one) => all + one.money.minor, 0);

  const desk = await openDesk(t, shop);
  await row(desk, '1053').waitFor();
  await choose(desk, ['1042', '1053']);
  await foot(desk)
    .getByText(`2 chosen, €${(sum / 100).toFixed(2)} together`)
    .waitFor();
  await foot(desk)
    .getByText(/in EUR, at most €.* Cannot be undone: to be approved one by one\./)
    .waitFor();
  await desk.keyboard.press('Shift+Enter');
  await review(desk).getByText('What will be sent to the shop').nth(1).waitFor();
  await reviewed(desk, '1042')
    .getByText(/Cannot be undone: approve it by itself\./)
    .waitFor();
  await desk.keyboard.press('a');
  await desk.keyboard.press('r');
  const words = review(desk).getByRole('textbox', { name: /Guidance/ });
  await words.and(desk.locator(':focus')).waitFor();
  await desk.keyboard.type('Ask for a photograph first.');
  await pictures(desk, 'rejecting');
  await sound(desk, 'Approvals, several to be rejected');
  await desk.keyboard.press('Control+Enter');
  await review(desk).getByText('2 rejected.', { exact: true }).waitFor();
  for (const page of [ana, nuria]) await hears(page, 'did not approve');
  assert.equal((await records(shop, 'action.rejected', 2)).length, 2);
  assert.equal((await records(shop, 'action.approved', 0)).length, 0);
  await desk.keyboard.press('Escape');
  await card(desk).waitFor();
});

/** For whoever looks at it: `PICTURES=FOLDER`. */
async function pictures(desk, name) {
  if (process.env.PICTURES === undefined) return;
  for (const colorScheme of ['dark', 'light']) {
    await desk.emulateMedia({ colorScheme });
    await desk.screenshot({ path: `${process.env.PICTURES}/${name}-${colorScheme}.png` });
  }
}
