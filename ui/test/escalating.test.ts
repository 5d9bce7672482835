/** Calling for a colleague from a card: with a reason, once, and the card stays what it is. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { CardEscalation, Command, SessionView } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { press, RecordingHost } from './sample';
import { observers } from './setup';

class EscalatingHost extends RecordingHost {
  refusal: HostProblem | null = null;
  override command(command?: Command): Promise<SessionView> {
    const answer = super.command(command);
    if (command?.command !== 'escalate') return answer;
    if (this.refusal !== null) return Promise.reject(this.refusal);
    this.escalation = {
      reason: 'Pulled by a supervisor',
      at: '2026-10-14T12:31:00Z',
      by: { person: 'p', name: 'Marta Lindqvist' },
      note: command.note,
      may_not_reason: 'A person is asked for in this conversation already.',
    } satisfies CardEscalation;
    return answer;
  }
}

let host: EscalatingHost;
const button = (): Promise<HTMLElement> => screen.findByRole('button', { name: /^Escalate…/ });
const sent = (): Command[] => host.commands.filter((command) => command.command === 'escalate');

beforeEach(() => {
  observers.length = 0;
  host = new EscalatingHost();
});
afterEach(cleanup);

describe('escalating', () => {
  it('asks why, is stored once, and leaves the action held', async () => {
    render(App, { host });
    await button();
    press('e');
    const words = await screen.findByRole('textbox', { name: 'Why, for whoever takes it up' });
    await waitFor(() => expect(document.activeElement).toBe(words));
    const go = screen.getByRole('button', { name: /^Escalate(?!…)/ });
    expect(go.getAttribute('aria-disabled')).toBe('true');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    expect(sent()).toEqual([]);
    await userEvent.type(words, ' Call her. ');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() =>
      expect(sent()).toEqual([{ command: 'escalate', action: 'act_1', note: 'Call her.' } satisfies Command]),
    );
    await screen.findByText(/^Pulled by a supervisor, Marta Lindqvist, since/);
    screen.getByText('Call her.');
    expect(screen.queryByRole('dialog')).toBeNull();
    const off = await button();
    expect(off.getAttribute('aria-disabled')).toBe('true');
    screen.getByText('A person is asked for in this conversation already.');
    press('e');
    expect(screen.queryByRole('dialog')).toBeNull();
    await screen.findByRole('button', { name: /^Approve/ });
    expect(host.decided).toEqual([]);
  });

  it('keeps what was typed where it was refused, and says why', async () => {
    const message = 'This was already rejected by Jonas Weber. Nothing was escalated.';
    host.refusal = new HostProblem({ code: 'no_longer_held', message, field: null });
    render(App, { host });
    await userEvent.click(await button());
    const words = await screen.findByRole('textbox', { name: 'Why, for whoever takes it up' });
    await userEvent.type(words, 'Call her.');
    await userEvent.click(screen.getByRole('button', { name: /^Escalate(?!…)/ }));
    await screen.findByText(message);
    expect((words as HTMLTextAreaElement).value).toBe('Call her.');
  });
});
