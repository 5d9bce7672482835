// A refund is decided; whoever asks later who decided it finds the record, what was on the screen, and steps through the rest.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { asksForRefund, customer, say } from './lib/customer.js';
import { card, openDesk, queue, ready } from './lib/desk.js';
import { station, verifier } from './lib/station.js';

test('by keyboard alone: who decided a given refund, what they saw, and the conversation step by step', async (t) => {
  const shop = await (await station(t)).setUp();
  const ana = await customer(t, shop);
  await asksForRefund(ana);
  const desk = await openDesk(t, shop);
  await queue(desk)
    .getByRole('option', { name: /Refund/ })
    .waitFor();
  await ready(desk);
  await desk.keyboard.press('r');
  await desk.keyboard.type('Ask for a photo of the buckle first');
  await desk.keyboard.press('Control+Enter');
  await card(desk).getByText('Nothing ran.').first().waitFor();
  await say(ana, 'thanks');

  await desk.keyboard.press('g');
  await desk.keyboard.press('t');
  const field = desk.getByRole('searchbox', { name: 'Search the trail' });
  await field.waitFor();
  await desk.keyboard.type('order:1042 decision:reject');
  const found = desk.getByRole('listbox', { name: 'Records, newest first' });
  const row = found.getByRole('option', { name: /action\.rejected/ });
  await row.getByText('Marta Lindqvist').waitFor();
  await desk.getByText(/^1 found/).waitFor();
  await desk.keyboard.press('Enter');
  assert.equal(await found.getByRole('option').count(), 1);

  const record = desk.getByRole('region', { name: 'Record' });
  await record
    .getByRole('heading', {
      name: /^What Marta Lindqvist saw, \d\d:\d\d:\d\d$/,
    })
    .waitFor();
  await record.getByText('same bytes as signed').waitFor();
  await record
    .getByText(/^Refund €129.00 to Ana Ruiz for order 1042$/)
    .first()
    .waitFor();
  await record.getByText('Ask for a photo of the buckle first').waitFor();

  // Words, a filter picked by keyboard, and both together.
  await field.fill('');
  await desk.keyboard.type('buckle');
  await found
    .getByRole('option', { name: /conversation\.received.*hip buckle/ })
    .first()
    .waitFor();
  await desk.keyboard.press('Escape');
  await desk.keyboard.press('f');
  await desk.keyboard.press('Tab');
  await desk.keyboard.type('crm.refund');
  assert.match(await field.inputValue(), /^buckle tool:crm\./);

  // The replay goes through the whole conversation, whatever the list was narrowed to.
  await desk.keyboard.press('/');
  await desk.keyboard.type('decision:reject');
  await row.waitFor();
  await desk.keyboard.press('Enter');
  const replay = desk.getByRole('region', { name: 'Replay' });
  const step = replay.getByRole('status');
  // Keys step once the record is the one that was searched for, and no field has the focus any more.
  await record.getByText('action.rejected', { exact: true }).waitFor();
  await desk.waitForFunction(() => !document.activeElement?.matches('input'));
  const [, at] = /record (\d+) of/.exec(await step.innerText()) ?? [];
  await desk.keyboard.press('[');
  await step.getByText(new RegExp(`record ${Number(at) - 1} of`)).waitFor();
  await record.getByText('conversation.replied', { exact: true }).waitFor();
  await desk.keyboard.press(']');
  await record.getByText('action.rejected', { exact: true }).waitFor();

  // The proof leaves the house as a file that verifies without the station, and that it left is in the trail.
  const button = (name) => desk.getByRole('button', { name });
  const [download] = await Promise.all([desk.waitForEvent('download'), button('Export case').press('Enter')]);
  assert.match(download.suggestedFilename(), /^case-[0-9a-f]{12}\.json$/);
  await record.getByText('That it left the house is in the trail.').waitFor();
  const proof = spawnSync(verifier, [await download.path()], { encoding: 'utf8' });
  assert.equal(proof.status, 0, proof.stdout);
  await desk.keyboard.press('/');
  await desk.keyboard.type('kind:case');
  await found.getByRole('option', { name: /case\.exported Marta Lindqvist/ }).waitFor();
  await found.getByRole('option', { name: /case\.opened Marta Lindqvist/ }).waitFor();

  // The station verifies what it holds, and says up to where.
  await button('Verify now').press('Enter');
  await desk.getByText(/^Verified to \d+$/).waitFor();
  await desk
    .getByRole('navigation')
    .getByText(/^Trail verified at \d+$/)
    .waitFor();
});
