// Whoever has the word uses tools: a look-up runs at once, a refund waits for a colleague, and nobody decides on their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { card, offered, openDesk, queue, takenOver } from './lib/desk.js';
import { enrol } from './lib/people.js';
import { NAME, station } from './lib/station.js';

const COLLEAGUE = 'Jonas Weber';

test('a person looks an order up and asks for its refund by keyboard alone, and a colleague decides on it', async (t) => {
  const shop = await (await station(t)).setUp();
  const theirs = await enrol(shop, COLLEAGUE, ['supervisor'], [{ currency: 'EUR', minor: 50000 }]);
  const { who: ana, desk } = await takenOver(t, shop);
  await desk.keyboard.press('Escape');

  await desk.keyboard.press('u');
  const dialog = desk.getByRole('dialog', { name: 'Use a tool' });
  await dialog.getByRole('combobox', { name: 'Tool' }).and(desk.locator(':focus')).waitFor();
  await desk.keyboard.type('Find an order');
  await desk.keyboard.press('Tab');
  await dialog.getByRole('textbox', { name: 'Order number' }).and(desk.locator(':focus')).waitFor();
  await desk.keyboard.type('1042');
  await desk.keyboard.press('Control+Enter');
  await dialog.getByText('Fill this in.').waitFor();
  await dialog
    .getByRole('textbox', { name: /postcode/i })
    .and(desk.locator(':focus'))
    .waitFor();
  await desk.keyboard.type('46001');
  await desk.keyboard.press('Control+Enter');
  const answer = dialog.getByRole('region', { name: 'What the tool answered' });
  await answer.getByText('EUR', { exact: true }).first().waitFor();
  await desk.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  const transcript = desk.getByRole('region', { name: 'Transcript' });
  await transcript.getByText(`Asked for by ${NAME}`).waitFor();

  // What the look-up told stands in the next form already: which order, and in which money.
  await desk.keyboard.press('u');
  await desk.keyboard.type('Issue a refund');
  await desk.keyboard.press('Tab');
  assert.equal(await dialog.getByRole('textbox', { name: 'Order number' }).inputValue(), '1042');
  const amount = dialog.getByRole('textbox', { name: 'Amount' });
  const currency = dialog.getByRole('combobox', { name: 'Currency' });
  await currency.selectOption('');
  await amount.waitFor({ state: 'detached' });
  await currency.selectOption({ label: 'EUR' });
  await dialog.getByText('€', { exact: true }).waitFor();
  await amount.fill('20.50');
  await dialog.getByRole('combobox', { name: 'Reason' }).selectOption({ index: 1 });
  await dialog.getByRole('textbox', { name: 'Why' }).fill('The buckle broke twice.');
  await desk.keyboard.press('Control+Enter');
  await dialog.getByText('A colleague decides.').waitFor();
  await dialog.getByRole('button', { name: 'Take back' }).waitFor();
  await desk.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await desk.getByRole('status').filter({ hasText: 'See how what you asked for ends' }).waitFor();
  // It waits for others, and her own navigation counts nothing.
  await desk.getByRole('button', { name: 'Approvals', exact: true }).waitFor();
  await desk.keyboard.press('g');
  await desk.keyboard.press('a');
  await queue(desk).getByRole('option').first().click();
  await card(desk).getByText('You asked for this yourself, so somebody else decides.').waitFor();
  assert.equal(
    await card(desk)
      .getByRole('button', { name: /Approve/ })
      .count(),
    0,
  );

  const colleague = await openDesk(t, {
    ...shop,
    desk: shop.desk,
    bearer: theirs,
  });
  await colleague.getByRole('button', { name: 'Approvals, 1 waits' }).waitFor();
  await queue(colleague).getByRole('option').first().click();
  await card(colleague).getByText(`${NAME} says why`).waitFor();
  await card(colleague).getByText('The buckle broke twice.').waitFor();
  await card(colleague).getByText('€20.50').first().waitFor();
  await colleague
    .getByRole('button', { name: /^A?\s*Approve/ })
    .and(colleague.locator('[aria-disabled=false]'))
    .waitFor();
  await colleague.keyboard.press('a');
  await colleague
    .getByRole('button', { name: /Approve .*for good|Approve €20.50/ })
    .last()
    .waitFor();
  await colleague.keyboard.press('Shift+A');
  await card(colleague).getByText('It happened, once.').waitFor();

  await desk.keyboard.press('g');
  await desk.keyboard.press('f');
  await transcript.getByText('Succeeded').or(transcript.getByText('Done')).first().waitFor();
  await offered(desk, /^Hand back/).waitFor();
  await desk.keyboard.press('h');
  await ana.getByRole('banner').getByRole('status').getByText('You are writing with an AI agent').waitFor();
});
