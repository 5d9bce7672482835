/** Where the lines of a chart run: its range in even steps, and its stretches between days without a figure. */
import type { Unit } from './units';

export type Range = { low: number; step: number; high: number };
export type Point = { index: number; value: number };

/** Three lines that hold all values, in the smallest of the usual steps. */
export function range(values: (number | null)[], unit: Unit): Range {
  const known = values.filter((value) => value !== null);
  const least = known.length === 0 ? unit.least : Math.min(...known);
  const most = known.length === 0 ? unit.least : Math.max(...known);
  for (let power = Math.floor(Math.log10(unit.step)); power < 12; power += 1) {
    for (const digit of [1, 2, 5]) {
      const step = Number((digit * 10 ** power).toPrecision(1));
      if (step < unit.step) continue;
      let low = Math.floor(least / step + 1e-9) * step;
      if (low + 2 * step > unit.most) low = unit.most - 2 * step;
      low = Math.max(unit.least, low);
      if (low + 2 * step >= most - step * 1e-9) return { low, step, high: low + 2 * step };
    }
  }
  return { low: unit.least, step: most, high: most };
}

/** The stretches of days that have a figure, each a line of its own. */
export function stretches(values: (number | null)[]): Point[][] {
  const found: Point[][] = [];
  let open: Point[] | null = null;
  values.forEach((value, index) => {
    if (value === null) {
      open = null;
      return;
    }
    if (open === null) found.push((open = []));
    open.push({ index, value });
  });
  return found;
}

/** The places under which a label stands, counted back from the last, so that none touches the next. */
export function labelled(count: number, width: number, least: number): number[] {
  const each = Math.max(1, Math.ceil((count * least) / Math.max(1, width)));
  return Array.from({ length: count }, (_, index) => index).filter((index) => (count - 1 - index) % each === 0);
}
