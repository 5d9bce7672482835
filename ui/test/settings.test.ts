/** Settings without its station: what was never loaded says so, what was stays, and what is refused is asked again. */
import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import type { ChannelsView, PeopleView, Query } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { Desk } from '../src/state/desk.svelte';
import { press, RecordingHost } from './sample';

const GONE = new HostProblem({ code: 'unavailable', message: 'The station cannot be reached.', field: null }, true);
const BUSY = new HostProblem({ code: 'unavailable', message: 'The views are being written anew.', field: null });
const UNREAD = /^Not loaded before the station was lost/;

const people: PeopleView = {
  as_of: 1,
  people: [],
  deputies: [],
  may_not_say_away: null,
  changes: [],
  one_person_mode: false,
  may_not_propose: null,
  unmet_rules: [],
};
const channels: ChannelsView = {
  chat: {
    address: null,
    site_signs_in: false,
    held_actions: 3,
    frame_bytes: 8192,
    codes: null,
  },
  settings: {
    sites: [],
    idle_seconds: 900,
    connected: 100,
    connected_per_address: 5,
    opens_per_minute: 30,
    opens_per_minute_and_address: 5,
    messages_per_minute: 20,
    message_burst: 5,
  },
  signed_at: null,
  may_not_propose: null,
  devices: { devices: 'off' },
  answers: [],
};

class Station extends RecordingHost {
  /** What a question of this name is refused with. */
  refused = new Map<Query['query'], HostProblem>();
  override async query<T>(query: Query): Promise<T> {
    const why = this.refused.get(query.query);
    if (why !== undefined) throw why;
    if (query.query === 'people') return people as T;
    if (query.query === 'channels') return channels as T;
    return super.query<T>(query);
  }
  /** Nothing is answered any more. */
  lose(): void {
    for (const name of ['session', 'people', 'tools', 'policies', 'channels'] as const) this.refused.set(name, GONE);
    this.ears?.lost(Date.now() + 60_000);
  }
}

let station: Station;
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findByRole('button', { name: /^Settings/ });
}
async function toSettings(page: string): Promise<HTMLElement> {
  press('g');
  press('s');
  await userEvent.setup().click(await screen.findByRole('tab', { name: page }));
  return screen.findByRole('tabpanel', { name: page });
}

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

it.each(['People', 'Tools', 'Policies', 'Channels', 'Limits'])(
  'says on %s that nothing was loaded before the station was lost, and claims nothing of it',
  async (page) => {
    await open();
    station.lose();
    const panel = await toSettings(page);
    await within(panel).findAllByText(UNREAD);
    await waitFor(() => expect(within(panel).queryByRole('alert')).toBeNull());
    expect(within(panel).queryByText(/^Nothing waits/)).toBeNull();
    expect(within(panel).queryByRole('button', { name: 'Try again' })).toBeNull();
  },
);

it('keeps what was loaded when the station is lost', async () => {
  await open();
  const panel = await toSettings('Channels');
  await within(panel).findByText(/^Nothing waits/);
  station.lose();
  await screen.findByText(/This desk lost its station/);
  expect(within(panel).getByText('15 min')).toBeTruthy();
  expect(within(panel).getByText(/^Nothing waits/)).toBeTruthy();
  expect(within(panel).queryByText(UNREAD)).toBeNull();
});

it('shows a refusal beside what was loaded, each beside what failed', async () => {
  await open();
  const panel = await toSettings('Channels');
  await within(panel).findByText(/^Nothing waits/);
  station.refused.set('people', BUSY);
  station.ears?.changed(2);
  const changes = within(panel).getByRole('region', { name: 'Changes that wait' });
  await within(changes).findByText('The views are being written anew.');
  expect(within(changes).getByText(/^Nothing waits/)).toBeTruthy();
  expect(within(panel).getAllByRole('alert').length).toBe(1);
  station.refused.clear();
  await userEvent.setup().click(within(changes).getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(within(panel).queryByRole('alert')).toBeNull());
});

it('asks a station that could not tell no oftener than one that could, however much happens there', async () => {
  vi.useFakeTimers();
  try {
    let asked = 0;
    const query = station.query.bind(station);
    station.query = <T>(one: Query) => {
      if (one.query === 'channels') asked += 1;
      return query<T>(one);
    };
    station.refused.set('channels', BUSY);
    const desk = new Desk(station);
    await desk.start();
    desk.place = 'settings';
    desk.settings.page = 'channels';
    await desk.settings.refresh();
    expect([asked, desk.settings.problem?.message]).toEqual([1, 'The views are being written anew.']);
    for (let event = 0; event < 29; event += 1) {
      desk.settings.changed();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(asked).toBe(1);
    station.refused.clear();
    await vi.advanceTimersByTimeAsync(200);
    expect([asked, desk.settings.problem]).toEqual([2, null]);
    desk.settings.clear();
  } finally {
    vi.useRealTimers();
  }
});
