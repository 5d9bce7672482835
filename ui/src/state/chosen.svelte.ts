/** Which held actions are chosen to be decided together, and why another one may not join them. */
import type { ActionRow, Money } from '../generated/wire';
import { money } from '../lib/format';
import { sums } from '../lib/words';
import { t } from '../texts/en';

/** More than this nobody reads through at one go. */
const MOST = 40;

const currency = (row: ActionRow): string | null => row.money?.currency ?? null;

export class Chosen {
  rows = $state.raw<ActionRow[]>([]);
  /** How many left the choice because they were decided or ended elsewhere. */
  left = $state(0);

  get count(): number {
    return this.rows.length;
  }

  has(action: string): boolean {
    return this.rows.some((row) => row.action === action);
  }

  /** Why this one does not go with those that are chosen; null where it does. The first that is chosen says what goes. */
  mayNot(row: ActionRow): string | null {
    const first = this.rows[0];
    if (first === undefined || this.has(row.action)) return null;
    if (row.tool !== first.tool) return t.several.otherKind;
    if (currency(row) !== currency(first)) return row.money === null ? t.several.noAmount : t.several.otherCurrency;
    return this.count >= MOST ? t.several.most(MOST) : null;
  }

  /** Chooses it, or takes it out of the choice. What became of it, for whoever does not see it. */
  toggle(row: ActionRow): string {
    const reason = this.mayNot(row);
    if (reason !== null) return reason;
    this.left = 0;
    this.rows = this.has(row.action) ? this.rows.filter((one) => one.action !== row.action) : [...this.rows, row];
    return this.count === 0 ? t.several.none : t.several.sum(this.count, this.sum);
  }

  clear(): void {
    this.rows = [];
    this.left = 0;
  }

  /** Keeps of them what is still held. Those that left by this desk's own hand are not told of: the person saw them go. */
  settle(held: ActionRow[], mine: ReadonlySet<string>): void {
    if (this.count === 0) return;
    const byAction = new Map(held.map((row) => [row.action, row]));
    const gone = this.rows.filter((row) => !byAction.has(row.action) && !mine.has(row.action));
    this.left += gone.length;
    this.rows = this.rows.flatMap((row) => byAction.get(row.action) ?? []);
    // Whoever has decided on the last of them has seen what became of the others.
    if (this.count === 0 && gone.length === 0) this.left = 0;
  }

  /** What they are worth together; empty where none has an amount. */
  get sum(): string {
    return sums(this.rows.map((row) => row.money));
  }

  /** The largest of them, as people read it. */
  get largest(): string | null {
    const amounts = this.rows.flatMap((row): Money[] => (row.money === null ? [] : [row.money]));
    const [first] = amounts.toSorted((a, b) => b.minor - a.minor);
    return first === undefined ? null : money(first);
  }

  /** How many of them have words, arguments or facts that do not go together. */
  get contradicted(): number {
    return this.rows.filter((row) => row.contradictions > 0).length;
  }
}
