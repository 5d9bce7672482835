/** What two texts share at both ends, and what is different between: one letter that only looks the same stands out. */
export interface Changed {
  before: string;
  was: string;
  is: string;
  after: string;
}

/** Around what is different, words stay whole. */
export function changed(from: string, to: string): Changed {
  const [was, is] = [Array.from(from), Array.from(to)];
  const most = Math.min(was.length, is.length);
  let start = 0;
  while (start < most && was[start] === is[start]) start += 1;
  let end = 0;
  while (end < most - start && was[was.length - 1 - end] === is[is.length - 1 - end]) end += 1;
  const space = (letter: string | undefined): boolean => letter === undefined || /\s/.test(letter);
  const split = (inside: string | undefined, ...outside: (string | undefined)[]): boolean =>
    !space(inside) && outside.some((letter) => !space(letter));
  while (start > 0 && split(was[start - 1], was[start], is[start])) start -= 1;
  while (end > 0 && split(was[was.length - end], was[was.length - end - 1], is[is.length - end - 1])) end -= 1;
  const part = (of: string[], from: number, to: number): string => of.slice(from, to).join('');
  return {
    before: part(was, 0, start),
    was: part(was, start, was.length - end),
    is: part(is, start, is.length - end),
    after: part(was, was.length - end, was.length),
  };
}
