/** A queue of vouchers to choose several of, and the keys that do. */
import { render, screen, waitFor, within } from '@testing-library/svelte';
import { expect } from 'vitest';
import App from '../src/App.svelte';
import type { ActionRow, ActionState, Card, CardView, DecisionRequest, Query } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { card, MemoryHost, press, row } from './sample';
import { observers, show } from './setup';

export const euros = (minor: number): ActionRow['money'] => ({ minor, currency: 'EUR' });
export const voucher = (n: number, change: Partial<ActionRow> = {}): ActionRow =>
  row(`act_${n}`, {
    tool: 'crm.voucher',
    noun: 'Voucher',
    money: euros(n * 1000),
    customer: `Customer ${n}`,
    object: null,
    ...change,
  });

/** A station with a card for each held action; a test says what it refuses. */
export class Shop extends MemoryHost {
  override held = [voucher(1), voucher(2), voucher(3)];
  cards: Record<string, Partial<Card>> = {};
  views: Record<string, Partial<CardView>> = {};
  refuses: Record<string, string> = {};

  cardOf(action: string): Card {
    const of = [...this.held, ...this.ended].find((one) => one.action === action);
    const one = card({
      action,
      noun: 'Voucher',
      headline: `Voucher of ${action}`,
      money: of?.money ?? null,
      bar: null,
    });
    return { ...one, ...this.cards[action] };
  }
  override async query<T>(query: Query): Promise<T> {
    const answer = await super.query<T>(query);
    if (query.query !== 'card') return answer;
    const ended = this.ended.find((one) => one.action === query.action);
    const view = {
      ...(answer as CardView),
      card: this.cardOf(query.action),
      card_digest: `digest of ${query.action}`,
      state: (ended?.state ?? 'held') as ActionState,
      ...this.views[query.action],
    };
    return view as T;
  }
  override decide(decision: DecisionRequest): Promise<{ position: number; state: 'approved' }> {
    this.decided.push(decision);
    const message = this.refuses[decision.action];
    if (message !== undefined) {
      return Promise.reject(new HostProblem({ code: 'forbidden', message, field: null }));
    }
    const state = decision.choice.choice === 'reject' ? 'rejected' : 'approved';
    this.ends(decision.action, state);
    return Promise.resolve({ position: 2, state: 'approved' });
  }
  ends(action: string, state: ActionState): void {
    this.ended = [...this.ended, ...this.held.filter((one) => one.action === action).map((one) => ({ ...one, state }))];
    this.held = this.held.filter((one) => one.action !== action);
  }
}

export let host: Shop;
export const foot = (): HTMLElement => screen.getByRole('group', { name: 'Chosen' });
export const option = (action: string): HTMLElement => {
  const found = document.getElementById(`queue-${action}`);
  if (found === null) throw new Error(`${action} is not in the queue`);
  return found;
};
export const review = (): HTMLElement => screen.getByRole('region', { name: 'Review of the chosen' });
export const one = (n: number): HTMLElement =>
  within(review()).getByRole('article', { name: new RegExp(`Customer\\s${n}`, 'u') });
export const button = (name: RegExp): HTMLElement => screen.getByRole('button', { name });
export const isOff = (name: RegExp): boolean => button(name).getAttribute('aria-disabled') === 'true';
export const acted = (): string[] => host.decided.map((decision) => decision.action);

export async function open(): Promise<void> {
  render(App, { host });
  await screen.findByRole('button', { name: /^Approve/ });
  await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('listbox'));
}
/** Chooses all that are held, by keyboard. */
export async function choose(count = host.held.length): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    if (at > 0) press('j');
    press(' ');
  }
  await waitFor(() => expect(foot().textContent).toContain(`${count} chosen`));
}
export async function openAll(): Promise<void> {
  await open();
  await choose();
  press('Enter', { shiftKey: true });
  await waitFor(() => expect(within(review()).getAllByText('What will be sent to the shop')).toHaveLength(3));
}
/** Every line was on screen, and the cards are. */
export async function seen(): Promise<void> {
  show();
  await waitFor(() => expect(isOff(/^Approve/)).toBe(false));
}

/** A station of its own for each test, and a page that is gone behind it. */
export function anew(): void {
  observers.length = 0;
  host = new Shop();
}
