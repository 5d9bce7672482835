/** What the station says that a change would be, before anybody signs it: asked a moment after the last key. */
import type { ChangeAhead } from '../generated/wire';
import { problemOf } from '../host/host';

const SETTLES_MS = 200;

export class Ahead<T> {
  view = $state.raw<ChangeAhead | null>(null);
  #timer: ReturnType<typeof setTimeout> | null = null;
  #asked = $state('');
  /** The settings of which `view` tells. */
  #shown = $state('');
  readonly #ask: (settings: T) => Promise<ChangeAhead>;

  constructor(ask: (settings: T) => Promise<ChangeAhead>) {
    this.#ask = ask;
  }

  /** Whether anything would be different, and nothing speaks against it: of the settings that were last answered. */
  get shows(): boolean {
    return (this.view?.lines.length ?? 0) > 0 && this.view?.problem == null;
  }

  /** Whether that is of the very settings that are wanted now. */
  get good(): boolean {
    return this.#shown === this.#asked && this.shows;
  }

  look(settings: T): void {
    const asked = JSON.stringify(settings);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.rest();
    this.#timer = setTimeout(() => void this.#look(asked), SETTLES_MS);
  }

  rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #look(asked: string): Promise<void> {
    try {
      const view = await this.#ask(JSON.parse(asked) as T);
      if (asked === this.#asked) [this.view, this.#shown] = [view, asked];
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.view = { lines: [], follows: [], problem: problemOf(thrown).message };
      // The next look asks again.
      this.#asked = '';
    }
  }
}
