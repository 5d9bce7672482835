/** Calls back after a time without input. Used to wipe the signing key and clear the window. */
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** Five minutes, in milliseconds. */
export const IDLE_MS = 5 * 60_000;

/** Starts watching; the answer stops it. A machine that slept longer than `after` counts as idle when it wakes. */
export function watchIdle(target: EventTarget, after: number, idle: () => void): () => void {
  let last = Date.now();
  let told = false;
  const due = (): boolean => {
    if (Date.now() - last < after) return false;
    if (!told) idle();
    told = true;
    return true;
  };
  const input = (): void => {
    // A machine that slept fires no timer: the first input after it must not renew what has run out.
    if (!due()) last = Date.now();
  };
  const timer = setInterval(due, 1000);
  for (const sign of SIGNS) target.addEventListener(sign, input, { capture: true, passive: true });
  return () => {
    clearInterval(timer);
    for (const sign of SIGNS) target.removeEventListener(sign, input, { capture: true });
  };
}
