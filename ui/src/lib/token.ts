/** An agent's token, made here: the station is told its digest and never the token. */

export type MadeToken = { token: string; digest: string };

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export async function makeToken(agent: string): Promise<MadeToken> {
  const token = `csa_${agent}_${hex(crypto.getRandomValues(new Uint8Array(32)))}`;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return { token, digest: hex(new Uint8Array(digest)) };
}
