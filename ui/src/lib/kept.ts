/** What an answer says again is the same object as before: what has not changed is not drawn anew. */

/** Whether two parts of answers say the same. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => same(left[name], right[name]));
}

/** What it says now; the object of before where that is the same. */
export function kept<T>(before: T | undefined, now: T): T {
  return before !== undefined && same(before, now) ? before : now;
}

/** The same for each row of a list, by its key. */
export function keptEach<R>(before: readonly R[], now: readonly R[], key: (row: R) => string | number): R[] {
  const known = new Map(before.map((row) => [key(row), row]));
  return now.map((row) => kept(known.get(key(row)), row));
}
