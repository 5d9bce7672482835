// The official clients of the protocol at a real station, TypeScript's and Python's, each in both revisions: held, told that it
// waits, given a ticket, decided on by a person, and told by the ticket who decided what.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { station } from '../browser/lib/station.js';
import { CLIENTS, learned } from './lib/clients.js';
import { REFUND, decide, held, letIn } from './lib/house.js';

const LESS = { ...REFUND, amount_minor: 8900 };
const DECISIONS = [
  [{ choice: 'reject', guidance: 'Send a replacement.' }, /^Refused by a supervisor\..*Send a replacement/, true],
  [
    { choice: 'override', arguments: LESS, why: 'One strap of two.' },
    /^Overridden by a supervisor\..*One strap of two.*Do not try again/,
    false,
  ],
  [{ choice: 'approve' }, /^Approved by a supervisor\./, false],
];

// They wait most of their time.
describe('a call that a rule holds', { concurrency: CLIENTS.length }, () => {
  for (const [index, { name, revision, connect }] of CLIENTS.entries()) {
    const [choice, words, isError] = DECISIONS[index % DECISIONS.length];
    it(`${name}, ${revision}: ${choice.choice}`, { timeout: 120_000 }, async (t) => {
      const shop = await (await station(t, { gateway: true })).setUp();
      await letIn(shop, ['crm.issue_refund'], 12);
      const client = await connect(t, shop.gateway);
      assert.equal(client.version, revision);
      const listed = await client.list();
      assert.deepEqual(
        listed.map((tool) => tool.name),
        ['issue_refund', 'check_approval'],
      );
      await assert.rejects(client.call('cancel_order', {}), /no such tool here/);

      const notices = [];
      const pending = await client.call('issue_refund', REFUND, { heard: ({ message }) => notices.push(message) });
      assert.match(notices[0], /waits for a person/);
      assert.match(pending.text, /Ticket cnv_/);
      assert.equal(pending.structured.status, 'pending');
      const [action] = await held(shop);
      await decide(shop, action, choice);
      const told = await learned(client, pending);
      assert.match(told.text, words);
      assert.equal(told.isError, isError);
      assert.equal(told.outcome.action, action);
      // Some clients show a model the structure alone.
      if (told.structured !== null) assert.match(told.structured['countersign/words'], words);
      assert.match(pending.structured['countersign/words'], /Do not make the call again\.$/);
    });
  }
});
