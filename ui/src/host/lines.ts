/** Newline-delimited text from a byte stream, whatever way the network cut it. Blank lines are heartbeats and are left out. */

/** A line longer than this is not a notice; the stream is given up. Characters. */
const LONGEST = 65_536;

export async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      let end = rest.indexOf('\n');
      while (end >= 0) {
        const line = rest.slice(0, end).trim();
        rest = rest.slice(end + 1);
        if (line !== '') yield line;
        end = rest.indexOf('\n');
      }
      if (rest.length > LONGEST) throw new Error('A line of the notice stream is too long.');
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
