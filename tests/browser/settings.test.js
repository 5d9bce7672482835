// Settings by keyboard alone: what tools and rules did opens in the trail, the channels are told, and the theme is a person's own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { cut, refused } from './lib/browser.js';
import { asksForRefund, customer, hears } from './lib/customer.js';
import { offered, openDesk, queue } from './lib/desk.js';
import { enrol } from './lib/people.js';
import { station, verifier } from './lib/station.js';

async function toSettings(desk, page) {
  await desk.keyboard.press('g');
  await desk.keyboard.press('s');
  const people = desk.getByRole('tab', { name: 'People' });
  await people.focus();
  const wanted = desk.getByRole('tab', { name: page });
  for (let i = 0; i < 6 && (await wanted.getAttribute('aria-selected')) !== 'true'; i += 1) {
    await desk.keyboard.press('ArrowRight');
  }
  assert.equal(await wanted.getAttribute('aria-selected'), 'true');
}

test('what each rule and tool did is counted, and each number opens that very list in the trail', async (t) => {
  const shop = await (await station(t)).setUp();
  const ana = await customer(t, shop);
  await asksForRefund(ana);
  await hears(ana, 'A colleague is checking the refund');
  const desk = await openDesk(t, shop);
  await queue(desk)
    .getByRole('option', { name: /Refund/ })
    .waitFor();

  await toSettings(desk, 'Policies');
  const rules = desk.getByRole('listbox', { name: 'Rules' });
  const rule = desk.getByRole('region', { name: 'Rule' });
  await rules.focus();
  await rules
    .getByRole('option', { name: /refund-over-50,?/ })
    .first()
    .waitFor();
  for (let i = 0; i < 40 && !(await rule.getByText('refund-over-50', { exact: true }).isVisible()); i += 1) {
    await desk.keyboard.press('j');
  }
  await rule.getByRole('heading', { name: 'Refunds above €50.00 need a supervisor.' }).waitFor();
  await rule.getByText('@id("refund-over-50")', { exact: false }).waitFor();
  await rule.getByText(/^refunds\.cedar is as it is since /).waitFor();
  // The index follows the log: the number comes by itself.
  await rule.getByRole('button', { name: '1 actions held: open in the trail' }).focus();
  await desk.keyboard.press('Enter');
  const field = desk.getByRole('searchbox', { name: 'Search the trail' });
  await field.waitFor();
  assert.match(await field.inputValue(), /^rule:refund-over-50 kind:action\.held from:\d{4}-\d\d-\d\d$/);
  const found = desk.getByRole('listbox', { name: 'Records, newest first' });
  await found.getByRole('option', { name: /action\.held.*Refund|Refund.*action\.held/ }).waitFor();
  assert.equal(await found.getByRole('option').count(), 1, 'the number is the length of the list');

  await desk.keyboard.press('Escape');
  await toSettings(desk, 'Tools');
  const tool = desk.getByRole('region', { name: 'Tool' });
  await desk.getByRole('option', { name: /issue_refund/ }).click();
  await tool.getByText('Cannot be undone', { exact: true }).waitFor();
  await tool.getByText('fact customer_id').waitFor();
  await tool.getByText('/refunded_minor').waitFor();
  await tool.getByText('probe_refund').waitFor();
  await tool.getByRole('button', { name: '1 held: open in the trail' }).waitFor();
  await tool.getByRole('button', { name: 'refund-over-500' }).focus();
  await desk.keyboard.press('Enter');
  await rule.getByRole('heading', { name: /Refunds above €500\.00 need two people/ }).waitFor();
  assert.equal(await rule.getByRole('button', { name: /actions held/ }).count(), 0, 'what it never held is no number');
});

test('channels and limits are told as they are, and the theme is a person’s own at this desk', async (t) => {
  const shop = await (await station(t, { embed: ['https://shop.example.com'] })).setUp();
  const desk = await openDesk(t, shop, { colorScheme: 'dark' });
  await toSettings(desk, 'Channels');
  await desk.getByText(shop.chat.href, { exact: true }).waitFor();
  await desk.getByText('https://shop.example.com').waitFor();
  await desk.getByText('30 min', { exact: true }).first().waitFor();
  await desk.getByText('3 in one conversation').waitFor();
  await desk.getByText(`on; letters stay in the folder ${shop.folder}/mail`).waitFor();
  await desk.getByText('as named at the start, until people sign a change').waitFor();

  await toSettings(desk, 'Limits');
  const limits = desk.getByRole('table', { name: /Limits that stand in rules/ });
  await limits.getByRole('row', { name: /refund-over-50 €50\.00 the amount alone waits for a person/ }).waitFor();
  await limits.getByRole('row', { name: /refund-over-200-in-30-days €200\.00 with what the customer/ }).waitFor();
  await desk
    .getByRole('table', { name: /What people may approve/ })
    .getByText('no limit')
    .waitFor();

  await toSettings(desk, 'Appearance');
  const theme = () => desk.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), 'dark');
  await desk.getByRole('radio', { name: /^As the system/ }).focus();
  await desk.keyboard.press('ArrowUp');
  assert.equal(await theme(), 'light', 'chosen by keyboard');
  await desk.reload();
  await desk.getByRole('navigation').waitFor();
  assert.equal(await theme(), 'light', 'kept at this desk');
  assert.equal((await shop.query({ query: 'people' })).changes.length, 0, 'nobody signs for it');
});

test('two people change how a tool is treated, by keyboard: what is risky is read by both, and the log then rules', async (t) => {
  const shop = await (await station(t)).setUp();
  const bearer = await enrol(shop, 'Jonas Weber', ['supervisor']);
  const marta = await openDesk(t, shop, { expected: [cut, refused(401)] });
  await toSettings(marta, 'Tools');
  const tool = marta.getByRole('region', { name: 'Tool' });
  const list = marta.getByRole('listbox', { name: 'Tools' });
  await list.focus();
  for (let i = 0; i < 20 && !(await tool.getByText('crm.issue_refund', { exact: true }).isVisible()); i += 1) {
    await marta.keyboard.press('j');
  }
  await tool.getByRole('button', { name: 'Change…' }).focus();
  await marta.keyboard.press('Enter');
  const form = marta.getByRole('dialog', { name: 'How crm.issue_refund is treated' });
  await form.getByLabel('Waits for people, seconds').fill('600');
  const ahead = form.getByRole('region', { name: 'What would be different' });
  await ahead.getByText('600 s').waitFor();
  await ahead.getByText('What waits is judged again before it starts.').waitFor();
  await form.getByLabel('Path of fact 1', { exact: true }).fill('total_minor');
  await ahead.getByText(/no JSON pointer/).waitFor();
  await marta.keyboard.press('Control+Enter');
  await form.waitFor();
  await form.getByLabel('Path of fact 1', { exact: true }).fill('/total_minor');
  await form.getByLabel('Effect', { exact: true }).first().selectOption('reversible');
  await ahead.getByText(/approving it needs no second key/).waitFor();
  await marta.keyboard.press('Control+Enter');
  await form.waitFor({ state: 'detached' });
  await marta.getByText('crm.issue_refund: settings').waitFor();
  await tool.getByText('Cannot be undone', { exact: true }).waitFor();

  const jonas = await openDesk(t, { desk: shop.desk, bearer }, { expected: [cut, refused(401)] });
  await toSettings(jonas, 'Tools');
  const waits = jonas.getByRole('article').filter({ hasText: 'crm.issue_refund: settings' });
  await waits.getByText('900 s').waitFor();
  await waits.getByText('600 s').waitFor();
  await waits.getByText(/approving it needs no second key/).waitFor();
  await waits.getByRole('button', { name: /^Sign/ }).focus();
  await jonas.keyboard.press('Enter');
  await waits.waitFor({ state: 'detached' });
  const of = async () => {
    const { tools } = await shop.query({ query: 'tools', from: '2026-01-01T00:00:00Z' });
    const found = tools.find((one) => one.settings.tool === 'crm.issue_refund');
    return [found.settings.effect, found.settings.hold_seconds, found.signed_at !== null];
  };
  // The list knows from the log; the rules are read again a moment later.
  for (let asked = 0; asked < 200 && (await of())[1] !== 600; asked += 1) await delay(50);
  assert.deepEqual(await of(), ['reversible', 600, true]);
  await shop.kill();
  const verified = spawnSync(verifier, [shop.folder], { encoding: 'utf8' });
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
  await shop.start();
  await shop.signIn();
  assert.deepEqual(await of(), ['reversible', 600, true], 'a start reads the log, and not the file');
});

test('two people change how the chat behaves, by keyboard: it holds at once, and a start says nothing of it any more', async (t) => {
  const shop = await (await station(t, { embed: ['https://old.example'] })).setUp();
  const bearer = await enrol(shop, 'Jonas Weber', ['supervisor']);
  const marta = await openDesk(t, shop, { expected: [cut, refused(401)] });
  await toSettings(marta, 'Channels');
  const chat = marta.getByRole('region', { name: 'Chat' });
  // It is off until what would be changed is loaded.
  await offered(marta, 'Change…').focus();
  await marta.keyboard.press('Enter');
  const form = marta.getByRole('dialog', { name: 'How the chat behaves' });
  const ahead = form.getByRole('region', { name: 'What would be different' });
  const sites = form.getByLabel(/^Sites that may show it/);
  await sites.fill('https://*');
  await ahead.getByText(/not the origin of a site/).waitFor();
  await marta.keyboard.press('Control+Enter');
  await form.waitFor();
  await sites.fill('https://Shop.example.com/');
  await form.getByLabel('Conversations at once, in all').fill('1');
  await ahead.getByText(/from 1 to 1, and is 1000/).waitFor();
  await form.getByLabel('Conversations at once, from one address').fill('1');
  await ahead.getByText(/Whoever owns https:\/\/shop\.example\.com/).waitFor();
  await marta.keyboard.press('Control+Enter');
  await form.waitFor({ state: 'detached' });
  await chat.getByText('https://old.example').waitFor();

  const jonas = await openDesk(t, { desk: shop.desk, bearer }, { expected: [cut, refused(401)] });
  await toSettings(jonas, 'Channels');
  await jonas.getByRole('region', { name: 'Chat' }).getByRole('button', { name: 'Change…' }).focus();
  await jonas.keyboard.press('Enter');
  assert.equal(await jonas.getByRole('dialog').count(), 0, 'a supervisor signs and does not propose');
  const waits = jonas.getByRole('article').filter({ hasText: 'The chat: settings' });
  await waits.getByText('https://old.example', { exact: true }).waitFor();
  await waits.getByText('https://shop.example.com', { exact: true }).waitFor();
  await waits.getByRole('button', { name: /^Sign/ }).focus();
  await jonas.keyboard.press('Enter');
  await waits.waitFor({ state: 'detached' });
  await chat.getByText('https://shop.example.com').waitFor();
  await chat.getByText(/^signed by people on /).waitFor();
  const frames = async () => {
    const { headers } = await fetch(shop.chat);
    return /frame-ancestors (.*)$/.exec(headers.get('content-security-policy'))[1];
  };
  assert.equal(await frames(), 'https://shop.example.com', 'without a start');
  await shop.kill();
  const verified = spawnSync(verifier, [shop.folder], { encoding: 'utf8' });
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
  await shop.start();
  assert.equal(await frames(), 'https://shop.example.com', 'a start reads the log, and not its command line');
});
