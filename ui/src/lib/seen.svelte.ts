/** Which lines of a card have been on screen. Without the browser's observer nothing counts as seen, and approving stays off. */
import type { Attachment } from 'svelte/attachments';
import { SvelteSet } from 'svelte/reactivity';

/** The part of a line that has to be on screen; less than one, for a fraction of a pixel may be cut. */
const WHOLE = 0.99;

export class Seen {
  readonly #known = new SvelteSet<string>();
  readonly #seen = new SvelteSet<string>();
  #observer: IntersectionObserver | null = null;
  readonly #ids = new WeakMap<Element, string>();

  /** Lines that were not on screen yet. */
  get unseen(): number {
    let left = 0;
    for (const id of this.#known) if (!this.#seen.has(id)) left += 1;
    return left;
  }

  /** True once there are lines and each was on screen. */
  get whole(): boolean {
    return this.#known.size > 0 && this.unseen === 0;
  }

  /** Watches one line. It counts once the whole of it was on screen at one time; long texts are cut into stretches for that. */
  line(id: string): Attachment<Element> {
    return (element) => {
      this.#known.add(id);
      if (typeof IntersectionObserver === 'undefined') return;
      this.#observer ??= new IntersectionObserver((entries) => this.#note(entries), { threshold: [WHOLE] });
      this.#ids.set(element, id);
      this.#observer.observe(element);
      return () => this.#observer?.unobserve(element);
    };
  }

  #note(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const id = this.#ids.get(entry.target);
      // Engines differ in when they call a part on screen "intersecting"; the ratio does not leave it to them.
      if (id === undefined || !entry.isIntersecting || entry.intersectionRatio < WHOLE) continue;
      if (document.visibilityState === 'visible') this.#seen.add(id);
      else this.#lookAgain(entry.target);
    }
  }

  /** What scrolled by in a hidden window was not seen: it is asked for again once the window shows. */
  #lookAgain(element: Element): void {
    const again = (): void => {
      this.#observer?.unobserve(element);
      if (element.isConnected) this.#observer?.observe(element);
    };
    document.addEventListener('visibilitychange', again, { once: true });
  }
}
