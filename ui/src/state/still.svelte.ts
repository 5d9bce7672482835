/** A list whose order stays still under the cursor: what is shown, what waits to be shown, and which row is open. */
import { neighbour, settle, type QueueEntry } from '../lib/queue';

const NOBODY: ReadonlySet<string> = new Set();

export abstract class StillList<R, E extends QueueEntry<R> = QueueEntry<R>> {
  shown = $state.raw<E[]>([]);
  waiting = $state.raw<R[]>([]);
  selected = $state<string | null>(null);
  /** True while the pointer or the focus is in the list. */
  still = $state(false);
  /** Rows that left by this desk's own hand. */
  protected readonly mine: ReadonlySet<string> = NOBODY;

  protected abstract key(row: R): string;
  /** What the last answer has. */
  protected abstract rows(still: boolean): R[];
  /** A row as this list shows it. */
  protected abstract entry(entry: QueueEntry<R>, still: boolean): E;

  /** The rows in the order of the screen. */
  get order(): string[] {
    return this.shown.map((entry) => this.key(entry.row));
  }

  select(row: string | null): void {
    const left = this.selected;
    this.selected = row;
    // A struck row goes when the cursor has left it.
    if (left !== row) this.shown = this.shown.filter((entry) => !(entry.gone && this.key(entry.row) === left));
  }

  move(step: 1 | -1): void {
    const next = neighbour(this.order, this.selected, step, null);
    if (next !== null) this.select(next);
  }

  /** Shows what arrived meanwhile, each where it belongs now, and lets struck rows go. */
  showWaiting(): void {
    this.settle(false);
  }

  setStill(still: boolean): void {
    if (this.still === still) return;
    this.still = still;
    if (!still) this.settle(false);
  }

  protected settle(still: boolean): void {
    const { shown, waiting } = settle(this.shown, this.rows(still), still, this.mine, (row) => this.key(row));
    this.shown = shown.map((entry) => this.entry(entry, still));
    this.waiting = waiting;
  }

  protected empty(): void {
    this.shown = [];
    this.waiting = [];
    this.selected = null;
    this.still = false;
  }
}
