/** Untrusted text is text: hidden and direction-changing characters are boxed, markup is never markup. */
import { render } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import Plain from '../src/lib/Plain.svelte';
import { pieces, stretches } from '../src/lib/plain';

const codes = (text: string): string[] => pieces(text).flatMap((piece) => ('code' in piece ? [piece.code] : []));

describe('hidden characters', () => {
  it.each([
    ['right-to-left override', 'a\u202eb', ['U+202E']],
    ['isolates', '\u2066x\u2069', ['U+2066', 'U+2069']],
    ['zero width', 'a\u200b\u200c\ufeffb', ['U+200B', 'U+200C', 'U+FEFF']],
    ['soft hyphen', 'a\u00adb', ['U+00AD']],
    ['control', 'a\u0000b\u001bc\u007f', ['U+0000', 'U+001B', 'U+007F']],
    ['tag characters', 'a\u{e0041}b', ['U+E0041']],
    ['a lone half of a pair', 'a\ud800b', ['U+D800']],
    ['a joiner between letters', 'a\u200db', ['U+200D']],
    ['Hangul filler', '\u3164', ['U+3164']],
  ])('%s is boxed', (_, text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  it.each(['Søren Østergaard', 'Nguyễn Thị Mai', 'שלום', 'line\nline\ttab', '👩‍👧', '❤️ 1️⃣'])(
    '%s is left alone',
    (text) => {
      expect(pieces(text)).toEqual([{ text }]);
    },
  );
});

it('markup is shown as it was typed, in its own direction', () => {
  const { container } = render(Plain, { text: '<script>alert(1)</script><b>x</b>\u202e' });
  expect(container.querySelector('script, b')).toBeNull();
  expect(container.textContent).toBe('<script>alert(1)</script><b>x</b>U+202E');
  expect(container.querySelector('bdi')?.getAttribute('dir')).toBe('auto');
});

it('a long text is cut into stretches that join to the same text', () => {
  const text = 'ab👩c'.repeat(200);
  expect(stretches(text).length).toBeGreaterThan(2);
  expect(stretches(text).join('')).toBe(text);
});
