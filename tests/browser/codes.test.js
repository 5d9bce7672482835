// A customer who signs in by a code: on the hosted page, in a site's frame, and what is told to somebody who is none.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { context, PATIENCE } from './lib/browser.js';
import { customer, hears, say } from './lib/customer.js';
import { openDesk, toFloor } from './lib/desk.js';
import { site } from './lib/site.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

const ANA = 'ana.ruiz@mail.example';

/** The code in the nth letter of the sample shop's folder, from 1, once it lies there. */
async function code(shop, nth) {
  const folder = join(shop.folder, 'mail');
  for (const until = Date.now() + PATIENCE; Date.now() < until; await pause(20)) {
    const letters = (await readdir(folder)).filter((name) => name.endsWith('.eml')).sort();
    if (letters.length < nth) continue;
    const letter = await readFile(join(folder, letters[nth - 1]), 'utf8');
    assert.match(letter, /^To: ana\.ruiz@mail\.example\r$/m);
    return /^Your code is (\d{6})/m.exec(letter)[1];
  }
  throw new Error(`no letter ${nth} came`);
}
const other = (digits) => String((Number(digits) + 1) % 1_000_000).padStart(6, '0');
const who = async (shop) =>
  (await shop.query({ query: 'conversations' })).rows.map((row) => [row.customer, row.assurance]);

/** By keyboard alone: opens the panel, types the address, and waits until a code is asked for. */
async function asks(page, address) {
  await page.getByRole('button', { name: 'Sign in', exact: true }).press('Enter');
  await page.getByLabel('Your e-mail address').pressSequentially(address);
  await page.getByLabel('Your e-mail address').press('Enter');
}

test('a customer signs in with the code from the letter, and everybody knows it from then on', async (t) => {
  const shop = await (await station(t)).setUp();
  const ana = await customer(t, shop, 'Ana');
  await asks(ana, 'ana.ruiz');
  await ana.getByRole('alert').getByText('this is no e-mail address').waitFor();
  await sound(ana, 'the address');
  await ana.getByLabel('Your e-mail address').fill(ANA);
  await ana.keyboard.press('Enter');
  await ana.getByText('If this is the address that the shop has of you, a code is on its way.').waitFor();
  await ana.getByText('Sample shop: no mail goes out.').getByText(join(shop.folder, 'mail')).waitFor();
  const digits = await code(shop, 1);
  const field = ana.getByLabel('The six digits');
  assert.ok(await field.evaluate((one) => one === document.activeElement), 'the focus goes to the code');
  await field.pressSequentially(other(digits));
  await ana.keyboard.press('Enter');
  await ana.getByText('you can try it 4 more times').waitFor();
  await sound(ana, 'the code');

  // A reload still waits for it.
  await ana.reload();
  await ana.getByLabel('The six digits').fill(`${digits.slice(0, 3)} ${digits.slice(3)}`);
  await ana.keyboard.press('Enter');
  await ana.getByText('You are signed in as Ana Ruiz').waitFor();
  await sound(ana, 'signed in');
  assert.ok(await ana.getByLabel('Write a message').evaluate((one) => one === document.activeElement));
  assert.equal(await ana.getByRole('button', { name: 'Sign in', exact: true }).count(), 0);
  assert.deepEqual(await who(shop), [['Ana Ruiz', 'verified']]);
  await ana.reload();
  await ana.getByText('You are signed in as Ana Ruiz').waitFor();
  await say(ana, 'Hello');
  await hears(ana, 'Hello.');

  const desk = await openDesk(t, shop);
  await toFloor(desk);
  const transcript = desk.getByRole('region', { name: 'Transcript' });
  await transcript.getByText('Asked for a sign-in code').waitFor();
  await transcript.getByText(ANA).waitFor();
  await transcript.getByText('Ana Ruiz, by the code that went to their address.').waitFor();
});

test('whoever types somebody else’s address, or nobody’s, is told the same', async (t) => {
  const shop = await (await station(t)).setUp();
  const told = [];
  for (const address of [ANA, 'nobody@mail.example']) {
    const eve = await customer(t, shop, 'Eve');
    await asks(eve, address);
    const field = eve.getByLabel('The six digits');
    await field.waitFor();
    const wrong = address === ANA ? other(await code(shop, 1)) : '000000';
    for (const left of [4, 3, 2, 1]) {
      await field.fill(wrong);
      await eve.keyboard.press('Enter');
      await eve.getByText(`you can try it ${left} more times`).waitFor();
    }
    await field.fill(wrong);
    await eve.keyboard.press('Enter');
    await eve.getByLabel('Your e-mail address').waitFor();
    told.push(await eve.getByRole('region', { name: 'Sign in with a code' }).innerText());
    await eve.getByRole('button', { name: 'Not now' }).click();
    await eve.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  }
  assert.match(told[0], /cannot be tried any more/);
  assert.equal(told[0], told[1]);
  assert.deepEqual(await who(shop), [
    ['Eve', 'claimed'],
    ['Eve', 'claimed'],
  ]);
});

for (const colorScheme of ['dark', 'light']) {
  test(`${colorScheme}: in a site’s frame, small, a customer signs in by keyboard`, async (t) => {
    const there = await site(t);
    const shop = await (await station(t, { embed: [there.origin] })).setUp();
    there.show(shop.chat, 'data-title="Halden Outdoor"');
    const options = { colorScheme, viewport: { width: 380, height: 640 }, reducedMotion: 'reduce' };
    const page = await (await context(t, options)).newPage();
    await page.goto(`${there.origin}/`);
    await page.getByRole('button', { name: 'Chat with us' }).click();
    const frame = page.frameLocator('iframe');
    const inside = () => page.frames().find((one) => one.url().startsWith(shop.chat.href));
    await frame.getByLabel('Your name').fill('Ana');
    await frame.getByRole('button', { name: 'Start' }).click();
    await frame.getByText('Connecting…').waitFor({ state: 'hidden' });
    await asks(frame, ANA);
    await frame.getByLabel('The six digits').waitFor();
    await sound(inside(), 'the code');
    // Escape closes what is in front, and not the chat.
    await frame.getByLabel('The six digits').press('Escape');
    const again = frame.getByRole('button', { name: 'Sign in', exact: true });
    assert.ok(await again.evaluate((one) => one === document.activeElement));
    await again.press('Enter');
    await frame.getByLabel('The six digits').fill(await code(shop, 1));
    await frame.getByLabel('The six digits').press('Enter');
    await frame.getByText('You are signed in as Ana Ruiz').waitFor();
    await sound(inside(), 'signed in');
    assert.deepEqual(await who(shop), [['Ana Ruiz', 'verified']]);
  });
}
