// The official conformance suite of the protocol against the gateway, in front of a server with the tools that the suite asks
// for, in both revisions; and against our own client of tool servers, in the one that it speaks. What it is known to say stands in conformance.yaml, with the reason of each.
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

const client = fileURLToPath(new URL('conformance-client.js', import.meta.url));
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

/** A folder for what the suite writes. */
function results(t) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-conformance-'));
  undo(t, async () => rmSync(folder, { recursive: true, force: true }));
  return ['--output-dir', folder];
}

/** Runs the suite's program, and is content where nothing but what is known fails. */
async function says(t, name, ...args) {
  const { code, told } = await runs(t, ...args, '--expected-failures', known, ...results(t));
  assert.equal(code, 0, told);
  assert.doesNotMatch(told, /^SKIPPED: scenario/m);
  t.diagnostic(`${name}: ${/^(?:Total|Passed): .*$/m.exec(told)?.[0] ?? 'what fails is known'}`);
}

describe('the conformance suite', { concurrency: 2 }, () => {
  for (const revision of ['2025-11-25', '2026-07-28']) {
    it(`${revision}: what it says is what is known`, { timeout: 300_000 }, async (t) => {
      const shop = await (await station(t, { gateway: true, servers: { reference: reference() }, rules })).setUp();
      const tools = [...(await settings(shop)).keys()].filter((name) => name.startsWith('reference.'));
      for (const tool of tools) await treat(shop, tool, { effect: 'read', timeout_seconds: 120 });
      await letIn(shop, tools);
      const url = await doorway(t, shop.gateway, TOKEN);
      const asked = ['server', '--url', url, '--spec-version', revision];
      await says(t, 'all', ...asked, '--suite', 'all');
      if (revision !== '2026-07-28') return;
      await Promise.all((await ofTasks(t)).map((what) => says(t, what[1], ...asked, ...what)));
    });
  }

  it('our own client, 2025-11-25: what it says is what is known', { timeout: 300_000 }, async (t) => {
    const command = `${process.execPath} ${client}`;
    for (const scenario of ['initialize', 'tools_call', 'sse-retry']) {
      const asked = ['client', '--command', command, '--spec-version', '2025-11-25', '--timeout', '120000'];
      await says(t, scenario, ...asked, '--scenario', scenario);
    }
  });
});
