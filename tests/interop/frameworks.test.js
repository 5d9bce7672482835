// The examples in docs/examples, each run with the real package of a framework and a scripted model: an agent has a refund
// approved, overridden and refused through the gateway, is told what people did, and the CRM's own books hold just that.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { station } from '../browser/lib/station.js';
import { undo } from '../browser/lib/undo.js';
import { refunds, untouched } from './lib/crm.js';
import { argument, decide, held, letIn, tokenOf } from './lib/house.js';
import { python } from './lib/packages.js';

/** One whose calls stay open, and one that is given a ticket after a second. */
const PATIENT = 'patient-bot';
const HASTY = 'hasty-bot';

/** A program of an example: `ask(wish)` gives its answer. */
function agent(t, set, script, ...args) {
  const file = fileURLToPath(new URL(`frameworks/${script}.py`, import.meta.url));
  const running = spawn(python(set), [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  let busy = false;
  undo(t, async () => {
    const gone = running.exitCode === null && running.signalCode === null && once(running, 'exit');
    // It ends with its questions, or is told to, and takes away what it has made.
    running.stdin.end();
    if (busy) running.kill('SIGINT');
    await gone;
  });
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  return async (wish) => {
    running.stdin.write(`${JSON.stringify(wish)}\n`);
    busy = true;
    const { value, done } = await lines.next();
    busy = false;
    assert.equal(done, false, `${script} ended`);
    return JSON.parse(value);
  };
}

const CASES = [
  ['LangChain, tools through the gateway', PATIENT, 'langgraph', 'langgraph_agent', []],
  ['LangChain, asked again by ticket', HASTY, 'langgraph', 'langgraph_agent', []],
  ['LangChain, its own middleware interrupts', HASTY, 'langgraph', 'langgraph_inbox', ['middleware']],
  ['LangGraph, in the schema of agent-inbox', PATIENT, 'langgraph', 'langgraph_inbox', ['inbox']],
  ['OpenAI Agents SDK, tools through the gateway', PATIENT, 'openai-agents', 'openai_agent', []],
  ['OpenAI Agents SDK, asked again by ticket', HASTY, 'openai-agents', 'openai_agent', []],
  ['Claude Agent SDK, tools through the gateway', PATIENT, 'claude-agent-sdk', 'claude_agent', []],
  ['Claude Agent SDK, asked again by ticket', HASTY, 'claude-agent-sdk', 'claude_agent', []],
];

describe('an agent of a framework has a refund approved, overridden and refused', { concurrency: 2 }, () => {
  for (const [name, bot, set, script, args] of CASES) {
    it(name, { timeout: 180_000 }, async (t) => {
      const shop = await (await station(t, { gateway: true })).setUp();
      await letIn(shop, ['crm.issue_refund'], bot === HASTY ? 1 : 120, bot);
      const ask = agent(t, set, script, shop.gateway, tokenOf(bot), ...args);
      for (const [nth, order_number] of untouched(3).entries()) {
        const wish = { order_number, amount_minor: 1200, currency: 'EUR', reason: 'damaged' };
        const [choice, words, paid] = [
          [{ choice: 'approve' }, /Approved by a supervisor\./, [1200]],
          [
            { choice: 'override', arguments: { ...wish, amount_minor: 900 }, why: 'One strap of two.' },
            /Overridden by a supervisor\..*One strap of two\./,
            [900],
          ],
          [
            { choice: 'reject', guidance: 'Send a replacement.' },
            /Refused by a supervisor\..*Send a replacement\./,
            [],
          ],
        ][nth];
        const answered = ask(wish);
        const [action] = await held(shop);
        const card = await decide(shop, action, choice);
        assert.equal(argument(card, 'order_number'), order_number);
        const { said, calls, ran, refused } = await answered;
        assert.match(said, words);
        if (calls !== undefined) {
          assert.equal(calls[0], 'issue_refund');
          assert.ok(calls.slice(1).every((call) => call === 'check_approval'));
        }
        if (refused !== undefined)
          assert.deepEqual(refused, ['Bash'], 'what is past the gate was tried, and not let through');
        assert.deepEqual(ran ?? [], [], 'what the gate executes is executed by nobody else');
        const made = (await refunds(shop)).filter((one) => one.order_number === order_number);
        assert.deepEqual(
          made.map((one) => one.amount_minor),
          paid,
        );
      }
    });
  }
});
