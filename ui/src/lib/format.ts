/** Money, times and lengths of time as people read them. The business locale is British English; storage is UTC. */
import type { Money } from '../generated/wire';

export const LOCALE = 'en-GB';

/** Digits behind the decimal point of a currency, from ISO 4217 as Intl knows it. */
export function decimals(currency: string): number {
  try {
    return new Intl.NumberFormat(LOCALE, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** Minor units as a plain decimal text, exact for every safe integer: 8900 is "89.00". */
export function plainMoney(minor: number, currency: string): string {
  const digits = decimals(currency);
  const sign = minor < 0 ? '-' : '';
  const whole = Math.abs(minor)
    .toString()
    .padStart(digits + 1, '0');
  if (digits === 0) return sign + whole;
  return `${sign}${whole.slice(0, -digits)}.${whole.slice(-digits)}`;
}

/** "€129.00". */
export function money(value: Money): string {
  try {
    const format = new Intl.NumberFormat(LOCALE, { style: 'currency', currency: value.currency });
    return format.format(plainMoney(value.minor, value.currency) as unknown as number);
  } catch {
    return `${value.currency} ${plainMoney(value.minor, value.currency)}`;
  }
}

/** The mark of a currency, such as "€". */
export function currencyMark(currency: string): string {
  try {
    const parts = new Intl.NumberFormat(LOCALE, { style: 'currency', currency }).formatToParts(0);
    return parts.find((part) => part.type === 'currency')?.value ?? currency;
  } catch {
    return currency;
  }
}

const CLOCK = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const CLOCK_SECONDS = new Intl.DateTimeFormat(LOCALE, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const DAY = new Intl.DateTimeFormat(LOCALE, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });

/** "Wed 14 Oct 2026". */
export function day(at: Date): string {
  return DAY.format(at).replace(',', '');
}

/** "14:32"; on another day than `now`, "Wed 14 Oct 2026, 14:32". */
export function time(at: string | Date, now: Date = new Date()): string {
  const date = new Date(at);
  if (date.toDateString() === now.toDateString()) return CLOCK.format(date);
  return `${day(date)}, ${CLOCK.format(date)}`;
}

/** "14:32:08". */
export function timeExact(at: string | Date): string {
  return CLOCK_SECONDS.format(new Date(at));
}

/** The length of time as a countdown shows it: "3:50", "42 min", "1 h 20", "3 days". Milliseconds; never below zero. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 20) return `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${String(minutes % 60).padStart(2, '0')}`;
  return `${Math.floor(hours / 24)} days`;
}

/** A length of time with its unit: "3:50 min", "42 min", "1 h 20". */
export function lasting(ms: number): string {
  const length = span(ms);
  return /[a-z]/u.test(length) ? length : `${length} min`;
}

/** A short measured time: "212 ms", "1.4 s". */
export function took(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return lasting(ms);
}

/** The first groups of a digest, enough to compare by eye: "9c41 e07a … 5b2d". */
export function shortDigest(hex: string): string {
  if (hex.length <= 16) return hex.replace(/(.{4})(?=.)/g, '$1 ');
  return `${hex.slice(0, 4)} ${hex.slice(4, 8)} … ${hex.slice(-4)}`;
}

/** An id without the letters that say what it names: "sig_9c41e07a" is "9c41e07a". */
export function bareId(id: string): string {
  return id.replace(/^[a-z]+_/, '');
}

/** A name of ours as words begin a line: "order_status" is "Order status". */
export function sentence(name: string): string {
  const words = name.replace(/[_-]+/g, ' ').trim();
  return words.slice(0, 1).toLocaleUpperCase(LOCALE) + words.slice(1);
}

/** A count with thousands grouped. */
export function count(value: number): string {
  return new Intl.NumberFormat(LOCALE).format(value);
}

/** Up to two initials of a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const first = words[0] ?? '';
  const last = words.length > 1 ? (words[words.length - 1] ?? '') : '';
  return ([...first].slice(0, 1).join('') + [...last].slice(0, 1).join('')).toLocaleUpperCase(LOCALE);
}

/** A name that never breaks across lines. */
export function unbroken(name: string): string {
  return name.replace(/ /gu, '\u00a0');
}
