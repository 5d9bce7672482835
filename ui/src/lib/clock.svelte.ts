/** One clock for every countdown, so that a card and its row always show the same time. Ticks once a second. */
class Clock {
  now = $state(new Date());
  #timer: ReturnType<typeof setInterval> | null = null;

  start(): () => void {
    this.#timer ??= setInterval(() => (this.now = new Date()), 1000);
    return () => {
      if (this.#timer !== null) clearInterval(this.#timer);
      this.#timer = null;
    };
  }
}

export const clock = new Clock();
