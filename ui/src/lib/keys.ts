/** When a key may act. Single letters never act in a field, under a dialog, on repeat, or with another key held. */

const FIELDS = new Set(['INPUT', 'TEXTAREA', 'SELECT']);

/** Whether the focus is where letters are typed. */
export function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (FIELDS.has(target.tagName) || target.isContentEditable);
}

/** A pause this long says that what is pressed next is meant for what is on screen. Milliseconds. */
const PAUSE_MS = 800;
let disarmedAt: number | null = null;

/** Single keys do nothing until nothing was pressed for a while: what is on screen came unasked. */
export function disarm(): void {
  disarmedAt = performance.now();
}

function armed(): boolean {
  if (disarmedAt === null) return true;
  const now = performance.now();
  const paused = now - disarmedAt >= PAUSE_MS;
  disarmedAt = paused ? null : now;
  return paused;
}

/** The single key that a press means, in lower case, or null if this press must not act. Shift is written "shift+a". */
export function singleKey(event: KeyboardEvent): string | null {
  if (event.repeat || event.isComposing || event.defaultPrevented) return null;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (inField(event.target) || document.querySelector('dialog[open]') !== null) return null;
  if (!armed()) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === '?' || key === '.') return key;
  return event.shiftKey ? `shift+${key}` : key;
}

/** Whether this is Ctrl (or Cmd) and Enter, pressed once. Acts in fields. */
export function isSign(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.repeat && !event.isComposing;
}

/** Remembers a first key, such as G in "G then A", for a second and a half of the events' own time. */
export class Prefix {
  #at = Number.NEGATIVE_INFINITY;

  begin(event: KeyboardEvent): void {
    this.#at = event.timeStamp;
  }

  /** True once, if the prefix is still open. */
  take(event: KeyboardEvent): boolean {
    const open = event.timeStamp - this.#at < 1500;
    this.#at = Number.NEGATIVE_INFINITY;
    return open;
  }
}
