// A tool server that nobody has ever seen, by keyboard: two people say in Settings how it is treated, one asks for it with lists
// and enumerations, another changes what is inside of them, and what changed behind their back brings the card back.
import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { cut, refused } from './lib/browser.js';
import { button, card, openDesk, press, queue, ready, takenOver } from './lib/desk.js';
import { enrol } from './lib/people.js';
import { toTool } from './lib/settings.js';
import { station } from './lib/station.js';

const booksOf = (shop) => join(shop.folder, 'servers', 'lodge', 'bookings.json');
const books = (shop) => JSON.parse(readFileSync(booksOf(shop), 'utf8'));
function edit(shop, change) {
  const all = books(shop);
  change(all);
  writeFileSync(`${booksOf(shop)}.edited`, JSON.stringify(all));
  renameSync(`${booksOf(shop)}.edited`, booksOf(shop));
}

/** Opens the form of a tool of which nobody has said anything. */
async function begins(desk, name) {
  const tool = await toTool(desk, name);
  await tool.getByText('Nobody has said how it is treated', { exact: false }).waitFor();
  await tool.getByRole('button', { name: 'Set up…' }).focus();
  await desk.keyboard.press('Enter');
  return desk.getByRole('dialog', { name: `How ${name} is treated` });
}

async function signs(desk, name) {
  await toTool(desk, name);
  const waits = desk.getByRole('article').filter({ hasText: `${name}: settings` });
  await waits.getByText('Nothing calls this tool yet', { exact: false }).waitFor();
  await waits.getByRole('button', { name: /^Sign/ }).focus();
  await desk.keyboard.press('Enter');
  await waits.waitFor({ state: 'detached' });
  await desk.getByRole('region', { name: 'Tool' }).getByText('signed by people on', { exact: false }).waitFor();
}

/** Reads a card that is longer than the screen, line by line. */
async function reads(desk) {
  await card(desk).getByText('1, guests, 1, Name').waitFor();
  for (const line of await card(desk).locator('.lines .value').all()) await line.scrollIntoViewIfNeeded();
  await ready(desk);
}

/** Presses what a keyboard would reach: focus, then Enter. */
async function enters(desk, control) {
  await control.focus();
  await desk.keyboard.press('Enter');
}

test('set up in Settings alone, asked for with lists, overridden inside of them, and brought back by a changed fact', async (t) => {
  const shop = await (await station(t, { servers: { lodge: 'countersign-test-lodge' } })).setUp();
  const bearer = await enrol(shop, 'Jonas Weber', ['supervisor']);
  const expected = [cut, refused(401), refused(409)];
  const { desk: marta } = await takenOver(t, shop, 'Ilse Brandt');
  const jonas = await openDesk(t, { desk: shop.desk, bearer }, { expected });

  let form = await begins(marta, 'lodge.read_booking');
  await form.getByLabel('Effect', { exact: true }).first().selectOption('read');
  await form.getByText('truly changes nothing', { exact: false }).waitFor();
  await marta.keyboard.press('Control+Enter');
  await form.waitFor({ state: 'detached' });
  await signs(jonas, 'lodge.read_booking');

  form = await begins(marta, 'lodge.change_booking');
  await form.getByLabel('Object', { exact: true }).selectOption('booking');
  await form.getByLabel('Amount, in minor units').selectOption('charge_minor');
  await form.getByLabel('Currency of the amount').selectOption('currency');
  await form.getByLabel('Facts are read with').selectOption('lodge.read_booking');
  assert.equal(await form.getByLabel('Its booking, from').inputValue(), 'booking', 'what is named alike is taken');
  await form.getByLabel('Its on, optional, from').selectOption('arrival');
  for (const [index, fact] of [
    ['guest', 'Guest', '/guest/name', ''],
    ['first_room', 'First room', '/stays/0/room', ''],
    ['paid', 'Paid', '/bill/paid_minor', '/bill/currency'],
  ].entries()) {
    await enters(marta, form.getByRole('button', { name: 'Another fact' }));
    for (const [label, value] of ['Name of', 'Label of', 'Path of', 'Path of the currency of'].map((of, at) => [
      of,
      fact[at],
    ])) {
      await form.getByLabel(`${label} fact ${index + 1}`, { exact: true }).fill(value);
    }
  }
  await form.getByLabel('Headline', { exact: true }).fill('Change booking {booking} of {evidence.guest} for {money}');
  await form.getByLabel('Effect', { exact: true }).last().fill('The hotel writes it in its books.');
  await form.getByLabel('In lists', { exact: true }).fill('Booking');
  await form.getByText('First room: /stays/0/room').waitFor();
  await marta.keyboard.press('Control+Enter');
  await form.waitFor({ state: 'detached' });
  await signs(jonas, 'lodge.change_booking');

  // A person asks for it: a list with two stays, one with a guest.
  await press(marta, ['Escape', 'g', 'f']);
  await marta.getByRole('textbox', { name: 'Reply to the customer' }).waitFor();
  await press(marta, ['Escape', 'u']);
  const dialog = marta.getByRole('dialog', { name: 'Use a tool' });
  await dialog.getByRole('combobox', { name: 'Tool' }).selectOption({ label: 'Change a booking' });
  const field = (name) => dialog.getByLabel(name, { exact: true });
  await field('Booking').fill('L-204');
  await field('Reason').selectOption({ label: 'The guest asks for it' });
  await field('Currency').selectOption({ label: 'EUR' });
  await field('Charge').fill('120.50');
  await field('Board').selectOption({ label: 'half' });
  await enters(marta, dialog.getByRole('button', { name: /^Add one\s*Stays$/ }));
  await field('1, room').and(marta.locator(':focus')).waitFor();
  await field('1, room').selectOption({ label: 'suite' });
  await field('1, Nights').fill('2');
  await enters(marta, dialog.getByRole('button', { name: /^Add one\s*stays 1, guests$/ }));
  await field('1, guests, 1, Name').fill('Ilse Brandt');
  await enters(marta, dialog.getByRole('button', { name: /^Add one\s*Stays$/ }));
  await field('2, room').selectOption({ label: 'single' });
  await field('2, Nights').fill('31');
  await marta.keyboard.press('Control+Enter');
  await dialog.getByText('30 is the most that the tool takes.').waitFor();
  await field('2, Nights').fill('3');
  await enters(marta, dialog.getByRole('button', { name: /^Fill in\s*Contact$/ }));
  await field('phone').fill('+43 316 0000');
  await marta.keyboard.press('Control+Enter');
  await dialog.getByText('A colleague decides.').waitFor();

  // Jonas reads it, and somebody at the hotel gives the room to somebody else meanwhile.
  await press(jonas, ['Escape', 'g', 'a']);
  await queue(jonas)
    .getByRole('option', { name: /Booking/ })
    .click();
  await reads(jonas);
  const held = card(jonas);
  await held.getByText('Change booking L-204 of Ilse Brandt for €120.50').first().waitFor();
  await held.getByText('1, guests, 1, Name').waitFor();
  await held.getByText('€480.00').first().waitFor();
  edit(shop, (all) => (all.bookings['L-204'].stays[0].room = 'suite'));
  // A reading counts for five seconds.
  await delay(5500);
  await press(jonas, ['a']);
  await button(jonas, /for good|Approve €120\.50/)
    .last()
    .waitFor();
  await jonas.keyboard.press('Shift+A');
  await held.getByText('First room was double, now suite', { exact: false }).first().waitFor();
  assert.deepEqual(books(shop).changes, [], 'nothing ran');

  // Another look, and something else is signed.
  await reads(jonas);
  await jonas.keyboard.press('o');
  await jonas.getByText('You are overriding').waitFor();
  const line = (name) => held.getByLabel(name, { exact: true });
  await enters(jonas, held.getByRole('button', { name: /^Add one\s*Stays$/ }));
  await line('3, room').and(jonas.locator(':focus')).waitFor();
  await line('3, room').selectOption({ label: 'double' });
  await line('3, Nights').fill('1');
  await enters(jonas, held.getByRole('button', { name: /^Take out\s*stays 2$/ }));
  await enters(jonas, held.getByRole('button', { name: /^Leave out\s*Contact$/ }));
  await line('Board').selectOption({ label: 'full' });
  await held.getByText('4 changes').waitFor();
  await held.getByLabel(/Why, for the agent and the trail/).fill('They stay a night more.');
  await button(jonas, /Sign override/)
    .and(jonas.locator('[aria-disabled=false]'))
    .waitFor();
  await jonas.keyboard.press('Control+Enter');
  await held.getByText('Overridden', { exact: true }).first().waitFor();
  for (let asked = 0; asked < 200 && books(shop).changes.length === 0; asked += 1) await delay(50);
  assert.deepEqual(books(shop).changes, [
    {
      booking: 'L-204',
      reason: 'guest_asks',
      charge_minor: 12050,
      currency: 'EUR',
      stays: [
        { room: 'suite', nights: 2, guests: [{ name: 'Ilse Brandt' }] },
        { room: 'double', nights: 1 },
      ],
      board: 'full',
    },
  ]);
});
