/** Customers for whom a person was asked: who is due next, in an order that stays still under the cursor. */
import type { ConversationRow, EscalationsView, Problem } from '../generated/wire';
import { ask } from '../host/host';
import { neighbour, settle, type QueueEntry } from '../lib/queue';
import { customerName } from '../lib/words';
import { t } from '../texts/en';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';

const NOBODY: ReadonlySet<string> = new Set();
const key = (row: ConversationRow): string => row.conversation;

export class Escalations {
  view = $state.raw<EscalationsView | null>(null);
  problem = $state.raw<Problem | null>(null);
  shown = $state.raw<QueueEntry<ConversationRow>[]>([]);
  waiting = $state.raw<ConversationRow[]>([]);
  selected = $state<string | null>(null);
  /** True while the pointer or the focus is in the list. */
  still = $state(false);
  #announced: Set<string> | null = null;
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** How many wait, answered or not. */
  get open(): number {
    return this.view?.rows.length ?? 0;
  }

  /** When the next customer is to be answered at the latest. */
  get nextDue(): string | null {
    return this.view?.rows[0]?.escalation?.due ?? null;
  }

  refresh(): Promise<void> {
    return this.#refetch.run();
  }

  clear(): void {
    this.view = null;
    this.problem = null;
    this.shown = [];
    this.waiting = [];
    this.selected = null;
    this.still = false;
    this.#announced = null;
  }

  select(conversation: string | null): void {
    const left = this.selected;
    this.selected = conversation;
    // A struck row goes when the cursor has left it.
    if (left !== conversation) this.shown = this.shown.filter((entry) => !(entry.gone && key(entry.row) === left));
  }

  move(step: 1 | -1): void {
    const order = this.shown.map((entry) => key(entry.row));
    const next = neighbour(order, this.selected, step, null);
    if (next !== null) this.select(next);
  }

  /** Shows what arrived meanwhile, and lets struck rows go. */
  showWaiting(): void {
    this.#settle(false);
  }

  setStill(still: boolean): void {
    if (this.still === still) return;
    this.still = still;
    if (!still) this.#settle(false);
  }

  #settle(still: boolean): void {
    const { shown, waiting } = settle(this.shown, this.view?.rows ?? [], still, NOBODY, key);
    this.shown = shown;
    this.waiting = waiting;
  }

  async #read(): Promise<void> {
    try {
      const view = await ask.escalations(this.#desk.host);
      if (this.#desk.session?.stage !== 'desk') return;
      this.view = view;
      this.problem = null;
      this.#settle(this.still);
      this.#announce(view.rows);
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }

  #announce(rows: ConversationRow[]): void {
    const before = this.#announced;
    this.#announced = new Set(rows.map(key));
    const fresh = rows.filter((row) => before !== null && !before.has(key(row)));
    if (fresh.length > 0) this.#desk.polite = t.escalations.newOne(fresh.map((row) => customerName(row)).join('; '));
  }
}
