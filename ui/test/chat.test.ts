// @vitest-environment node
/** The customers' client against a real WebSocket server: nothing lost, nothing doubled. */
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { ChatClient, type ChatState } from '../chat/client';

// By its file: under the components' "browser" condition the package's name stands for its empty browser half.
const load = createRequire(import.meta.url);
const ws = load(join(dirname(load.resolve('ws/package.json')), 'index.js')) as typeof import('ws');

type Frame = Record<string, unknown>;
type Line = { socket: ServerSocket; next: () => Promise<Frame>; say: (frame: Frame) => void };

let server: WebSocketServer;
let lines: Line[];
let lineWaiting: ((line: Line) => void)[];
let client: ChatClient;
let watchers: (() => void)[];
const kept = new Map<string, string>();
const store = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};

const line = (): Promise<Line> => {
  const ready = lines.shift();
  return ready === undefined ? new Promise((resolve) => lineWaiting.push(resolve)) : Promise.resolve(ready);
};
/** Resolves once the client's state fulfils the condition. */
function until(condition: (state: ChatState) => boolean): Promise<void> {
  if (condition(client.state)) return Promise.resolve();
  return new Promise((resolve) => watchers.push(() => condition(client.state) && resolve()));
}
function newClient(): ChatClient {
  const port = (server.address() as AddressInfo).port;
  return new ChatClient({
    url: `ws://127.0.0.1:${port}/chat`,
    store,
    socket: (url) => new ws.WebSocket(url) as unknown as WebSocket,
    firstWait: 1,
    changed: () => watchers?.forEach((watch) => watch()),
  });
}
const said = (position: number, text: string, more: Frame = {}): Frame => ({
  type: 'said',
  position,
  at: '2026-10-14T12:00:00Z',
  from: 'agent',
  text,
  ...more,
});
async function opened(): Promise<Line> {
  client.open({ name: 'Ana' });
  const first = await line();
  await first.next();
  first.say({ type: 'opened', conversation: 'cnv_1', secret: 's1', assurance: 'claimed' });
  await until((state) => state.stage === 'open');
  return first;
}

beforeEach(async () => {
  kept.clear();
  lines = [];
  lineWaiting = [];
  watchers = [];
  server = new ws.WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    const frames: Frame[] = [];
    const waiting: ((frame: Frame) => void)[] = [];
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      const taker = waiting.shift();
      if (taker === undefined) frames.push(frame);
      else taker(frame);
    });
    const made: Line = {
      socket,
      next: () => {
        const ready = frames.shift();
        return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
      },
      say: (frame) => socket.send(JSON.stringify(frame)),
    };
    const taker = lineWaiting.shift();
    if (taker === undefined) lines.push(made);
    else taker(made);
  });
  await new Promise((resolve) => server.once('listening', resolve));
  client = newClient();
});
afterEach(async () => {
  client.stop();
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

it('opens with a name only, or with a signed token only', async () => {
  client.open({ name: 'Ana' });
  expect(await (await line()).next()).toEqual({ type: 'open', name: 'Ana' });
  client.stop();
  client = newClient();
  client.open({ token: 'signed' });
  expect(await (await line()).next()).toEqual({ type: 'open', token: 'signed' });
});

it('resumes behind the last position after a lost connection and drops doubles', async () => {
  const first = await opened();
  first.say(said(5, 'hello'));
  await until((state) => state.said.length === 1);
  first.socket.terminate();
  await until((state) => state.stage === 'lost');
  const second = await line();
  expect(await second.next()).toEqual({ type: 'resume', conversation: 'cnv_1', secret: 's1', after: 5 });
  second.say({ type: 'resumed' });
  second.say(said(5, 'hello'));
  second.say(said(9, 'more'));
  await until((state) => state.said.length === 2);
  expect(client.state.said.map((one) => one.text)).toEqual(['hello', 'more']);
});

it('reads everything again from a station that goes on under another log, and doubles nothing', async () => {
  client.open({ name: 'Ana' });
  const first = await line();
  await first.next();
  first.say({ type: 'opened', conversation: 'cnv_1', secret: 's1', assurance: 'claimed', log: 'log_a' });
  first.say(said(5, 'hello'));
  first.say(said(9, 'lost behind the backup'));
  await until((state) => state.said.length === 2);
  first.socket.terminate();
  const second = await line();
  expect(await second.next()).toMatchObject({ type: 'resume', after: 9, log: 'log_a' });
  second.say({ type: 'resumed', log: 'log_b' });
  second.say(said(5, 'hello'));
  second.say(said(9, 'said anew'));
  await until((state) => state.said.some((one) => one.text === 'said anew'));
  expect(client.state.said.map((one) => one.text)).toEqual(['hello', 'said anew']);
  second.socket.terminate();
  expect(await (await line()).next()).toMatchObject({ type: 'resume', after: 9, log: 'log_b' });
});

it('sends a message that was not accepted again under the same id, and one that was not', async () => {
  const first = await opened();
  client.send('one');
  const one = await first.next();
  client.send('two');
  const two = await first.next();
  expect(one).toMatchObject({ type: 'message', text: 'one' });
  first.say({ type: 'accepted', client_id: one['client_id'], position: 3 });
  await until((state) => state.unsent.length === 1);
  first.socket.terminate();
  const second = await line();
  expect(await second.next()).toMatchObject({ type: 'resume', after: 3 });
  second.say({ type: 'resumed' });
  expect(await second.next()).toEqual(two);
  second.say({ type: 'accepted', client_id: two['client_id'], position: 4 });
  await until((state) => state.unsent.length === 0);
  expect(client.state.said.map((message) => message.position)).toEqual([3, 4]);
});

it('shows the station’s words in place of its own, so that a masked card number does not stay', async () => {
  const first = await opened();
  client.send('my card is 4111 1111 1111 1111');
  const sent = await first.next();
  first.say({ type: 'accepted', client_id: sent['client_id'], position: 3 });
  first.say(said(3, 'my card is •••• 1111', { from: 'customer', client_id: sent['client_id'] }));
  await until((state) => state.said[0]?.text === 'my card is •••• 1111');
  expect(client.state.said).toHaveLength(1);
  expect([...kept.values()].join()).not.toContain('4111 1111');
});

it('goes on after a reload with what was kept', async () => {
  const first = await opened();
  first.say(said(5, 'hello'));
  await until((state) => state.said.length === 1);
  client.stop();
  client = newClient();
  expect(client.restore()).toBe(true);
  expect(client.state.said).toHaveLength(1);
  expect(await (await line()).next()).toMatchObject({ type: 'resume', conversation: 'cnv_1', after: 5 });
});

it('shows until when a colleague checks, and that it is over', async () => {
  const first = await opened();
  first.say({ type: 'checking', position: 6, until: '2026-10-14T12:36:00Z' });
  await until((state) => state.checkingUntil === '2026-10-14T12:36:00Z');
  first.say({ type: 'checking', position: 8, until: null });
  await until((state) => state.checkingUntil === null);
});

it('drops a message that the station will never take, and says why', async () => {
  const first = await opened();
  client.send('x');
  const sent = await first.next();
  first.say({ type: 'error', code: 'too_many_messages', message: 'No more.', client_id: sent['client_id'] });
  await until((state) => state.unsent.length === 0);
  expect(client.state.error).toBe('No more.');
});

it('sends again, a little later, what came too fast', async () => {
  const first = await opened();
  client.send('x');
  const sent = await first.next();
  first.say({ type: 'error', code: 'too_fast', message: 'Slower.', client_id: sent['client_id'] });
  expect(await first.next()).toEqual(sent);
});

it('asks for a name again when it could not be opened or resumed', async () => {
  client.open({ name: '\u202e' });
  const first = await line();
  await first.next();
  first.say({ type: 'error', code: 'name', message: 'Not a name.' });
  await until((state) => state.stage === 'new' && state.error === 'Not a name.');
});

it('takes at most 2,000 characters and no empty message', async () => {
  await opened();
  expect(client.send('x'.repeat(2001))).toBe(false);
  expect(client.send('  \n ')).toBe(false);
  expect(client.send('👩'.repeat(2000))).toBe(true);
});

it('says when it has ended, asks once how satisfied they were, and goes on with what is written', async () => {
  const first = await opened();
  first.say(said(5, 'hello'));
  client.done();
  expect(await first.next()).toEqual({ type: 'done' });
  first.say({ type: 'closed', position: 7, for_good: false, rates: true });
  await until((state) => state.ended);
  expect([client.state.stage, client.state.rating]).toEqual(['open', 'asked']);
  client.rate(4);
  expect(await first.next()).toEqual({ type: 'rate', score: 4 });
  first.say({ type: 'rated', position: 8 });
  await until((state) => state.rating === 'given');
  expect(client.send('One more thing')).toBe(true);
  expect(await first.next()).toMatchObject({ type: 'message', text: 'One more thing' });
  first.say({ type: 'reopened', position: 9 });
  await until((state) => !state.ended);
  expect(client.state.rating).toBe('none');
});

it('ends for good where the station says so', async () => {
  const first = await opened();
  first.say({ type: 'closed', position: 7, for_good: true, rates: false });
  await until((state) => state.stage === 'closed');
  expect(client.send('hello?')).toBe(false);
  expect(kept.size).toBe(0);
});

const signed = (sub: string): string => `h.${btoa(JSON.stringify({ sub }))}.s`;

it('goes on for the same customer of the site, and shows what was said to nobody else', async () => {
  client.customer(signed('C-1'));
  const first = await line();
  expect(await first.next()).toEqual({ type: 'open', token: signed('C-1') });
  first.say({ type: 'opened', conversation: 'cnv_1', secret: 's1', assurance: 'verified', log: 'l1' });
  first.say(said(5, 'hello'));
  await until((state) => state.said.length === 1);
  client.stop();

  client = newClient();
  client.customer(signed('C-1'));
  expect(client.state.said).toHaveLength(1);
  expect((await (await line()).next())['type']).toBe('resume');

  client.customer(signed('C-2'));
  expect(client.state.said).toEqual([]);
  const other = await line();
  expect(await other.next()).toEqual({ type: 'open', token: signed('C-2') });
  other.say({ type: 'opened', conversation: 'cnv_2', secret: 's2', assurance: 'verified', log: 'l1' });
  await until((state) => state.stage === 'open');

  client.customer(null);
  expect(client.state.stage).toBe('new');
  expect(kept.size).toBe(0);
});

it('does not show a signed-in customer’s conversation to whoever comes unnamed, and keeps an unnamed one', async () => {
  await opened();
  client.customer(null);
  expect(client.state.stage).toBe('open');
  client.customer(signed('C-1'));
  expect(client.state.said).toEqual([]);
  expect(kept.size).toBe(0);
  expect(await (await line()).next()).toEqual({ type: 'open', token: signed('C-1') });
});

it('signs in by a code: asked for, tried, known from then on, also behind a reload', async () => {
  client.open({ name: 'Ana' });
  const first = await line();
  await first.next();
  expect(client.state.offer).toBeNull();
  const offer = { folder: '/shop/mail' };
  first.say({
    type: 'opened',
    conversation: 'cnv_1',
    secret: 's1',
    assurance: 'claimed',
    log: 'log_a',
    sign_in: offer,
  });
  await until((state) => state.offer !== null);
  expect(client.state.offer).toEqual(offer);

  client.askCode('ana@example.com');
  expect(await first.next()).toEqual({ type: 'sign_in', address: 'ana@example.com' });
  first.say({ type: 'error', code: 'address', message: 'this is no e-mail address' });
  await until((state) => state.signInError !== null);
  expect(client.state).toMatchObject({ codeGood: null, error: null, stage: 'open' });
  client.askCode('ana.ruiz@example.com');
  await first.next();
  first.say({ type: 'code_asked', good_minutes: 10 });
  await until((state) => state.codeGood === 10);
  expect(client.state.signInError).toBeNull();

  client.enterCode('111111');
  expect(await first.next()).toEqual({ type: 'code', code: '111111' });
  first.say({ type: 'error', code: 'wrong_code', message: 'this is not the code' });
  await until((state) => state.signInError !== null);
  expect(client.state.codeGood).toBe(10);

  // A reload still waits for the code.
  client.stop();
  client = newClient();
  client.restore();
  const second = await line();
  await second.next();
  second.say({ type: 'resumed', log: 'log_a', sign_in: offer });
  await until((state) => state.stage === 'open');
  expect(client.state).toMatchObject({ codeGood: 10, offer });
  second.say({ type: 'signed_in', position: 9, name: 'Ana Ruiz' });
  await until((state) => state.signedIn !== null);
  expect(client.state).toMatchObject({ signedIn: { name: 'Ana Ruiz' }, offer: null, codeGood: null });

  client.stop();
  client = newClient();
  client.restore();
  const third = await line();
  await third.next();
  third.say({ type: 'resumed', log: 'log_a' });
  await until((state) => state.stage === 'open');
  expect(client.state).toMatchObject({ signedIn: { name: 'Ana Ruiz' }, offer: null });
});

it('asks for the address again once no code is waited for, and keeps the conversation', async () => {
  const first = await opened();
  for (const code of ['no_code', 'not_sent']) {
    client.askCode('ana@example.com');
    await first.next();
    first.say({ type: 'code_asked', good_minutes: 10 });
    await until((state) => state.codeGood === 10);
    first.say({ type: 'error', code, message: 'no code can be sent now' });
    await until((state) => state.codeGood === null);
    expect(client.state).toMatchObject({ stage: 'open', signInError: 'no code can be sent now' });
  }
  client.forget();
  expect(client.state).toMatchObject({ stage: 'new', offer: null, signedIn: null, signInError: null });
});
