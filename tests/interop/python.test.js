// The official Python client at a real station, in both revisions of the protocol: held, told that it waits, given a ticket,
// overridden and refused by a person, and told by the ticket who decided what.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { station } from '../browser/lib/station.js';

const client = fileURLToPath(new URL('client.py', import.meta.url));
const python = process.env.INTEROP_PYTHON;
const AGENT = 'billing-bot';
const TOKEN = `csa_${AGENT}_${'07'.repeat(32)}`;

/** Lets the agent in, whose calls wait for so many seconds before they are a ticket. */
async function letIn(shop, waitSeconds) {
  const token = createHash('sha256').update(TOKEN).digest('hex');
  const expires = `${new Date(Date.now() + 3_600_000).toISOString().slice(0, -1)}000Z`;
  const grant = {
    tools: ['crm.issue_refund'],
    word: 'claimed',
    expires,
    calls_per_minute: 600,
    open_calls: 20,
    wait_seconds: waitSeconds,
  };
  const request = { change: 'grant_agent', agent: AGENT, from: null, grant, token };
  const answer = await shop.ask('command', { command: { command: 'propose_change', request, why: 'Interop.' } });
  assert.equal(answer.status, 200, JSON.stringify(answer.json));
}

/** Decides on the action that waits. */
async function decide(shop, choice) {
  const { held } = await shop.query({ query: 'approvals' });
  assert.equal(held.length, 1);
  const [{ action }] = held;
  const card = await shop.query({ query: 'card', action });
  const decision = { action, card_digest: card.card_digest, choice, looked_ms: 60_000 };
  const answer = await shop.ask('decide', { decision });
  assert.equal(answer.status, 200, JSON.stringify(answer.json));
}

for (const [revision, choice, words] of [
  ['2025-11-25', { choice: 'reject', guidance: 'Send a replacement.' }, /^Refused by a supervisor\..*Send a replacement/],
  [
    '2026-07-28',
    {
      choice: 'override',
      arguments: { order_number: '1042', amount_minor: 8900, currency: 'EUR', reason: 'damaged' },
      why: 'One strap of two.',
    },
    /^Overridden by a supervisor\..*One strap of two.*Do not try again/,
  ],
]) {
  test(`the official Python client, ${revision}`, { timeout: 120_000 }, async (t) => {
    const shop = await (await station(t, { gateway: true })).setUp();
    await letIn(shop, 12);
    const running = spawn(python, [client, shop.gateway, TOKEN, revision], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => running.kill());
    const told = [];
    for await (const line of createInterface({ input: running.stdout })) {
      const said = JSON.parse(line);
      told.push(said);
      if (said.structured?.status === 'pending' && told.filter((one) => one.result !== undefined).length === 1) {
        await decide(shop, choice);
      }
    }
    const only = (name) => told.filter((said) => said[name] !== undefined).map((said) => said[name]);
    assert.deepEqual(only('version'), [revision]);
    assert.deepEqual(only('tools'), [['issue_refund', 'check_approval']]);
    assert.match(only('refused')[0], /no such tool here/);
    assert.match(only('progress')[0], /waits for a person/);
    assert.match(only('result')[0], /Ticket cnv_/);
    assert.match(only('result').at(-1), words);
    assert.equal(told.at(-1).is_error, choice.choice === 'reject');
  });
}
