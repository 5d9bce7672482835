// What keeps a hand from deciding by accident, and what a desk shows while it cannot know.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut } from './lib/browser.js';
import { asksForRefund, customer } from './lib/customer.js';
import { button, card, openDesk, queue, ready, signIn, toFloor } from './lib/desk.js';
import { station } from './lib/station.js';

const heldCount = async (shop) => (await shop.query({ query: 'approvals' })).held.length;

async function opened(t, options = {}) {
  const shop = await (await station(t)).setUp();
  const ana = await customer(t, shop, 'Ana Ruiz', { expected: [cut, /WebSocket/] });
  await asksForRefund(ana);
  const desk = await openDesk(t, shop, options);
  await queue(desk)
    .getByRole('option', { name: /Refund €129\.00/ })
    .click();
  return { shop, ana, desk };
}

test('approving stays off until every argument was on screen; a key does not get round it', async (t) => {
  const { shop, desk } = await opened(t, { viewport: { width: 1024, height: 330 } });
  const approve = card(desk).getByRole('button', { name: /Approve/ });
  await desk
    .getByText(/lines? not on screen yet: scroll to the end/)
    .first()
    .waitFor();
  assert.equal(await approve.getAttribute('aria-disabled'), 'true');
  await desk.keyboard.press('a');
  await approve.click({ force: true });
  assert.equal(await desk.getByRole('group', { name: 'Approve what cannot be undone?' }).count(), 0);
  assert.equal(await heldCount(shop), 1);

  await card(desk)
    .getByRole('group', { name: /Refund €129\.00/ })
    .focus();
  for (let i = 0; i < 40 && (await approve.getAttribute('aria-disabled')) === 'true'; i += 1) {
    await desk.keyboard.press('ArrowDown');
  }
  await ready(desk);
});

test('a key that is held down decides nothing', async (t) => {
  const { shop, desk } = await opened(t);
  await ready(desk);
  await desk.keyboard.down('a');
  await desk.getByRole('group', { name: 'Approve what cannot be undone?' }).waitFor();
  await desk.keyboard.press('Escape');
  await desk.keyboard.down('a');
  await desk.keyboard.down('a');
  await desk.keyboard.down('o');
  await desk.keyboard.down('o');
  await desk.getByText('You are overriding').waitFor();
  await desk.keyboard.up('a');
  await desk.keyboard.up('o');
  await desk.keyboard.press('Escape');

  await desk.keyboard.press('a');
  await desk.getByRole('group', { name: 'Approve what cannot be undone?' }).waitFor();
  await desk.evaluate(() => {
    const held = { key: 'A', code: 'KeyA', shiftKey: true, repeat: true, bubbles: true, cancelable: true };
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', held));
  });
  await desk.keyboard.press('Escape');
  assert.equal(await heldCount(shop), 1);
  assert.deepEqual((await shop.query({ query: 'approvals' })).decided, []);
});

test('letters in a field are text and nothing else', async (t) => {
  const { shop, desk } = await opened(t);
  await ready(desk);
  await desk.keyboard.press('r');
  const words = 'Ask for a photo, or offer the repair? A. O. R.';
  await desk.keyboard.type(words);
  assert.equal(await desk.getByLabel(/Guidance for the agent/).inputValue(), words);
  await desk.getByText('You are rejecting').waitFor();
  assert.equal(await desk.getByRole('dialog').count(), 0);
  assert.equal(await heldCount(shop), 1);

  // Esc keeps what was typed.
  await desk.keyboard.press('Escape');
  await desk.keyboard.press('r');
  assert.equal(await desk.getByLabel(/Guidance for the agent/).inputValue(), words);
});

test('G then A goes to Approvals and approves nothing', async (t) => {
  const { shop, desk } = await opened(t);
  await ready(desk);
  await toFloor(desk);
  await desk.keyboard.press('g');
  await desk.keyboard.press('a');
  await desk.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
  assert.equal(await desk.getByRole('group', { name: 'Approve what cannot be undone?' }).count(), 0);
  assert.equal(await heldCount(shop), 1);
});

test('a station that dies is told at once and nothing can be decided; back again, the desk goes on', async (t) => {
  const { shop, desk } = await opened(t, { expected: [cut, /status of 401/] });
  await ready(desk);
  await shop.kill();
  await desk
    .getByRole('alert')
    .getByText(/This desk lost its station at \d\d:\d\d:\d\d\./)
    .waitFor();
  await button(desk, /Approve/)
    .and(desk.locator('[aria-disabled=true]'))
    .waitFor();
  await desk.getByText('Losing the connection is never counted as a no.').waitFor();
  await desk.keyboard.press('a');
  await desk.keyboard.press('r');
  assert.equal(await desk.getByText('You are rejecting').count(), 0, 'no form opens without a station');

  await shop.start();
  await button(desk, 'Try now')
    .click({ timeout: 2000 })
    .catch(() => undefined);
  // Sessions live in the station's memory: after its death a person signs in again, and finds the action as it was.
  await desk.getByRole('heading', { name: 'Who is signing?' }).waitFor();
  await signIn(desk);
  await queue(desk)
    .getByRole('option', { name: /Refund €129\.00/ })
    .waitFor();
  await desk.getByText(/This desk lost its station/).waitFor({ state: 'detached' });
  await ready(desk);
});

test('an empty desk says what is true and where to begin', async (t) => {
  const shop = await (await station(t)).setUp();
  const desk = await openDesk(t, shop);
  await desk.getByText('Nothing was decided yet. Held actions appear here, nearest deadline first.').waitFor();
  await toFloor(desk);
  await desk.getByRole('heading', { name: 'No conversation yet' }).waitFor();
  await desk.getByText(shop.chat.href).waitFor();
});
