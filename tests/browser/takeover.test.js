// Somebody asks for a person; at the desk, by keyboard alone, one takes the conversation, answers, and hands it back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customer, hears, say } from './lib/customer.js';
import { offered, openDesk, takenOver } from './lib/desk.js';
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
  // Its transcript comes behind its row, and with it the key.
  await offered(desk, /^Take over/).waitFor();
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
  await offered(desk, /^Hand back/).waitFor();
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

/** Presses Tab until this has the focus. */
async function tabTo(page, target) {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail('it is not in the tab order');
}

test('what was promised is pinned and kept, and a conversation is resolved by keyboard alone, rated, and taken up again', async (t) => {
  const shop = await (await station(t)).setUp();
  const { who: ana, desk } = await takenOver(t, shop);
  await desk.keyboard.type('A new buckle leaves tonight.');
  await desk.keyboard.press('Control+Enter');
  await ana.locator('li.said.person').filter({ hasText: 'A new buckle leaves tonight.' }).waitFor();
  const promise = desk.getByRole('textbox', { name: 'What did you promise?' });
  await tabTo(desk, promise);
  await desk.keyboard.type('A new buckle by post');
  await desk.keyboard.press('Tab');
  await desk.getByRole('combobox', { name: 'Until when' }).selectOption('week');
  await desk.keyboard.press('Shift+Tab');
  await desk.keyboard.press('Control+Enter');
  await desk.getByRole('region', { name: 'Transcript' }).getByText('A new buckle by post').waitFor();

  await desk.keyboard.press('Shift+Tab');
  await offered(desk, /^Resolve/).waitFor();
  await desk.keyboard.press('d');
  const dialog = desk.getByRole('dialog', { name: 'Resolve this conversation' });
  await dialog.getByText('1 promise is not kept yet and stays in Escalations.').waitFor();
  await tabTo(desk, dialog.getByRole('radio', { name: 'Solved' }));
  await desk.keyboard.press('Space');
  await tabTo(desk, dialog.getByRole('textbox', { name: 'Note' }));
  await desk.keyboard.type('The buckle is a spare part.');
  await desk.keyboard.press('Control+Enter');
  await dialog.waitFor({ state: 'detached' });

  await ana.getByText('This conversation has ended. Write again, and it goes on.').waitFor();
  const lowest = (await ana.getByText('How satisfied were you?').boundingBox()) ?? assert.fail('it is not drawn');
  const first = (await ana.getByRole('button', { name: '1 of 5' }).boundingBox()) ?? assert.fail('it is not drawn');
  assert.ok(lowest.y + lowest.height <= first.y, 'the question stands above its answers');
  await ana.getByRole('button', { name: '4 of 5' }).click();
  await ana.getByText('Thank you, it was noted.').waitFor();
  const transcript = desk.getByRole('region', { name: 'Transcript' });
  await transcript.getByText('The customer gave it 4 of 5.').waitFor();
  await desk.getByText('Promised, not kept yet').waitFor();
  await tabTo(desk, desk.getByRole('button', { name: /^Kept.*A new buckle by post/ }));
  await desk.keyboard.press('Enter');
  await desk.getByText('Nobody waits for a person').waitFor();

  await say(ana, 'hello');
  await hears(ana, 'Hello.');
  assert.equal(await ana.getByRole('button', { name: '4 of 5' }).count(), 0);
  await ana.getByRole('button', { name: 'End conversation' }).click();
  await ana.getByText('This conversation has ended. Write again, and it goes on.').waitFor();
  assert.equal(await ana.getByRole('button', { name: '4 of 5' }).count(), 0, 'it is asked once');
});
