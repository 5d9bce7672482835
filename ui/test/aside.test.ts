/** What puts a held action aside: snoozed it stands in a group of its own until it is back, delegated it says with whom it is. */
import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import type { Command, SessionView } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { spans } from '../src/lib/snooze';
import { Desk } from '../src/state/desk.svelte';
import { card, press, RecordingHost, row } from './sample';
import { observers } from './setup';

const JONAS = { person: 'per_2', name: 'Jonas Weber', away: null };

class AsideHost extends RecordingHost {
  refusal: HostProblem | null = null;
  override command(command?: Command): Promise<SessionView> {
    const answer = super.command(command);
    if (this.refusal !== null && command?.command !== 'look_at') return Promise.reject(this.refusal);
    if (command?.command === 'snooze') this.sleeps(command.minutes === null ? null : '2099-10-14T12:00:00Z');
    if (command?.command === 'delegate') {
      const { to } = command;
      const delegated = to === null ? null : { to, name: 'Jonas Weber', taken: false, by: 'Marta', away: null };
      this.aside = { ...this.aside, delegated };
    }
    return answer;
  }
  sleeps(until: string | null): void {
    const snoozed = until === null ? null : { until, by: 'Marta Lindqvist' };
    this.held = until === null ? [row('act_1')] : [];
    this.snoozed = until === null ? [] : [row('act_1', { snoozed })];
    this.aside = { ...this.aside, snoozed };
  }
}

let host: AsideHost;
const sent = (): Command[] => host.commands.filter(({ command }) => ['snooze', 'delegate'].includes(command));
const dialog = (name: string): Promise<HTMLElement> => screen.findByRole('dialog', { name, hidden: true });
const noDialog = (): Promise<void> => waitFor(() => expect(screen.queryByRole('dialog', { hidden: true })).toBeNull());

beforeEach(() => {
  observers.length = 0;
  host = new AsideHost();
  host.aside.delegates = [{ person: 'per_1', name: 'Marta Lindqvist', away: null }, JONAS];
});
afterEach(cleanup);

describe('snoozing', () => {
  it('is Z and a digit; the row stands in a group of its own, and Z brings it back', async () => {
    render(App, { host });
    await screen.findByRole('heading', { name: card().headline });
    press('z');
    const asked = await dialog('Snooze this action');
    expect(within(asked).getAllByRole('button', { hidden: true })[1]?.textContent).toContain('15 minutes');
    press('2');
    await noDialog();
    expect(sent()).toEqual([{ command: 'snooze', action: 'act_1', minutes: 15 }]);
    const list = screen.getByRole('listbox', { name: 'Held actions' });
    await within(list).findByText(/^back /);
    expect(within(list).getByText('Snoozed')).toBeTruthy();
    await screen.findByText(/^Snoozed until .* by Marta Lindqvist\. It can be decided all the same\.$/);
    await screen.findByRole('button', { name: /Bring back/ });
    press('z');
    await waitFor(() => expect(sent()).toHaveLength(2));
    expect(sent()[1]).toEqual({ command: 'snooze', action: 'act_1', minutes: null });
    await waitFor(() => expect(within(list).queryByText('Snoozed')).toBeNull());
  });

  it('keeps the dialog and says why where it was refused, and is off for whoever may not', async () => {
    host.refusal = new HostProblem({ code: 'invalid', message: 'It was too late.', field: null });
    render(App, { host });
    await screen.findByRole('heading', { name: card().headline });
    press('z');
    const asked = await dialog('Snooze this action');
    press('1');
    await within(asked).findByText('It was too late.');
    cleanup();
    host.refusal = null;
    host.aside = { ...host.aside, may_not_snooze_reason: 'Putting it off takes a supervisor.' };
    render(App, { host });
    const off = await screen.findByRole('button', { name: /^Z?\s*Snooze/ });
    expect(off.getAttribute('aria-disabled')).toBe('true');
    press('z');
    expect(screen.queryByRole('dialog', { hidden: true })).toBeNull();
  });

  it('by a colleague strikes the row where it stands, says who, and lets it stand nowhere else meanwhile', async () => {
    host.held = [row('act_1'), row('act_2')];
    render(App, { host });
    await screen.findByRole('heading', { name: card().headline });
    await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('listbox'));
    host.held = [row('act_2')];
    host.snoozed = [row('act_1', { snoozed: { until: '2099-10-14T12:00:00Z', by: 'Jonas Weber' } })];
    host.ears?.changed(12);
    await waitFor(() =>
      expect(document.getElementById('queue-act_1')?.textContent).toContain('snoozed by Jonas Weber'),
    );
    expect(document.querySelectorAll('#queue-act_1')).toHaveLength(1);
    press('j');
    await waitFor(() => expect(document.getElementById('queue-act_2')?.getAttribute('aria-selected')).toBe('true'));
    await waitFor(() => expect(document.getElementById('queue-act_1')?.textContent).toContain('back '));
    press('j');
    await waitFor(() => expect(document.getElementById('queue-act_1')?.getAttribute('aria-selected')).toBe('true'));
  });

  it('a struck row says what is known now: where its customer was erased meanwhile, no name stays', async () => {
    host.held = [row('act_1'), row('act_2')];
    render(App, { host });
    await screen.findByRole('heading', { name: card().headline });
    await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('listbox'));
    expect(document.getElementById('queue-act_1')?.textContent).toContain('Ana');
    host.held = [row('act_2')];
    host.ended = [row('act_1', { state: 'withdrawn', customer: null, object: null, erased: true })];
    host.ears?.changed(12);
    await waitFor(() => expect(document.getElementById('queue-act_1')?.textContent).toMatch(/Erased\scustomer/));
    expect(document.getElementById('queue-act_1')?.textContent).not.toContain('Ana');
    expect(document.querySelectorAll('#queue-act_1')).toHaveLength(1);
  });

  it('is off while everything is stopped, and so are the clocks', async () => {
    const stopped = vi.spyOn(host, 'session').mockReturnValue({
      ...host.session(),
      stopped: { at: '2026-10-14T12:00:00Z', by: 'Marta', from: 1 } as never,
    });
    render(App, { host });
    const off = await screen.findByRole('button', { name: /^Z?\s*Snooze/ });
    expect(off.getAttribute('aria-disabled')).toBe('true');
    stopped.mockRestore();
  });

  it('offers only what ends a minute before the deadline', () => {
    const now = new Date('2026-10-14T12:00:00Z');
    const minutes = (deadline: string): number[] => spans(deadline, now).map((span) => span.minutes);
    expect(minutes('2026-10-14T12:15:00Z')).toEqual([5, 13]);
    expect(minutes('2026-10-14T12:16:01Z')).toEqual([5, 15]);
    expect(minutes('2026-10-14T12:02:01Z')).toEqual([1]);
    expect(minutes('2026-10-14T12:02:00Z')).toEqual([]);
    expect(spans('2026-10-14T12:16:01Z', now)[0]?.until).toBe('2026-10-14T12:05:00.000Z');
  });

  it('asks again once it is back, and tells of it as of something new', async () => {
    vi.useFakeTimers();
    try {
      host.sleeps('2099-10-14T12:00:00Z');
      // By the station's clock, whatever this desk's says.
      host.nextInMs = 300_000;
      const desk = new Desk(host);
      await desk.start();
      await vi.advanceTimersByTimeAsync(1000);
      expect(desk.approvals.forYou).toEqual([]);
      const told = vi.spyOn(desk.alerting, 'sound');
      await vi.advanceTimersByTimeAsync(290_000);
      expect(told).not.toHaveBeenCalled();
      host.sleeps(null);
      host.nextInMs = null;
      await vi.advanceTimersByTimeAsync(15_000);
      expect(desk.approvals.forYou.map((one) => one.action)).toEqual(['act_1']);
      expect(told).toHaveBeenCalledWith('waits');
      desk.end();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('delegating', () => {
  it('is D and a digit, says with whom it is and from whom, and leaves it in the queue', async () => {
    render(App, { host });
    await screen.findByRole('heading', { name: card().headline });
    press('d');
    await dialog('Who decides this?');
    press('2');
    await noDialog();
    expect(sent()).toEqual([{ command: 'delegate', action: 'act_1', to: 'per_2' }]);
    await screen.findByText('Jonas Weber is to decide this, from Marta.');
    await screen.findByText('Jonas Weber is to decide it.');
    press('d');
    const again = await dialog('Who decides this?');
    const jonas = within(again).getByRole('button', { name: /Jonas Weber/, hidden: true });
    expect([jonas.getAttribute('aria-disabled'), jonas.textContent]).toEqual([
      'true',
      expect.stringContaining('has it'),
    ]);
    press('2');
    press('Enter');
    expect(sent()).toHaveLength(1);
    press('3');
    await noDialog();
    expect(sent()[1]).toEqual({ command: 'delegate', action: 'act_1', to: null });
    await screen.findByText('It waits for everybody again.');
  });

  it('names in the row whose it is', async () => {
    const with_ = (to: string, taken: boolean): ReturnType<typeof row> =>
      row(`act_${to}`, { delegated: { to, name: 'Jonas Weber', taken, by: 'Ines Vidal', away: null } });
    host.held = [row('act_1'), with_('per_2', false), with_('p', false)];
    render(App, { host });
    const list = await screen.findByRole('listbox', { name: 'Held actions' });
    const words = (action: string): string => document.getElementById(`queue-${action}`)?.textContent ?? '';
    await waitFor(() => expect(words('act_p')).toContain('yours, from Ines Vidal'));
    expect(words('act_per_2')).toContain('with Jonas Weber');
    expect(words('act_1')).not.toMatch(/yours|with Jonas/);
    expect(list).toBeTruthy();
  });

  it('tells whoever it is handed to, by whom, and nobody of what they took themself', async () => {
    const desk = new Desk(host);
    await desk.start();
    const sound = vi.spyOn(desk.alerting, 'sound');
    const handed = (to: string, taken: boolean): void => {
      host.held = [row('act_1', { delegated: { to, name: 'Marta Lindqvist', taken, by: 'Ines Vidal', away: null } })];
    };
    handed('p', true);
    await desk.refresh();
    expect(sound).not.toHaveBeenCalled();
    handed('p', false);
    await desk.refresh();
    expect(sound).toHaveBeenCalledWith('waits');
    desk.end();
  });

  it('is off where nobody can be handed it', async () => {
    host.aside = { ...host.aside, delegates: [] };
    render(App, { host });
    const off = await screen.findByRole('button', { name: /^D?\s*Delegate/ });
    expect(off.getAttribute('aria-disabled')).toBe('true');
    press('d');
    expect(screen.queryByRole('dialog', { hidden: true })).toBeNull();
  });
});
