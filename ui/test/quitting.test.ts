/** Quitting while something goes on: it is named to whoever is signed in, and only counted to anybody else. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import type { ConversationRow, Query, SessionView } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { Desk } from '../src/state/desk.svelte';
import { card, conversationRow, floorOf, RecordingHost } from './sample';

const WAITS = { signed_in: true, held: 1, unknown: 0, escalations: 0, live: 10, held_of_all: 1, next_in_ms: null };

class Station extends RecordingHost {
  stage: SessionView['stage'] = 'desk';
  rows: ConversationRow[] = [
    ...Array.from({ length: 10 }, (_, index) => conversationRow(`c${index}`, { customer: `Customer ${index}` })),
    conversationRow('z', { customer: 'Gone', state: 'closed' }),
  ];
  override session(): SessionView {
    return { ...super.session(), stage: this.stage };
  }
  override async query<T>(query: Query): Promise<T> {
    return query.query === 'conversations' ? (floorOf(this.rows, query) as T) : super.query<T>(query);
  }
}
const dialog = (): Promise<HTMLElement> => screen.findByRole('dialog', { name: 'Quit Countersign?', hidden: true });

afterEach(cleanup);

describe('quitting', () => {
  it('names the live conversations and the held actions, and goes on unless somebody says so', async () => {
    const station = new Station();
    render(App, { host: station });
    await screen.findByRole('heading', { name: card().headline });
    station.asksToQuit(WAITS);
    const words = (await dialog()).textContent?.replace(/\s+/g, ' ') ?? '';
    expect(words).toContain('10 conversations go on');
    expect(words).toContain('Customer 0: ');
    expect(words).toContain('and 2 more');
    expect(words).not.toContain('Gone');
    expect(words).toContain('Refund €129.00, Ana');
    const user = userEvent.setup();
    await user.click(screen.getByRole('button', { name: /^Go on/, hidden: true }));
    await waitFor(() => expect(screen.queryByRole('dialog', { hidden: true })).toBeNull());
    station.asksToQuit(WAITS);
    await dialog();
    await user.click(screen.getByRole('button', { name: 'Quit', hidden: true }));
    expect(station.quits).toEqual([false, true]);
  });

  it('only counts where nobody is signed in', async () => {
    const station = new Station();
    station.stage = 'sign_in';
    render(App, { host: station });
    await screen.findByRole('heading', { name: 'Who is signing?' });
    station.asksToQuit({ ...WAITS, signed_in: false });
    const words = (await dialog()).textContent ?? '';
    expect(words).toContain('10 conversations go on');
    expect(words).not.toMatch(/Customer \d|Ana/);
  });
});

it('a desk whose window is gone asks nothing more, also of a station that it was about to ask', async () => {
  vi.useFakeTimers();
  try {
    const station = new Station();
    const desk = new Desk(station);
    await desk.start();
    const ears = station.ears;
    ears?.changed(7);
    ears?.changed(7);
    desk.note(new HostProblem({ code: 'unavailable', message: 'not there', field: null }, true));
    const asked = vi.spyOn(station, 'query');
    desk.end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked.mock.calls, station.ears]).toEqual([[], null]);
  } finally {
    vi.useRealTimers();
  }
});
