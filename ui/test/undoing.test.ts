/** An approved action that has not started can be taken back, by button and by key, as long as the station lets it. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { CardView, Command, Query, SessionView } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { press, RecordingHost, row } from './sample';
import { observers } from './setup';

const STARTS = new Date(Date.now() + 600_000).toISOString();

/** Its only action was approved, and starts in ten minutes. */
class WaitingHost extends RecordingHost {
  refusal: HostProblem | null = null;
  mayNotUndo: string | null = null;
  waits = true;
  override undoable = [row('act_1', { state: 'waiting', deadline: STARTS })];
  override held = [];
  override async query<T>(query: Query): Promise<T> {
    const answer = await super.query<T>(query);
    if (query.query !== 'card' || !this.waits) return answer;
    const waiting = { state: 'waiting', may_decide: false, starts_at: STARTS, may_not_undo_reason: this.mayNotUndo };
    return { ...(answer as CardView), ...waiting } as T;
  }
  override command(command?: Command): Promise<SessionView> {
    const answer = super.command(command);
    if (command?.command !== 'undo') return answer;
    if (this.refusal !== null) return Promise.reject(this.refusal);
    this.waits = false;
    return answer;
  }
}

let host: WaitingHost;
const button = (): Promise<HTMLElement> => screen.findByRole('button', { name: /^Undo approval/ });
const sent = (): Command[] => host.commands.filter((command) => command.command === 'undo');

beforeEach(() => {
  observers.length = 0;
  host = new WaitingHost();
});
afterEach(cleanup);

async function open(): Promise<HTMLElement> {
  render(App, { host });
  await userEvent.click(await screen.findByRole('option', { name: /starts in/ }));
  return button();
}

describe('undoing', () => {
  it('stands in a group of its own with the time left, and U takes it back', async () => {
    await open();
    screen.getByText('Starts soon');
    screen.getByText(/^Starts in \d/);
    expect(screen.queryByRole('button', { name: /^Approve/ })).toBeNull();
    press('u');
    await waitFor(() => expect(sent()).toEqual([{ command: 'undo', action: 'act_1' } satisfies Command]));
    await screen.findByRole('button', { name: /^Approve/ });
    expect(screen.queryByRole('button', { name: /^Undo approval/ })).toBeNull();
  });

  it('says what happened where it comes too late', async () => {
    const message = 'This was already approved by Jonas Weber. It has started, so it cannot be taken back.';
    host.refusal = new HostProblem({ code: 'no_longer_held', message, field: null });
    await userEvent.click(await open());
    await screen.findByText(message);
  });

  it('is off for whoever may not, with the reason', async () => {
    host.mayNotUndo = 'Taking an approval back takes a supervisor.';
    const off = await open();
    expect(off.getAttribute('aria-disabled')).toBe('true');
    expect(screen.getAllByText('Taking an approval back takes a supervisor.').length).toBeGreaterThan(0);
    press('u');
    expect(sent()).toEqual([]);
  });
});
