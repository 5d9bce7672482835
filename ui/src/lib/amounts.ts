/** Amounts as they are typed: a decimal text of a currency into minor units, or why not. */
import { decimals, plainMoney } from './format';

export type Amount = { ok: true; minor: number } | { ok: false; message: string };

export function amount(written: string, currency: string): Amount {
  const digits = decimals(currency);
  const match = /^(\d{1,13})(?:[.,](\d+))?$/.exec(written.replace(/[\s\u00a0]/gu, ''));
  if (match === null) return { ok: false, message: `Write an amount such as ${plainMoney(50_000, currency)}.` };
  const cents = match[2] ?? '';
  if (cents.length > digits) {
    return {
      ok: false,
      message: digits === 0 ? `${currency} has no smaller unit.` : `${currency} has at most ${digits} decimals.`,
    };
  }
  return { ok: true, minor: Number((match[1] ?? '0') + cents.padEnd(digits, '0')) };
}

/** Whether a text is the form of a currency's code. */
export function isCurrency(written: string): boolean {
  return /^[A-Z]{3}$/.test(written);
}
