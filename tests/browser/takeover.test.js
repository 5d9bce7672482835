// Somebody asks for a person; at the desk, by keyboard alone, one takes the conversation, answers, and hands it back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customer, hears, say } from './lib/customer.js';
import { openDesk } from './lib/desk.js';
import { station } from './lib/station.js';

test('an escalation is taken over, answered and handed back by keyboard alone, and the customer hears one voice', async (t) => {
  const shop = await (await station(t)).setUp();
  const ana = await customer(t, shop);
  const head = ana.getByRole('banner').getByRole('status');
  await ana.getByRole('button', { name: 'Ask for a person' }).click();
  await hears(ana, 'I have noted for a colleague');

  const desk = await openDesk(t, shop);
  await desk.getByRole('button', { name: /^Escalations, 1 waits/ }).waitFor();
  await desk.keyboard.press('g');
  await desk.keyboard.press('e');
  const row = desk.getByRole('option', { name: /Ana Ruiz/ });
  await row.getByText('Asked for a person').waitFor();
  await row.getByText(/^(9:\d\d|10:00)$/).waitFor();
  await desk.keyboard.press('t');
  const field = desk.getByRole('textbox', { name: 'Reply to the customer' });
  await field.waitFor();
  await head.getByText('A person of the team is answering you now').waitFor();
  await row.getByText('You have the conversation').waitFor();

  await say(ana, 'I would like my money back');
  await desk.getByRole('region', { name: 'Transcript' }).getByText('I would like my money back').waitFor();
  await desk.keyboard.type('Marta here, I look into it.');
  await desk.keyboard.press('Control+Enter');
  await ana.locator('li.said.person').filter({ hasText: 'Marta here, I look into it.' }).waitFor();
  await row.getByText('answered').waitFor();
  await desk.keyboard.press('Escape');
  await desk.keyboard.press('h');
  await head.getByText('You are writing with an AI agent').waitFor();
  await desk.getByText('Nobody waits for a person').waitFor();

  // A reload shows the same: who said what, and who answers now.
  await ana.reload();
  await ana.locator('li.said.person').filter({ hasText: 'Marta here' }).waitFor();
  await say(ana, 'thanks');
  await hears(ana, 'You are welcome.');
  assert.equal(await ana.locator('li.said.agent').filter({ hasText: 'order number' }).count(), 0);
});
