// Every screen while it loads, after the station has refused it, once it is asked again, and without its station: each
// state is there, sound in both themes, and left by keyboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, refused } from './lib/browser.js';
import { openDesk, press, toTab } from './lib/desk.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

const WHY = 'The views are being written anew. Nothing is lost; try again in a moment.';
const UNREAD = 'Not loaded before the station was lost';

/** How a screen is reached, what it asks, what says that it is there, and whether a desk always has it. */
const SCREENS = [
  { name: 'Approvals', always: true, keys: ['g', 'a'], query: 'approvals', there: 'Nothing waits' },
  { name: 'Floor', always: true, keys: ['g', 'f'], query: 'conversations', there: 'No conversation yet' },
  { name: 'Escalations', always: true, keys: ['g', 'e'], query: 'escalations', there: 'Nobody waits for a person' },
  { name: 'Audit', keys: ['g', 't'], query: 'trail', list: 'Records, newest first' },
  { name: 'Metrics', keys: ['g', 'm'], query: 'metrics', there: 'No conversation ended in this period' },
  { name: 'People', keys: ['g', 's'], query: 'people', tab: 'People' },
  { name: 'Tools', keys: ['g', 's'], query: 'tools', tab: 'Tools' },
  { name: 'Policies', keys: ['g', 's'], query: 'policies', tab: 'Policies' },
  { name: 'Channels', keys: ['g', 's'], query: 'channels', tab: 'Channels' },
  { name: 'Limits', keys: ['g', 's'], query: 'policies', tab: 'Limits' },
];

/** Stands between a desk and its station: answers to `query` are kept back, then refused, until it steps aside. */
async function between(desk, query) {
  let refuse;
  const kept = new Promise((resolve) => (refuse = resolve));
  await desk.route('**/api/query', async (route) => {
    if (route.request().postDataJSON()?.query?.query !== query) return route.continue();
    await kept;
    // The page may be gone by now.
    const refused = { status: 503, json: { code: 'unavailable', message: WHY, field: null } };
    await route.fulfill(refused).catch(() => undefined);
  });
  return { refuse, stepAside: () => desk.unroute('**/api/query') };
}

async function goes(desk, screen) {
  await press(desk, screen.keys);
  if (screen.tab !== undefined) await toTab(desk, screen.tab);
}

async function isThere(desk, screen) {
  await desk.getByRole('status').filter({ hasText: 'Loading' }).waitFor({ state: 'detached' });
  if (screen.there !== undefined) await desk.getByRole('heading', { name: screen.there }).waitFor();
  if (screen.list !== undefined) await desk.getByRole('listbox', { name: screen.list }).waitFor();
  await desk.getByText(WHY).first().waitFor({ state: 'detached' });
}

for (const colorScheme of ['dark', 'light']) {
  test(`${colorScheme}: each screen loads, says what went wrong, and is asked again by keyboard`, async (t) => {
    const shop = await (await station(t)).setUp();
    for (const screen of SCREENS) {
      // A desk of its own for each: nothing is known from before.
      const desk = await openDesk(t, shop, { colorScheme, reducedMotion: 'reduce', expected: [refused(503), cut] });
      // Another screen is shown first, so that this one begins with nothing.
      await press(desk, screen.name === 'Escalations' ? ['g', 'f'] : ['g', 'e']);
      const door = await between(desk, screen.query);
      await desk.reload();
      await desk.getByRole('navigation').waitFor();
      await goes(desk, screen);
      await desk.getByRole('status').filter({ hasText: 'Loading' }).first().waitFor();
      await sound(desk, `${screen.name}, loading`);
      door.refuse();
      const alert = desk.getByRole('alert').filter({ hasText: WHY }).first();
      await alert.waitFor();
      await sound(desk, `${screen.name}, refused`);
      // Focused while it is still refused: what the desk asks again by itself takes the alert away.
      await alert.getByRole('button').focus();
      await door.stepAside();
      await desk.keyboard.press('Enter');
      await isThere(desk, screen);
      await sound(desk, `${screen.name}, there`);
      await desk.context().close();
    }
  });

  test(`${colorScheme}: without its station a desk shows what it knew, and says so on every screen`, async (t) => {
    const shop = await (await station(t)).setUp();
    const desk = await openDesk(t, shop, { colorScheme, reducedMotion: 'reduce', expected: [cut, refused(502)] });
    // What a desk always has, it has read by then.
    for (const screen of SCREENS.filter((one) => one.always === true)) {
      await goes(desk, screen);
      await desk.getByText(screen.there).first().waitFor();
    }
    await shop.kill();
    await desk.getByText(/This desk lost its station/).waitFor();
    for (const screen of SCREENS) {
      // Out of the field that Audit puts a person into.
      await desk.keyboard.press('Escape');
      await goes(desk, screen);
      await desk.getByText(/This desk lost its station/).waitFor();
      await desk
        .getByText(screen.always === true ? screen.there : UNREAD)
        .first()
        .waitFor();
      if (screen.always !== true) assert.equal(await desk.getByText(/^Nothing waits/).count(), 0, screen.name);
      await sound(desk, `${screen.name}, lost`);
    }
  });
}
