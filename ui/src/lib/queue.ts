/** Keeps the order of a queue still while somebody has the cursor in it. */
import type { ActionRow } from '../generated/wire';

/** A row as shown. `gone` means that it was decided or ended elsewhere since; it stays, struck, until the cursor leaves. */
export type QueueEntry = { row: ActionRow; gone: boolean };

export type QueueView = {
  shown: QueueEntry[];
  /** Arrivals that are announced and not yet shown. */
  waiting: ActionRow[];
};

/**
 * What to show after a refetch. With `still`, rows keep their places, the fields of each are refreshed, and arrivals wait.
 * `mine` are actions decided at this desk: they leave at once, for the person saw them go.
 */
export function settle(before: QueueEntry[], held: ActionRow[], still: boolean, mine: ReadonlySet<string>): QueueView {
  if (!still) return { shown: held.map((row) => ({ row, gone: false })), waiting: [] };
  const byAction = new Map(held.map((row) => [row.action, row]));
  const shown: QueueEntry[] = [];
  for (const entry of before) {
    const now = byAction.get(entry.row.action);
    if (now !== undefined) shown.push({ row: now, gone: false });
    else if (!mine.has(entry.row.action)) shown.push({ row: entry.row, gone: true });
  }
  const known = new Set(before.map((entry) => entry.row.action));
  return { shown, waiting: held.filter((row) => !known.has(row.action)) };
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
