// Takes pictures of every screen of a real station with real conversations. Usage: node shots.js FOLDER [WIDTHxHEIGHT…]
import { mkdirSync } from 'node:fs';
import { asksForRefund, customer, hears, say } from './lib/customer.js';
import { closeBrowser } from './lib/browser.js';
import { card, openDesk, queue, ready, toFloor } from './lib/desk.js';
import { station } from './lib/station.js';
import { over } from './lib/undo.js';

const folder = process.argv[2] ?? 'screenshots';
const sizes = process.argv.slice(3);
mkdirSync(folder, { recursive: true });

const t = { name: 'shots', after: () => undefined };
const CUSTOMERS = [
  [
    'Zoë van der Berg',
    'Hello, the beanie from order 945 came torn. I want my money back please. My postcode is 1012 AB.',
    null,
  ],
  ['Saša Đorđević', 'I would like a refund for order 1044, postcode 10000. The cook set arrived damaged.', null],
  ['Márton Szűcs', 'order 991, postcode 1052: the tent leaks, it is defective. I want my money back.', null],
  [
    'Jürgen Müßig',
    'I want to return the Skar rain jacket from order 1051 and get my money back. Postcode 80331.',
    'It is too small',
  ],
  [
    'Gwenllian Rhŷs',
    'I would like my money back for the rope, order 1047. My postcode is CF10 1EP.',
    'I changed my mind',
  ],
];

async function ask(shop, name, words, reason) {
  const page = await customer(t, shop, name);
  await say(page, words);
  if (reason !== null) {
    await hears(page, /reason|article/);
    await say(page, reason);
  }
  await page
    .locator('li.said.agent')
    .filter({ hasText: /A colleague is checking the refund|on its way|article|reason/ })
    .first()
    .waitFor();
  return page;
}
const open = async (desk, name) => {
  await queue(desk).getByRole('option', { name }).click();
  await card(desk).getByRole('heading', { level: 2 }).waitFor();
};
const approve = async (desk) => {
  await ready(desk);
  await desk.keyboard.press('a');
  await desk.keyboard.press('Shift+A');
  await card(desk).getByText('signed by the station', { exact: false }).waitFor();
};

try {
  const shop = await (await station(t)).setUp();
  for (const [name, words, reason] of CUSTOMERS.slice(0, 2)) await ask(shop, name, words, reason);
  const first = await openDesk(t, shop);
  await open(first, /Saša/);
  await approve(first);
  for (const [name, words, reason] of CUSTOMERS.slice(2)) await ask(shop, name, words, reason);
  const ana = await customer(t, shop, 'Ana Ruiz');
  await asksForRefund(ana);
  const person = await customer(t, shop, 'Siobhán Ní Bhriain');
  await person.getByRole('button', { name: 'Ask for a person' }).click();
  await hears(person, 'noted for a colleague');
  await ana.screenshot({ path: `${folder}/chat-held.png` });

  const wanted = sizes.length > 0 ? sizes : ['1440x900', '1280x800', '1024x700'];
  for (const size of wanted) {
    const [width, height] = size.split('x').map(Number);
    for (const colorScheme of ['dark', 'light']) {
      const desk = await openDesk(t, shop, { viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
      const shot = (name) => desk.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png` });
      await open(desk, /Ana\sRuiz/);
      await desk.evaluate(() => document.fonts.ready);
      await shot('approvals');
      if (width < 1380)
        await card(desk)
          .getByRole('group', { name: /Refund €129\.00/ })
          .evaluate((m) => m.scrollTo(0, m.scrollHeight));
      await ready(desk);
      await desk.keyboard.press('a');
      await shot('confirm');
      await desk.keyboard.press('Escape');
      await desk.keyboard.press('o');
      await desk.keyboard.type('89.00');
      await desk.getByLabel(/Why, for the agent/).fill('The buckle is a spare part; the rest of the rucksack is fine.');
      await desk
        .getByRole('button', { name: /Sign override, €89\.00/ })
        .and(desk.locator('[aria-disabled=false]'))
        .waitFor();
      await shot('override');
      await desk.keyboard.press('Escape');
      await desk.keyboard.press('r');
      await desk.keyboard.type('Offer the repair first.');
      await shot('reject');
      await desk.keyboard.press('Escape');
      await open(desk, /Szűcs/);
      await shot('two-people');
      await queue(desk).getByRole('option', { name: /Saša/ }).click();
      await card(desk).getByText('signed by the station', { exact: false }).waitFor();
      await shot('decided');
      await desk.keyboard.press('Control+.');
      await shot('stop');
      await desk.keyboard.press('Escape');
      await toFloor(desk);
      await desk.getByRole('option', { name: /Ana\sRuiz/ }).click();
      await desk
        .getByRole('region', { name: 'Transcript' })
        .getByText('A colleague is checking', { exact: false })
        .first()
        .waitFor();
      await shot('floor');
      await desk.context().close();
    }
  }
} finally {
  await over(t);
  await closeBrowser();
}
