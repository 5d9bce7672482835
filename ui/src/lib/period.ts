/** Spans of whole days at the desk. All days of a span are equally far from UTC, as the station counts them. */
import type { Period } from '../generated/wire';
import { LOCALE } from './format';

const DAY_MS = 86_400_000;
/** The station answers for no more. */
export const MOST_DAYS = 100;

export type Chosen = 'today' | 'week' | 'month' | 'dates';
export type Dates = { first: string; last: string };
/** Days as `2026-10-14`, and minutes ahead of UTC. */
export type Span = Period & { offset: number };

/** A day of the desk. */
export function dayOf(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

const noonOf = (day: string): Date => new Date(`${day}T12:00:00`);
const index = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;

export type DatesProblem = 'missing' | 'order' | 'long';
export function datesProblem(dates: Dates): DatesProblem | null {
  const days = index(dates.last) - index(dates.first) + 1;
  if (Number.isNaN(days)) return 'missing';
  return days < 1 ? 'order' : days > MOST_DAYS ? 'long' : null;
}

/** The span that was chosen, up to the end of its last day. */
export function spanOf(chosen: Chosen, dates: Dates, now: Date): Span {
  const last = chosen === 'dates' ? dates.last : dayOf(now);
  const days =
    chosen === 'dates' ? index(dates.last) - index(dates.first) + 1 : { today: 1, week: 7, month: 30 }[chosen];
  const offset = -noonOf(last).getTimezoneOffset() || 0;
  const to = (index(last) + 1) * DAY_MS - offset * 60_000;
  return { from: new Date(to - days * DAY_MS).toISOString(), to: new Date(to).toISOString(), offset };
}

/** The day that a time falls into, so many minutes ahead of UTC. */
const dayAt = (at: number, offset: number): string => new Date(at + offset * 60_000).toISOString().slice(0, 10);

/** The days of a span, the first first. */
export function daysOf(period: Period, offset: number): string[] {
  const [from, to] = [Date.parse(period.from), Date.parse(period.to)];
  const days: string[] = [];
  for (let at = from; at < to && days.length <= MOST_DAYS; at += DAY_MS) days.push(dayAt(at, offset));
  return days;
}

/** One day as a span. */
export function dayOnly(day: string, offset: number): Period {
  const from = index(day) * DAY_MS - offset * 60_000;
  return { from: new Date(from).toISOString(), to: new Date(from + DAY_MS).toISOString() };
}

const SHORT = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const LONG = new Intl.DateTimeFormat(LOCALE, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { weekday: 'short', timeZone: 'UTC' });

/** "14 Oct". */
export const shortDay = (day: string): string => SHORT.format(index(day) * DAY_MS);
/** "Wed 14 Oct 2026". */
export const longDay = (day: string): string => LONG.format(index(day) * DAY_MS).replace(',', '');
/** "Wed". */
export const weekday = (day: string): string => WEEKDAY.format(index(day) * DAY_MS);

/** "8 to 14 Oct", "28 Sep to 4 Oct", "14 Oct". */
export function spanWords(period: Period, offset: number): string {
  const days = daysOf(period, offset);
  const [first, last] = [days[0], days[days.length - 1]];
  if (first === undefined || last === undefined) return '';
  if (first === last) return shortDay(first);
  if (first.slice(0, 7) === last.slice(0, 7)) return `${Number(first.slice(8))} to ${shortDay(last)}`;
  return `${shortDay(first)} to ${shortDay(last)}`;
}
