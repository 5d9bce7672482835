/** The palette: everything by keyboard, what it finds, what it begins, and that it never approves. */
import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { Query, TrailRow } from '../src/generated/wire';
import { marked, matches, wordsOf } from '../src/lib/match';
import { theme } from '../src/state/theme.svelte';
import { card, conversationRow, floorOf, press, RecordingHost, row } from './sample';

const OLD = `cnv_${'9'.repeat(32)}`;
const record = (change: Partial<TrailRow>): TrailRow => ({
  position: 4,
  at: '2026-10-04T12:00:00Z',
  kind: 'action.held',
  who: { kind: 'gate' },
  about: null,
  conversation: OLD,
  customer: 'Zofia Wójcik',
  erased: false,
  action: 'act_9',
  tool: 'crm.refund',
  noun: 'Refund',
  object: 'order 1042',
  money: { minor: 3500, currency: 'EUR' },
  money_before: null,
  code: null,
  text: null,
  ...change,
});

class Station extends RecordingHost {
  rows = [
    conversationRow('cnv_1', { state: 'held', line: 'Refund order 1042' }),
    conversationRow('cnv_2', { customer: 'Olena Kovalenko', intent: 'delivery' }),
  ];
  searched: unknown[] = [];
  opened: string[] = [];
  override held = [row('act_1'), row('act_2', { customer: 'Jean Lefèvre', object: 'order 1031' })];
  override async query<T>(query: Query): Promise<T> {
    if (query.query === 'conversations') return floorOf(this.rows, query) as T;
    if (query.query === 'trail_choices')
      return { people: [], agents: [], tools: [], rules: [], decisions: [], kinds: [] } as T;
    if (query.query === 'trail') {
      this.searched.push(query.search);
      const rows = [record({}), record({ position: 3 }), record({ position: 2, conversation: 'cnv_1' })];
      return { as_of: 9, indexed: 9, rows, next: null, unknown: [] } as T;
    }
    if (query.query === 'conversation') this.opened.push(query.conversation);
    return super.query<T>(query);
  }
}

let station: Station;
const user = userEvent.setup();
const palette = (): HTMLElement => screen.getByRole('dialog', { name: 'Search or jump to', hidden: true });
const options = (): string[] =>
  within(palette())
    .getAllByRole('option', { hidden: true })
    .map((one) => one.textContent?.replace(/\s+/g, ' ').trim() ?? '');
const heading = (name: string): Promise<HTMLElement> => screen.findByRole('heading', { level: 1, name });
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findByRole('heading', { name: card().headline });
  press('k', { ctrlKey: true });
  await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('combobox'));
}

beforeEach(() => {
  station = new Station();
});
afterEach(() => {
  cleanup();
  theme.choose('system');
});

describe('words', () => {
  it('match wherever they stand, whatever their case and accents, and are marked where they stand', () => {
    expect(matches(wordsOf(' LEFEVRE 1031 '), 'Refund €219.00', 'Jean Lefèvre, order 1031')).toBe(true);
    expect(matches(wordsOf('lefevre 1042'), 'Jean Lefèvre, order 1031')).toBe(false);
    expect(marked('Jean Lefèvre', wordsOf('lefe'))).toEqual([
      { text: 'Jean ', hit: false },
      { text: 'Lefè', hit: true },
      { text: 'vre', hit: false },
    ]);
    expect(
      marked('İstanbul ﬁx', wordsOf('stan'))
        .map((piece) => piece.text)
        .join(''),
    ).toBe('İstanbul ﬁx');
  });
});

describe('the palette', () => {
  it('opens and closes with Ctrl+K, gives the focus back, and goes to a view by its name', async () => {
    render(App, { host: station });
    await screen.findByRole('heading', { name: card().headline });
    await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('listbox'));
    const before = document.activeElement;
    press('k', { ctrlKey: true });
    await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('combobox'));
    press('k', { ctrlKey: true });
    await waitFor(() => expect(document.activeElement).toBe(before));
    await user.click(screen.getByRole('button', { name: 'Search or jump to' }));
    await user.keyboard('metr');
    await waitFor(() => expect(options()[0]).toBe('Go to Metrics GM'));
    await user.keyboard('{Enter}');
    await heading('Metrics');
    expect(screen.queryByRole('dialog', { name: 'Search or jump to', hidden: true })).toBeNull();
  });

  it('finds a held action by customer and order and opens its card', async () => {
    await open();
    await user.keyboard('lefevre 1031');
    await waitFor(() => expect(options()[0]).toMatch(/^Refund €129\.00 Jean.Lefèvre, order 1031, held/));
    await user.keyboard('{Enter}');
    await heading('Approvals');
    await waitFor(() =>
      expect(document.querySelector('[role=option][aria-selected=true]')?.textContent).toContain('Lefèvre'),
    );
  });

  it('finds a conversation of this desk, and one that only the trail still has: opening that is recorded', async () => {
    await open();
    await user.keyboard('1042');
    await waitFor(() =>
      expect(options().some((one) => one.startsWith('Zofia Wójcik Refund €35.00, order 1042'))).toBe(true),
    );
    expect(station.searched.at(-1)).toEqual({ words: '1042', limit: 60 });
    const names = options();
    expect(names.filter((one) => one.startsWith('Ana Ruiz, refund'))).toHaveLength(1);
    expect(names.filter((one) => one.startsWith('Zofia'))).toHaveLength(1);
    expect(names).toContain('Search the trail for “1042” opens Audit; your reading is recorded');
    await user.keyboard('{ArrowUp}'.repeat(3) + '{ArrowDown}'.repeat(names.length) + '{Enter}');
    await heading('Floor');
    await waitFor(() => expect(station.opened).toContain(OLD));
    expect(station.commands).toEqual([{ command: 'note_search', search: '1042' }]);
  });

  it('begins what can be begun with what is open, says on what, and never offers to approve', async () => {
    await open();
    screen.getByText(`On ${card().headline}`);
    expect(options().slice(0, 2)).toEqual([
      'Override… change what is sent, then sign O',
      'Reject… with guidance to the agent R',
    ]);
    await user.keyboard('approve');
    await waitFor(() => expect(station.searched).toHaveLength(6));
    const places = ['Go to Approvals GA', 'Search the trail for “approve” opens Audit; your reading is recorded'];
    expect(options().filter((one) => /approve/i.test(one) && !places.includes(one))).toEqual([]);
    await user.keyboard('{Backspace>7/}reject{Enter}');
    await screen.findByRole('textbox', { name: /agent/i });
    expect(station.decided).toEqual([]);
  });

  it('changes the theme, and asks before it stops anything', async () => {
    station.held = [];
    render(App, { host: station });
    await heading('Approvals');
    press('k', { ctrlKey: true });
    await user.type(await screen.findByRole('combobox', { hidden: true }), 'theme: light{Enter}');
    await waitFor(() => expect(document.documentElement.dataset['theme']).toBe('light'));
    press('k', { ctrlKey: true });
    await user.type(await screen.findByRole('combobox', { hidden: true }), 'stop{Enter}');
    await screen.findByRole('dialog', { name: 'Stop everything?', hidden: true });
    expect(station.commands).toEqual([]);
  });

  it('lists nothing of what is open once nobody is signed in', async () => {
    await open();
    await user.keyboard('sign out{Enter}');
    await waitFor(() => expect(station.commands).toEqual([{ command: 'sign_out' }]));
  });
});
