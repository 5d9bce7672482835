// A conversation that an agent of others has elsewhere and relays: on the Floor, live, with the agent's steps and its held
// call in place, by keyboard; nobody here writes in it.
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, letIn, tell } from './lib/agent.js';
import { card, openDesk, press, queue, ready, toFloor } from './lib/desk.js';
import { sound } from './lib/sound.js';
import { station } from './lib/station.js';

const BOT = 'billing-bot';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const TALK = '/v1/conversations/ticket-7';

const attribute = (key, value) => ({
  key,
  value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
});

/** A span that ended a second after the other. */
function span(id, name, attributes, failed = false) {
  const start = BigInt(Date.now()) * 1_000_000n;
  return {
    traceId: TRACE,
    spanId: id.toString(16).padStart(16, '0'),
    name,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 1_340_000_000n),
    status: { code: failed ? 2 : 1 },
    attributes: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  };
}

for (const colorScheme of ['dark', 'light']) {
  test(`${colorScheme}: what an agent relays is read on the Floor with its call in place`, async (t) => {
    const shop = await (await station(t, { gateway: true })).setUp();
    const token = await letIn(shop, BOT, ['crm.issue_refund']);
    const desk = await openDesk(t, shop, { colorScheme });
    const messages = [
      { id: 'm1', speaker: 'customer', text: 'The strap of my lamp tore. My card is 4111 1111 1111 1111.' },
      { id: 'm2', speaker: 'agent', text: 'I am sorry. Let me look at your order.' },
    ];
    const customer = { id: 'C-2001', name: 'Ana Ruiz' };
    const told = await tell(shop, token, `${TALK}/messages`, { customer, messages }, { traceparent: PARENT });
    assert.equal(told.status, 200, JSON.stringify(told.json));
    const spans = [
      span(1, 'chat', {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.response.model': 'gpt-4.1-2025-04-14',
        'gen_ai.usage.input_tokens': 1812,
        'gen_ai.usage.output_tokens': 64,
      }),
      span(2, 'execute_tool', { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'track_parcel' }, true),
    ];
    const stepped = await tell(shop, token, '/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    assert.equal(stepped.json.partialSuccess ?? null, null, JSON.stringify(stepped.json));

    await toFloor(desk);
    const transcript = desk.getByRole('region', { name: 'Transcript' });
    await transcript.getByText('The strap of my lamp tore.', { exact: false }).waitFor();
    await transcript.getByText('1 card number masked before storing').waitFor();
    await transcript.getByText('openai gpt-4.1-2025-04-14').waitFor();
    await transcript.getByText('1,812 tokens in, 64 out').waitFor();
    await transcript.getByText('failed, 1.3 s').waitFor();
    await transcript.getByText(`${BOT} has this conversation elsewhere and relays it`, { exact: false }).waitFor();
    assert.equal(await desk.getByRole('button', { name: /^T?\s*Take over/ }).count(), 0);

    const asked = ask(shop, token, 'tools/call', {
      name: 'issue_refund',
      arguments: { order_number: '1042', amount_minor: 12900, currency: 'EUR', reason: 'damaged' },
      _meta: { 'countersign/customer': customer, traceparent: PARENT },
    });
    const step = transcript.getByRole('listitem').filter({ hasText: '€129.00' });
    await step.getByText('Review').waitFor();
    const list = desk.getByRole('listbox', { name: 'Conversations' });
    await list
      .getByRole('option', { name: /Ana Ruiz/ })
      .getByLabel('relayed by an agent of others')
      .waitFor();
    assert.equal(await list.getByRole('option').count(), 1, 'its call is no row of its own');
    await sound(desk, 'Floor, relayed');
    await picture(desk, `relayed-${colorScheme}`);
    await desk.setViewportSize({ width: 1024, height: 768 });
    await picture(desk, `relayed-1024-${colorScheme}`);
    await desk.setViewportSize({ width: 1440, height: 900 });

    await press(desk, ['Enter']);
    await ready(desk);
    await queue(desk)
      .getByRole('option', { name: /Refund/ })
      .waitFor();
    await card(desk)
      .getByText(/billing.bot, external agent over MCP/)
      .first()
      .waitFor();
    await card(desk).getByText('The strap of my lamp tore.', { exact: false }).waitFor();
    await card(desk).getByText(`as ${BOT} relays it`, { exact: false }).waitFor();
    await sound(desk, 'Approvals, relayed words');
    await picture(desk, `relayed-card-${colorScheme}`);
    await press(desk, ['a', 'Shift+A']);
    assert.equal((await asked).result.isError, false);

    await tell(shop, token, `${TALK}/messages`, {
      messages: [{ id: 'm3', speaker: 'agent', text: 'It is on its way back.' }],
    });
    await tell(shop, token, `${TALK}/close`, {});
    await toFloor(desk);
    await transcript.getByText('It is on its way back.').waitFor();
    await transcript.getByText('Its agent said that it is over').waitFor();
    await picture(desk, `relayed-over-${colorScheme}`);
  });
}

/** For whoever looks at it: `PICTURES=FOLDER`. */
async function picture(desk, name) {
  if (process.env.PICTURES !== undefined) await desk.screenshot({ path: join(process.env.PICTURES, `${name}.png`) });
}
