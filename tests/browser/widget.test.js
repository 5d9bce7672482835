// The chat on the page of another site: a button, a frame, a customer whom the site signed in, and sites that may not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { context } from './lib/browser.js';
import { asksForRefund, hears, say } from './lib/customer.js';
import { site } from './lib/site.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

/** The site's page with the chat opened by its button; `frame` is the chat in it. */
async function opened(t, shop, origin, options = {}) {
  const made = await context(t, options);
  const page = await made.newPage();
  await page.goto(`${origin}/`);
  await page.getByRole('button', { name: 'Chat with us' }).click();
  const frame = page.frameLocator('iframe');
  return { page, frame };
}
const names = async (shop) =>
  (await shop.query({ query: 'conversations' })).rows.map((row) => [row.customer, row.assurance]);

test('one script tag puts the chat on a site, which signs its customer in; nobody else sees what was said', async (t) => {
  const there = await site(t);
  const shop = await (await station(t, { embed: [there.origin] })).setUp();
  const token = await shop.customerToken('C-2001', 'Ana Ruiz');
  there.show(shop.chat, `data-title="Halden Outdoor" data-token="${token}"`);
  const { page, frame } = await opened(t, shop, there.origin);
  await frame.getByRole('heading', { name: 'Halden Outdoor' }).waitFor();
  await frame.getByLabel('Write a message').waitFor();
  assert.equal(await page.locator('script[data-token]').count(), 0, 'the token does not stay in the page');
  await asksForRefund(frame);
  assert.deepEqual(await names(shop), [['Ana Ruiz', 'verified']]);

  // Closed and opened again it is the same conversation; Escape closes it, and the button has the focus.
  await frame.getByLabel('Write a message').press('Escape');
  await page.locator('iframe').waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');
  await hears(frame, 'A colleague is checking the refund');

  // The site says that nobody is signed in any more.
  await page.evaluate(() => window.Countersign.signOut());
  await frame.getByLabel('Your name').waitFor();
  assert.equal(await frame.getByText('A colleague is checking').count(), 0);
  const other = await shop.customerToken('C-2004', 'Jürgen Müßig');
  await page.evaluate((signed) => window.Countersign.signIn(signed), other);
  await frame.getByLabel('Write a message').waitFor();
  await say(frame, 'Hello');
  await hears(frame, 'Hello.');
  assert.deepEqual((await names(shop)).sort(), [
    ['Ana Ruiz', 'verified'],
    ['Jürgen Müßig', 'verified'],
  ]);
});

for (const [colorScheme, width] of [
  ['dark', 380],
  ['light', 1280],
]) {
  test(`${colorScheme}, ${width} wide: the chat on a site can be used by everybody`, async (t) => {
    const there = await site(t);
    const shop = await (await station(t, { embed: [there.origin] })).setUp();
    there.show(shop.chat, 'data-title="Halden Outdoor"');
    const options = { colorScheme, viewport: { width, height: 640 }, reducedMotion: 'reduce' };
    const { page, frame } = await opened(t, shop, there.origin, options);
    const inside = () => page.frames().find((one) => one.url().startsWith(shop.chat.href));
    await frame.getByLabel('Your name').waitFor();
    await sound(inside(), 'the name');
    await frame.getByLabel('Your name').fill('Ana Ruiz');
    await frame.getByRole('button', { name: 'Start' }).click();
    await asksForRefund(frame);
    await frame.getByText('A person is checking this').waitFor();
    await sound(inside(), 'the conversation');
    await sound(page, 'the site around it');
    await page.evaluate(() => window.Countersign.close());
    await sound(page, 'the button');
  });
}

test('without a token a customer gives a name, and a reload of the site goes on with the conversation', async (t) => {
  // The site's own domain: a browser that blocks what is of others gives their frames no storage.
  const there = await site(t, '127.0.0.1');
  const shop = await (await station(t, { embed: [there.origin] })).setUp();
  there.show(shop.chat);
  const { page, frame } = await opened(t, shop, there.origin);
  await frame.getByLabel('Your name').fill('Ana Ruiz');
  await frame.getByRole('button', { name: 'Start' }).click();
  await frame.getByText('Connecting…').waitFor({ state: 'hidden' });
  await say(frame, 'Hello');
  await hears(frame, 'Hello.');
  await page.reload();
  await page.getByRole('button', { name: 'Chat with us' }).click();
  await hears(frame, 'Hello.');
  assert.deepEqual(await names(shop), [['Ana Ruiz', 'claimed']]);
  await frame.getByRole('button', { name: 'Close the chat' }).click();
  await page.locator('iframe').waitFor({ state: 'hidden' });
});

test('what is said while the chat is closed is counted on its button', async (t) => {
  const there = await site(t);
  const shop = await (await station(t, { embed: [there.origin] })).setUp();
  there.show(shop.chat);
  const { page, frame } = await opened(t, shop, there.origin);
  await frame.getByLabel('Your name').fill('Ana Ruiz');
  await frame.getByRole('button', { name: 'Start' }).click();
  await asksForRefund(frame);
  await page.evaluate(() => window.Countersign.close());
  const [held] = (await shop.approvals((queue) => queue.held.length === 1)).held;
  const view = await shop.query({ query: 'card', action: held.action });
  const choice = { choice: 'reject', guidance: 'Offer the repair first.' };
  const decision = { action: held.action, card_digest: view.card_digest, choice, looked_ms: 1500 };
  assert.equal((await shop.ask('decide', { decision })).status, 200);
  await page.getByRole('button', { name: /Chat with us, \d+ new/ }).click();
  await hears(frame, 'did not approve it');
  await page.getByRole('button', { name: 'Chat with us', exact: true }).waitFor();
});

test('a site that is not named may not show the chat, and its page says where it can be had', async (t) => {
  const [there, elsewhere] = [await site(t), await site(t)];
  const shop = await (await station(t, { embed: [there.origin] })).setUp();
  elsewhere.show(shop.chat);
  const expected = [/frame-ancestors/, /Refused to frame|Framing/];
  const { page } = await opened(t, shop, elsewhere.origin, { expected });
  const link = page.getByRole('link', { name: 'Open it in its own window' });
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), shop.chat.href);
  assert.equal(await page.locator('iframe').count(), 0);
  assert.deepEqual(await names(shop), [], 'nobody opened a conversation from there');
});

test('a page between the site and the chat cannot speak for the site', async (t) => {
  const [there, elsewhere] = [await site(t), await site(t)];
  const shop = await (await station(t, { embed: [there.origin, elsewhere.origin] })).setUp();
  const token = await shop.customerToken('C-2001', 'Ana Ruiz');
  // It may frame the chat itself, but it says that it is another site: nothing that it sends is heard.
  elsewhere.show(shop.chat);
  const made = await context(t, { expected: [/postMessage/] });
  const page = await made.newPage();
  await page.goto(`${elsewhere.origin}/`);
  await page.evaluate(
    ([chat, site]) => {
      const frame = document.createElement('iframe');
      frame.src = `${chat}#site=${encodeURIComponent(site)}`;
      document.body.append(frame);
      return new Promise((resolve) => frame.addEventListener('load', resolve));
    },
    [shop.chat.href, there.origin],
  );
  await page.evaluate(
    ([chat, signed]) =>
      document.querySelector('iframe').contentWindow.postMessage({ countersign: 'customer', token: signed }, chat),
    [shop.chat.origin, token],
  );
  await page.frameLocator('iframe').getByLabel('Your name').waitFor();
  assert.deepEqual(await names(shop), [], 'nobody was signed in');
});
