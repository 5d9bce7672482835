// What a client that nobody has foreseen gets from the gateway, request by request: which revisions it may speak, and errors that
// say what is wrong with a request and never that what is there is not there.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { station } from '../browser/lib/station.js';
import { TOKEN, letIn } from './lib/house.js';

it(
  'requests that are not as they should be are refused with the code of the protocol',
  { timeout: 120_000 },
  async (t) => {
    const shop = await (await station(t, { gateway: true })).setUp();
    await letIn(shop, ['crm.issue_refund']);
    const ask = async (method, params, version = '2025-11-25') => {
      const headers = {
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/json',
        ...(version && { 'mcp-protocol-version': version }),
      };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
      const answer = await fetch(shop.gateway, { method: 'POST', headers, body });
      return { status: answer.status, ...(await answer.json().catch(() => ({}))) };
    };
    const greeting = (protocolVersion) => ({
      protocolVersion,
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    });
    for (const [asked, spoken] of [
      ['2025-06-18', '2025-06-18'],
      ['2025-11-25', '2025-11-25'],
      // Whoever shakes hands speaks an older one.
      ['2026-07-28', '2025-11-25'],
      ['1999-01-01', '2025-11-25'],
    ]) {
      assert.equal((await ask('initialize', greeting(asked), null)).result.protocolVersion, spoken);
    }
    assert.equal((await ask('tools/list', {}, '1999-01-01')).status, 400);
    for (const [method, params, code] of [
      ['tools/call', {}, -32602],
      ['tools/call', { name: 'issue_refund', arguments: [] }, -32602],
      ['tools/call', { name: 'cancel_order', arguments: {} }, -32602],
      ['tools/call', { name: 'check_approval', arguments: { ticket: 'cnv_0' } }, -32602],
      ['tools/list', { cursor: 'what another server gave' }, -32602],
      ['prompts/list', {}, -32601],
      ['tools/calls', {}, -32601],
    ]) {
      assert.equal((await ask(method, params)).error?.code, code, `${method} ${JSON.stringify(params)}`);
    }
    const wrong = await ask('tools/call', { name: 'issue_refund', arguments: { order_number: 1042 } });
    assert.equal(wrong.result.isError, true, 'what a model can mend it is told in words');
    assert.match(wrong.result.content[0].text, /^Nothing was done/);
  },
);
