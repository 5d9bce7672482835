/** The one control that stops everything: offered to whoever may, and with the reason to whoever may not. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { SessionView } from '../src/generated/wire';
import { press, RecordingHost } from './sample';

const WHY = 'That is not yours to do: stopping takes a supervisor, an escalation handler or an administrator.';

class Station extends RecordingHost {
  mayNot: string | null = null;
  override session(): SessionView {
    return { ...super.session(), may_not_stop: this.mayNot };
  }
}

let station: Station;
async function stop(): Promise<HTMLElement> {
  render(App, { host: station });
  await userEvent.setup().click(await screen.findByRole('button', { name: /^Stop agents…/ }));
  return screen.findByRole('button', { name: /^Stop everything/ });
}

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

it('stops for whoever may', async () => {
  const go = await stop();
  screen.getByRole('checkbox', { name: 'Ending it takes two people' });
  await userEvent.setup().click(go);
  await waitFor(() => expect(station.commands).toEqual([{ command: 'stop', takes_two: false }]));
});

it('says to whoever may not why it is off, asks nothing, and is not in their palette', async () => {
  station.mayNot = WHY;
  const go = await stop();
  expect(screen.getAllByText(WHY)[0]?.tagName).toBe('P');
  expect(go.getAttribute('aria-disabled')).toBe('true');
  expect(screen.queryByRole('checkbox')).toBeNull();
  const user = userEvent.setup();
  await user.click(go);
  await user.click(screen.getByRole('button', { name: /^Back/ }));
  expect(station.commands).toEqual([]);
  press('k', { ctrlKey: true });
  await user.type(await screen.findByRole('combobox'), 'stop');
  expect(screen.queryByRole('option', { name: /Stop agents/ })).toBeNull();
});
