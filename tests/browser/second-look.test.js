// What does not go together is said on the card, in the words of the customer who wrote it, in both themes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksForRefund, customer, hears, say } from './lib/customer.js';
import { card, openDesk, queue } from './lib/desk.js';
import { station } from './lib/station.js';

test('a refund for what the shop delivered, to a customer who says that it never came, warns whoever decides', async (t) => {
  const shop = await (await station(t)).setUp();
  const writes = await customer(t, shop, 'Bo Lind');
  await say(writes, 'My rucksack from order 1042 never arrived! I want my money back. My postcode is 46001.');
  await hears(writes, /reason|article|checking/);
  if (!(await writes.getByText('A colleague is checking the refund').isVisible())) {
    await say(writes, 'the Varde 45, it came too late');
    await hears(writes, 'A colleague is checking the refund');
  }
  const desk = await openDesk(t, shop);
  await desk.keyboard.press('g');
  await desk.keyboard.press('a');
  await queue(desk).getByRole('option').first().getByText('2 contradictions').waitFor();
  await queue(desk).getByRole('option').first().click();
  const block = card(desk).getByRole('list', { name: 'Read before deciding' });
  await block.getByText('The customer says that it never arrived. Order status: delivered.').waitFor();
  await block.getByText('Whoever writes calls themself Bo Lind. Customer on the order: Ana Ruiz.').waitFor();
  const quote = block.getByRole('button', { name: /never arrived/ });
  await quote.focus();
  await desk.keyboard.press('Enter');
  await card(desk).locator('blockquote.quoted', { hasText: 'never arrived' }).waitFor();
  await pictures(desk, 'second-look');
});

test('a refund in which everything goes together warns of nothing', async (t) => {
  const shop = await (await station(t)).setUp();
  await asksForRefund(await customer(t, shop));
  const desk = await openDesk(t, shop);
  await desk.keyboard.press('g');
  await desk.keyboard.press('a');
  await queue(desk).getByRole('option').first().click();
  await card(desk).getByRole('heading', { level: 2 }).waitFor();
  assert.equal(await card(desk).getByText('Second look').count(), 0);
});

/** For whoever looks at it: `PICTURES=FOLDER`. */
async function pictures(desk, name) {
  if (process.env.PICTURES === undefined) return;
  for (const colorScheme of ['dark', 'light']) {
    await desk.emulateMedia({ colorScheme });
    await desk.screenshot({ path: `${process.env.PICTURES}/${name}-${colorScheme}.png` });
  }
}
