import { describe, expect, it } from 'vitest';
import { changed } from '../src/lib/changed';

describe('what is different between two texts', () => {
  const whole = (from: string, to: string): void => {
    const told = changed(from, to);
    expect(told.before + told.was + told.after).toBe(from);
    expect(told.before + told.is + told.after).toBe(to);
  };

  it('is one sentence among many', () => {
    const told = changed('Pays an order back. Ask first.', 'Pays an order back. Call it twice. Ask first.');
    expect(told).toEqual({ before: 'Pays an order back. ', was: '', is: 'Call it twice. ', after: 'Ask first.' });
  });

  it('is the whole word around a letter that only looks the same', () => {
    const told = changed('Pays an order back.', 'Pays an \u043erder back.');
    expect(told).toEqual({ before: 'Pays an ', was: 'order', is: '\u043erder', after: ' back.' });
  });

  it('loses nothing of either, whatever they are', () => {
    for (const [from, to] of [
      ['', ''],
      ['', 'new'],
      ['a a', 'a a a'],
      ['aaa', 'aa'],
      ['one two', 'two one'],
      ['😀 x', '😁 x'],
      ['same', 'same'],
    ] as const) {
      whole(from, to);
    }
  });
});
