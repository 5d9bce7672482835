import { untrack } from 'svelte';

/** How long a card was looked at, and whether that is enough to approve what it shows. Only time in which it could be seen counts. */
export class Look {
  /** Whether it was looked at for as long as the station asks. */
  enough = $state(false);
  /** Whether time counts now. */
  counts = $state(false);
  /** As long as the station asks for, in milliseconds; null until it has said so. */
  shortest = $state<number | null>(null);
  /** What counted when time last began to count, in milliseconds. */
  before = $state(0);
  #since: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get ms(): number {
    const now = this.#since === null ? 0 : performance.now() - this.#since;
    return Math.floor(this.before + now);
  }

  /** Says how long it is looked at, at least. */
  asks(shortest: number): void {
    this.shortest = shortest;
    this.#wait();
  }

  /** Counts as long as the card is there and its page is on screen, until what this gives back is called. */
  whileSeen(there: boolean): () => void {
    const look = (): void => this.visible(there && document.visibilityState === 'visible');
    untrack(look);
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      this.visible(false);
    };
  }

  visible(visible: boolean): void {
    if (visible === this.counts) return;
    this.before = this.ms;
    this.#since = visible ? performance.now() : null;
    this.counts = visible;
    this.#wait();
  }

  /** What is on screen is another card: nothing of it was looked at. */
  again(): void {
    this.before = 0;
    if (this.#since !== null) this.#since = performance.now();
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.shortest === null) return;
    const left = this.shortest - this.ms;
    this.enough = left <= 0;
    if (left > 0 && this.counts) this.#timer = setTimeout(() => this.#wait(), left);
  }
}
