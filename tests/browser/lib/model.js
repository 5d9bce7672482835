// A provider of language models that speaks OpenAI's chat completions, as a script says: what it answers in turn, and, where a
// step holds it, nothing more until it is let go on.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { undo } from './undo.js';

const chunk = (delta, finish = null) => ({ id: 'c', choices: [{ index: 0, delta, finish_reason: finish }] });

/** Says something, in pieces; `hold`: what is waited for before the last of them. */
export const says = (...pieces) => ({ pieces });
/** Asks for a tool, by its name on the wire. */
export const wants = (name, args) => ({ pieces: [], call: { name, args } });
/** What the customer wants, as a model says that classifies. */
export const classified = (intent) => says(JSON.stringify({ intent, confidence: 0.94, language: 'English' }));

/** Starts one on a port of its own; resolves to its address, and to what lets a held answer go on. */
export async function model(t, script) {
  const steps = [...script];
  let letGo = () => {};
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    const step = steps.shift();
    if (step === undefined || step.status !== undefined) {
      response.writeHead(step?.status ?? 500).end('{}');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const tell = (event) => response.write(`data: ${JSON.stringify(event)}\n\n`);
    const [last, ...before] = [...step.pieces].reverse();
    for (const content of before.reverse()) tell(chunk({ content }));
    if (step.held) await new Promise((resolve) => (letGo = resolve));
    if (last !== undefined) tell(chunk({ content: last }));
    if (step.call !== undefined) {
      const { name, args } = step.call;
      const asked = {
        index: 0,
        id: `call-${steps.length}`,
        type: 'function',
        function: { name, arguments: JSON.stringify(args) },
      };
      tell(chunk({ tool_calls: [asked] }));
    }
    tell(chunk({}, step.call === undefined ? 'stop' : 'tool_calls'));
    tell({ id: 'c', choices: [], usage: { prompt_tokens: 2041, completion_tokens: 87, total_tokens: 2128 } });
    response.end('data: [DONE]\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo(t, async () => {
    letGo();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}/v1/`, goOn: () => letGo() };
}
