// Language models of others: a mock of providers that is not ours (aimock) behind the shop's agent, in each wire that it speaks,
// through a refund that a person approves; and what it does when it answers badly.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { customer, hears, say } from '../browser/lib/customer.js';
import { station } from '../browser/lib/station.js';
import { decide, held } from './lib/house.js';
import { load } from './lib/packages.js';

const { LLMock } = load('@copilotkit/aimock');
const WORDS = 'My rucksack of order 1042 came torn, postcode 46001. I want my money back.';
const REFUND = { order_number: '1042', amount_minor: 12900, currency: 'EUR', reason: 'damaged' };
const USAGE = { prompt_tokens: 2000, completion_tokens: 60, input_tokens: 2000, output_tokens: 60, total_tokens: 2060 };

/** What was asked, whatever the wire: whether it classifies, and how many tools have answered. */
function asks(request) {
  const text = JSON.stringify(request);
  return {
    classifies: text.includes('The classes:'),
    answered: request.messages.filter((one) => one.role === 'tool').length,
  };
}

async function provider(t) {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  const when = (fits, response) =>
    mock.on({ predicate: (request) => fits(asks(request)) }, { ...response, usage: USAGE });
  const call = (name, args) => ({ toolCalls: [{ name, arguments: JSON.stringify(args) }] });
  when((one) => one.classifies, { content: '{"intent": "refund", "confidence": 0.9, "language": "English"}' });
  when((one) => one.answered === 0, call('crm__find_order', { order_number: '1042', postcode: '46001' }));
  when((one) => one.answered === 1, call('crm__issue_refund', REFUND));
  when(() => true, { content: 'It is being seen to. You hear of it here.' });
  await mock.start();
  t.after(() => mock.stop());
  return mock;
}

/** A shop whose agent asks this provider. */
async function shopWith(t, mock, wire) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-model-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'key'), 'sk-of-the-mock\n');
  writeFileSync(
    join(folder, 'prices.toml'),
    'as_of = "2026-11-28"\nin_euros = "1"\n[[model]]\nname = "gpt-4.1"\nread = "3"\nwritten = "15"\n',
  );
  const named = ['--model-url', `${mock.url}/v1/`, '--model', 'gpt-4.1', '--model-wire', wire];
  const more = [...named, '--model-key', join(folder, 'key'), '--prices', join(folder, 'prices.toml')];
  return (await station(t, { more })).setUp();
}

const calls = async (shop) => {
  const { rows } = await shop.query({ query: 'conversations' });
  const view = await shop.query({ query: 'conversation', conversation: rows[0].conversation });
  return view.entries.map(({ entry }) => entry).filter((entry) => entry.kind === 'model_call');
};

for (const wire of ['openai', 'openai-responses', 'anthropic']) {
  it(`${wire}: a model of others asks for a refund, and a person approves it`, { timeout: 120_000 }, async (t) => {
    const mock = await provider(t);
    const shop = await shopWith(t, mock, wire);
    const page = await customer(t, shop);
    await say(page, WORDS);
    const [action] = await held(shop);
    const card = await decide(shop, action, { choice: 'approve' });
    assert.equal(card.money.minor, 12900);
    await hears(page, 'It is being seen to.');
    await shop.approvals((shown) => shown.held.length === 0);
    const made = await calls(shop);
    assert.ok(made.length >= 4 && made.every((one) => one.answered), JSON.stringify(made));
    // What it counted is what is in the log, to the millionth.
    const counted = made.filter((one) => one.counted);
    assert.ok(counted.length > 0, JSON.stringify(made));
    for (const one of counted) assert.equal(one.cost_micros, 2000 * 3 + 60 * 15, JSON.stringify(one));
  });
}

for (const [name, chaos, end] of [
  ['too many requests', { rateLimitRate: 1 }, /takes no more calls/],
  ['an answer that is none', { malformedRate: 1 }, /could not be read|did not answer in time/],
  ['a connection that is cut', { disconnectRate: 1 }, /could not be read|could not be reached|did not answer in time/],
  ['errors', { dropRate: 1 }, /overloaded, or failed/],
]) {
  it(`${name}: the playbook answers, and what happened is on the Floor`, { timeout: 120_000 }, async (t) => {
    const mock = await provider(t);
    mock.setChaos(chaos);
    const shop = await shopWith(t, mock, 'openai');
    const page = await customer(t, shop);
    await say(page, 'hello');
    await hears(page, 'Hello.');
    const made = await calls(shop);
    assert.ok(made.length > 0 && made.every((one) => !one.answered && end.test(one.end)), JSON.stringify(made));
  });
}
