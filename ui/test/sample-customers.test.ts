/** The pace of the sample shop's simulated customers, on the Floor. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { Command, SampleCustomersPace, SessionView } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { RecordingHost } from './sample';

class Station extends RecordingHost {
  pace: SampleCustomersPace | null = 'calm';
  fails = false;
  override session(): SessionView {
    return { ...super.session(), sample_customers: this.pace };
  }
  override command(command?: Command): Promise<SessionView> {
    if (command?.command === 'set_sample_customers') {
      if (this.fails) throw new HostProblem({ code: 'unavailable', message: 'The disk is full.', field: null });
      this.pace = command.pace;
      return Promise.resolve(this.session());
    }
    return super.command();
  }
}

async function open(station: Station): Promise<void> {
  render(App, { host: station });
  await userEvent.click(await screen.findByRole('button', { name: /^Floor/ }));
  await screen.findByText('Sample shop');
}
const chosen = (): (string | null)[] =>
  screen.getAllByRole('button', { pressed: true }).map((button) => button.textContent);

afterEach(cleanup);

describe('simulated customers', () => {
  it('come at the pace that the station says, which is chosen on the Floor', async () => {
    const station = new Station();
    await open(station);
    const group = await screen.findByRole('group', { name: 'Simulated customers' });
    expect(group).toBeTruthy();
    expect(chosen()).toEqual(['Calm']);
    await userEvent.click(screen.getByRole('button', { name: 'Lively' }));
    await waitFor(() => expect(chosen()).toEqual(['Lively']));
    expect(station.pace).toBe('lively');

    station.fails = true;
    await userEvent.click(screen.getByRole('button', { name: 'Off' }));
    expect(await screen.findByText('The disk is full.')).toBeTruthy();
    expect(chosen(), 'what was not kept is not shown').toEqual(['Lively']);
  });

  it('are not there where the station has none', async () => {
    const station = new Station();
    station.pace = null;
    await open(station);
    expect(screen.queryByRole('group', { name: 'Simulated customers' })).toBeNull();
  });
});
