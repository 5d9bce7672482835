/** The queue of those who wait for a person: due first, late in words, still under the cursor. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { ConversationRow, Query } from '../src/generated/wire';
import { conversationRow, press, RecordingHost, transcript } from './sample';

const minutes = (n: number): string => new Date(Date.now() + n * 60_000).toISOString();
const waits = (conversation: string, customer: string, due: string | null): ConversationRow =>
  conversationRow(conversation, {
    customer,
    state: 'escalated',
    escalation: { reason: 'Asked for a person', at: minutes(-30), due },
  });

class Station extends RecordingHost {
  rows: ConversationRow[] = [];
  override async query<T>(query: Query): Promise<T> {
    if (query.query === 'escalations') return { as_of: 1, rows: this.rows } as T;
    if (query.query !== 'conversation') return super.query<T>(query);
    const row = this.rows.find((row) => row.conversation === query.conversation) ?? conversationRow(query.conversation);
    return transcript(row, {
      entries: [
        {
          position: 3,
          at: minutes(-30),
          entry: { kind: 'escalated', reason: 'Asked for a person', note: 'Wants a call.', pulled_by: null },
        },
      ],
      resolutions: [{ code: 'solved', words: 'Solved' }],
    }) as T;
  }
}

let station: Station;
const options = (): string[] =>
  screen.getAllByRole('option').map((row) => row.textContent?.replace(/\s+/g, ' ').trim() ?? '');
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findByRole('button', { name: /^Escalations/ });
  press('g');
  press('e');
}

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

describe('who waits for a person', () => {
  it('says when nobody does', async () => {
    await open();
    await screen.findByText('Nobody waits for a person');
  });

  it('stands by the clock with the reason; what is late says so, who was answered stands without one', async () => {
    station.rows = [
      waits('a', 'Ana Ruiz', minutes(-4.5)),
      waits('b', 'Olena', minutes(8.5)),
      waits('c', 'Mehmet', null),
    ];
    await open();
    await waitFor(() => expect(options()).toHaveLength(3));
    expect(options()[0]).toMatch(/Ana Ruiz 4:\d\d late Refund Asked for a person/);
    expect(options()[1]).toMatch(/Olena 8:\d\d/);
    expect(options()[2]).toMatch(/Mehmet answered/);
    screen.getByText(/^3 open, a reply is late by 4:/);
    await screen.findByText('Wants a call.');
    screen.getByRole('button', { name: /^Escalations, 3 wait/ });
  });

  it('does not move under the cursor: arrivals wait for the point, whoever was handed back stays, struck', async () => {
    station.rows = [waits('a', 'Ana Ruiz', minutes(5)), waits('b', 'Olena', minutes(8))];
    await open();
    await waitFor(() => expect(options()).toHaveLength(2));
    await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('listbox'));
    station.rows = [waits('n', 'Newcomer', minutes(1)), waits('b', 'Olena', minutes(8))];
    station.ears?.changed(2);
    await screen.findByText('1 more, press');
    expect(options().map((row) => row.split(' ')[0])).toEqual(['Ana', 'Olena']);
    expect(options()[0]).toMatch(/ended, or handed back/);
    press('.');
    await waitFor(() => expect(options().map((row) => row.split(' ')[0])).toEqual(['Newcomer', 'Olena']));
  });

  it('keeps what was promised in a group of its own, and counts only who waits', async () => {
    const promise = { text: 'A call back by noon', due: minutes(-3.5), open: 2 };
    station.rows = [
      waits('a', 'Ana Ruiz', minutes(4)),
      conversationRow('b', { customer: 'Olena', state: 'closed', promise }),
    ];
    await open();
    await waitFor(() => expect(options()).toHaveLength(2));
    expect(options()[1]).toMatch(/Olena 3:\d\d late Refund A call back by noon, and 1 more/);
    screen.getByText('Promised, not kept yet');
    screen.getByText(/^1 open/);
  });
});
