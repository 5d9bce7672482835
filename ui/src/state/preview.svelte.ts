/** What the station says of an override while it is typed. One question at a time; the newest values win, older answers are dropped. */
import type { OverridePreview, Problem } from '../generated/wire';
import { ask } from '../host/host';
import type { Desk } from './desk.svelte';

export class Preview {
  answer = $state.raw<OverridePreview | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** True while the answer on screen is not of the newest values. */
  behind = $state(false);
  #newest = 0;
  #next: Record<string, unknown> | null = null;
  #running = false;
  readonly #desk: Desk;
  readonly #action: string;

  constructor(desk: Desk, action: string) {
    this.#desk = desk;
    this.#action = action;
  }

  /** Asks for these arguments; null means that one of them is not right and nothing can be said. */
  ask(args: Record<string, unknown> | null): void {
    this.#newest += 1;
    this.#next = args;
    this.behind = true;
    if (!this.#running && args !== null) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#next !== null) {
      const args = this.#next;
      const number = this.#newest;
      this.#next = null;
      try {
        const answer = await ask.preview(this.#desk.host, this.#action, args);
        if (number !== this.#newest) continue;
        this.answer = answer;
        this.problem = null;
        this.behind = false;
      } catch (thrown) {
        if (number === this.#newest) this.problem = this.#desk.note(thrown);
      }
    }
    this.#running = false;
  }
}
