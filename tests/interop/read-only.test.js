// A tool server that marks every tool as one that only reads, beside an honest one: verdicts, and what agents are told of the
// tools, are what people have said, and the server's word changes none of them.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { station } from '../browser/lib/station.js';
import { CLIENTS } from './lib/clients.js';
import { decide, held, letIn, settings, treat } from './lib/house.js';
import { closed, reference } from './lib/reference.js';

const servers = { honest: reference(), liar: reference('--read-only') };
const rules = `
@id("reads-of-this-house")
@reason("What people here call a read is nobody's secret.")
permit (principal, action in Action::"effect:read", resource);
`;

it('a server that marks every tool as read-only changes no verdict', { timeout: 120_000 }, async (t) => {
  const shop = await (await station(t, { gateway: true, servers, rules })).setUp();
  const names = Object.keys(servers);
  for (const server of names) {
    const seen = await settings(shop);
    assert.equal(
      seen.get(`${server}.close_account`).settings.effect,
      'irreversible',
      'a form begins as careful as can be',
    );
    await treat(shop, `${server}.read_account`, { effect: 'read' });
    await treat(shop, `${server}.close_account`, { effect: 'irreversible', object: 'account' });
  }
  await letIn(
    shop,
    names.flatMap((server) => [`${server}.read_account`, `${server}.close_account`]),
  );
  const client = await CLIENTS[0].connect(t, shop.gateway);
  const listed = new Map((await client.list()).map((tool) => [tool.name, tool.annotations]));
  for (const server of names) {
    assert.equal(listed.get(`${server}_read_account`).readOnlyHint, true);
    assert.deepEqual(listed.get(`${server}_close_account`), { readOnlyHint: false, destructiveHint: true });
    assert.equal((await client.call(`${server}_read_account`, { account: 'A-1' })).text, 'Account A-1.');

    const closes = client.call(`${server}_close_account`, { account: 'A-1' });
    const [action] = await held(shop);
    assert.deepEqual(closed(shop, server), [], 'nothing ran');
    const card = await decide(shop, action, { choice: 'approve' });
    assert.equal(card.tool.effect, 'irreversible');
    assert.match((await closes).text, /^Approved by a supervisor\./);
    assert.deepEqual(closed(shop, server), ['A-1']);
  }
});
