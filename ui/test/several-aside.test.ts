/** Putting several held actions aside from their review: snoozed together, or handed to one person. */
import { cleanup, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command, Delegate } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { press } from './sample';
import { host, review, button, isOff, acted, openAll, anew } from './vouchers';

beforeEach(anew);
afterEach(cleanup);

describe('putting several aside', () => {
  const MARTA = { person: 'p', name: 'Marta Lindqvist', away: null };
  const JONAS = { person: 'per_2', name: 'Jonas Weber', away: null };
  const sent = (): Command[] => commands.filter((one) => ['snooze', 'delegate'].includes(one.command));
  let commands: Command[] = [];
  let refuses: string | null = null;

  function begin(delegates: Record<string, Delegate[]>): void {
    [commands, refuses] = [[], null];
    for (const [action, able] of Object.entries(delegates)) {
      host.views[action] = { aside: { ...host.aside, delegates: able } };
    }
    host.cards['act_2'] = { deadline: new Date(Date.now() + 600_000).toISOString() };
    host.command = (command?: Command) => {
      if (command !== undefined) commands.push(command);
      const refused = command !== undefined && 'action' in command && command.action === refuses;
      if (refused) return Promise.reject(new HostProblem({ code: 'invalid', message: 'Too late.', field: null }));
      return Promise.resolve(host.session());
    };
  }

  it('snoozes each, for no longer than the nearest deadline leaves, and the choice is over', async () => {
    begin({});
    await openAll();
    press('z');
    const asked = await screen.findByRole('dialog', { name: 'Snooze these 3', hidden: true });
    const spans = within(asked).getAllByRole('button', { hidden: true });
    expect(spans.map((span) => span.textContent?.replace(/\s+/gu, ' ').trim())).toEqual([
      '1 5 minutes',
      expect.stringMatching(/^2 [89] minutes$/),
      'Back Esc',
    ]);
    press('1');
    await waitFor(() => expect(sent()).toHaveLength(3));
    expect(sent()[1]).toEqual({ command: 'snooze', action: 'act_2', minutes: 5 });
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Review of the chosen' })).toBeNull());
    await screen.findByText('3 snoozed.');
    expect(screen.queryByRole('group', { name: 'Chosen' })).toBeNull();
    expect(acted()).toEqual([]);
  });

  it('hands each to somebody who can decide all of them, and says which was refused and why', async () => {
    begin({ act_1: [MARTA, JONAS], act_2: [JONAS], act_3: [MARTA, JONAS] });
    await openAll();
    refuses = 'act_2';
    press('d');
    const asked = await screen.findByRole('dialog', { name: 'Who decides this?', hidden: true });
    expect(
      within(asked)
        .getAllByRole('button', { hidden: true })
        .map((one) => one.textContent?.includes('Jonas')),
    ).toEqual([true, false]);
    press('1');
    await waitFor(() => expect(sent()).toHaveLength(3));
    await waitFor(() => expect(review().textContent).toContain('2: Jonas Weber is to decide it.'));
    expect(review().textContent).toMatch(/1 stays as it is:.*Customer\s2: Too late\./u);
    // What was not handed over can still be approved with the others.
    expect(button(/^A?\s*Approve 3/)).toBeTruthy();
  });

  it('leaves out what is too near its deadline', async () => {
    begin({});
    host.cards['act_2'] = { deadline: new Date(Date.now() + 100_000).toISOString() };
    await openAll();
    press('z');
    await screen.findByRole('dialog', { name: 'Snooze these 2', hidden: true });
    press('1');
    await waitFor(() => expect(sent()).toHaveLength(2));
    expect(sent().map((one) => 'action' in one && one.action)).toEqual(['act_1', 'act_3']);
  });

  it('is off where nobody can decide all of them, or none can be put off', async () => {
    host.aside = { ...host.aside, may_not_snooze_reason: 'Putting it off takes a supervisor.' };
    begin({ act_1: [MARTA], act_2: [JONAS] });
    await openAll();
    expect([isOff(/^Z?\s*Snooze/), isOff(/^D?\s*Delegate/)]).toEqual([true, true]);
    press('z');
    press('d');
    expect(screen.queryByRole('dialog', { hidden: true })).toBeNull();
  });
});
