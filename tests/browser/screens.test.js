// Every screen, in both themes and at the lowest supported size: no serious breach of accessibility, nothing cut off.
import { test } from 'node:test';
import { context, cut } from './lib/browser.js';
import { asksForRefund, customer, hears, say } from './lib/customer.js';
import { card, offered, openDesk, queue, ready, toFloor } from './lib/desk.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

for (const colorScheme of ['dark', 'light']) {
  const look = { colorScheme, reducedMotion: 'reduce' };

  test(`${colorScheme}: the desk before anybody wrote`, async (t) => {
    const shop = await station(t);
    const made = await context(t, look);
    const page = await made.newPage();
    await page.goto(`${shop.desk}/#token=${shop.token}`);
    await page.getByRole('heading', { name: 'Who countersigns here first?' }).waitFor();
    await sound(page, 'first run');
    await page.keyboard.press('Enter');
    await page.getByText('A name is needed').waitFor();
    await sound(page, 'first run, with errors');

    await shop.setUp();
    await page.reload();
    await page.getByRole('heading', { name: 'Who is signing?' }).waitFor();
    await sound(page, 'sign in');

    const desk = await openDesk(t, shop, look);
    await desk.getByRole('heading', { name: 'Nothing waits' }).waitFor();
    await sound(desk, 'approvals, empty');
    await toFloor(desk);
    await desk.getByRole('heading', { name: 'No conversation yet' }).waitFor();
    await sound(desk, 'floor, empty');
    await desk.keyboard.press('g');
    await desk.keyboard.press('e');
    await desk.getByRole('heading', { name: 'Nobody waits for a person' }).waitFor();
    await sound(desk, 'escalations, empty');
    await desk.keyboard.press('?');
    await desk.getByRole('dialog', { name: 'Keys' }).waitFor();
    await sound(desk, 'keys');
  });

  test(`${colorScheme}: the customers’ page`, async (t) => {
    const shop = await station(t);
    const made = await context(t, look);
    const page = await made.newPage();
    await page.goto(shop.chat.href);
    await page.getByLabel('Your name').waitFor();
    await sound(page, 'chat, name');
    const ana = await customer(t, shop, 'Ana Ruiz', { ...look, expected: [cut, /WebSocket/] });
    await asksForRefund(ana);
    await ana.getByText('A person is checking this').waitFor();
    await sound(ana, 'chat, held');
    await shop.kill();
    await ana.getByText('The connection was lost.', { exact: false }).waitFor();
    await say(ana, 'Are you there?');
    await sound(ana, 'chat, lost');
  });

  for (const [width, height] of [
    [1440, 900],
    [1024, 700],
  ]) {
    test(`${colorScheme}, ${width} wide: deciding, and what comes after`, async (t) => {
      const shop = await (await station(t)).setUp();
      const ana = await customer(t, shop, 'Ana Ruiz', { expected: [cut, /WebSocket/] });
      await asksForRefund(ana);
      const desk = await openDesk(t, shop, { ...look, viewport: { width, height }, expected: [cut] });
      await queue(desk)
        .getByRole('option', { name: /Refund €129\.00/ })
        .click();
      await card(desk)
        .getByRole('group', { name: /Refund €129\.00/ })
        .evaluate((main) => main.scrollTo(0, main.scrollHeight));
      await ready(desk);
      await sound(desk, 'card');
      await desk.keyboard.press('a');
      await desk.getByRole('group', { name: 'Approve what cannot be undone?' }).waitFor();
      await sound(desk, 'confirm');
      await desk.keyboard.press('Escape');
      await desk.keyboard.press('o');
      await desk.keyboard.type('500.00');
      await desk.keyboard.press('Tab');
      await sound(desk, 'override, wrong');
      await desk.keyboard.press('Escape');
      await desk.keyboard.press('r');
      await desk.keyboard.type('Offer the repair.');
      await sound(desk, 'reject');
      await desk.keyboard.press('Escape');

      await desk.keyboard.press('Control+.');
      await desk.getByRole('dialog', { name: 'Stop everything?' }).waitFor();
      await sound(desk, 'stop');
      await desk.getByRole('button', { name: 'Stop everything' }).click();
      await desk.getByRole('dialog').waitFor({ state: 'detached' });
      await sound(desk, 'stopped');
      await desk.keyboard.press('Control+.');
      await desk.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
      await desk.getByRole('dialog').waitFor({ state: 'detached' });

      await toFloor(desk);
      await desk.getByRole('region', { name: 'Transcript' }).getByText('Held', { exact: false }).first().waitFor();
      await sound(desk, 'floor, held');
      await desk.keyboard.press('g');
      await desk.keyboard.press('a');
      await queue(desk)
        .getByRole('option', { name: /Refund €129\.00/ })
        .click();
      await card(desk)
        .getByRole('group', { name: /Refund €129\.00/ })
        .evaluate((main) => main.scrollTo(0, main.scrollHeight));
      await ready(desk);
      await desk.keyboard.press('a');
      await desk.getByRole('group', { name: 'Approve what cannot be undone?' }).waitFor();
      await desk.keyboard.press('Shift+A');
      await hears(ana, 'on its way back');
      await card(desk).getByText('signed by the station', { exact: false }).waitFor();
      await sound(desk, 'decided');
      await toFloor(desk);
      await desk.keyboard.press('f');
      await desk.getByRole('combobox', { name: 'Who has it' }).waitFor();
      await sound(desk, 'floor, filter');
      await desk.keyboard.press('Escape');
      await offered(desk, /^Take over/).waitFor();
      await desk.keyboard.press('t');
      await desk.getByRole('textbox', { name: 'Reply to the customer' }).waitFor();
      await sound(desk, 'floor, taken over');

      await desk.keyboard.press('Escape');
      await desk.keyboard.press('g');
      await desk.keyboard.press('t');
      await desk.getByRole('searchbox', { name: 'Search the trail' }).waitFor();
      await desk.getByRole('listbox', { name: 'Records, newest first' }).waitFor();
      await sound(desk, 'audit');
      await desk.keyboard.type('decision:approve');
      await desk.getByText(/^1 found/).waitFor();
      await desk.keyboard.press('Enter');
      await desk.getByRole('region', { name: 'Replay' }).waitFor();
      if (width < 1100) await desk.keyboard.press('Control+i');
      await desk.getByRole('heading', { name: /^What Marta Lindqvist saw/ }).waitFor();
      await sound(desk, 'audit, what was seen');
      await desk.keyboard.press('/');
      await desk.keyboard.type('xyzzy tool:crm');
      await desk.getByText('Nothing has this in one record').waitFor();
      await sound(desk, 'audit, nothing found');

      await shop.kill();
      await desk.getByText(/This desk lost its station/).waitFor();
      await sound(desk, 'lost');
    });
  }
}
