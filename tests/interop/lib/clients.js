// The official clients behind one face, each in each revision of the protocol, with nothing changed but address and token:
// { version, list(), call(name, arguments, { heard }) -> { text, isError, structured, content, outcome } }.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { undo } from '../../browser/lib/undo.js';
import { AGENT, tokenOf } from './house.js';
import { load, python } from './packages.js';

const PATIENCE_MS = 120_000;
const driven = fileURLToPath(new URL('../client.py', import.meta.url));

/** A result as tests read it, whichever client got it. */
const read = ({ content, isError, structuredContent, _meta }) => ({
  text: content.map((block) => block.text ?? `[${block.type}]`).join('\n'),
  isError: isError ?? false,
  structured: structuredContent ?? null,
  content,
  outcome: _meta?.['countersign/outcome'] ?? null,
});

/** TypeScript's client, in the revision that it is told to speak. */
async function typescript(t, url, revision, agent) {
  const { Client, StreamableHTTPClientTransport } = load('@modelcontextprotocol/client');
  const mode = revision === '2026-07-28' ? { pin: revision } : 'legacy';
  const client = new Client({ name: 'interop', version: '1' }, { versionNegotiation: { mode } });
  const headers = { authorization: `Bearer ${tokenOf(agent)}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  undo(t, () => client.close());
  return {
    version: client.getNegotiatedProtocolVersion(),
    list: async () => (await client.listTools()).tools,
    call: async (name, args, { heard, signal, meta } = {}) => {
      const params = { name, arguments: args, ...(meta && { _meta: meta }) };
      return read(await client.callTool(params, { timeout: PATIENCE_MS, onprogress: heard, signal }));
    },
    close: () => client.close(),
  };
}

/** Python's client, in a process of its own that is told a line for each request and answers with a line. */
async function pythons(t, url, revision, agent) {
  const running = spawn(python('python'), [driven, url, tokenOf(agent), revision], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  undo(t, async () => {
    if (running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill();
    await gone;
  });
  const asked = new Map();
  const greeting = {};
  greeting.promise = new Promise((resolve, reject) => Object.assign(greeting, { resolve, reject }));
  createInterface({ input: running.stdout }).on('line', (line) => {
    const said = JSON.parse(line);
    if (said.version) return greeting.resolve(said.version);
    const { heard, resolve, reject } = asked.get(said.id);
    if (said.progress) return heard?.({ message: said.progress });
    asked.delete(said.id);
    return said.error ? reject(new Error(said.error)) : resolve(said.result);
  });
  running.on('exit', (code) => {
    const ended = new Error(`the Python client ended with ${code}`);
    greeting.reject(ended);
    for (const { reject } of asked.values()) reject(ended);
  });
  let last = 0;
  const ask = (request, heard) =>
    new Promise((resolve, reject) => {
      last += 1;
      asked.set(last, { heard, resolve, reject });
      running.stdin.write(`${JSON.stringify({ id: last, progress: heard !== undefined, ...request })}\n`);
    });
  return {
    version: await greeting.promise,
    list: async () => (await ask({ list: true })).tools,
    call: async (name, args, { heard, meta } = {}) => read(await ask({ call: name, arguments: args, meta }, heard)),
  };
}

/** What became of a call, asked by its ticket until it is there. */
export async function learned(client, { structured: { ticket } }) {
  for (;;) {
    const told = await client.call('check_approval', { ticket, wait_seconds: 10 });
    if (told.structured?.status !== 'pending') return told;
  }
}

const REVISIONS = ['2025-11-25', '2026-07-28'];

/** Every official client in every revision: `connect(t, url, agent)` connects it. */
export const CLIENTS = Object.entries({ TypeScript: typescript, Python: pythons }).flatMap(([name, connect]) =>
  REVISIONS.map((revision) => ({
    name,
    revision,
    connect: (t, url, agent = AGENT) => connect(t, url, revision, agent),
  })),
);
