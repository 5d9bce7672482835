/**
 * What passes between a shop's page and the chat in its frame. Each side names the exact origin that it writes to, and hears
 * only that one. The station says which sites may frame the chat at all (`frame-ancestors`).
 */

/** From the frame: it is there, it is to be closed, so much was said that nobody has seen. */
export type FromFrame = { countersign: 'ready' } | { countersign: 'close' } | { countersign: 'unseen'; count: number };
/** To the frame: whom the site has signed in, if anybody; whether the frame is on screen. */
export type ToFrame = { countersign: 'customer'; token: string | null } | { countersign: 'shown'; shown: boolean };

/** A message of ours, or null for anything else. */
export function read<T extends FromFrame | ToFrame>(data: unknown, kinds: T['countersign'][]): T | null {
  if (typeof data !== 'object' || data === null || !('countersign' in data)) return null;
  return (kinds as unknown[]).includes(data.countersign) ? (data as T) : null;
}

/** The site that has this page in its frame: its window and its origin, as its own script said. */
export type Site = { window: Window; origin: string; title: string | null };

export function site(here: Window): Site | null {
  if (here.parent === here) return null;
  const said = new URLSearchParams(here.location.hash.slice(1));
  const origin = said.get('site');
  if (origin === null || !/^https?:\/\/[^/]+$/.test(origin)) return null;
  const title = said.get('title')?.trim().slice(0, 60) ?? '';
  return { window: here.parent, origin, title: title === '' ? null : title };
}
