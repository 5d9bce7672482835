// First run, signing in and out: who gets to a desk, and how a session ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { context, refused } from './lib/browser.js';
import { openDesk, signIn, withSession } from './lib/desk.js';
import { NAME, PASSWORD, station } from './lib/station.js';

const setUpPage = async (t, shop, token) => {
  const made = await context(t, { expected: [refused(422)] });
  const page = await made.newPage();
  await page.goto(`${shop.desk}/#token=${token}`);
  await page.getByRole('heading', { name: 'Who countersigns here first?' }).waitFor();
  return page;
};
const fill = async (page, password) => {
  await page.getByLabel('Name').fill(NAME);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Password, once more').fill(password);
};

test('the first set-up takes the one-time token of the console, once, and a password that is long enough', async (t) => {
  const shop = await station(t);
  const page = await setUpPage(t, shop, 'not-the-token');
  assert.equal(new URL(page.url()).hash, '', 'the token does not stay in the address');
  await page.getByText('One-person mode').waitFor();

  await fill(page, 'short');
  await page.keyboard.press('Enter');
  await page.getByText('7 more characters: 12 is the least.').waitFor();

  await fill(page, PASSWORD);
  await page.keyboard.press('Enter');
  await page
    .getByRole('alert')
    .getByText(/needs the one-time token/)
    .waitFor();
  assert.equal((await shop.query({ query: 'session' })).stage, 'set_up', 'a wrong token sets nothing up');

  await page.getByLabel('One-time token').fill(shop.token);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Write this down now' }).waitFor();
  const written = await page.getByRole('group', { name: 'Recovery key' }).innerText();
  assert.match(written.trim().replace(/\s+/g, '-'), /^([0-9A-Z]{4}-){7}[0-9A-Z]{4}$/, 'the recovery key is shown');
  assert.equal(await page.getByRole('button', { name: 'Go to the desk' }).getAttribute('aria-disabled'), 'true');
  await page.getByLabel('I have written it down').check();
  await page.getByRole('button', { name: 'Go to the desk' }).click();
  await page.getByRole('navigation').getByText(NAME).waitFor();
  await page.getByText('One-person mode').waitFor();

  assert.equal((await shop.query({ query: 'session' })).recovery_key, null, 'it is shown once');
  const again = { command: 'set_up', name: 'Eve', password: PASSWORD, token: shop.token };
  const second = await shop.ask('command', { command: again });
  assert.equal(second.status, 403, 'the token is good once');
  assert.equal(second.headers.get('countersign-session'), null);
});

test('the station itself refuses a short password and a missing token, whatever a page would let through', async (t) => {
  const shop = await station(t);
  const short = await shop.ask('command', {
    command: { command: 'set_up', name: NAME, password: 'short', token: shop.token },
  });
  assert.deepEqual([short.status, short.json.field], [422, 'password']);
  const none = await shop.ask('command', {
    command: { command: 'set_up', name: NAME, password: PASSWORD, token: null },
  });
  assert.deepEqual([none.status, none.json.field], [422, 'token']);
  assert.equal((await shop.query({ query: 'session' })).stage, 'set_up');
});

test('a wrong password opens nothing; five of them close the door for a while, even to the right one', async (t) => {
  const shop = await (await station(t)).setUp();
  const made = await context(t, { expected: [refused(401), refused(503)] });
  const page = await made.newPage();
  await page.goto(shop.desk);
  await page.getByRole('heading', { name: 'Who is signing?' }).waitFor();

  await signIn(page, 'wrong horse battery');
  await page.getByText('This is not the password of the chosen person. Nothing was opened.').waitFor();
  assert.equal(await page.getByLabel('Password').inputValue(), '', 'the wrong password does not stay on the screen');

  const { people } = await shop.query({ query: 'session' });
  const wrong = { command: { command: 'sign_in', person: people[0].id, password: 'wrong horse battery' } };
  for (let tries = 0; tries < 4; tries += 1) assert.equal((await shop.ask('command', wrong)).status, 401);
  await signIn(page, PASSWORD);
  await page.getByText(/Too many wrong passwords\. This one was not compared: wait \d+ s, then try again\./).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem('countersign-session')), null);
});

test('a reload keeps the session and the place in the tab; no cookie and no other tab has it', async (t) => {
  const shop = await (await station(t)).setUp();
  const made = await context(t);
  const page = await made.newPage();
  await page.goto(shop.desk);
  await signIn(page);
  await page.getByRole('navigation').getByText(NAME).waitFor();
  await page.reload();
  await page.getByRole('navigation').getByText(NAME).waitFor();

  assert.deepEqual(await made.cookies(), []);
  const other = await made.newPage();
  await other.goto(shop.desk);
  await other.getByRole('heading', { name: 'Who is signing?' }).waitFor();
});

test('signing out ends the session at the station: its token is dead in every tab', async (t) => {
  const shop = await (await station(t)).setUp();
  const page = await openDesk(t, shop, { expected: [refused(401)] });
  // A duplicated tab carries the same token.
  const twin = await page.context().newPage();
  await withSession(twin, shop.bearer);
  await twin.goto(shop.desk);
  await twin.getByRole('navigation').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Who is signing?' }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem('countersign-session')), null);
  await twin.getByRole('heading', { name: 'Who is signing?' }).waitFor();

  const stale = await shop.ask('query', { query: { query: 'approvals' } });
  assert.deepEqual([stale.status, stale.json.code], [401, 'sign_in_needed']);
  await page.reload();
  await page.getByRole('heading', { name: 'Who is signing?' }).waitFor();
});
