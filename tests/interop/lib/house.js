// A house for clients of others: which agents it lets in, how it treats tools, and what its people decide.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

export const AGENT = 'billing-bot';
/** The token of an agent. */
export const tokenOf = (agent) => `csa_${agent}_${'07'.repeat(32)}`;
export const TOKEN = tokenOf(AGENT);
export const REFUND = { order_number: '1042', amount_minor: 12900, currency: 'EUR', reason: 'damaged' };

async function change(shop, request) {
  const answer = await shop.ask('command', { command: { command: 'propose_change', request, why: 'Interop.' } });
  assert.equal(answer.status, 200, JSON.stringify(answer.json));
}

/** Lets an agent in, whose calls wait for so many seconds before they are a ticket. */
export async function letIn(shop, tools, waitSeconds = 60, agent = AGENT) {
  const token = createHash('sha256').update(tokenOf(agent)).digest('hex');
  const expires = `${new Date(Date.now() + 3_600_000).toISOString().slice(0, -1)}000Z`;
  const grant = {
    tools,
    word: 'claimed',
    expires,
    calls_per_minute: 6000,
    open_calls: 200,
    wait_seconds: waitSeconds,
  };
  await change(shop, { change: 'grant_agent', agent, from: null, grant, token });
}

/** What Settings show of every tool. */
export async function settings(shop) {
  const { tools } = await shop.query({ query: 'tools', from: '2026-01-01T00:00:00.000000Z' });
  return new Map(tools.map((tool) => [tool.settings.tool, tool]));
}

/** Says how a tool is treated of which nobody has said anything. */
export async function treat(shop, tool, how) {
  const seen = (await settings(shop)).get(tool);
  assert.equal(seen?.is_set, false, `${tool}: ${JSON.stringify(seen)}`);
  await change(shop, { change: 'set_tool', from: null, settings: { ...seen.settings, ...how }, definition: seen.definition });
}

/** The actions that wait, once there are so many. */
export async function held(shop, count = 1) {
  return (await shop.approvals((shown) => shown.held.length === count)).held.map((row) => row.action);
}

/** The value of one argument on a card. */
export const argument = (card, name) => card.arguments.find((one) => one.name === name).value;

/** Decides on an action as a person does who has looked at its card. */
export async function decide(shop, action, choice) {
  const card = await shop.query({ query: 'card', action });
  const decision = { action, card_digest: card.card_digest, choice, looked_ms: 60_000 };
  const answer = await shop.ask('decide', { decision });
  assert.equal(answer.status, 200, JSON.stringify(answer.json));
  return card.card;
}
