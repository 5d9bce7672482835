/** Does a thing at once when it is wished for, and no sooner than so long after the last time: what is wished for meanwhile is done once, behind. */
export class Pace {
  #last = -Infinity;
  #waiting: ReturnType<typeof setTimeout> | null = null;
  readonly #apart: number;
  readonly #act: () => void;

  /** `apart` in milliseconds. */
  constructor(apart: number, act: () => void) {
    this.#apart = apart;
    this.#act = act;
  }

  wish(): void {
    if (this.#waiting !== null) return;
    const left = this.#last + this.#apart - performance.now();
    if (left <= 0) this.#go();
    else this.#waiting = setTimeout(() => this.#go(), left);
  }

  /** What is waited for is not done. */
  stop(): void {
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#waiting = null;
  }

  #go(): void {
    this.#waiting = null;
    this.#last = performance.now();
    this.#act();
  }
}
