/** Who looks at a card: seen in the row, on the card and in what is told; and what this desk says of itself. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { SessionView } from '../src/generated/wire';
import { press, RecordingHost, row } from './sample';
import { observers } from './setup';

const MIRA = { action: 'act_1', person: 'mira' };
const SEEN = 'Mira Novak is looking at this';

class House extends RecordingHost {
  override session(): SessionView {
    const person = (id: string, name: string): SessionView['people'][number] => ({ id, name, roles: ['supervisor'] });
    return { ...super.session(), people: [person('p', 'Marta Lindqvist'), person('mira', 'Mira Novak')] };
  }
}

let host: House;
beforeEach(async () => {
  observers.length = 0;
  host = new House();
  render(App, { host });
  await screen.findByRole('button', { name: /^Approve/ });
});
afterEach(cleanup);

describe('who looks at a card', () => {
  it('is seen on the card and in its row while they do, and nobody sees themself', async () => {
    host.ears?.looking([MIRA, { action: 'act_1', person: 'p' }]);
    await waitFor(() => expect(screen.getAllByText(SEEN)).toHaveLength(2));
    expect(screen.queryByText(/Marta Lindqvist is looking/)).toBeNull();
    host.ears?.looking([{ ...MIRA, action: 'act_9' }]);
    await waitFor(() => expect(screen.queryByText(SEEN)).toBeNull());
  });

  it('is not drawn as known while the station is lost', async () => {
    host.ears?.looking([MIRA]);
    await screen.findAllByText(SEEN);
    host.ears?.lost(null);
    await waitFor(() => expect(screen.queryByText(SEEN)).toBeNull());
  });

  it('is told of the card that is open here, once, and no more once another place is', async () => {
    await waitFor(() => expect(host.looks).toEqual(['act_1']));
    host.ears?.changed(12);
    host.ears?.found();
    await waitFor(() => expect(host.looks).toEqual(['act_1', 'act_1']));
    press('g');
    press('f');
    await waitFor(() => expect(host.looks.at(-1)).toBeNull());
  });

  it('is left out of what others are told of, until they leave it undecided', async () => {
    press('g');
    press('f');
    host.ears?.looking([{ ...MIRA, action: 'act_2' }]);
    host.held = [row('act_1'), row('act_2')];
    host.ears?.changed(13);
    await waitFor(() => expect(screen.getByRole('button', { name: /^Approvals, 2 wait/ })).toBeTruthy());
    expect(host.told).toEqual([]);
    host.ears?.looking([]);
    await waitFor(() => expect(host.told).toHaveLength(1), { timeout: 6000 });
  }, 10_000);
});

describe('a row', () => {
  it('says how much on its card does not go together', async () => {
    host.held = [row('act_1', { contradictions: 1 }), row('act_2', { contradictions: 3 })];
    host.ears?.changed(12);
    await screen.findByText('1 contradiction');
    press('.');
    await screen.findByText('3 contradictions');
  });
});
