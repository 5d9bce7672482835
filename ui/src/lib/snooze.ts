/** For how long a held action can be put off. */

/** So long before its deadline it is back, at least: the station asks for no less. Milliseconds. */
const BACK_BEFORE_MS = 60_000;
const MINUTES = [5, 15, 30, 60, 240];

/** The spans that end in time, and the longest that does; `until` is when it comes back. */
export function spans(deadline: string, now: Date): { minutes: number; until: string }[] {
  // A second for the way to the station.
  const most = Math.floor((new Date(deadline).getTime() - BACK_BEFORE_MS - 1000 - now.getTime()) / 60_000);
  const fit = MINUTES.filter((minutes) => minutes < most);
  const all = most >= 1 ? [...fit, most] : fit;
  return all.map((minutes) => ({ minutes, until: new Date(now.getTime() + minutes * 60_000).toISOString() }));
}
