/** Erasing a customer at a desk: what is said before anybody signs, and that nothing is proposed unseen. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { CustomerView, ErasureAhead, Query } from '../src/generated/wire';
import { RecordingHost, row } from './sample';

const known: CustomerView = {
  nobody: null,
  held_since: null,
  being_erased: false,
  waits_for: [],
  proposed: [],
  certificate: null,
  certificate_words: null,
  may_not_propose: null,
};
const ahead: ErasureAhead = {
  conversations: 2,
  live: 1,
  parts: 61,
  taken_back: [row('act_1')],
  waits_for: [row('act_2', { object: 'order 9' })],
  remains: [{ what: 'The record that something happened.', until: 'as long as the log is kept' }],
};

class Station extends RecordingHost {
  customer = known;
  /** The answer to what an erasure would do; a promise that a test settles. */
  ahead: Promise<ErasureAhead> = Promise.resolve(ahead);
  override async query<T>(query: Query): Promise<T> {
    if (query.query === 'customer') return this.customer as T;
    if (query.query === 'erasure_ahead') return (await this.ahead) as T;
    return super.query<T>(query);
  }
}

let station: Station;
beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);
const opener = (name: string): Promise<HTMLElement> => screen.findByRole('button', { name });
const go = (): HTMLElement => screen.getByRole('button', { name: /^Propose the erasure/ });

describe('erasing a customer', () => {
  it('is not offered to whoever may not propose it, and says nothing where nothing is to say', async () => {
    station.customer = { ...known, may_not_propose: 'Compliance proposes holds and erasures.' };
    render(App, { host: station });
    await screen.findByText('Facts');
    expect(screen.queryByText('Keeping and erasing')).toBeNull();
  });

  it('is proposed only once what it would do is on screen, and with a reason', async () => {
    let settle: (seen: ErasureAhead) => void = () => undefined;
    station.ahead = new Promise((resolve) => (settle = resolve));
    render(App, { host: station });
    const user = userEvent.setup();
    await user.click(await opener('Erase this customer…'));
    expect(go().getAttribute('aria-disabled')).toBe('true');
    await user.type(screen.getByLabelText(/^Why/), 'By letter.');
    await user.click(go());
    expect(station.commands).toEqual([]);

    settle(ahead);
    await screen.findByText(/Every word of 2 conversations/);
    screen.getByText(/taken back, nobody has started it/);
    screen.getByText(/order 9 may have happened\. Nothing is destroyed before that is settled/);
    screen.getByText('As long as the log is kept');
    screen.getByText('an administrator or supervisor, not you');
    await user.clear(screen.getByLabelText(/^Why/));
    await user.click(go());
    await screen.findByText(/A reason is needed/);
    expect(station.commands).toEqual([]);
    await user.type(screen.getByLabelText(/^Why/), ' By letter. ');
    await user.click(go());
    await waitFor(() =>
      expect(station.commands).toEqual([
        {
          command: 'propose_change',
          request: { change: 'erase_customer', of: { by: 'conversation', conversation: 'cnv_1' } },
          why: 'By letter.',
        },
      ]),
    );
  });

  it('under a legal hold offers nothing but to lift it', async () => {
    station.customer = { ...known, held_since: '2026-10-11T09:00:00Z' };
    render(App, { host: station });
    const user = userEvent.setup();
    await user.click(await opener('Erase this customer…'));
    await screen.findByText(/until it is lifted\.$/, { selector: 'span' });
    expect(screen.queryByRole('button', { name: /^Propose/ })).toBeNull();
    const [, lift] = screen.getAllByRole('button', { name: 'Lift the hold…' });
    await user.click(lift as HTMLElement);
    await screen.findByRole('button', { name: /^Propose to lift it/ });
  });

  it('where nothing can be read any more proposes nothing', async () => {
    station.ahead = Promise.resolve({ ...ahead, conversations: 0 });
    render(App, { host: station });
    const user = userEvent.setup();
    await user.click(await opener('Erase this customer…'));
    await screen.findByText(/there is nothing to erase/);
    expect(go().getAttribute('aria-disabled')).toBe('true');
  });
});
