/** What one button sends: whether it is on its way, and what kept it from being done. */
import type { Command, Problem } from '../generated/wire';
import { problemOf } from '../host/host';
import type { Desk } from './desk.svelte';

export class Sending {
  going = $state(false);
  problem = $state.raw<Problem | null>(null);
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Sends it, and is on its way until what follows is there as well. True once it is done. */
  async send(command: Command, then: () => Promise<unknown>): Promise<boolean> {
    this.going = true;
    this.problem = null;
    try {
      await this.#desk.command(command);
      await then();
      return true;
    } catch (thrown) {
      this.#desk.note(thrown);
      this.problem = problemOf(thrown);
      return false;
    } finally {
      this.going = false;
    }
  }
}
