// The desk as a person has it before them: the page, and the ways through it that many tests take.
import { context } from './browser.js';
import { customer, hears } from './customer.js';
import { PASSWORD } from './station.js';

/** Opens the desk of a station that is set up already, signed in with the session of `station.setUp`. */
export async function openDesk(t, station, options = {}) {
  const made = await context(t, options);
  const page = await made.newPage();
  await withSession(page, station.bearer);
  await page.goto(station.desk);
  await page.getByRole('navigation').waitFor();
  return page;
}

/** Puts a session into the tab, once: a sign-out and a reload find what the desk itself left there. */
export async function withSession(page, bearer) {
  await page.addInitScript((token) => {
    if (sessionStorage.getItem('test-began') !== null) return;
    sessionStorage.setItem('test-began', 'yes');
    sessionStorage.setItem('countersign-session', token);
  }, bearer);
}

/** Signs in on the page that asks who is signing. */
export async function signIn(page, password = PASSWORD) {
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

/** Goes to the Floor by its keys. */
export async function toFloor(page) {
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.getByRole('heading', { level: 1, name: 'Floor' }).waitFor();
}

/** Presses one key after the other. */
export async function press(page, keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/** Goes to a page of the settings from wherever among them. */
export async function toTab(page, name) {
  const on = page.getByRole('tab', { selected: true }).first();
  await on.focus();
  for (let i = 0; i < 8 && (await on.innerText()) !== name; i += 1) await page.keyboard.press('ArrowRight');
  await page.getByRole('tab', { name, selected: true }).waitFor();
}

/** The card that is open, and the list of held actions. */
export const card = (page) => page.getByRole('region', { name: 'Decision card' });
export const queue = (page) => page.getByRole('listbox', { name: 'Held actions' });
export const button = (page, name) => page.getByRole('button', { name });
/** The same once it does something: until what it is about is loaded, it is off. */
export const offered = (page, name) => button(page, name).and(page.locator('[aria-disabled=false]'));

/** Resolves once a card is open whose every line was on screen. */
export async function ready(page) {
  await card(page)
    .getByRole('button', { name: /^A?\s*Approve/ })
    .and(page.locator('[aria-disabled=false]'))
    .waitFor();
}

/** A customer of this name asks for a person, and somebody takes the conversation over by keyboard: both pages. */
export async function takenOver(t, station, name = 'Ana Ruiz') {
  const who = await customer(t, station, name);
  await who.getByRole('button', { name: 'Ask for a person' }).click();
  await hears(who, 'I have noted for a colleague');
  const desk = await openDesk(t, station);
  await desk.getByRole('button', { name: /^Escalations, 1 waits/ }).waitFor();
  await desk.keyboard.press('g');
  await desk.keyboard.press('e');
  await offered(desk, /^Take over/).waitFor();
  await desk.keyboard.press('t');
  await desk.getByRole('textbox', { name: 'Reply to the customer' }).waitFor();
  return { who, desk };
}
