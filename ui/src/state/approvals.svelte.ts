/** The approvals queue: what is held, in an order that stays still under the cursor, and which action is open. */
import type { ActionRow, ApprovalsView, Problem } from '../generated/wire';
import { ask } from '../host/host';
import { neighbour, type QueueEntry } from '../lib/queue';
import { t } from '../texts/en';
import { rowTitle } from '../lib/words';
import type { Desk } from './desk.svelte';
import { Draft } from './draft.svelte';
import { Refetch } from './refetch';
import { StillList } from './still.svelte';

export class Approvals extends StillList<ActionRow> {
  view = $state.raw<ApprovalsView | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #drafts = new Map<string, Draft>();
  protected override readonly mine = new Set<string>();
  /** Where the row stood that was decided here; the person's next move starts from there. */
  #leftAt: number | null = null;
  #announced: Set<string> | null = null;
  readonly #warned = new Set<string>();
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    super();
    this.#desk = desk;
  }

  protected key(row: ActionRow): string {
    return row.action;
  }
  protected rows(): ActionRow[] {
    return this.view?.held ?? [];
  }
  protected entry(entry: QueueEntry<ActionRow>): QueueEntry<ActionRow> {
    return entry;
  }

  /** What waits for the person at this desk: what they asked for themself, or have signed, waits for others. */
  get forYou(): ActionRow[] {
    return this.view?.held.filter((row) => this.view?.for_you.includes(row.action)) ?? [];
  }

  refresh(): Promise<void> {
    return this.#refetch.run();
  }

  clear(): void {
    this.view = null;
    this.problem = null;
    this.empty();
    this.#drafts.clear();
    this.mine.clear();
    this.#announced = null;
    this.#warned.clear();
  }

  /** Every row in the order of the screen. */
  override get order(): string[] {
    const unknown = this.view?.unknown ?? [];
    const after = [...(this.view?.waiting ?? []), ...(this.view?.decided ?? [])];
    return [...unknown, ...this.shown.map((entry) => entry.row), ...after].map((row) => row.action);
  }

  override select(action: string | null): void {
    this.#leftAt = null;
    super.select(action);
  }

  override move(step: 1 | -1): void {
    const order = this.order;
    // The row that was decided may still stand where it stood.
    const left = this.#leftAt !== null && order[this.#leftAt] !== this.selected;
    const from = left ? null : this.selected;
    const target = neighbour(order, from, step, this.#leftAt);
    if (target !== null) this.select(target);
  }

  /** Where a row stands on the screen; -1 where it is not listed. */
  place(action: string): number {
    return this.order.indexOf(action);
  }

  /** An action that stood at this place was decided at this desk and is stored. */
  decidedHere(action: string, before: number): void {
    // The list may know already: then the row stands among the decided ones, and the next one where it stood.
    const place = this.shown.some(({ row }) => row.action === action) ? this.place(action) : before;
    // Whoever has opened another one meanwhile goes on from there.
    if (this.selected === action) this.#leftAt = place >= 0 ? place : null;
    this.mine.add(action);
    this.#drafts.delete(action);
  }

  /** What was typed on an action and not sent. */
  draft(action: string): Draft {
    const kept = this.#drafts.get(action);
    if (kept !== undefined) return kept;
    const draft = new Draft();
    this.#drafts.set(action, draft);
    return draft;
  }

  /** The row of an action, wherever it stands. */
  row(action: string): ActionRow | null {
    const view = this.view;
    if (view === null) return null;
    return (
      [...view.unknown, ...view.held, ...view.waiting, ...view.decided].find((row) => row.action === action) ?? null
    );
  }

  /** Tells once about a deadline that is less than a minute away. */
  warnSoon(now: Date): void {
    for (const row of this.forYou) {
      if (row.deadline === null || this.#warned.has(row.action)) continue;
      const left = new Date(row.deadline).getTime() - now.getTime();
      if (left > 60_000 || left <= 0) continue;
      this.#warned.add(row.action);
      this.#desk.assertive = t.approvals.soon(rowTitle(row));
      this.#desk.alerting.sound('soon');
    }
  }

  async #read(): Promise<void> {
    try {
      const view = await ask.approvals(this.#desk.host);
      if (this.#desk.session?.stage !== 'desk') return;
      this.view = view;
      this.problem = null;
      this.settle(this.still);
      this.#announce(view.held);
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }

  #announce(held: ActionRow[]): void {
    const before = this.#announced;
    this.#announced = new Set(held.map((row) => row.action));
    if (before === null) return;
    const fresh = held.filter((row) => !before.has(row.action));
    if (fresh.length > 0) this.#desk.polite = t.approvals.newHeld(fresh.map(rowTitle).join('; '));
  }
}
