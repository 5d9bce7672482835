/** What a new password must be, said in words while it is typed. The station checks again. */

/** The least length, in characters. */
export const LEAST = 12;

export type Strength = { kind: 'short'; missing: number } | { kind: 'simple' } | { kind: 'enough' };

/** Long enough, and more than a few characters repeated. */
export function strength(password: string): Strength {
  const characters = [...password];
  if (characters.length < LEAST) return { kind: 'short', missing: LEAST - characters.length };
  if (new Set(characters).size < 5) return { kind: 'simple' };
  return { kind: 'enough' };
}
