/** Keeps the order of a queue still while somebody has the cursor in it. */
import { keptEach } from './kept';

/** A row as shown. `gone` means that it was decided or ended elsewhere since; it stays, struck, until the cursor leaves. */
export type QueueEntry<R> = { row: R; gone: boolean };

export type QueueView<R> = {
  shown: QueueEntry<R>[];
  /** Arrivals that are announced and not yet shown. */
  waiting: R[];
};

/**
 * What to show after a refetch: a row that says the same is the same object. With `still`, rows keep their places, the
 * fields of each are refreshed, and arrivals wait.
 * `mine` are those that left by this desk's own hand: they leave at once, for the person saw them go.
 */
export function settle<R>(
  before: QueueEntry<R>[],
  answered: R[],
  still: boolean,
  mine: ReadonlySet<string>,
  key: (row: R) => string,
): QueueView<R> {
  const rows = keptEach(
    before.map((entry) => entry.row),
    answered,
    key,
  );
  if (!still) return { shown: rows.map((row) => ({ row, gone: false })), waiting: [] };
  const byKey = new Map(rows.map((row) => [key(row), row]));
  const shown: QueueEntry<R>[] = [];
  for (const entry of before) {
    const now = byKey.get(key(entry.row));
    if (now !== undefined) shown.push({ row: now, gone: false });
    else if (!mine.has(key(entry.row))) shown.push({ row: entry.row, gone: true });
  }
  const known = new Set(before.map((entry) => key(entry.row)));
  return { shown, waiting: rows.filter((row) => !known.has(key(row))) };
}

/**
 * The action `step` places from `current` in `order`, never wrapping. `gap` is the place of a row that has left the list:
 * the row that followed it stands there now. From nowhere it is the first or the last.
 */
export function neighbour(order: string[], current: string | null, step: 1 | -1, gap: number | null): string | null {
  const index = current === null ? -1 : order.indexOf(current);
  let target = index + step;
  if (index < 0) {
    if (gap === null) target = step === 1 ? 0 : order.length - 1;
    else target = step === 1 ? gap : gap - 1;
  }
  return order[Math.min(Math.max(target, 0), order.length - 1)] ?? null;
}
