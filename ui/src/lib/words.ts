/** Short phrases built from rows, the same in every list. */
import type { ActionRow, ActionState, Money } from '../generated/wire';
import { t } from '../texts/en';
import { money, unbroken } from './format';

/** "Refund €129.00", or "Refund" where there is no amount. */
export function rowTitle(row: ActionRow): string {
  return row.money === null ? row.noun : `${row.noun} ${money(row.money)}`;
}

/** The customer's name, or why there is none. */
export function customerName(row: { customer: string | null; erased: boolean }): string {
  if (row.customer !== null) return row.customer;
  return row.erased ? t.erased.customer : t.approvals.nobody;
}

/** "Ana Ruiz, order 1042". */
export function rowSubject(row: ActionRow): string {
  const name = unbroken(customerName(row));
  return row.object === null ? name : `${name}, ${row.object}`;
}

/** Words with a capital at their beginning. */
export function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** Sums by currency; two currencies are never added. */
export function sums(amounts: (Money | null)[]): string {
  const totals = new Map<string, number>();
  for (const amount of amounts) {
    if (amount !== null) totals.set(amount.currency, (totals.get(amount.currency) ?? 0) + amount.minor);
  }
  return [...totals].map(([currency, minor]) => money({ minor, currency })).join(', ');
}

/** Where an action stands that has not started: whoever asked for it can take it back. */
const UNSTARTED: ActionState[] = ['proposed', 'allowed', 'held', 'approved', 'waiting'];
export const isUnstarted = (state: ActionState): boolean => UNSTARTED.includes(state);
/** Where one stands that has not come to its end. */
export const isOpen = (state: ActionState): boolean => isUnstarted(state) || state === 'started' || state === 'unknown';

/** Whether a conversation holds the call of an agent of others: no customer writes in it. */
export const isCall = (channel: string): boolean => channel === 'mcp';

/** Whether an agent of others has a conversation elsewhere, and relays it. */
export const isRelayed = (channel: string): boolean => channel === 'external';

/** Whether nobody here has the word in it: it is an agent's of others. */
export const isOthers = (channel: string): boolean => isCall(channel) || isRelayed(channel);

/** How sure it is who a customer is, and by whose word: `said` says whether an agent of others names them. */
export const assurance = (how: string, said: boolean): string => (said ? t.card.vouched : t.card.assurance)[how] ?? how;

/** Whether an agent of others asked for what a card shows. */
export const isExternal = (requester: { reasoner: string }): boolean => requester.reasoner.startsWith('external ');
