/** Putting a deadline off: by button and by key, with the reason where it is off, and no other card to be read anew. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { Command, Query, SessionView } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { press, RecordingHost } from './sample';
import { observers } from './setup';

class PatientHost extends RecordingHost {
  refusal: HostProblem | null = null;
  read: string[] = [];
  override async query<T>(query: Query): Promise<T> {
    const answer = await super.query<T>(query);
    if (query.query === 'card') this.read.push(this.digest);
    return answer;
  }
  override command(command?: Command): Promise<SessionView> {
    const answer = super.command(command);
    if (command?.command !== 'more_time') return answer;
    if (this.refusal !== null) return Promise.reject(this.refusal);
    this.card = { ...this.card, deadline: '2026-10-14T23:00:00Z' };
    this.digest = 'card-later';
    return answer;
  }
}

let host: PatientHost;
const button = (): Promise<HTMLElement> => screen.findByRole('button', { name: /^More time/ });
const sent = (): Command[] => host.commands.filter((command) => command.command === 'more_time');

beforeEach(() => {
  observers.length = 0;
  host = new PatientHost();
});
afterEach(cleanup);

describe('more time', () => {
  it('is given by X, and the card that comes back is not told as changed', async () => {
    render(App, { host });
    await button();
    press('x');
    await waitFor(() =>
      expect(sent()).toEqual([
        { command: 'more_time', action: 'act_1', saw: '2099-10-14T12:36:00Z' } satisfies Command,
      ]),
    );
    await screen.findByText('The deadline was put off.');
    host.ears?.changed(11);
    await waitFor(() => expect(host.read).toContain('card-later'));
    expect(screen.queryByText(/^This card changed while it was open/)).toBeNull();
  });

  it('is off for whoever may not, and says what the station said where it was refused', async () => {
    host.mayNotMoreTime = 'It was given more time 3 times already; decide it, or call for a colleague.';
    render(App, { host });
    expect((await button()).getAttribute('aria-disabled')).toBe('true');
    press('x');
    expect(sent()).toEqual([]);
    cleanup();
    host.mayNotMoreTime = null;
    host.refusal = new HostProblem({ code: 'invalid', message: 'It was too late.', field: null });
    render(App, { host });
    (await button()).click();
    await screen.findByText('It was too late.');
  });
});
