// An agent of others by keyboard: let in under Agents with a token that is shown once, its held call decided like any other,
// what it is told, and that it may do nothing once it is revoked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, words } from './lib/agent.js';
import { card, openDesk, press, queue, ready, toFloor } from './lib/desk.js';
import { station } from './lib/station.js';

async function toAgents(desk) {
  await press(desk, ['Escape', 'g', 'n']);
  await desk.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
  return desk.getByRole('region', { name: 'Agents', exact: true });
}

test('an agent of others is let in, its call waits for a person and tells what they decided, and it is let in no more', async (t) => {
  const shop = await (await station(t, { gateway: true })).setUp();
  const desk = await openDesk(t, shop);
  const agents = await toAgents(desk);
  await agents.getByText('No agent of others is let in.', { exact: false }).waitFor();

  await desk.getByRole('button', { name: 'Connect an agent' }).focus();
  await desk.keyboard.press('Enter');
  const form = desk.getByRole('region', { name: 'Connect an agent' });
  await form.getByLabel('Name, as it stands in the trail').fill('Billing Bot');
  await form
    .getByText('An agent’s name has 2 to 40 small letters', { exact: false })
    .or(form.getByText("An agent's name has 2 to 40 small letters", { exact: false }))
    .waitFor();
  await desk.keyboard.press('Control+Enter');
  await form.getByText('Two or more small letters, digits and dashes', { exact: false }).waitFor();
  await form.getByLabel('Name, as it stands in the trail').fill('billing-bot');
  await form.getByRole('checkbox', { name: /crm\.issue_refund/ }).focus();
  await desk.keyboard.press('Space');
  await form.getByLabel('Its word on who the customer is').selectOption('verified');
  await form.getByText('It may ask for what cannot be undone: crm.issue_refund.', { exact: false }).waitFor();
  await desk.keyboard.press('Control+Enter');
  const token = await form.getByLabel('Token, shown this once').inputValue();
  assert.match(token, /^csa_billing-bot_[0-9a-f]{64}$/);
  assert.equal(await form.getByLabel('Address').inputValue(), shop.gateway);
  await form.getByText('It holds: the token is good').waitFor();
  await desk.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
  const row = agents.getByRole('row').filter({ has: desk.getByRole('button', { name: /^billing-bot/ }) });
  await row.getByText(/^until /).waitFor();

  const listed = await ask(shop, token, 'tools/list', {});
  assert.deepEqual(
    listed.result.tools.map((tool) => tool.name),
    ['issue_refund', 'check_approval'],
  );
  const asked = ask(shop, token, 'tools/call', {
    name: 'issue_refund',
    arguments: { order_number: '1042', amount_minor: 12900, currency: 'EUR', reason: 'damaged' },
    _meta: {
      'countersign/customer': { id: 'C-2001', name: 'Ana Ruiz' },
      'countersign/reason': 'It came <b>broken</b>.',
    },
  });
  await press(desk, ['g', 'a']);
  await queue(desk)
    .getByRole('option', { name: /Refund/ })
    .waitFor();
  await desk.keyboard.press('j');
  await card(desk)
    .getByText(/billing.bot, external agent over MCP/)
    .first()
    .waitFor();
  await queue(desk).getByLabel('a call of an agent of others').waitFor();
  await card(desk).getByText('It came <b>broken</b>.', { exact: false }).first().waitFor();
  // Nobody writes there: a colleague who would answer the customer is not called for.
  await card(desk)
    .getByRole('button', { name: /^E?\s*Escalate/ })
    .and(desk.locator('[aria-disabled=true]'))
    .waitFor();
  await toFloor(desk);
  await desk.getByText('Nobody writes here: decide on it in Approvals', { exact: false }).waitFor();
  assert.equal(await desk.getByRole('button', { name: /^T?\s*Take over/ }).count(), 0);
  await press(desk, ['g', 'a']);
  await ready(desk);
  await press(desk, ['a', 'Shift+A']);
  const told = await asked;
  assert.equal(told.result.isError, false, JSON.stringify(told));
  assert.match(words(told), /^Approved by a supervisor\./);

  await toAgents(desk);
  await agents.getByRole('button', { name: /^billing-bot/ }).focus();
  await desk.keyboard.press('Enter');
  const pane = desk.getByRole('region', { name: 'Agent', exact: true });
  await pane.getByRole('button', { name: 'Revoke…' }).focus();
  await desk.keyboard.press('Enter');
  await desk.getByRole('dialog', { name: 'Revoke billing-bot' }).waitFor();
  await desk.keyboard.press('Control+Enter');
  await pane.getByText('Revoked: it may do nothing').waitFor();
  assert.equal((await ask(shop, token, 'tools/list', {})).status, 401);
});
