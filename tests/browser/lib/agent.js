// An agent of others, as a client of the gateway and of what takes in what agents tell.

/** One request of a client of the protocol: the message that answers it. */
export async function ask(shop, token, method, params) {
  const answer = await fetch(shop.gateway, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
      'mcp-protocol-version': '2025-11-25',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const text = await answer.text();
  const events = text.split('\n').filter((line) => line.startsWith('data: {'));
  return { status: answer.status, ...JSON.parse(events.at(-1)?.slice('data: '.length) ?? text) };
}

/** What a result says. */
export const words = ({ result }) => result.content.map((block) => block.text).join('\n');

/** Tells of a conversation that the agent has elsewhere; or of spans, where `path` says so. */
export async function tell(shop, token, path, body, headers = {}) {
  const answer = await fetch(new URL(path, shop.gateway), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: await answer.json() };
}

/** Lets an agent in by whoever is set up alone: its token. */
export async function letIn(shop, agent, tools) {
  const token = `csa_${agent}_${'7'.repeat(64)}`;
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  const grant = {
    tools,
    word: 'verified',
    expires: new Date(Date.now() + 30 * 86_400_000).toISOString().replace('Z', '000Z'),
    calls_per_minute: 600,
    open_calls: 20,
    wait_seconds: 50,
  };
  const request = { change: 'grant_agent', agent, from: null, grant, token: Buffer.from(bytes).toString('hex') };
  const answer = await shop.ask('command', { command: { command: 'propose_change', request, why: 'A pilot.' } });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.json));
  return token;
}
