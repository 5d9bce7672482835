/** Giving a conversation up: what was promised is pinned and kept, and it is resolved with a code and a note, by keyboard. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { Command, PromiseRow, Query, SessionView } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { dues } from '../src/lib/due';
import { conversationRow, floorOf, press, RecordingHost, transcript } from './sample';

class Station extends RecordingHost {
  mine = true;
  promises: PromiseRow[] = [];
  override async query<T>(query: Query): Promise<T> {
    const taken_by = this.mine ? { person: 'p', name: 'Marta Lindqvist' } : null;
    const row = conversationRow('cnv_1', { state: this.mine ? 'person' : 'agent', taken_by });
    if (query.query === 'conversations') return floorOf([row], query) as T;
    if (query.query !== 'conversation') return super.query<T>(query);
    return transcript(row, {
      promises: this.promises,
      resolutions: [
        { code: 'solved', words: 'Solved' },
        { code: 'declined', words: 'Declined, and told why' },
      ],
    }) as T;
  }
  override async command(command?: Command): Promise<SessionView> {
    const session = await super.command(command);
    if (this.refuse !== null) throw this.refuse;
    if (command?.command === 'promise') {
      const { text, due } = command;
      this.promises = [{ number: 1, person: 'Marta Lindqvist', text, due, kept_at: null, kept_by: null }];
    }
    if (command?.command === 'keep_promise') {
      const kept = { kept_at: '2026-10-14T12:40:00Z', kept_by: 'Marta Lindqvist' };
      this.promises = this.promises.map((one) => ({ ...one, ...kept }));
    }
    return session;
  }
}

let station: Station;
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findByRole('button', { name: /^Floor/ });
  press('g');
  press('f');
  await screen.findByText('This conversation');
}

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

describe('giving a conversation up', () => {
  it('resolves with a code and a note, and not without them', async () => {
    await open();
    const user = userEvent.setup();
    await screen.findByRole('button', { name: /^Resolve…/ });
    press('d');
    await screen.findByRole('dialog');
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect(station.commands).toEqual([]);
    await user.click(screen.getByRole('radio', { name: 'Declined, and told why' }));
    await user.type(screen.getByRole('textbox', { name: 'Note' }), 'Worn for a year.');
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(station.commands).toEqual([
      { command: 'resolve', conversation: 'cnv_1', code: 'declined', note: 'Worn for a year.', seen: 7 },
    ]);
  });

  it('keeps what was typed where it was refused, and says why', async () => {
    await open();
    const user = userEvent.setup();
    await screen.findByRole('button', { name: /^Resolve…/ });
    press('d');
    await user.click(await screen.findByRole('radio', { name: 'Solved' }));
    await user.type(screen.getByRole('textbox', { name: 'Note' }), 'Done.');
    station.refuse = new HostProblem({ code: 'invalid', message: 'The customer has written meanwhile.', field: null });
    await user.keyboard('{Control>}{Enter}{/Control}');
    await screen.findByText('The customer has written meanwhile.');
    expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Note' }).value).toBe('Done.');
  });

  it('pins a promise with its time, and says that it was kept', async () => {
    await open();
    const user = userEvent.setup();
    await user.type(await screen.findByRole('textbox', { name: 'What did you promise?' }), 'A new buckle.');
    await user.selectOptions(screen.getByRole('combobox', { name: 'Until when' }), 'hour');
    await user.click(screen.getByRole('button', { name: 'Pin promise' }));
    await screen.findByText('A new buckle.');
    const [promise] = station.commands as Extract<Command, { command: 'promise' }>[];
    const ahead = new Date(promise?.due ?? 0).getTime() - Date.now();
    expect(ahead).toBeGreaterThan(59 * 60_000);
    await user.click(screen.getByRole('button', { name: /^Kept/ }));
    await screen.findByText(/says Marta Lindqvist/);
    expect(station.commands[1]).toEqual({ command: 'keep_promise', conversation: 'cnv_1', number: 1 });
  });

  it('offers neither to somebody who has not the word, and shows what was promised', async () => {
    station.mine = false;
    station.promises = [{ number: 1, person: 'Jonas Weber', text: 'A call.', due: null, kept_at: null, kept_by: null }];
    await open();
    await screen.findByText('A call.');
    press('d');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.queryByRole('textbox', { name: 'What did you promise?' })).toBeNull();
  });
});

it('offers only times that lie ahead, the nearest first', () => {
  const evening = dues(new Date(2026, 9, 14, 17, 30));
  expect(evening.map((due) => due.id)).toEqual(['today', 'hour', 'noon', 'tomorrow', 'three', 'week']);
  const night = dues(new Date(2026, 9, 14, 22, 0));
  expect(night.map((due) => due.id)).toEqual(['hour', 'noon', 'tomorrow', 'three', 'week']);
});
