/** Customers for whom a person was asked: who is due next, in an order that stays still under the cursor. */
import type { ConversationRow, EscalationsView, Problem } from '../generated/wire';
import { ask } from '../host/host';
import type { QueueEntry } from '../lib/queue';
import { customerName } from '../lib/words';
import { t } from '../texts/en';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';
import { StillList } from './still.svelte';

/** Whether a person is asked for in it. */
export const waits = (row: ConversationRow): boolean => row.escalation !== null;

export class Escalations extends StillList<ConversationRow> {
  view = $state.raw<EscalationsView | null>(null);
  problem = $state.raw<Problem | null>(null);
  #announced: Set<string> | null = null;
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    super();
    this.#desk = desk;
  }

  protected key(row: ConversationRow): string {
    return row.conversation;
  }
  protected rows(): ConversationRow[] {
    return this.view?.rows ?? [];
  }
  protected entry(entry: QueueEntry<ConversationRow>): QueueEntry<ConversationRow> {
    return entry;
  }

  /** How many wait, answered or not. The others are there for what was promised in them. */
  get open(): number {
    return this.view?.rows.filter(waits).length ?? 0;
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
    this.empty();
    this.#announced = null;
  }

  async #read(): Promise<void> {
    try {
      const view = await ask.escalations(this.#desk.host);
      if (this.#desk.session?.stage !== 'desk') return;
      this.view = view;
      this.problem = null;
      this.settle(this.still);
      this.#announce(view.rows);
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }

  #announce(rows: ConversationRow[]): void {
    const before = this.#announced;
    const asking = rows.filter(waits);
    this.#announced = new Set(asking.map((row) => row.conversation));
    const fresh = asking.filter((row) => before !== null && !before.has(row.conversation));
    if (fresh.length > 0) this.#desk.polite = t.escalations.newOne(fresh.map((row) => customerName(row)).join('; '));
  }
}
