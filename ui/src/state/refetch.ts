/** One question at a time: while an answer is on its way, further wishes are joined into one more question behind it. */
export class Refetch {
  #running: Promise<void> | null = null;
  #again = false;
  readonly #ask: () => Promise<void>;

  constructor(ask: () => Promise<void>) {
    this.#ask = ask;
  }

  /** Resolves when an answer has been taken that was asked for after this call. */
  run(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#loop().finally(() => (this.#running = null));
    return this.#running;
  }

  async #loop(): Promise<void> {
    do {
      this.#again = false;
      await this.#ask();
    } while (this.#again);
  }
}
