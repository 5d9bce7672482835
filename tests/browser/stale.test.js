// What is old and what is gone: every screen with data behind a lost connection, and every place at which an erased customer
// stood, sound in both themes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, refused } from './lib/browser.js';
import { asksForRefund, customer, hears, say } from './lib/customer.js';
import { button, card, openDesk, press, queue, ready, toFloor, toTab } from './lib/desk.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

const ANA = /Ana\sRuiz/;
const option = (desk, name) => desk.getByRole('option', { name });
const lost = (desk) => desk.getByText(/This desk lost its station/);

/** How a screen is reached, and what it shows of what was read. */
const SCREENS = [
  { name: 'Floor', keys: ['g', 'f'], shows: (desk) => option(desk, ANA) },
  { name: 'Escalations', keys: ['g', 'e'], shows: (desk) => option(desk, /Siobhán/) },
  { name: 'Audit', keys: ['g', 't'], shows: (desk) => option(desk, /Asked for a person/) },
  { name: 'Metrics', keys: ['g', 'm'], shows: (desk) => desk.getByRole('heading', { name: 'Resolution' }) },
  { name: 'People', keys: ['g', 's'], tab: 'People', shows: (desk) => option(desk, /Marta\sLindqvist/) },
  { name: 'Tools', keys: ['g', 's'], tab: 'Tools', shows: (desk) => option(desk, /issue_refund/) },
  { name: 'Policies', keys: ['g', 's'], tab: 'Policies', shows: (desk) => option(desk, /refund-over-500/) },
  { name: 'Channels', keys: ['g', 's'], tab: 'Channels', shows: (desk) => desk.getByText('Largest message') },
  { name: 'Limits', keys: ['g', 's'], tab: 'Limits', shows: (desk) => button(desk, /refund-over-500/) },
];

async function goes(desk, { keys, tab, shows }) {
  // Out of the field that Audit puts a person into.
  await desk.keyboard.press('Escape');
  await press(desk, keys);
  if (tab !== undefined) await toTab(desk, tab);
  await shows(desk).first().waitFor();
}

for (const colorScheme of ['dark', 'light']) {
  const look = { colorScheme, reducedMotion: 'reduce' };

  test(`${colorScheme}: what was read stays where it stood without the station, says that it may be old, and decides nothing`, async (t) => {
    const shop = await (await station(t)).setUp();
    const gone = await customer(t, shop, 'Noémie Le Goff');
    await say(gone, 'Which payment methods do you accept?');
    await gone.locator('li.said.agent').first().waitFor();
    await gone.getByRole('button', { name: 'End conversation' }).click();
    await gone.getByText('This conversation has ended.', { exact: false }).waitFor();
    await gone.context().close();
    const siobhan = await customer(t, shop, 'Siobhán Ní Bhriain', { expected: [cut] });
    await siobhan.getByRole('button', { name: 'Ask for a person' }).click();
    await hears(siobhan, 'noted for a colleague');
    const ana = await customer(t, shop, 'Ana Ruiz', { expected: [cut] });
    await asksForRefund(ana);

    const desk = await openDesk(t, shop, { ...look, expected: [cut, refused(502)] });
    for (const screen of SCREENS) await goes(desk, screen);
    await press(desk, ['g', 'a']);
    await option(desk, ANA).click();
    await ready(desk);
    const floor = await openDesk(t, shop, { ...look, expected: [cut, refused(502)] });
    await toFloor(floor);
    await option(floor, ANA).click();
    await floor.getByRole('region', { name: 'Transcript' }).getByText('A colleague is checking').first().waitFor();

    await shop.kill();
    await lost(desk).waitFor();
    await desk.getByText(/^1 waited at /).waitFor();
    await card(desk)
      .getByText(/^Due .*, as of /)
      .waitFor();
    for (const name of [/Approve/, /Override/, /Reject/]) {
      assert.equal(await card(desk).getByRole('button', { name }).getAttribute('aria-disabled'), 'true', String(name));
    }
    await sound(desk, 'Approvals, stale');
    await lost(floor).waitFor();
    await floor.getByRole('region', { name: 'Transcript' }).getByText('A colleague is checking').first().waitFor();
    await sound(floor, 'the transcript, stale');
    for (const screen of SCREENS) {
      await goes(desk, screen);
      await lost(desk).waitFor();
      assert.equal(
        await desk.getByRole('alert').getByRole('button').count(),
        0,
        `${screen.name}: nothing to try again`,
      );
      await sound(desk, `${screen.name}, stale`);
    }
  });

  test(`${colorScheme}: where an erased customer stood, every screen says so`, async (t) => {
    const shop = await (await station(t)).setUp();
    const ana = await customer(t, shop, 'Ana Ruiz', look);
    await asksForRefund(ana);
    const desk = await openDesk(t, shop, { ...look, expected: [refused(410)] });
    await option(desk, ANA).click();
    await ready(desk);
    const { held } = await shop.query({ query: 'approvals' });
    const request = { change: 'erase_customer', of: { by: 'conversation', conversation: held[0].conversation } };
    const erased = await shop.ask('command', {
      command: { command: 'propose_change', request, why: 'By her letter of 14 November.' },
    });
    assert.equal(erased.status, 200, JSON.stringify(erased.json));

    await option(queue(desk), /Erased customer/).click();
    await desk.getByText('What this card showed is gone for good', { exact: false }).waitFor();
    await sound(desk, 'Approvals, erased');
    await toFloor(desk);
    await option(desk, /Erased customer/).click();
    await desk.getByText('This customer is erased.').waitFor();
    await sound(desk, 'the transcript, erased');
    await button(desk, 'Certificate…').click();
    await desk.getByRole('dialog', { name: 'Certificate of erasure' }).waitFor();
    await sound(desk, 'the certificate');
    await desk.keyboard.press('Escape');
    await press(desk, ['g', 't']);
    await desk.keyboard.type('kind:action.held');
    await desk.getByText(/^1 found/).waitFor();
    await desk.keyboard.press('Enter');
    await desk.getByText('Its key is destroyed.', { exact: false }).waitFor();
    await sound(desk, 'a record, erased');
    await ana.getByLabel('Write a message').waitFor({ state: 'hidden' });
    await sound(ana, 'the chat, erased');
  });
}
