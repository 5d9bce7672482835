// A language model reasons for the shop's agent: its words on the Floor while it writes them, its calls with what they cost, its
// refund before a person, and what happens where it does not answer.
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASKS, customer, hears, say } from './lib/customer.js';
import { card, openDesk, press, ready, toFloor } from './lib/desk.js';
import { classified, model, says, wants } from './lib/model.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

const picture = async (page, name) => {
  if (process.env.PICTURES) await page.screenshot({ path: join(process.env.PICTURES, `${name}.png`) });
};

for (const colorScheme of ['dark', 'light']) {
  test(`${colorScheme}: a model writes, asks for a refund that a person decides, and fails over to the playbook`, async (t) => {
    const provider = await model(t, [
      classified('refund'),
      wants('crm__find_order', { order_number: '1042', postcode: '46001' }),
      wants('crm__issue_refund', { order_number: '1042', amount_minor: 12900, currency: 'EUR', reason: 'damaged' }),
      { ...says('I am sorry that it broke. ', 'A colleague is checking it; you hear of it here.'), held: true },
      says('€129.00 is on its way back to you.'),
      { status: 401 },
    ]);
    const shop = await (await station(t, { more: ['--model-url', provider.url, '--model', 'gpt-4.1'] })).setUp();
    const desk = await openDesk(t, shop, { colorScheme });
    const page = await customer(t, shop);
    await toFloor(desk);
    await say(page, ASKS);
    const transcript = desk.getByRole('region', { name: 'Transcript' });
    const writing = transcript.getByText('is writing; nothing of it is sent yet');
    await writing.waitFor();
    await transcript.getByText('I am sorry that it broke.').waitFor();
    await transcript.getByText('2,041 tokens in, 87 out').first().waitFor();
    assert.equal(await page.locator('li.said.agent').count(), 0, 'the customer has heard none of it');
    await sound(desk, 'Floor, a model writes');
    await picture(desk, `model-writing-${colorScheme}`);
    provider.goOn();
    await hears(page, 'A colleague is checking it');
    await writing.waitFor({ state: 'detached' });
    await transcript.getByText('asked what comes next:').first().waitFor();
    await press(desk, ['Enter']);
    await ready(desk);
    await card(desk).getByText('model gpt-4.1 reason 1', { exact: false }).first().waitFor();
    await picture(desk, `model-card-${colorScheme}`);
    await press(desk, ['a', 'Shift+A']);
    await hears(page, 'on its way back');
    // The key is refused: the playbook answers under its own name.
    await say(page, 'hello');
    await hears(page, 'Hello.');
    await toFloor(desk);
    await transcript.getByText('It does not take the key').waitFor();
    await desk.getByText('playbook shop-desk', { exact: false }).first().waitFor();
    await sound(desk, 'Floor, a model failed');
    await picture(desk, `model-failed-${colorScheme}`);
    await press(desk, ['g', 'n']);
    await desk.getByRole('button', { name: /^shop-desk/ }).press('Enter');
    const pane = desk.getByRole('region', { name: 'Agent', exact: true });
    await pane.getByText(/€0\.0\d+ of €50\.00/).waitFor();
    await sound(desk, 'Agents, what models cost');
    await picture(desk, `model-spending-${colorScheme}`);
    await toFloor(desk);
    await desk.setViewportSize({ width: 1024, height: 768 });
    await picture(desk, `model-failed-1024-${colorScheme}`);
  });
}
