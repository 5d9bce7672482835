// Countersign's own client of tool servers, as the conformance suite wants to run one: a station whose file of servers names the
// suite's, at the address that is the last argument. People say that its tools are reads, and an agent calls each that the suite
// waits for a call of.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { station } from '../browser/lib/station.js';
import { over } from '../browser/lib/undo.js';
import { CLIENTS } from './lib/clients.js';
import { letIn, settings, treat } from './lib/house.js';

/** What each scenario wants to be called with. */
const CALLS = {
  tools_call: ['add_numbers', { a: 5, b: 3 }],
  'sse-retry': ['test_reconnection', {}],
};
const rules = `
@id("reads-of-this-house")
@reason("What people here call a read is nobody's secret.")
permit (principal, action in Action::"effect:read", resource);
`;
const url = process.argv.at(-1).replace('//localhost:', '//127.0.0.1:');
const t = { after: () => {} };
const folder = mkdtempSync(join(tmpdir(), 'countersign-suite-'));
try {
  const token_file = join(folder, 'token');
  writeFileSync(token_file, 'the-suite-asks-for-none');
  const shop = await (await station(t, { gateway: true, servers: { suite: { url, token_file } }, rules })).setUp();
  const tools = [...(await settings(shop)).keys()].filter((name) => name.startsWith('suite.'));
  for (const tool of tools) await treat(shop, tool, { effect: 'read' });
  if (tools.length > 0) {
    await letIn(shop, tools);
    const client = await CLIENTS[0].connect(t, shop.gateway);
    const wanted = CALLS[process.env.MCP_CONFORMANCE_SCENARIO];
    console.log(tools, wanted && (await client.call(...wanted)).text);
  }
} finally {
  await over(t);
  rmSync(folder, { recursive: true, force: true });
}
