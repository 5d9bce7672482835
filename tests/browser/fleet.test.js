// Agents by keyboard: an agent is connected and a second person signs it, its numbers follow its calls, an agent and a tool are
// stopped at their switches, and go on for a reason.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask, words } from './lib/agent.js';
import { openDesk, press } from './lib/desk.js';
import { enrol } from './lib/people.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

const BOT = 'invoice-clerk';
const TOOL = 'crm.issue_refund';
const WIDE = { viewport: { width: 1440, height: 900 } };

/** For whoever looks at it: `PICTURES=FOLDER`. */
async function picture(desk, name) {
  if (process.env.PICTURES === undefined) return;
  for (const [colorScheme, width, height] of [
    ['dark', 1440, 900],
    ['light', 1440, 900],
    ['dark', 1024, 700],
    ['light', 1024, 700],
  ]) {
    await desk.setViewportSize({ width, height });
    await desk.emulateMedia({ colorScheme });
    // Colours fade from one theme to the other.
    await desk.evaluate(async () => {
      for (let n = 0; n < 2; n += 1) await new Promise(requestAnimationFrame);
      await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined)));
    });
    await desk.screenshot({ path: join(process.env.PICTURES, `fleet-${name}-${width}-${colorScheme}.png`) });
  }
  await desk.setViewportSize(WIDE.viewport);
  await desk.emulateMedia({ colorScheme: 'dark' });
}

async function toAgents(desk) {
  await press(desk, ['Escape', 'g', 'n']);
  await desk.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
}

/** A row is opened by a button that begins with its name. */
const begins = (name) => new RegExp(`^${name.replace('.', '\\.')}`);
const rowOf = (desk, name) => desk.getByRole('row').filter({ has: desk.getByRole('button', { name: begins(name) }) });
const paneOf = (desk, name) => desk.getByRole('region', { name, exact: true });
/** The figure in that column of the list of agents, once it is there. */
const figure = (desk, column, text) =>
  rowOf(desk, BOT).getByRole('cell').nth(column).getByText(text, { exact: true }).waitFor();
const [LIVE, CALLS, HELD] = [1, 2, 3];

/** Presses a switch, by the keyboard. */
async function flip(desk, name) {
  await desk.getByRole('switch', { name: `${name} runs`, exact: true }).focus();
  await desk.keyboard.press('Space');
}

async function resumes(desk, name) {
  await flip(desk, name);
  const dialog = desk.getByRole('dialog', { name: `Let ${name} run again?` });
  await dialog.getByLabel('Why it runs again, for the trail').waitFor();
  await desk.keyboard.press('Control+Enter');
  await dialog.getByText('Say why, for the trail.').waitFor();
  await desk.keyboard.type('Its owner has mended it.');
  await desk.keyboard.press('Control+Enter');
  await dialog.waitFor({ state: 'detached' });
}

const refund = (amount_minor) => ({
  name: 'issue_refund',
  arguments: { order_number: '1042', amount_minor, currency: 'EUR', reason: 'damaged' },
  _meta: { 'countersign/customer': { id: 'C-2001', name: 'Ana Ruiz' }, 'countersign/reason': 'It came broken.' },
});

test('an agent is connected and signed, its numbers follow, and it and a tool are stopped and go on for a reason', async (t) => {
  const shop = await (await station(t, { gateway: true })).setUp();
  const jonas = await enrol(shop, 'Jonas Weber', ['supervisor', 'administrator']);
  const desk = await openDesk(t, shop, WIDE);
  const other = await openDesk(t, { desk: shop.desk, bearer: jonas }, WIDE);
  await toAgents(desk);
  await desk.getByText('No agent of others is let in.', { exact: false }).waitFor();
  await desk.getByText(/^playbook, version /).waitFor();
  await sound(desk, 'Agents, none of others');
  await picture(desk, 'empty');

  await desk.getByRole('button', { name: 'Connect an agent' }).focus();
  await desk.keyboard.press('Enter');
  const connect = paneOf(desk, 'Connect an agent');
  // The name has the focus, and letters are letters there.
  await desk.keyboard.type(BOT);
  assert.equal(await connect.getByLabel('Name, as it stands in the trail').inputValue(), BOT);
  for (const tool of [TOOL, 'crm.get_order']) {
    await connect.getByRole('checkbox', { name: new RegExp(tool.replace('.', '\\.')) }).focus();
    await desk.keyboard.press('Space');
  }
  await connect.getByLabel('Its word on who the customer is').selectOption('verified');
  await connect.getByText(/^2 of \d+ tools, the rest it never sees$/).waitFor();
  await connect.getByText('It may ask for what cannot be undone', { exact: false }).waitFor();
  await sound(desk, 'Agents, connecting one');
  await picture(desk, 'connecting');
  await desk.keyboard.press('Control+Enter');

  const token = await connect.getByLabel('Token, shown this once').inputValue();
  assert.match(token, /^csa_invoice-clerk_[0-9a-f]{64}$/);
  await connect.getByText('Waits for a second signature').waitFor();
  await connect.getByText(/^Jonas\sWeber signs, not you$/).waitFor();
  const tab = connect.getByRole('tab', { selected: true });
  for (const [client, says] of [
    ['HTTP', '"type": "http"'],
    ['Process', 'countersign-mcp'],
    ['LangGraph', 'MultiServerMCPClient'],
    ['Claude', 'ClaudeAgentOptions'],
    ['OpenAI', 'MCPServerStreamableHttp'],
  ]) {
    await connect.getByRole('tab', { name: client, selected: true }).waitFor();
    const text = await connect.getByRole('tabpanel', { name: client }).innerText();
    assert.ok(text.includes(says) && text.includes(shop.gateway) && text.includes('COUNTERSIGN_TOKEN'), text);
    assert.ok(!text.includes(token), 'the token stays out of the file');
    await tab.focus();
    if (client !== 'OpenAI') await desk.keyboard.press('ArrowRight');
  }
  for (let n = 0; n < 4; n += 1) await desk.keyboard.press('ArrowLeft');
  await sound(desk, 'Agents, one waits');
  await picture(desk, 'waits');
  assert.equal((await ask(shop, token, 'tools/list', {})).status, 401, 'it is good with the second signature');

  await toAgents(other);
  await other.getByRole('button', { name: '1 change waits' }).focus();
  await other.keyboard.press('Enter');
  const changes = paneOf(other, 'Waits for a second signature');
  await changes.getByText(`A new agent: ${BOT}`).waitFor();
  await changes.getByRole('button', { name: 'Sign this change' }).focus();
  await other.keyboard.press('Enter');
  await connect.getByText('It holds: the token is good').waitFor();
  await rowOf(desk, BOT)
    .getByText(/^until /)
    .waitFor();

  // Its calls are counted as they come.
  const look = { ...refund(0), name: 'get_order', arguments: { order_number: '1042' } };
  const read = await ask(shop, token, 'tools/call', look);
  assert.equal(read.result?.isError, false, JSON.stringify(read));
  const asked = ask(shop, token, 'tools/call', refund(12900));
  await figure(desk, CALLS, '2');
  await figure(desk, LIVE, '1');
  await figure(desk, HELD, '1');
  await desk.getByLabel('1 held').first().waitFor();
  await picture(desk, 'held');

  // The agent is stopped at its switch: what a person approves does not start.
  await flip(desk, BOT);
  const stop = desk.getByRole('dialog', { name: `Stop ${BOT}?` });
  await sound(desk, 'Agents, stopping one');
  await picture(desk, 'stop');
  await stop.getByRole('button', { name: `Stop ${BOT}` }).focus();
  await desk.keyboard.press('Enter');
  await stop.waitFor({ state: 'detached' });
  await rowOf(desk, BOT)
    .getByText(/^Stopped \d\d:\d\d$/)
    .waitFor();
  await rowOf(other, BOT).getByText('Marta Lindqvist', { exact: true }).waitFor();
  await other.getByText(new RegExp(`Stopped: ${BOT} \\(Marta Lindqvist, `)).waitFor();
  await sound(desk, 'Agents, one is stopped');
  await picture(desk, 'stopped');
  const { held } = await shop.query({ query: 'approvals' });
  const { card_digest } = await shop.query({ query: 'card', action: held[0].action });
  const decision = { action: held[0].action, card_digest, choice: { choice: 'approve' }, looked_ms: 1500 };
  const decided = await shop.ask('decide', { decision });
  assert.equal(decided.status, 200, JSON.stringify(decided.json));
  await figure(desk, LIVE, '1');
  await resumes(desk, BOT);
  await rowOf(desk, BOT).getByText('Running', { exact: true }).waitFor();
  assert.match(words(await asked), /^Approved by a supervisor\./);
  await figure(desk, LIVE, '0');

  // So is a tool, and what is selected says what was accepted of it.
  await flip(desk, TOOL);
  await desk
    .getByRole('dialog', { name: `Stop ${TOOL}?` })
    .getByRole('button', { name: `Stop ${TOOL}` })
    .focus();
  await desk.keyboard.press('Enter');
  await rowOf(desk, TOOL).getByText('Stopped', { exact: true }).waitFor();
  await desk.keyboard.press('Escape');
  await desk.getByRole('button', { name: begins(TOOL) }).focus();
  await desk.keyboard.press('Enter');
  const pane = paneOf(desk, 'Tool');
  await pane.getByText(/^[0-9a-f]{12}…, as it was accepted/).waitFor();
  await pane.getByText(/^Stopped by Marta Lindqvist, /).waitFor();
  await sound(desk, 'Agents, a tool');
  await picture(desk, 'tool');
  await resumes(desk, TOOL);
  await pane.getByText('Runs', { exact: true }).waitFor();

  // Up and down by keys, and the grant of what is open.
  await press(desk, ['k', 'k', 'k']);
  const agent = paneOf(desk, 'Agent');
  await agent.getByRole('heading', { name: BOT }).waitFor();
  await agent.getByText('counts as checked', { exact: true }).waitFor();
  await sound(desk, 'Agents, an agent');
  await picture(desk, 'agent');
});
