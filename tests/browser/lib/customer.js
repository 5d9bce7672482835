// A customer on the hosted chat page, in a context of their own.
import { context } from './browser.js';

/** A refund of 129.00 EUR that the starter policy holds: order 1042 of the sample shop. */
export const ASKS =
  'Hi, the hip buckle of my Varde 45 rucksack from order 1042 snapped the second time I wore it. ' +
  'I would like my money back. My postcode is 46001.';
export const REASON = 'It was damaged';

/**
 * Opens the chat page, gives a name, and waits for the connection: the field can be written in before it stands. `way`: the
 * network that leads there, where it is to be lost.
 */
export async function customer(t, station, name = 'Ana Ruiz', { way = station.chat, ...options } = {}) {
  const made = await context(t, options);
  const page = await made.newPage();
  await page.goto(way.href);
  await page.getByLabel('Your name').fill(name);
  await page.keyboard.press('Enter');
  await page.getByLabel('Write a message').waitFor();
  await page.getByText('Connecting…').waitFor({ state: 'hidden' });
  return page;
}

/** Writes a message, on the page or in the frame that shows it, and waits until it stands in the conversation. */
export async function say(page, text) {
  const mine = page.locator('li.said.customer');
  const before = await mine.count();
  const field = page.getByLabel('Write a message');
  await field.fill(text);
  await field.press('Enter');
  await mine.nth(before).waitFor();
}

/** Resolves once the agent has said this. */
export const hears = (page, words) => page.locator('li.said.agent').filter({ hasText: words }).first().waitFor();

/** Asks for a refund up to where the station holds it. */
export async function asksForRefund(page, words = ASKS) {
  await say(page, words);
  await hears(page, /reason|article/);
  await say(page, REASON);
  await hears(page, 'A colleague is checking the refund');
}
