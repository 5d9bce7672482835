/** How a deadline reads and how urgent it is. A card and its row use the same words. */
import type { ActionRow } from '../generated/wire';
import { span } from './format';

export type Urgency = 'calm' | 'held' | 'danger';

export type Deadline = { ms: number; words: string; urgency: Urgency; part: number };

/** `from` and `until` are the whole of the wait; `now` is where it stands. */
export function deadline(from: string, until: string, now: Date): Deadline {
  const end = new Date(until).getTime();
  const whole = Math.max(end - new Date(from).getTime(), 1);
  const ms = end - now.getTime();
  const urgency = ms < 60_000 ? 'danger' : ms < 5 * 60_000 ? 'held' : 'calm';
  return { ms, words: span(ms), urgency, part: Math.min(Math.max(ms / whole, 0), 1) };
}

/** The clock of a row: until it expires while it is held, until it starts while its approval can be taken back. */
export function rowDeadline(row: ActionRow, now: Date): Deadline | null {
  if (row.deadline === null) return null;
  return deadline(row.state === 'waiting' ? row.changed_at : row.proposed_at, row.deadline, now);
}
