/** Taking a conversation over, writing in it, giving it back: by keyboard alone, and never in somebody else's name. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { Command, ConversationRow, Query, SessionView } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { conversationRow, floorOf, press, RecordingHost, transcript } from './sample';

class Station extends RecordingHost {
  row: ConversationRow = conversationRow('cnv_1');
  mayNot: string | null = null;
  override refuse: HostProblem | null = null;
  /** The way of a reply to the station. */
  way: Promise<void> = Promise.resolve();
  override async query<T>(query: Query): Promise<T> {
    if (query.query === 'conversations') return floorOf([this.row], query) as T;
    if (query.query !== 'conversation') return super.query<T>(query);
    return transcript(this.row, {
      entries: [
        { position: 3, at: '2026-10-14T12:28:00Z', entry: { kind: 'customer', text: 'Is anybody there?', masked: 0 } },
        { position: 5, at: '2026-10-14T12:29:00Z', entry: { kind: 'person', person: 'Jonas Weber', text: 'I am.' } },
      ],
      resolutions: [{ code: 'solved', words: 'Solved' }],
      may_not_take: this.mayNot,
      may_not_whisper: this.mayNot,
    }) as T;
  }
  override async command(command?: Command): Promise<SessionView> {
    const session = await super.command(command);
    if (command?.command === 'reply') await this.way;
    if (this.refuse !== null) throw this.refuse;
    if (command?.command === 'take_over') this.taken('p', 'Marta Lindqvist');
    if (command?.command === 'hand_back') this.row = { ...this.row, state: 'agent', taken_by: null };
    return session;
  }
  taken(person: string, name: string): void {
    this.row = { ...this.row, state: 'person', taken_by: { person, name } };
  }
}

let station: Station;
const sent = (): string[] => station.commands.map((command) => command.command);
const field = (): Promise<HTMLElement> => screen.findByRole('textbox', { name: 'Reply to the customer' });
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findByRole('button', { name: /^Floor/ });
  press('g');
  press('f');
  await screen.findByText('Is anybody there?');
}

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

describe('the word in a conversation', () => {
  it('is taken with T, used with Ctrl+Enter and given back with H', async () => {
    await open();
    const user = userEvent.setup();
    press('t');
    const area = await field();
    await waitFor(() => expect(document.activeElement).toBe(area));
    await user.type(area, 'Thanks, it helps.');
    expect(sent()).toEqual(['take_over']);
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(sent()).toEqual(['take_over', 'reply']));
    expect(station.commands[1]).toMatchObject({ conversation: 'cnv_1', text: 'Thanks, it helps.', seen: 7 });
    await waitFor(() => expect((area as HTMLTextAreaElement).value).toBe(''));
    await user.keyboard('{Escape}');
    press('h');
    await waitFor(() => expect(sent()).toEqual(['take_over', 'reply', 'hand_back']));
    await screen.findByRole('button', { name: /^Take over/ });
  });

  it('is not given back over a draft, and a reply that was not stored keeps its words and its id', async () => {
    station.taken('p', 'Marta Lindqvist');
    await open();
    const user = userEvent.setup();
    const area = await field();
    await user.type(area, 'One moment.');
    await user.keyboard('{Escape}');
    press('h');
    expect(sent()).toEqual([]);
    screen.getAllByText('Send or discard your draft first.');
    station.refuse = new HostProblem({ code: 'forbidden', message: 'A rule keeps this reply back.', field: null });
    const send = screen.getByRole('button', { name: /^Send/ });
    await user.click(send);
    await screen.findByText('A rule keeps this reply back.');
    expect((area as HTMLTextAreaElement).value).toBe('One moment.');
    station.refuse = null;
    await user.click(send);
    await waitFor(() => expect(sent()).toEqual(['reply', 'reply']));
    const [first, second] = station.commands as Extract<Command, { command: 'reply' }>[];
    expect(second?.client).toBe(first?.client);
  });

  it('is given back behind a reply that is still on its way, and not where that was refused', async () => {
    for (const refused of [false, true]) {
      station = new Station();
      station.taken('p', 'Marta Lindqvist');
      let arrive = (): void => undefined;
      station.way = new Promise((resolve) => (arrive = resolve));
      await open();
      const user = userEvent.setup();
      await user.type(await field(), 'All done.');
      await user.keyboard('{Control>}{Enter}{/Control}{Escape}');
      press('h');
      expect(sent()).toEqual(['reply']);
      if (refused)
        station.refuse = new HostProblem({ code: 'forbidden', message: 'A rule keeps it back.', field: null });
      arrive();
      if (refused) await screen.findByText('A rule keeps it back.');
      else await screen.findByRole('button', { name: /^Take over/ });
      expect(sent()).toEqual(refused ? ['reply'] : ['reply', 'hand_back']);
      cleanup();
    }
  });

  it('keeps what was written behind a reply on its way as another one, and nothing is changed in what goes out', async () => {
    station.taken('p', 'Marta Lindqvist');
    let arrive = (): void => undefined;
    station.way = new Promise((resolve) => (arrive = resolve));
    await open();
    const user = userEvent.setup();
    const area = (await field()) as HTMLTextAreaElement;
    await user.type(area, 'All done.');
    await user.keyboard('{Control>}{Enter}{/Control}');
    await user.type(area, 'Not ', { initialSelectionStart: 0, initialSelectionEnd: 0 });
    expect(area.value).toBe('All done.');
    await user.type(area, ' One more thing.');
    expect(area.value).toBe('All done. One more thing.');
    screen.getByText('It is being stored.');
    arrive();
    await waitFor(() => expect(area.value).toBe('One more thing.'));
    expect(station.commands).toMatchObject([{ command: 'reply', text: 'All done.' }]);
    await user.clear(area);
    expect(area.value).toBe('');
  });

  it('does not pull back whoever left the field while their reply was on its way: the next letter is a key', async () => {
    station.taken('p', 'Marta Lindqvist');
    let arrive = (): void => undefined;
    station.way = new Promise((resolve) => (arrive = resolve));
    await open();
    const user = userEvent.setup();
    const area = await field();
    await user.type(area, 'All done.');
    await user.keyboard('{Control>}{Enter}{/Control}{Escape}');
    arrive();
    await waitFor(() => expect((area as HTMLTextAreaElement).value).toBe(''));
    await user.keyboard('h');
    await waitFor(() => expect(sent()).toEqual(['reply', 'hand_back']));
  });

  it('is off to whoever may not take it, with the reason, and says who else has it', async () => {
    station.mayNot = 'Taking over takes a supervisor.';
    await open();
    const take = await screen.findByRole('button', { name: /^Take over/ });
    expect(take.getAttribute('aria-disabled')).toBe('true');
    press('t');
    expect(sent()).toEqual([]);
    cleanup();
    station = new Station();
    station.taken('p2', 'Jonas Weber');
    await open();
    await screen.findByText(/^Jonas Weber has the word/);
    expect(screen.queryByRole('textbox')).toBeNull();
    press('h');
    expect(sent()).toEqual([]);
    screen.getByRole('button', { name: /^Take it from them/ });
  });
});
