// A tool server added at the desk, by keyboard: tried, proposed, read whole by whoever signs it, and removed again.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cut, refused } from './lib/browser.js';
import { openDesk, press, toTab } from './lib/desk.js';
import { enrol } from './lib/people.js';
import { toTool } from './lib/settings.js';
import { built, station } from './lib/station.js';

const SECRET = 'the-hotels-own-key-4711';

async function toTools(desk) {
  await press(desk, ['Escape', 'g', 's']);
  await toTab(desk, 'Tools');
  await desk.getByRole('listbox', { name: 'Tools' }).waitFor();
}

async function enters(desk, control) {
  await control.focus();
  await desk.keyboard.press('Enter');
}

/** Signs the change that waits with these words in its title. */
async function signs(desk, title) {
  await toTools(desk);
  const waits = desk.getByRole('article').filter({ hasText: title });
  await enters(desk, waits.getByRole('button', { name: /^Sign/ }));
  await waits.waitFor({ state: 'detached' });
}

/** Where PICTURES names a folder, what is on screen is kept there, dark and light. */
async function picture(desk, name) {
  if (process.env.PICTURES === undefined) return;
  for (const colorScheme of ['dark', 'light']) {
    await desk.emulateMedia({ colorScheme });
    await desk.screenshot({ path: join(process.env.PICTURES, `servers-${name}-${colorScheme}.png`) });
  }
}

test('a program is added, signed by a second person who reads all of it, and removed', async (t) => {
  const shop = await (await station(t)).setUp();
  const bearer = await enrol(shop, 'Jonas Weber', ['supervisor']);
  const expected = [cut, refused(401), refused(409)];
  const marta = await openDesk(t, shop, { expected, reducedMotion: 'reduce' });
  const jonas = await openDesk(t, { desk: shop.desk, bearer }, { expected, reducedMotion: 'reduce' });
  await toTools(marta);
  await enters(marta, marta.getByRole('button', { name: 'Add a server…' }));
  const form = marta.getByRole('dialog', { name: 'A new tool server' });
  const field = (name) => form.getByLabel(name, { exact: true });

  // An address where nobody listens: what happened, why, what to do.
  await field('Name').and(marta.locator(':focus')).waitFor();
  await marta.keyboard.type('lodge');
  await field('How it is reached').selectOption('address');
  await field('Address').fill('http://tools.example.com/mcp');
  await enters(marta, form.getByRole('button', { name: 'Test' }));
  await form.getByText('http only on the station’s own machine.', { exact: false }).first().waitFor();
  await field('Address').fill('http://127.0.0.1:9/mcp');
  await field('Token, if it asks for one').fill(SECRET);
  await enters(marta, form.getByRole('button', { name: 'Test' }));
  await form.getByText('Nothing listens at its address', { exact: false }).waitFor();
  await picture(marta, 'tried');

  await field('How it is reached').selectOption('program');
  await field('Program').fill(built('countersign-test-lodge'));
  await field('Arguments').fill('--for\nthe desk');
  await enters(marta, form.getByRole('button', { name: 'Another variable' }));
  await field('Name of variable 1').fill('LANG');
  await field('Value of variable 1').fill('de_AT.UTF-8');
  await enters(marta, form.getByRole('button', { name: 'Another variable' }));
  await field('Name of variable 2').fill('HOTEL_KEY');
  await field('Value of variable 2').fill(SECRET);
  await form.getByRole('checkbox', { name: 'secret HOTEL_KEY' }).press('Space');
  assert.equal(await field('Value of variable 2').getAttribute('type'), 'password');
  await enters(marta, form.getByRole('button', { name: 'Test' }));
  await form.getByText('once a second person has signed', { exact: false }).first().waitFor();
  await picture(marta, 'form');
  await marta.keyboard.press('Control+Enter');
  await form.waitFor({ state: 'detached' });
  assert.ok(!existsSync(join(shop.folder, 'servers', 'lodge')), 'one signature starts nothing');

  await toTools(jonas);
  const waits = jonas.getByRole('article').filter({ hasText: 'A new tool server: lodge' });
  for (const part of [built('countersign-test-lodge'), '--for', 'the desk', 'de_AT.UTF-8', 'HOTEL_KEY'])
    await waits.getByText(part, { exact: false }).first().waitFor();
  await waits.getByText('whatever that user can', { exact: false }).waitFor();
  assert.ok(!(await jonas.content()).includes(SECRET));
  await picture(jonas, 'signed');
  await signs(jonas, 'A new tool server: lodge');

  await jonas.getByRole('option', { name: /read_booking/ }).waitFor();
  const tool = await toTool(jonas, 'lodge.read_booking');
  await tool.getByText('Nobody has said how it is treated', { exact: false }).waitFor();
  await picture(jonas, 'added');
  await marta.getByRole('option', { name: /read_booking/ }).waitFor();
  await toTool(marta, 'lodge.read_booking');
  await enters(marta, marta.getByRole('button', { name: 'Remove…' }));
  const removing = marta.getByRole('dialog', { name: 'Remove the tool server lodge' });
  await removing.waitFor();
  await marta.keyboard.press('Control+Enter');
  await removing.waitFor({ state: 'detached' });
  await signs(jonas, 'The tool server lodge: removed');
  await jonas.getByRole('option', { name: /read_booking/ }).waitFor({ state: 'detached' });
});

test('a server that does not answer stands in the list by itself, and goes by keyboard', async (t) => {
  const shop = await (await station(t)).setUp();
  const marta = await openDesk(t, shop, { expected: [cut], reducedMotion: 'reduce' });
  await toTools(marta);
  await enters(marta, marta.getByRole('button', { name: 'Add a server…' }));
  const form = marta.getByRole('dialog', { name: 'A new tool server' });
  await form.getByLabel('Name', { exact: true }).fill('branch');
  await form.getByLabel('How it is reached', { exact: true }).selectOption('address');
  await form.getByLabel('Address', { exact: true }).fill('http://127.0.0.1:9/mcp');
  // Whoever decides everything signs it alone.
  await marta.keyboard.press('Control+Enter');
  await form.waitFor({ state: 'detached' });
  await marta.getByRole('option', { name: /branch.*does not answer/ }).waitFor();
  const list = marta.getByRole('listbox', { name: 'Tools' });
  await list.focus();
  const server = marta.getByRole('region', { name: 'Tool server' });
  for (let i = 0; i < 60 && !(await server.isVisible()); i += 1) await marta.keyboard.press(i < 30 ? 'j' : 'k');
  await server.getByText('in a row', { exact: false }).waitFor();
  await server.getByText('http://127.0.0.1:9/mcp', { exact: true }).waitFor();
  await picture(marta, 'down');
  await enters(marta, server.getByRole('button', { name: 'Remove…' }));
  const removing = marta.getByRole('dialog', { name: 'Remove the tool server branch' });
  await removing.waitFor();
  await marta.keyboard.press('Control+Enter');
  await removing.waitFor({ state: 'detached' });
  await marta.getByRole('option', { name: /branch/ }).waitFor({ state: 'detached' });
  await marta.getByRole('region', { name: 'Tool', exact: true }).waitFor();
});
