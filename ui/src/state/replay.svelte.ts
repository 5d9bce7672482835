/** One conversation event by event: every record of it in order, oldest first. */
import type { Problem, TrailRow } from '../generated/wire';
import { ask } from '../host/host';
import type { Desk } from './desk.svelte';

/** Records of one conversation that a replay steps through; a longer one is replayed from its newest part. */
const MOST = 2000;
const PAGE = 200;

export class Replay {
  readonly conversation: string;
  rows = $state.raw<TrailRow[]>([]);
  problem = $state.raw<Problem | null>(null);
  /** Whether the conversation has more than is replayed. */
  cut = $state(false);
  readonly #desk: Desk;

  constructor(desk: Desk, conversation: string) {
    this.#desk = desk;
    this.conversation = conversation;
  }

  async load(): Promise<void> {
    try {
      const all: TrailRow[] = [];
      let before: number | null = null;
      do {
        const search = { conversation: this.conversation, limit: PAGE, ...(before === null ? {} : { before }) };
        const view = await ask.trail(this.#desk.host, search);
        all.push(...view.rows);
        before = view.next;
      } while (before !== null && all.length < MOST);
      this.cut = before !== null;
      this.rows = all.reverse();
      this.problem = null;
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }

  /** The record `step` places from `position`; null at either end. */
  beside(position: number | null, step: 1 | -1): number | null {
    const at = this.rows.findIndex((row) => row.position === position);
    if (at < 0) return this.rows[step === 1 ? 0 : this.rows.length - 1]?.position ?? null;
    return this.rows[at + step]?.position ?? null;
  }
}
