/** What an answer says again is the same object; whatever else it says is not. */
import { describe, expect, it } from 'vitest';
import { kept, keptEach } from '../src/lib/kept';

const entry = { position: 7, entry: { kind: 'customer', text: 'Hello', masked: [] as string[] }, at: null };

describe('an answer', () => {
  it('that says the same is what stood there before', () => {
    expect(kept(entry, structuredClone(entry))).toBe(entry);
  });

  it.each([
    { ...entry, position: 8 },
    { ...entry, at: '2026-11-23T08:00:00Z' },
    { ...entry, entry: { ...entry.entry, text: 'Hello!' } },
    { ...entry, entry: { ...entry.entry, masked: ['x'] } },
    { position: 7, entry: entry.entry },
    { ...entry, more: undefined },
    { ...entry, entry: null },
    { ...entry, entry: { ...entry.entry, masked: {} } },
  ])('that says something else is taken: %o', (now) => {
    expect(kept<unknown>(entry, now)).toBe(now);
  });

  it('keeps each row by its key, in the order of now', () => {
    const [a, b, changed, fresh] = [
      { key: 'a', line: 1 },
      { key: 'b', line: 1 },
      { key: 'b', line: 2 },
      { key: 'c', line: 1 },
    ];
    const now = keptEach([a, b], [fresh, changed, { ...a }], (row) => row.key);
    expect(now).toEqual([fresh, changed, a]);
    expect(now[2]).toBe(a);
    expect(now[1]).toBe(changed);
  });
});
