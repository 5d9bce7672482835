// A house that asks for a look at every card: A opens by itself; calling for a colleague works at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksForRefund, customer } from './lib/customer.js';
import { button, card, offered, openDesk, queue } from './lib/desk.js';
import { station } from './lib/station.js';

/** Long enough for a slow machine to come here before it is over. */
const LOOK_MS = 6000;

test('A opens by itself once the card was looked at, and a colleague is called for before that, by keyboard alone', async (t) => {
  const shop = await (await station(t, { looks: LOOK_MS })).setUp();
  const ana = await customer(t, shop);
  await asksForRefund(ana);
  // Before the card can be on screen: how late a slow machine hears of it makes no look shorter.
  const began = Date.now();
  const desk = await openDesk(t, shop);
  await desk.keyboard.press('g');
  await desk.keyboard.press('a');
  const row = queue(desk).getByRole('option').first();
  await row.waitFor();
  if ((await row.getAttribute('aria-selected')) !== 'true') await row.click();
  await button(desk, /^Approve €129\.00/).waitFor();
  await card(desk).getByText('Approving opens after 6.0 s on screen').first().waitFor();
  const filling = button(desk, /^Approve €129\.00/).locator('.fill');
  assert.deepEqual(await filling.evaluate((fill) => fill.getAnimations().map((one) => one.playState)), ['running']);
  await pictures(desk, 'look');
  await desk.keyboard.press('a');
  assert.equal(await card(desk).getByRole('group', { name: 'Approve what cannot be undone?' }).count(), 0);

  await desk.keyboard.press('e');
  const dialog = desk.getByRole('dialog', { name: 'Call for a colleague' });
  await dialog.getByRole('textbox').fill('She has written three times. Somebody should call her.');
  await pictures(desk, 'escalate');
  await desk.keyboard.press('Control+Enter');
  await card(desk)
    .getByText(/^Pulled by a supervisor, Marta Lindqvist, since/)
    .waitFor();
  await ana
    .getByText(/colleague/)
    .first()
    .waitFor();

  await offered(desk, /^Approve €129\.00/).waitFor();
  assert.ok(Date.now() - began >= LOOK_MS, 'the look was as long as the house asks');
  assert.equal(
    await button(desk, /^Approve €129\.00/)
      .locator('.fill')
      .count(),
    0,
  );
  await pictures(desk, 'escalated');
  await desk.keyboard.press('g');
  await desk.keyboard.press('e');
  await desk.getByText('Called by').waitFor();
  await desk.getByText('She has written three times. Somebody should call her.').first().waitFor();
  await pictures(desk, 'escalations-called');
  await desk.keyboard.press('g');
  await desk.keyboard.press('a');
  await offered(desk, /^Approve €129\.00/).waitFor();
  await desk.keyboard.press('a');
  await card(desk).getByRole('group', { name: 'Approve what cannot be undone?' }).waitFor();
  await desk.keyboard.press('Shift+A');
  await queue(desk).getByText('Refund €129.00').first().waitFor();
  await card(desk).getByText('Approved', { exact: true }).first().waitFor();
});

/** For whoever looks at it: `PICTURES=FOLDER`. */
async function pictures(desk, name) {
  if (process.env.PICTURES === undefined) return;
  for (const colorScheme of ['dark', 'light']) {
    await desk.emulateMedia({ colorScheme });
    await desk.screenshot({ path: `${process.env.PICTURES}/${name}-${colorScheme}.png` });
  }
}
