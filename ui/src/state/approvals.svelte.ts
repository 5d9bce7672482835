/** The approvals queue: what is held, in an order that stays still under the cursor, and which action is open. */
import type { ActionRow, ApprovalsView, Problem } from '../generated/wire';
import { ask } from '../host/host';
import { neighbour, type QueueEntry } from '../lib/queue';
import { t } from '../texts/en';
import { rowTitle } from '../lib/words';
import { Chosen } from './chosen.svelte';
import type { Desk } from './desk.svelte';
import { Draft } from './draft.svelte';
import { Refetch } from './refetch';
import { Review } from './review.svelte';
import { StillList } from './still.svelte';

/** So long after something waits again it is asked for. Milliseconds. */
const AFTER_MS = 500;
/** So long after a question about it that failed. Milliseconds. */
const AGAIN_MS = 5000;

export class Approvals extends StillList<ActionRow> {
  view = $state.raw<ApprovalsView | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** What is chosen to be decided together. It is not what is open. */
  readonly chosen = new Chosen();
  /** The chosen ones, open together; null while one card is open, or none. */
  review = $state.raw<Review | null>(null);
  readonly #drafts = new Map<string, Draft>();
  protected override readonly mine = new Set<string>();
  /** Where the row stood that was decided here; the person's next move starts from there. */
  #leftAt: number | null = null;
  #announced: Set<string> | null = null;
  readonly #warned = new Set<string>();
  #sleeps: ReturnType<typeof setTimeout> | undefined;
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
  /** What is struck says what is known of it now: an erased customer has no name where it stood either. */
  protected entry(entry: QueueEntry<ActionRow>): QueueEntry<ActionRow> {
    const now = entry.gone ? this.row(entry.row.action) : null;
    return now === null ? entry : { ...entry, row: now };
  }

  /** What waits for the person at this desk: what they asked for themself, or have signed, waits for others. */
  get forYou(): ActionRow[] {
    return this.view?.held.filter((row) => this.view?.for_you.includes(row.action)) ?? [];
  }

  /** Everything that is held, put off or not. */
  get held(): ActionRow[] {
    return this.view === null ? [] : [...this.view.held, ...this.view.snoozed];
  }

  refresh(): Promise<void> {
    return this.#refetch.run();
  }

  clear(): void {
    clearTimeout(this.#sleeps);
    this.view = null;
    this.problem = null;
    this.empty();
    this.chosen.clear();
    this.review = null;
    this.#drafts.clear();
    this.mine.clear();
    this.#announced = null;
    this.#warned.clear();
  }

  /** Every row in the order of the screen. */
  override get order(): string[] {
    const unknown = this.view?.unknown ?? [];
    const { snoozed = [], waiting = [], decided = [] } = this.view ?? {};
    const after = this.below([...snoozed, ...waiting, ...decided]);
    return [...unknown, ...this.shown.map((entry) => entry.row), ...after].map((row) => row.action);
  }

  /** Those of a group below the queue that do not still stand, struck, where they stood: no row stands twice. */
  below(rows: ActionRow[]): ActionRow[] {
    const standing = new Set(this.shown.map((entry) => entry.row.action));
    return rows.filter((row) => !standing.has(row.action));
  }

  override select(action: string | null): void {
    this.#leftAt = null;
    // What is being signed stays to be seen.
    if (this.review?.going == null) this.review = null;
    super.select(action);
  }

  /** Chooses a held action, or takes it out of the choice, and tells what came of it. */
  choose(action: string | null): void {
    const entry = this.shown.find(({ row }) => row.action === action);
    if (entry === undefined || entry.gone || this.#desk.lost) return;
    this.#desk.polite = this.chosen.toggle(entry.row);
  }

  /** Opens all that are chosen, each with its card. */
  openChosen(): void {
    if (this.chosen.count === 0 || this.#desk.lost || this.review?.going != null) return;
    // The same again would lose what was looked at already.
    if (this.review?.isOf(this.chosen.rows) !== true) this.review = new Review(this.#desk, this.chosen.rows);
  }

  clearChosen(): void {
    if (this.chosen.count === 0 && this.chosen.left === 0) return;
    this.chosen.clear();
    if (this.review?.going == null) this.review = null;
    this.#desk.polite = t.several.none;
  }

  override move(step: 1 | -1): void {
    // Whoever looks at several leaves them by Esc, and not by a key that scrolls elsewhere.
    if (this.review?.summary.length === 0) return;
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
    this.leavesHere(action, before);
    this.#drafts.delete(action);
  }

  /** An action that stood at this place leaves the queue by this desk's own hand. */
  leavesHere(action: string, before: number): void {
    // The list may know already: then the row stands among the decided ones, and the next one where it stood.
    const place = this.shown.some(({ row }) => row.action === action) ? this.place(action) : before;
    // Whoever has opened another one meanwhile goes on from there.
    if (this.selected === action) this.#leftAt = place >= 0 ? place : null;
    this.mine.add(action);
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
    const all = [...view.unknown, ...this.held, ...view.waiting, ...view.decided];
    return all.find((row) => row.action === action) ?? null;
  }

  /** Tells once about a deadline that is less than a minute away. */
  warnSoon(now: Date): void {
    for (const row of this.forYou) {
      if (row.deadline === null) continue;
      // One that was put off is told of again.
      const told = `${row.action} ${row.deadline}`;
      if (this.#warned.has(told)) continue;
      const left = new Date(row.deadline).getTime() - now.getTime();
      if (left > 60_000 || left <= 0) continue;
      this.#warned.add(told);
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
      this.#wakes(view.next_in_ms);
      this.#returned(view.held);
      this.settle(this.still);
      if (this.waiting.some((row) => row.action === this.selected)) this.showWaiting();
      this.chosen.settle(this.held, this.mine);
      this.#announce(view.held);
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
      if (this.view !== null && this.view.next_in_ms !== null) this.#wakes(AGAIN_MS);
    }
  }

  /** Nothing is told when what was put aside waits again: it is asked for then, by the station's clock. */
  #wakes(ms: number | null): void {
    clearTimeout(this.#sleeps);
    if (ms === null) return;
    // Behind the station's own reckoning, and no longer than a timer can be.
    this.#sleeps = setTimeout(() => void this.#desk.refresh(), Math.min(ms + AFTER_MS, 2 ** 31 - 1));
  }

  /** What was decided here and is held again is like any other: it may be decided elsewhere. */
  #returned(held: ActionRow[]): void {
    for (const row of held) {
      if (!this.shown.some((entry) => entry.row.action === row.action)) this.mine.delete(row.action);
    }
  }

  #announce(held: ActionRow[]): void {
    const before = this.#announced;
    this.#announced = new Set(held.map((row) => row.action));
    if (before === null) return;
    // What was put off was held before, and what is somebody else's is told to them.
    const news = (row: ActionRow): boolean =>
      row.delegated === null || this.view?.for_you.includes(row.action) === true;
    const fresh = held.filter((row) => !before.has(row.action) && news(row));
    if (fresh.length > 0) this.#desk.polite = t.approvals.newHeld(fresh.map(rowTitle).join('; '));
  }
}
