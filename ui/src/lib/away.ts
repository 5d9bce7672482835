/** Until when somebody is away: a day and a time of it, as this desk's own zone has them. */
import type { SessionView } from '../generated/wire';

export const MOST_DAYS = 90;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Every half hour of a day. */
export const TIMES = Array.from({ length: 48 }, (_, half) => {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(Math.floor(half / 2))}:${half % 2 === 0 ? '00' : '30'}`;
});

export type UntilProblem = 'dayMissing' | 'past' | 'tooFar';

/** The time, or what is wrong with it. The station looks again, by its own clock. */
export function untilOf(day: string, time: string, now: Date): { at: string } | { wrong: UntilProblem } {
  const at = new Date(`${day}T${time}:00`);
  if (day === '' || Number.isNaN(at.getTime())) return { wrong: 'dayMissing' };
  if (at.getTime() <= now.getTime()) return { wrong: 'past' };
  if (at.getTime() > now.getTime() + MOST_DAYS * DAY_MS) return { wrong: 'tooFar' };
  return { at: at.toISOString() };
}

/** The last day that can be chosen. */
export const lastDay = (now: Date): Date => new Date(now.getTime() + MOST_DAYS * DAY_MS);

/** Whether anything is ever handed to whoever sits here, and there is somebody else to stand in. */
export const maySayAway = (session: SessionView): boolean =>
  !session.one_person_mode && session.person?.roles.includes('supervisor') === true;
