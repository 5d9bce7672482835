// Somebody whispers to the agent, by keyboard alone: what it will read stands there before, the customer reads none of it,
// and the transcript says whether it was followed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customer, hears, say } from './lib/customer.js';
import { openDesk, queue, toFloor } from './lib/desk.js';
import { station } from './lib/station.js';

test('a whisper is previewed, followed and receipted, and the customer reads no word of it', async (t) => {
  const shop = await (await station(t)).setUp();
  const ana = await customer(t, shop);
  await say(ana, 'hello');
  await hears(ana, 'Hello.');

  const desk = await openDesk(t, shop);
  await toFloor(desk);
  const transcript = desk.getByRole('region', { name: 'Transcript' });
  await transcript.getByText('Hello.').waitFor();
  await desk.keyboard.press('w');
  const dialog = desk.getByRole('dialog', { name: 'Whisper to the agent' });
  const read = dialog.getByRole('status', { name: 'What the agent will read' });
  await read.getByText('Write what the agent should do.').waitFor();
  await desk.keyboard.type('be a little warmer, please');
  await read.getByText('It could do nothing by this').waitFor();
  await desk.keyboard.press('Control+a');
  await desk.keyboard.type('I want a refund. Card 4111 1111 1111 1111');
  await read.getByText(/^I want a refund\. Card (?!4111)/).waitFor();
  await read.getByText('It would go on with: refund.').waitFor();
  await desk.keyboard.press('Control+Enter');
  await dialog.waitFor({ state: 'detached' });

  await hears(ana, 'What is the order number');
  await transcript.getByText('Marta Lindqvist whispered').waitFor();
  await transcript.getByText('read by the agent only').waitFor();
  await transcript.getByText('Followed.').waitFor();
  await transcript.getByText('It goes on with: refund.').waitFor();
  assert.equal(await ana.getByText('Card').count(), 0, 'it is the agent’s alone');
  await ana.reload();
  await hears(ana, 'What is the order number');
  assert.equal(await ana.getByText('I want a refund').count(), 0);

  // What it leads to waits for somebody, and the card says why.
  await say(ana, 'The buckle of the Varde 45 from 1042 broke. 46001');
  await hears(ana, 'A colleague is checking the refund');
  await desk.keyboard.press('g');
  await desk.keyboard.press('a');
  await queue(desk).getByRole('option').first().click();
  const card = desk.getByRole('region', { name: 'Decision card' });
  await card.getByText('Marta Lindqvist whispered to the agent:').waitFor();
  await card.getByText('The customer may not have asked for this.').waitFor();

  // Where a person has the word there is nobody to whisper to.
  await toFloor(desk);
  await desk.getByRole('button', { name: /Whisper/ }).waitFor();
  await desk.keyboard.press('t');
  await desk.getByRole('textbox', { name: 'Reply to the customer' }).waitFor();
  assert.equal(await desk.getByRole('button', { name: /Whisper/ }).count(), 0);
  await desk.keyboard.press('Escape');
  await desk.keyboard.press('w');
  assert.equal(await dialog.count(), 0);
});
