/** Whom what was handed to somebody waits for, while they may be away. */
import type { Delegate, Delegated, StandIn } from '../generated/wire';
import { t } from '../texts/en';
import { time } from './format';

/** Whom alone it waits for: whose it is or, while they are away, their deputy; null where it waits for everybody. */
export function waitsFor(it: Delegated): string | null {
  return it.away === null ? it.to : (it.away.deputy?.person ?? null);
}

/** The deputy’s name; null for whoever sits here. */
const deputyName = (away: StandIn, me: string | null): string | null =>
  away.deputy?.person === me ? null : (away.deputy?.name ?? t.erased.person);

/** Both names, as a row or a card says them. */
export function bothNames(it: Delegated, away: StandIn, me: string | null, on: 'row' | 'card'): string {
  const who = it.to === me ? null : (it.name ?? t.erased.person);
  const until = time(away.until);
  if (away.deputy === null) return on === 'row' ? t.away.rowOfAll(who, until) : t.away.cardOfAll(who, until);
  return t.away[on](deputyName(away, me), who, until);
}

/** What becomes of an action that goes to somebody who is away; undefined where they are here. */
export function goesTo({ away }: Delegate, me: string | null): string | undefined {
  if (away === null) return undefined;
  const until = time(away.until);
  if (away.deputy === null) return t.away.goesToAll(until);
  const name = deputyName(away, me);
  return name === null ? t.away.goesToYou(until) : t.away.goesTo(until, name);
}
