// An undo window at the desk, in a house whose rule gives one: by keys alone an approval is taken back, and a second one starts
// by itself; the queue says of both where they stand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksForRefund, customer, hears } from './lib/customer.js';
import { button, card, openDesk, queue, ready } from './lib/desk.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

const RULES = `
@id("time-to-undo")
@disposition("hold")
@role("supervisor")
@undo("15")
@reason("This house thinks again about every refund.")
forbid (principal, action == Action::"crm.issue_refund", resource);
`;

for (const colorScheme of ['dark', 'light']) {
  test(`${colorScheme}: an approval is taken back by U, and one that is left alone starts when its time is over`, async (t) => {
    const shop = await (await station(t, { rules: RULES })).setUp();
    const ana = await customer(t, shop, 'Ana Ruiz');
    await asksForRefund(ana);
    const desk = await openDesk(t, shop, { colorScheme, reducedMotion: 'reduce' });
    await ready(desk);
    await card(desk).getByText('starts after 15 seconds', { exact: false }).first().waitFor();

    await desk.keyboard.press('a');
    await desk.keyboard.press('Shift+A');
    await queue(desk).getByText('Starts soon').waitFor();
    await button(desk, /^Undo approval/).waitFor();
    await sound(desk);
    await desk.keyboard.press('u');
    await card(desk).getByText('that was taken back before it started', { exact: false }).first().waitFor();
    await queue(desk).getByText('Starts soon').waitFor({ state: 'detached' });
    await sound(desk);

    await ready(desk);
    // A press right behind a card that changed is not taken for the new one.
    const asked = desk.getByText('Approve what cannot be undone?');
    while (!(await asked.isVisible())) await desk.keyboard.press('a');
    await desk.keyboard.press('Shift+A');
    await card(desk)
      .getByText(/^Starts in 0:\d\d$/)
      .waitFor();
    await hears(ana, 'is on its way back');
    await card(desk).getByText('It happened, once.').waitFor();
    assert.equal(await button(desk, /^Undo approval/).count(), 0);
  });
}
