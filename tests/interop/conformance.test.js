// The official conformance suite of the protocol against the gateway, in front of a server with the tools that the suite asks
// for, in both revisions. What it is known to say stands in conformance.yaml, with the reason of each.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { station } from '../browser/lib/station.js';
import { undo } from '../browser/lib/undo.js';
import { doorway } from './lib/doorway.js';
import { TOKEN, letIn, settings, treat } from './lib/house.js';
import { newerNode, program } from './lib/packages.js';
import { reference } from './lib/reference.js';

const known = fileURLToPath(new URL('conformance.yaml', import.meta.url));
const rules = `
@id("reads-of-this-house")
@reason("What people here call a read is nobody's secret.")
permit (principal, action in Action::"effect:read", resource);
`;

/** Runs the suite's program: what it prints, and the code that it ends with. */
async function runs(t, ...args) {
  const stdio = ['ignore', 'pipe', 'pipe'];
  const running = spawn(newerNode(), [program('conformance'), ...args], { stdio });
  undo(t, async () => void running.kill());
  let told = '';
  for (const stream of [running.stdout, running.stderr])
    stream.setEncoding('utf8').on('data', (text) => (told += text));
  const [code] = await once(running, 'close');
  return { code, told };
}

/** The scenarios of the extension for tasks, which no suite of a revision has in it. */
async function ofTasks(t) {
  const { told } = await runs(t, 'list', '--server');
  const names = [...told.matchAll(/^ +- (tasks-\S+) \[extension\]/gm)].map(([, name]) => name);
  assert.notEqual(names.length, 0, told);
  return names.map((name) => ['--scenario', name, '--force']);
}

describe('the conformance suite', { concurrency: 2 }, () => {
  for (const revision of ['2025-11-25', '2026-07-28']) {
    it(`${revision}: what it says is what is known`, { timeout: 300_000 }, async (t) => {
      const shop = await (await station(t, { gateway: true, servers: { reference: reference() }, rules })).setUp();
      const tools = [...(await settings(shop)).keys()].filter((name) => name.startsWith('reference.'));
      for (const tool of tools) await treat(shop, tool, { effect: 'read', timeout_seconds: 120 });
      await letIn(shop, tools);
      const url = await doorway(t, shop.gateway, TOKEN);
      const results = mkdtempSync(join(tmpdir(), 'countersign-conformance-'));
      undo(t, async () => rmSync(results, { recursive: true, force: true }));
      const asked = ['server', '--url', url, '--spec-version', revision, '--expected-failures', known];
      const says = async (...what) => {
        const { code, told } = await runs(t, ...asked, '--output-dir', results, ...what);
        assert.equal(code, 0, told);
        assert.doesNotMatch(told, /^SKIPPED: scenario/m);
        t.diagnostic(`${what[1]}: ${/^(?:Total|Passed): .*$/m.exec(told)?.[0] ?? 'what fails is known'}`);
      };
      await says('--suite', 'all');
      if (revision === '2026-07-28') await Promise.all((await ofTasks(t)).map((what) => says(...what)));
    });
  }
});
