/** What became of an action whose outcome nobody knows: three ways to say it, none preselected, none without where it is shown. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { CardView, Query, SettlingView } from '../src/generated/wire';
import { RecordingHost, row } from './sample';

const open: SettlingView = { may_not_propose: null, from: null, proposed: null };

class Station extends RecordingHost {
  settling = open;
  override async query<T>(query: Query): Promise<T> {
    if (query.query === 'approvals') {
      return {
        as_of: 1,
        held: [],
        snoozed: [],
        next_in_ms: null,
        for_you: [],
        waiting: [],
        unknown: [row('act_1', { state: 'unknown' })],
        decided: [],
      } as T;
    }
    const answer = await super.query<T>(query);
    if (query.query !== 'card') return answer;
    return { ...(answer as CardView), state: 'unknown', may_decide: false, settling: this.settling } as T;
  }
}

let station: Station;
const WAYS = [/^It happened…/, /^It did not happen…/, /^It was made good…/];
const ways = (): Promise<HTMLElement[]> => Promise.all(WAYS.map((name) => screen.findByRole('button', { name })));
const off = (button: HTMLElement): boolean => button.getAttribute('aria-disabled') === 'true';

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

describe('settling an unknown outcome', () => {
  it('is proposed with where it is shown, and signed first', async () => {
    render(App, { host: station });
    const user = userEvent.setup();
    const [, didNot] = await ways();
    await user.click(didNot as HTMLElement);
    screen.getByText(/that nobody finds it is no proof/);
    screen.getByText('an administrator or supervisor, not you');
    const go = screen.getByRole('button', { name: /^Propose: it did not happen, €129\.00/ });
    await user.click(go);
    await screen.findByText(/A reason is needed/);
    expect(station.commands).toEqual([]);
    await user.type(screen.getByLabelText(/^Where the shop’s books show it/), 'Ledger export of 15:40.');
    await user.click(go);
    const request = { change: 'settle', action: 'act_1', how: 'did_not_happen' };
    await waitFor(() =>
      expect(station.commands).toEqual([{ command: 'propose_change', request, why: 'Ledger export of 15:40.' }]),
    );
  });

  it.each([
    ['to whoever may not', { ...open, may_not_propose: 'A supervisor says what became of it.' }, /A supervisor says/],
    ['while the tool may go on', { ...open, from: '2099-01-01T00:00:00Z' }, /may still be carrying it out until/],
    ['while a proposal waits', { ...open, proposed: { how: 'happened', by: 'Jonas Weber' } }, /^Proposed: it happened/],
  ])('is not open %s, and says why', async (_, settling, why) => {
    station.settling = settling;
    render(App, { host: station });
    expect((await ways()).map(off)).toEqual([true, true, true]);
    await screen.findAllByText(why);
  });
});
