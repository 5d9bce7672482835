// An agent of others, as its client asks over the gateway.

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

export const words = ({ result }) => result.content.map((block) => block.text).join('\n');
