/** Limits as they are typed, and as the station takes them. */
import type { LimitView, Money } from '../../generated/wire';
import { amount, isCurrency } from '../../lib/amounts';
import { plainMoney } from '../../lib/format';

export type LimitRow = { currency: string; amount: string };
export type LimitsDraft = { limited: boolean; rows: LimitRow[] };

export const emptyLimit = (): LimitRow => ({ currency: 'EUR', amount: '' });

export function draftOf(limits: LimitView[] | null): LimitsDraft {
  const rows = (limits ?? []).map(({ limit }) => ({
    currency: limit.currency,
    amount: plainMoney(limit.minor, limit.currency),
  }));
  return { limited: limits !== null, rows: rows.length === 0 ? [emptyLimit()] : rows };
}

/** What is wrong with each row; null where nothing is. */
export function errorsOf(draft: LimitsDraft): (string | null)[] {
  if (!draft.limited) return [];
  return draft.rows.map((row, index) => {
    if (!isCurrency(row.currency)) return 'A currency is three capital letters, such as EUR.';
    if (draft.rows.findIndex((other) => other.currency === row.currency) !== index) {
      return `${row.currency} stands here twice.`;
    }
    const parsed = amount(row.amount, row.currency);
    return parsed.ok ? null : parsed.message;
  });
}

/** The limits to propose. Only to be asked where nothing is wrong. */
export function limitsOf(draft: LimitsDraft): Money[] | null {
  if (!draft.limited) return null;
  return draft.rows.flatMap((row) => {
    const parsed = amount(row.amount, row.currency);
    return parsed.ok ? [{ minor: parsed.minor, currency: row.currency }] : [];
  });
}
