// The desks' listener against requests that no desk sends.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { station } from './lib/station.js';

/** A request with headers that fetch would not let through, `Host` among them. Resolves to status, headers and text. */
function raw(origin, path, { method = 'POST', headers = {}, body = '' } = {}) {
  const url = new URL(path, origin);
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { 'content-type': 'application/json', ...headers } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
const SESSION = JSON.stringify({ query: { query: 'session' } });
const APPROVALS = JSON.stringify({ query: { query: 'approvals' } });

test('a request for another host is sent away, whatever it asks for', async (t) => {
  const shop = await station(t);
  for (const host of [
    'evil.example',
    `evil.example:${new URL(shop.desk).port}`,
    '127.0.0.1.evil.example',
    'localhost.',
  ]) {
    for (const [path, method] of [
      ['/', 'GET'],
      ['/api/query', 'POST'],
      ['/api/notices', 'GET'],
    ]) {
      const answer = await raw(shop.desk, path, {
        method,
        headers: { host, origin: shop.desk },
        body: method === 'GET' ? '' : SESSION,
      });
      assert.equal(answer.status, 421, `${host} ${path}`);
    }
  }
});

test('another site, or no site, cannot ask, command or decide', async (t) => {
  const shop = await (await station(t)).setUp();
  const bearer = { authorization: `Bearer ${shop.bearer}` };
  const port = new URL(shop.desk).port;
  for (const origin of [
    'https://evil.example',
    'null',
    `http://127.0.0.1:${Number(port) - 1}`,
    `http://evil.example:${port}`,
    undefined,
  ]) {
    const headers = origin === undefined ? bearer : { ...bearer, origin };
    for (const path of ['/api/query', '/api/command', '/api/decide']) {
      const body = path === '/api/query' ? SESSION : path === '/api/command' ? '{"command":{"command":"stop"}}' : '{}';
      const answer = await raw(shop.desk, path, { headers, body });
      assert.equal(answer.status, 403, `${origin} ${path}`);
      assert.equal(answer.headers['access-control-allow-origin'], undefined, 'no other site may read answers');
    }
  }
  assert.equal((await shop.query({ query: 'session' })).stopped, null);
  const preflight = await raw(shop.desk, '/api/query', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.headers['access-control-allow-origin'], undefined);
});

test('without a good bearer token nothing but the session is told and nothing is done', async (t) => {
  const shop = await (await station(t)).setUp();
  for (const authorization of [undefined, 'Bearer ', 'Bearer wrong', `Basic ${shop.bearer}`, shop.bearer]) {
    const headers = { origin: shop.desk, ...(authorization === undefined ? {} : { authorization }) };
    const asked = await raw(shop.desk, '/api/query', { headers, body: APPROVALS });
    assert.equal(asked.status, 401, authorization);
    assert.equal(JSON.parse(asked.text).code, 'sign_in_needed');
    const stop = await raw(shop.desk, '/api/command', { headers, body: '{"command":{"command":"stop"}}' });
    assert.equal(stop.status, 401);
    const notices = await raw(shop.desk, '/api/notices', { method: 'GET', headers });
    assert.equal(notices.status, 401);
  }
  const session = await raw(shop.desk, '/api/query', { headers: { origin: shop.desk }, body: SESSION });
  assert.equal(JSON.parse(session.text).person, null);
  assert.equal((await shop.query({ query: 'session' })).stopped, null);
});

test('a body that is too large, malformed or says more than the wire knows is refused', async (t) => {
  const shop = await (await station(t)).setUp();
  const headers = { origin: shop.desk, authorization: `Bearer ${shop.bearer}` };
  // One byte more than the most, so that the station has read all of it when it answers.
  const large = 'a'.repeat(256 * 1024 + 1);
  assert.equal((await raw(shop.desk, '/api/query', { headers, body: large })).status, 413);
  for (const body of ['', '{', '[]', '{"query":{"query":"everything"}}', '{"query":{"query":"session"},"more":1}']) {
    const answer = await raw(shop.desk, '/api/query', { headers, body });
    assert.deepEqual([answer.status, JSON.parse(answer.text).code], [422, 'invalid'], body);
  }
  for (const path of ['/api/else', '/../Cargo.toml', '/%2e%2e/Cargo.toml', '/..%2fpackage.json']) {
    assert.ok([400, 404, 405].includes((await raw(shop.desk, path, { method: 'GET' })).status), path);
  }
});

test('every answer carries the headers that keep a page from being framed, sniffed, cached or scripted', async (t) => {
  const shop = await station(t);
  for (const [path, method] of [
    ['/', 'GET'],
    ['/api/query', 'POST'],
    ['/none', 'GET'],
  ]) {
    const { headers } = await raw(shop.desk, path, {
      method,
      headers: { origin: shop.desk },
      body: method === 'GET' ? '' : SESSION,
    });
    assert.match(headers['content-security-policy'], /default-src 'self';.*frame-ancestors 'none'/);
    assert.doesNotMatch(headers['content-security-policy'], /unsafe/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['set-cookie'], undefined);
  }
});
