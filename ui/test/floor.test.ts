/** The Floor: what is shown, and that no row moves under the cursor. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { ConversationRow, Query } from '../src/generated/wire';
import { conversationRow, floorOf, press, RecordingHost } from './sample';

class Station extends RecordingHost {
  rows: ConversationRow[] = [
    conversationRow('a', { customer: 'Ana', state: 'escalated' }),
    conversationRow('b', { customer: 'Olena', intent: 'delivery' }),
    conversationRow('c', { customer: 'Mehmet', intent: null }),
  ];
  override async query<T>(query: Query): Promise<T> {
    return query.query === 'conversations' ? (floorOf(this.rows, query) as T) : super.query<T>(query);
  }
}

let station: Station;
const list = (): string[] =>
  [...screen.getByRole('listbox', { name: 'Conversations' }).querySelectorAll('li')].map(
    (row) => row.querySelector('b')?.textContent ?? `# ${row.textContent?.trim().replace(/\s+/g, ' ')}`,
  );
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findByRole('button', { name: /^Floor/ });
  press('g');
  press('f');
  await screen.findByText('Mehmet');
}

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

describe('the floor', () => {
  it('keeps every row in its place and group under the cursor, and tells of what changed', async () => {
    await open();
    const before = ['# Needs a person 1', 'Ana', '# With an agent 2', 'Olena', 'Mehmet'];
    expect(list()).toEqual(before);
    await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('listbox'));
    station.rows = [
      conversationRow('n', { customer: 'Newcomer', state: 'unknown' }),
      conversationRow('c', { customer: 'Mehmet', state: 'escalated', line: 'Now it is urgent' }),
      conversationRow('b', { customer: 'Olena', intent: 'delivery' }),
      conversationRow('a', { customer: 'Ana', state: 'closed' }),
    ];
    station.ears?.changed(2);
    await screen.findByText('1 more, press');
    await screen.findByText('Now it is urgent');
    expect(list()).toEqual(before);
    press('.');
    const after = [
      '# Needs a person 2',
      'Newcomer',
      'Mehmet',
      '# With an agent 1',
      'Olena',
      '# Closed lately 1',
      'Ana',
    ];
    await waitFor(() => expect(list()).toEqual(after));
  });

  it('shows what is asked for by keyboard alone, says when nothing fits, and everything again at Esc', async () => {
    await open();
    const user = userEvent.setup();
    press('f');
    const state = await screen.findByRole('combobox', { name: 'Who has it' });
    await waitFor(() => expect(document.activeElement).toBe(state));
    const shows = (rows: string[]): Promise<void> => waitFor(() => expect(list()).toEqual(rows));
    await user.selectOptions(state, 'With an agent');
    await shows(['# With an agent 2', 'Olena', 'Mehmet']);
    await user.selectOptions(screen.getByRole('combobox', { name: 'What it is about' }), 'Delivery');
    await shows(['# With an agent 1', 'Olena']);
    await user.selectOptions(state, 'With a person');
    await shows(['# No conversation fits. Esc in the filter shows all.']);
    // Of these there is but one each: nothing to choose.
    for (const name of ['Channel', 'Agent', 'Team']) expect(screen.queryByRole('combobox', { name })).toBeNull();
    state.focus();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(list()).toHaveLength(5));
    expect(screen.queryByRole('combobox')).toBeNull();
  });

  it('lists thousands page by page, counts all of them, and moves nothing under the cursor for the next page', async () => {
    station.rows = [
      ...Array.from({ length: 450 }, (_, n) => conversationRow(`l${n}`, { customer: `Customer ${n}` })),
      conversationRow('z', { customer: 'Mehmet', state: 'closed' }),
    ];
    render(App, { host: station });
    await screen.findByRole('button', { name: /^Floor/ });
    press('g');
    press('f');
    await screen.findByText('Customer 0');
    const rows = (): number => screen.getAllByRole('option').length;
    await waitFor(() => expect(rows()).toBe(200));
    expect(list()[0]).toBe('# With an agent 450');
    screen.getByText(/^250 more live ones/);
    await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('listbox'));
    const first = list().slice(0, 201);
    const near = (row: string): void => {
      screen.getByText(row).click();
      press('j');
    };
    near('Customer 190');
    await waitFor(() => expect(rows()).toBe(400));
    expect(list().slice(0, 201)).toEqual(first);
    near('Customer 390');
    await waitFor(() => expect(rows()).toBe(451));
    expect(screen.queryByText(/more live ones/)).toBeNull();
    expect(screen.queryByText('1 more, press')).toBeNull();
  });
});
