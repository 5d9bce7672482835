/** The search over the trail as it is written: words, and filters such as person:mira, amount>100 or on:today. */
import type { TrailSearch } from '../generated/wire';
import { t } from '../texts/en';

export const FILTERS = [
  'person',
  'agent',
  'tool',
  'rule',
  'decision',
  'kind',
  'customer',
  'order',
  'conversation',
  'currency',
  'amount',
  'on',
  'from',
  'to',
] as const;
export type FilterName = (typeof FILTERS)[number];

/** One filter as it stands in the text. */
export type Written = { name: FilterName; sign: string; value: string; at: [number, number] };
export type Question = { search: TrailSearch; filters: Written[]; problem: string | null };

const TOKEN = /([a-z]+)(:|>=|<=|>|<|=)("[^"]*"?|\S*)|\S+/giu;
const DAY = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}))?$/;
const CLOCK = /^(\d{1,2}):(\d{2})$/;
const AMOUNT = /^\p{Sc}?(\d{1,12})(?:[.,](\d{1,3}))?$/u;

/** Reads a text. Filters whose value is not written yet are left out; a value that says nothing is told. */
export function read(text: string, now: Date): Question {
  const search: TrailSearch = {};
  const filters: Written[] = [];
  const words: string[] = [];
  let problem: string | null = null;
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const name = match[1]?.toLowerCase() as FilterName | undefined;
    const sign = match[2] ?? ':';
    const known = name !== undefined && FILTERS.includes(name) && (sign === ':' || name === 'amount');
    if (!known) {
      words.push(match[0]);
      end = match.index + match[0].length;
      continue;
    }
    const value = (match[3] ?? '').replace(/^"|"$/g, '').trim();
    if (value === '') continue;
    filters.push({ name, sign, value, at: [match.index, match.index + match[0].length] });
    if (!take(search, name, sign, value, now)) problem = t.audit.notRead(name, value);
  }
  // A space behind the last word says that it is whole.
  if (words.length > 0) search.words = words.join(' ') + (end < text.length ? ' ' : '');
  return { search, filters, problem };
}

/** The text with a filter set to a value, in the place of whatever it was, or without it. */
export function withFilter(text: string, name: FilterName, value: string | null): string {
  let rest = text;
  for (const written of read(text, new Date()).filters.reverse()) {
    if (written.name === name) rest = `${rest.slice(0, written.at[0])}${rest.slice(written.at[1])}`;
  }
  rest = rest.replace(/\s+/gu, ' ').trim();
  if (value === null) return rest;
  const quoted = /[\s"]/u.test(value) ? `"${value.replace(/"/gu, '')}"` : value;
  return `${rest} ${name}:${quoted}`.trim();
}

function take(search: TrailSearch, name: FilterName, sign: string, value: string, now: Date): boolean {
  switch (name) {
    case 'amount':
      return amount(search, sign, value);
    case 'currency':
      search.currency = value.toUpperCase();
      return /^[A-Z]{3}$/.test(search.currency);
    case 'on':
    case 'from':
    case 'to': {
      const span = period(value, now);
      if (span === null) return false;
      if (name !== 'to') search.from = span[0].toISOString();
      if (name !== 'from') search.until = span[1].toISOString();
      return true;
    }
    case 'conversation':
      search.conversation = value;
      return /^cnv_[0-9a-f]{32}$/.test(value);
    default:
      search[name] = value;
      return true;
  }
}

/** In thousandths of a unit, so that every currency stands on one scale. */
function amount(search: TrailSearch, sign: string, value: string): boolean {
  const match = AMOUNT.exec(value);
  if (match === null) return false;
  const thousandths = Number(match[1]) * 1000 + Number((match[2] ?? '').padEnd(3, '0'));
  if (sign === '>') search.least = thousandths + 1;
  else if (sign === '<') search.most = thousandths - 1;
  if (sign === ':' || sign === '=' || sign === '>=') search.least = thousandths;
  if (sign === ':' || sign === '=' || sign === '<=') search.most = thousandths;
  return true;
}

/** From when until before when, in the time zone of this desk: a day, or a minute. */
function period(value: string, now: Date): [Date, Date] | null {
  const day = (of: Date, days: number): Date => new Date(of.getFullYear(), of.getMonth(), of.getDate() + days);
  if (value === 'today') return [day(now, 0), day(now, 1)];
  if (value === 'yesterday') return [day(now, -1), day(now, 0)];
  const clock = CLOCK.exec(value);
  const date = DAY.exec(value);
  let at: Date;
  if (clock !== null) {
    at = new Date(now.getFullYear(), now.getMonth(), now.getDate(), Number(clock[1]), Number(clock[2]));
  } else if (date !== null) {
    const [year, month, of, hour, minute] = date.slice(1).map((part) => Number(part ?? 0));
    at = new Date(year ?? 0, (month ?? 1) - 1, of ?? 1, hour || 0, minute || 0);
    if (at.getMonth() !== (month ?? 1) - 1) return null;
    if (date[4] === undefined) return [at, day(at, 1)];
  } else return null;
  return [at, new Date(at.getTime() + 60_000)];
}
