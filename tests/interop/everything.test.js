// npm's server-everything as a tool server behind the gate, started from the file of servers as any other and set up by people:
// what it reads is allowed at once, what it does is held, and each official client gets both through the gateway.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { station } from '../browser/lib/station.js';
import { CLIENTS } from './lib/clients.js';
import { decide, held, letIn, settings, treat } from './lib/house.js';
import { file } from './lib/packages.js';

const READS = ['echo', 'get-sum', 'get-structured-content', 'get-env', 'get-tiny-image'];
const ACTION = 'gzip-file-as-resource';
const named = (name) => `everything.${name}`;
const everything = {
  command: process.execPath,
  args: [file('@modelcontextprotocol', 'server-everything', 'dist', 'index.js')],
};
const rules = `
@id("reads-of-this-house")
@reason("What people here call a read is nobody's secret.")
permit (principal, action in Action::"effect:read", resource);
`;
/** Nothing of the network is asked for: the file stands in its address. */
const wanted = (name) => ({ name, data: 'data:text/plain,hello', outputType: 'resource' });

describe('server-everything behind the gate', { concurrency: 2 }, () => {
  for (const { name, revision, connect } of CLIENTS) {
    it(`${name}, ${revision}`, { timeout: 120_000 }, async (t) => {
      const shop = await (await station(t, { gateway: true, servers: { everything }, rules })).setUp();
      assert.equal((await settings(shop)).get(named('echo')).is_set, false);
      for (const read of READS) await treat(shop, named(read), { effect: 'read' });
      await treat(shop, named(ACTION), { effect: 'irreversible' });
      await letIn(shop, [...READS, ACTION].map(named));
      const client = await connect(t, shop.gateway);
      const listed = new Map((await client.list()).map((tool) => [tool.name, tool]));
      assert.deepEqual([...listed.keys()].sort(), [...READS, ACTION, 'check_approval'].sort());
      assert.equal(listed.get('echo').annotations.readOnlyHint, true);
      assert.equal(listed.get(ACTION).annotations.destructiveHint, true, 'as people say, not as the server does');

      // What is allowed, at once.
      const echoed = await client.call('echo', { message: 'Grüße' });
      assert.deepEqual([echoed.text, echoed.isError, echoed.outcome.decided], ['Echo: Grüße', false, null]);
      assert.equal((await client.call('get-sum', { a: 19, b: 23 })).text, 'The sum of 19 and 23 is 42.');
      const weather = await client.call('get-structured-content', { location: 'Chicago' });
      assert.deepEqual(weather.structured, { temperature: 36, conditions: 'Light rain / drizzle', humidity: 82 });
      assert.deepEqual(
        JSON.parse((await client.call('get-env', {})).text),
        {},
        'nothing of the station’s is passed on',
      );
      const image = (await client.call('get-tiny-image', {})).content.find((block) => block.type === 'image');
      assert.deepEqual(
        [image?.mimeType, Buffer.from(image?.data ?? '', 'base64').toString('latin1', 1, 4)],
        ['image/png', 'PNG'],
      );
      const wrong = await client.call('get-sum', { a: 'many', b: 1 });
      assert.ok(wrong.isError && /Nothing was done/.test(wrong.text), wrong.text);

      // What is held, until a person decides.
      const approved = client.call(ACTION, wanted('a.txt.gz'));
      const [first] = await held(shop);
      await decide(shop, first, { choice: 'approve' });
      assert.match((await approved).text, /^Approved by a supervisor\./);
      assert.equal((await approved).content.at(-1).type, 'resource', 'what it made is handed over');

      const overridden = client.call(ACTION, wanted('b.txt.gz'));
      const [second] = await held(shop);
      const other = { ...wanted('c.txt.gz'), outputType: 'resourceLink' };
      await decide(shop, second, { choice: 'override', arguments: other, why: 'A link will do.' });
      const told = await overridden;
      assert.match(told.text, /^Overridden by a supervisor\..*A link will do\./);
      assert.deepEqual([told.isError, told.outcome.arguments], [false, other]);
      assert.equal(told.content.at(-1).type, 'resource_link');

      const refused = client.call(ACTION, wanted('d.txt.gz'));
      const [third] = await held(shop);
      await decide(shop, third, { choice: 'reject', guidance: 'Send it as it is.' });
      assert.match((await refused).text, /^Refused by a supervisor\..*Send it as it is\./);
      assert.equal((await refused).isError, true);
    });
  }
});
