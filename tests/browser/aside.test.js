// Putting a held action aside, by keys alone, at two desks of one house: handed to a colleague it is theirs and says from whom, put
// off it stands in a group of its own at both, and whoever may brings it back.
import { test } from 'node:test';
import { asksForRefund, customer } from './lib/customer.js';
import { button, card, openDesk, queue } from './lib/desk.js';
import { enrol } from './lib/people.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

test('what is handed over is theirs and says from whom; what is put off is at both desks until it is brought back', async (t) => {
  const shop = await (await station(t)).setUp();
  const bearer = await enrol(shop, 'Jonas Weber', ['supervisor']);
  await asksForRefund(await customer(t, shop, 'Ana Ruiz'));
  const marta = await openDesk(t, shop, { colorScheme: 'dark', viewport: { width: 1024, height: 700 } });
  const jonas = await openDesk(t, { desk: shop.desk, bearer }, { colorScheme: 'light' });
  for (const desk of [marta, jonas]) await button(desk, /Delegate/).waitFor();

  await marta.keyboard.press('d');
  const asked = marta.getByRole('dialog', { name: 'Who decides this?' });
  await asked.getByRole('button', { name: /Jonas Weber/ }).waitFor();
  await sound(marta);
  // Nothing is picked beforehand.
  await marta.keyboard.press('Enter');
  await marta.keyboard.press('1');
  await asked.waitFor({ state: 'detached' });
  await queue(marta).getByText('with Jonas Weber').waitFor();
  await queue(jonas).getByText('yours, from Marta Lindqvist').waitFor();
  await card(jonas).getByText('Yours to decide, from Marta Lindqvist.').waitFor();
  await sound(jonas);

  await jonas.keyboard.press('z');
  await jonas.getByRole('dialog', { name: 'Snooze this action' }).waitFor();
  await sound(jonas);
  await jonas.keyboard.press('1');
  for (const desk of [marta, jonas]) {
    await queue(desk)
      .getByText(/^Snoozed \d$/)
      .waitFor();
    await card(desk)
      .getByText(/^Snoozed until \d\d:\d\d by Jonas Weber\./)
      .waitFor();
    await sound(desk);
  }
  await marta.keyboard.press('z');
  for (const desk of [marta, jonas])
    await queue(desk)
      .getByText(/^Snoozed \d$/)
      .waitFor({ state: 'detached' });
});
