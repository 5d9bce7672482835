// @vitest-environment node
/** The browser desk's host against a real server: token, problems, notices, reconnecting. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { httpHost } from '../src/host/http';
import { HostProblem, type Ears, type Host } from '../src/host/host';

type Handler = (request: IncomingMessage, body: unknown, response: ServerResponse) => void;

let server: Server;
let handler: Handler;
let host: Host;
let stop: (() => void) | null = null;
const kept = new Map<string, string>();
const store = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};
const answer = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
};

/** Collects what the ears hear, and lets a test wait for the next of a kind. */
function listening(): { ears: Ears; next: (kind: string) => Promise<unknown> } {
  const heard: { kind: string; value: unknown }[] = [];
  const waiting: { kind: string; resolve: (value: unknown) => void }[] = [];
  const tell = (kind: string, value: unknown): void => {
    const index = waiting.findIndex((one) => one.kind === kind);
    if (index >= 0) waiting.splice(index, 1)[0]?.resolve(value);
    else heard.push({ kind, value });
  };
  return {
    ears: {
      looking: () => undefined,
      provisional: () => undefined,
      changed: (asOf) => tell('changed', asOf),
      lost: (at) => tell('lost', at),
      found: () => tell('found', null),
      signedOut: () => tell('signedOut', null),
    },
    next: (kind) => {
      const index = heard.findIndex((one) => one.kind === kind);
      if (index >= 0) return Promise.resolve(heard.splice(index, 1)[0]?.value);
      return new Promise((resolve) => waiting.push({ kind, resolve }));
    },
  };
}

beforeEach(async () => {
  kept.clear();
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => handler(request, text === '' ? null : JSON.parse(text), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = httpHost(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, store);
});
afterEach(async () => {
  stop?.();
  stop = null;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it('sends the three bodies as the wire has them', async () => {
  const got: [string | undefined, unknown][] = [];
  handler = (request, body, response) => {
    got.push([request.url, body]);
    answer(response, 200, {});
  };
  await host.query({ query: 'card', action: 'a' });
  await host.command({ command: 'stop', takes_two: false });
  const decision = { action: 'a', card_digest: 'd', choice: { choice: 'approve' as const }, looked_ms: 5 };
  await host.decide(decision);
  expect(got).toEqual([
    ['/api/query', { query: { query: 'card', action: 'a' } }],
    ['/api/command', { command: { command: 'stop', takes_two: false } }],
    ['/api/decide', { decision }],
  ]);
});

it('keeps the session token of a sign-in, sends it as bearer, never a cookie, and drops it on signing out', async () => {
  const seen: (string | undefined)[] = [];
  handler = (request, _, response) => {
    seen.push(request.headers.authorization);
    expect(request.headers.cookie).toBeUndefined();
    answer(response, 200, {}, seen.length === 1 ? { 'countersign-session': 'T1', 'set-cookie': 'x=1' } : {});
  };
  await host.command({ command: 'sign_in', person: 'p', password: 'w' });
  await host.query({ query: 'session' });
  await host.command({ command: 'sign_out' });
  await host.query({ query: 'session' });
  expect(seen).toEqual([undefined, 'Bearer T1', 'Bearer T1', undefined]);
});

it('passes a problem on in the station’s words', async () => {
  const problem = { code: 'wrong_password', message: 'That is not it.', field: 'password' };
  handler = (_, __, response) => answer(response, 403, problem);
  const failed = host.command({ command: 'sign_in', person: 'p', password: 'w' });
  await expect(failed).rejects.toMatchObject({ problem, lost: false });
});

it('says that nothing was recorded when the station cannot be reached', async () => {
  handler = (request) => request.socket.destroy();
  const failed = await host.query({ query: 'session' }).catch((thrown: unknown) => thrown);
  expect(failed).toBeInstanceOf(HostProblem);
  expect(failed).toMatchObject({ lost: true, problem: { code: 'unavailable' } });
});

it('reads notices however the network cuts them, and skips heartbeats', async () => {
  handler = (_, __, response) => {
    response.writeHead(200);
    response.write('\n{"notice":"chan');
    setImmediate(() => response.write('ged","as_of":7}\n\n{"notice":"changed","as_of":8}\n{"no'));
  };
  const { ears, next } = listening();
  stop = host.onNotice(ears);
  await next('found');
  expect(await next('changed')).toBe(7);
  expect(await next('changed')).toBe(8);
});

it('tells of a lost stream, comes back at once when asked, and says that it is back', async () => {
  let live: ServerResponse | null = null;
  handler = (_, __, response) => {
    live = response;
    response.writeHead(200);
    response.write('\n');
  };
  const { ears, next } = listening();
  stop = host.onNotice(ears);
  await next('found');
  (live as ServerResponse | null)?.destroy();
  expect(await next('lost')).toBeGreaterThan(Date.now() - 60_000);
  host.retry();
  await next('found');
});

it('leaves whoever has signed in meanwhile their session when an older question is refused', async () => {
  let refuse = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    handler = (request, _, response) => {
      if (request.url === '/api/command') return answer(response, 200, {}, { 'countersign-session': 'theirs' });
      refuse = () => answer(response, 401, { code: 'sign_in_needed', message: 'Sign in.', field: null });
      resolve();
    };
  });
  kept.set('countersign-session', 'of before');
  const old = host.query({ query: 'approvals' });
  await asked;
  await host.command({ command: 'sign_in', person: 'q', password: 'x' });
  refuse();
  await expect(old).rejects.toThrow('Sign in.');
  expect(kept.get('countersign-session')).toBe('theirs');
});

it('forgets the token before the station has heard of the sign-out, and for good where it never hears', async () => {
  const seen: [string | undefined, string | undefined][] = [];
  let cut = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    handler = (request, _, response) => {
      seen.push([request.url, request.headers.authorization]);
      if (request.url !== '/api/command') return answer(response, 200, {});
      cut = () => void request.socket.destroy();
      resolve();
    };
  });
  kept.set('countersign-session', 'mine');
  const out = host.command({ command: 'sign_out' });
  expect(kept.size).toBe(0);
  await asked;
  await host.query({ query: 'session' });
  cut();
  await expect(out).rejects.toMatchObject({ lost: true });
  expect(kept.size).toBe(0);
  expect(seen).toEqual([
    ['/api/command', 'Bearer mine'],
    ['/api/query', undefined],
  ]);
});

it('ends the session when the stream is refused', async () => {
  kept.set('countersign-session', 'old');
  handler = (_, __, response) => answer(response, 401, {});
  const { ears, next } = listening();
  stop = host.onNotice(ears);
  await next('signedOut');
  expect(kept.size).toBe(0);
});
