// An agent that OpenTelemetry's own exporter tells of: its conversation is on the Floor, and a call in the same trace is in
// its place there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { ask } from '../browser/lib/agent.js';
import { station } from '../browser/lib/station.js';
import { decide, held, letIn, REFUND, TOKEN } from './lib/house.js';
import { python } from './lib/packages.js';

const script = join(import.meta.dirname, 'telemetry.py');

it(
  "what OpenTelemetry's exporter sends is on the Floor, with the call of its trace",
  { timeout: 120_000 },
  async (t) => {
    const shop = await (await station(t, { gateway: true })).setUp();
    await letIn(shop, ['crm.issue_refund']);
    const run = (...words) =>
      promisify(execFile)(python('telemetry'), [script, ...words], {
        env: {
          ...process.env,
          OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: new URL('/v1/traces', shop.gateway).href,
          OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${TOKEN}`,
          OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        },
      });
    const { stdout, stderr } = await run('thread-7', 'Where is my tent?', 'On its way.');
    assert.doesNotMatch(stderr, /Failed|rejected|partial/i);
    const [trace, span] = stdout.trim().split(' ');

    const { rows } = await shop.query({ query: 'conversations' });
    const row = rows.find((one) => one.channel === 'external');
    assert.equal(row?.line, 'On its way.', JSON.stringify(rows));
    const kinds = (view) => view.entries.map(({ entry }) => entry.kind);
    const conversation = { query: 'conversation', conversation: row.conversation };
    const told = await shop.query(conversation);
    assert.deepEqual(kinds(told).toSorted(), ['relayed', 'relayed', 'step', 'step']);
    const model = told.entries.find(({ entry }) => entry.operation === 'model').entry;
    assert.deepEqual([model.name, model.tokens_in, model.tokens_out], ['openai gpt-4.1', 812, 64]);

    const asked = ask(shop, TOKEN, 'tools/call', {
      name: 'issue_refund',
      arguments: REFUND,
      _meta: { traceparent: `00-${trace}-${span}-01` },
    });
    const [action] = await held(shop);
    assert.ok(kinds(await shop.query(conversation)).includes('action'));
    await decide(shop, action, { choice: 'approve' });
    assert.equal((await asked).result.isError, false);
  },
);
