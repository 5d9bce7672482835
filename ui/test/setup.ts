/** What jsdom lacks and the desk needs: dialogs, scrolling, and an observer that a test can drive. */
import { vi } from 'vitest';

/** Every observer of the page, so that a test says which elements came on screen. */
export const observers: { callback: IntersectionObserverCallback; elements: Set<Element> }[] = [];

/** Says that every observed element for which `which` holds is on screen. */
export function show(which: (element: Element) => boolean = () => true): void {
  for (const { callback, elements } of observers) {
    const entries = [...elements]
      .filter(which)
      .map((target) => ({ target, isIntersecting: true, intersectionRatio: 1 }));
    callback(entries as IntersectionObserverEntry[], null as unknown as IntersectionObserver);
  }
}

vi.stubGlobal(
  'IntersectionObserver',
  class {
    readonly #record: (typeof observers)[number];
    constructor(callback: IntersectionObserverCallback) {
      this.#record = { callback, elements: new Set() };
      observers.push(this.#record);
    }
    observe(element: Element): void {
      this.#record.elements.add(element);
    }
    unobserve(element: Element): void {
      this.#record.elements.delete(element);
    }
    disconnect(): void {
      this.#record.elements.clear();
    }
  },
);
if (typeof HTMLDialogElement !== 'undefined') {
  HTMLDialogElement.prototype.showModal = function () {
    this.setAttribute('open', '');
  };
  HTMLDialogElement.prototype.close = function () {
    this.removeAttribute('open');
  };
}
if (typeof Element !== 'undefined') Element.prototype.scrollIntoView = () => undefined;

// jsdom lays nothing out, so nothing is ever told to have another size.
globalThis.ResizeObserver ??= class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};
