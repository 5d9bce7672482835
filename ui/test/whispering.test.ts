/** Whispering: nothing goes out before what the agent will read was on screen, and one wish goes out once. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { Command, ConversationRow, Entry, Query, SessionView, WhisperPreview } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { conversationRow, floorOf, press, RecordingHost, transcript } from './sample';

class Station extends RecordingHost {
  row: ConversationRow = conversationRow('cnv_1');
  mayNot: string | null = null;
  override refuse: HostProblem | null = null;
  entry: Entry = { kind: 'customer', text: 'Is anybody there?', masked: 0 };
  /** The way of a preview to the desk. */
  way: Promise<void> = Promise.resolve();
  override async query<T>(query: Query): Promise<T> {
    if (query.query === 'conversations') return floorOf([this.row], query) as T;
    if (query.query === 'whisper_preview') {
      await this.way;
      return { words: query.text, would: /refund/.test(query.text) ? 'refund' : null } satisfies WhisperPreview as T;
    }
    if (query.query !== 'conversation') return super.query<T>(query);
    return transcript(this.row, {
      entries: [{ position: 3, at: '2026-10-14T12:28:00Z', entry: this.entry }],
      may_not_take: this.mayNot,
      may_not_whisper: this.mayNot,
    }) as T;
  }
  override async command(command?: Command): Promise<SessionView> {
    const session = await super.command(command);
    if (this.refuse !== null) throw this.refuse;
    return session;
  }
}

let station: Station;
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findByRole('button', { name: /^Floor/ });
  press('g');
  press('f');
  await screen.findByRole('region', { name: 'Transcript' });
}
const dialog = (): HTMLElement | null => screen.queryByRole('dialog', { name: 'Whisper to the agent' });
const words = (): Promise<HTMLElement> => screen.findByRole('textbox', { name: 'What should it do?' });

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

describe('whispering', () => {
  it('goes out with Ctrl+Enter once what the agent will read is on screen, with its scope', async () => {
    let arrives: () => void = () => undefined;
    station.way = new Promise((resolve) => (arrives = resolve));
    await open();
    const user = userEvent.setup();
    press('w');
    await user.type(await words(), 'give a refund');
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect(station.commands).toEqual([]);
    arrives();
    await screen.findByText('It would go on with: refund.');
    await user.click(screen.getByRole('radio', { name: /^For the whole conversation/ }));
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(dialog()).toBeNull());
    expect(station.commands).toMatchObject([
      { command: 'whisper', conversation: 'cnv_1', text: 'give a refund', scope: 'conversation' },
    ]);
  });

  it('keeps the words and their id where it was not stored', async () => {
    await open();
    const user = userEvent.setup();
    press('w');
    await user.type(await words(), 'be kind');
    await screen.findByText(/It could do nothing by this/);
    station.refuse = new HostProblem({ code: 'unavailable', message: 'The log is full.', field: null });
    await user.keyboard('{Control>}{Enter}{/Control}');
    await screen.findByText('The log is full.');
    station.refuse = null;
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(dialog()).toBeNull());
    const sent = station.commands.filter((command) => command.command === 'whisper');
    expect(new Set(sent.map((command) => command.client)).size).toBe(1);
    press('w');
    expect(((await words()) as HTMLTextAreaElement).value).toBe('');
  });

  it('is not offered where a person has the word, and says why where somebody may not', async () => {
    station.row = { ...station.row, state: 'person', taken_by: { person: 'q', name: 'Jonas Weber' } };
    await open();
    expect(screen.queryByRole('button', { name: /Whisper/ })).toBeNull();
    press('w');
    expect(dialog()).toBeNull();
    cleanup();
    station = new Station();
    station.mayNot = 'That is not yours to do.';
    await open();
    expect(screen.getByRole('button', { name: /Whisper/ }).getAttribute('aria-disabled')).toBe('true');
    press('w');
    expect(dialog()).toBeNull();
  });

  it('stands in the transcript with what the agent made of it', async () => {
    const said = { person: 'Jonas Weber', text: 'Offer a repair.', scope: 'next_reply' } as const;
    station.entry = { kind: 'whispered', ...said, heard: 'not_followed', note: 'This fits nothing.' };
    await open();
    await screen.findByText('Jonas Weber whispered');
    screen.getByText('read by the agent only');
    screen.getByText('Not followed.');
    screen.getByText('This fits nothing.');
  });
});
