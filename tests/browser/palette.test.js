// The palette over a real station: found by words, gone to and begun by keyboard alone; in both themes it can be used by everybody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksForRefund, customer, hears } from './lib/customer.js';
import { card, openDesk, queue } from './lib/desk.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

const field = (page) => page.getByRole('combobox', { name: /^Search or jump to/ });
const found = (page, name) => page.getByRole('dialog', { name: 'Search or jump to' }).getByRole('option', { name });

for (const [colorScheme, width, height] of [
  ['dark', 1440, 900],
  ['light', 1024, 700],
]) {
  test(`${colorScheme}, ${width} wide: what a customer asked for is found by its words, opened, begun and taken over`, async (t) => {
    const shop = await (await station(t)).setUp();
    const ana = await customer(t, shop);
    await asksForRefund(ana);
    const look = {
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width, height },
    };
    const desk = await openDesk(t, shop, look);
    await queue(desk)
      .getByRole('option', { name: /Refund €129\.00/ })
      .waitFor();

    await desk.keyboard.press('Control+k');
    await field(desk).waitFor();
    await sound(desk, 'palette, before anything is typed');
    await desk.keyboard.type('ruiz 1042');
    await found(desk, /^Refund €129\.00.*Ana\sRuiz, order 1042, held/).waitFor();
    await found(desk, 'Search the trail for “ruiz 1042”').waitFor();
    await sound(desk, 'palette, found');
    await desk.keyboard.press('Enter');
    await card(desk)
      .getByRole('heading', {
        name: /Refund €129\.00 to Ana\sRuiz for order 1042/,
      })
      .waitFor();

    // Begun with the card in view, and decided nothing.
    await desk.keyboard.press('Control+k');
    await desk.keyboard.type('overr');
    await found(desk, /^Override…/).waitFor();
    await desk.keyboard.press('Enter');
    await desk.getByText('You are overriding').waitFor();
    await desk.keyboard.press('Escape');

    // Two letters would decide outside a field; inside they are typed.
    await desk.keyboard.press('Control+k');
    await desk.keyboard.type('ar');
    assert.equal(await field(desk).inputValue(), 'ar');
    await desk.keyboard.press('Escape');
    await field(desk).waitFor({ state: 'detached' });
    assert.equal((await shop.query({ query: 'approvals' })).held.length, 1, 'the palette decides nothing');

    await desk.keyboard.press('Control+k');
    await desk.keyboard.type('floor');
    await desk.keyboard.press('Enter');
    await desk.getByRole('heading', { level: 1, name: 'Floor' }).waitFor();
    await desk.getByRole('region', { name: 'Transcript' }).waitFor();
    await desk.keyboard.press('Control+k');
    await desk.keyboard.type('take over');
    await found(desk, /^Take over/).waitFor();
    await desk.keyboard.press('Enter');
    await desk.getByRole('textbox', { name: 'Reply to the customer' }).waitFor();
    await hears(ana, 'A colleague is checking the refund');
    await ana.getByRole('banner').getByRole('status').getByText('A person of the team is answering you now').waitFor();

    // A search that one opens in Audit is recorded there.
    await desk.keyboard.press('Escape');
    await desk.keyboard.press('Control+k');
    await desk.keyboard.type('buckle');
    await found(desk, 'Search the trail for “buckle”').click();
    await desk
      .getByRole('searchbox', { name: 'Search the trail' })
      .and(desk.locator('[value=buckle], input'))
      .waitFor();
    await desk.getByRole('listbox', { name: 'Records, newest first' }).waitFor();
  });
}
