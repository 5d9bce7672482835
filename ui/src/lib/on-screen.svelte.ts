/** Which of several elements are on screen now, and on which side the others lie. */
import type { Attachment } from 'svelte/attachments';
import { SvelteMap } from 'svelte/reactivity';

export type Where = 'here' | 'above' | 'below';

/** Told often enough that half of a long element is noticed. */
const STEPS = Array.from({ length: 21 }, (_, step) => step / 20);
const HALF = 0.5;

export class OnScreen {
  readonly #where = new SvelteMap<string, Where>();
  readonly #ids = new WeakMap<Element, string>();
  #observer: IntersectionObserver | null = null;

  /** Where this one is; undefined until the browser has said so. */
  where(id: string): Where | undefined {
    return this.#where.get(id);
  }

  /** Watches one element for as long as it is there. */
  watch(id: string): Attachment<Element> {
    return (element) => {
      if (typeof IntersectionObserver === 'undefined') return;
      this.#observer ??= new IntersectionObserver((entries) => this.#note(entries), { threshold: STEPS });
      this.#ids.set(element, id);
      this.#observer.observe(element);
      return () => {
        this.#observer?.unobserve(element);
        this.#where.delete(id);
      };
    };
  }

  #note(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const id = this.#ids.get(entry.target);
      if (id !== undefined && entry.target.isConnected) this.#where.set(id, place(entry));
    }
  }
}

/** On screen is what shows half of itself, or fills half of what it scrolls in. */
function place(entry: IntersectionObserverEntry): Where {
  const around = entry.target.closest('.scroll')?.getBoundingClientRect();
  if (entry.isIntersecting) {
    const room = around?.height ?? 0;
    if (entry.intersectionRatio >= HALF || (room > 0 && entry.intersectionRect.height >= room * HALF)) return 'here';
  }
  return entry.boundingClientRect.top < (around?.top ?? 0) ? 'above' : 'below';
}
