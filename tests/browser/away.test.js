// Out of office at two desks of one house, by keys alone: what was handed to whoever is away is their deputy's, both names said, and
// theirs again once they are back.
import { test } from 'node:test';
import { asksForRefund, customer } from './lib/customer.js';
import { button, card, openDesk, queue } from './lib/desk.js';
import { enrol } from './lib/people.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

test('whoever is away says until when and who stands in; the deputy is told for whom, until they are back', async (t) => {
  const shop = await (await station(t)).setUp();
  const bearer = await enrol(shop, 'Jonas Weber', ['supervisor']);
  await asksForRefund(await customer(t, shop, 'Ana Ruiz'));
  const marta = await openDesk(t, shop, { colorScheme: 'dark', viewport: { width: 1024, height: 700 } });
  const jonas = await openDesk(t, { desk: shop.desk, bearer }, { colorScheme: 'light' });
  for (const desk of [marta, jonas]) await button(desk, /Delegate/).waitFor();
  await jonas.keyboard.press('d');
  await jonas.getByRole('dialog', { name: 'Who decides this?' }).waitFor();
  await jonas.keyboard.press('1');
  await queue(marta).getByText('yours, from Jonas Weber').waitFor();

  await marta.keyboard.press('Control+k');
  await marta.keyboard.type('out of office');
  await marta.keyboard.press('Enter');
  const asked = marta.getByRole('dialog', { name: 'Out of office' });
  await asked.getByRole('option', { name: 'Jonas Weber' }).waitFor({ state: 'attached' });
  await marta.keyboard.press('Control+Enter');
  await asked.getByText('Choose the day of the return.').waitFor();
  await sound(marta);
  const day = new Date(Date.now() + 3 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  await asked.getByLabel('Back on').fill(day);
  await asked.getByLabel('Deputy').selectOption({ label: 'Jonas Weber' });
  await marta.keyboard.press('Control+Enter');
  await asked.waitFor({ state: 'detached' });
  await marta.getByText(/^You are away until .+, 09:00\.$/).waitFor();
  await marta
    .getByText('Jonas Weber decides what is handed to you, and you are told only of what nobody else could decide.')
    .waitFor();
  await card(marta)
    .getByText(/^Jonas Weber is to decide this for you, who are away until /)
    .waitFor();
  await sound(marta);

  await queue(jonas)
    .getByText(/^you decide for Marta Lindqvist, away until /)
    .waitFor();
  await card(jonas)
    .getByText(/^Yours to decide for Marta Lindqvist, who is away until /)
    .waitFor();
  await jonas.keyboard.press('d');
  await jonas.getByText(/^has it, away until .+; comes to you$/).waitFor();
  await sound(jonas);
  await jonas.keyboard.press('Escape');
  await jonas.keyboard.press('g');
  await jonas.keyboard.press('s');
  await jonas.getByRole('option', { name: /Marta Lindqvist/ }).click();
  await jonas.getByText(/^Away until .+\. Jonas Weber decides meanwhile\.$/).waitFor();
  await sound(jonas);

  await button(marta, 'I am back').press('Enter');
  await marta.getByText(/^You are away until /).waitFor({ state: 'detached' });
  await queue(marta).getByText('yours, from Jonas Weber').waitFor();
  await jonas.getByText('Here.', { exact: true }).waitFor();
});
