/** Out of office: it is said with a time and a deputy, everything says both names, and whoever is away is told nothing. */
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import type { AwayView, Command, PeopleView, Query, SessionView, StaffView, StandIn } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { untilOf } from '../src/lib/away';
import { time } from '../src/lib/format';
import { Desk } from '../src/state/desk.svelte';
import { card, press, RecordingHost, row } from './sample';
import { observers } from './setup';

const UNTIL = '2099-10-14T09:00:00Z';
const JONAS = { person: 'per_2', name: 'Jonas Weber' };
const INES = { person: 'per_3', name: 'Ines Vidal' };
const MARTA = { person: 'p', name: 'Marta Lindqvist' };

const member = (id: string, name: string, away: AwayView | null = null): StaffView => ({
  id,
  name,
  roles: ['supervisor'],
  team: 'default',
  limits: null,
  keys: [],
  away,
  joined_at: '2026-10-01T09:00:00Z',
  left_at: null,
});

class AwayHost extends RecordingHost {
  away: AwayView | null = null;
  quiet = true;
  others: StaffView[] = [member(JONAS.person, JONAS.name), member(INES.person, INES.name)];
  mayNotSay: string | null = null;
  refusal: HostProblem | null = null;
  override session(): SessionView {
    return { ...super.session(), away: this.away, quiet: this.away !== null && this.quiet };
  }
  override async query<T>(query: Query): Promise<T> {
    if (query.query !== 'people') return super.query(query);
    const view: PeopleView = {
      as_of: 1,
      people: [member(MARTA.person, MARTA.name, this.away), ...this.others],
      deputies: [MARTA, JONAS, INES],
      may_not_say_away: this.mayNotSay,
      changes: [],
      one_person_mode: false,
      may_not_propose: null,
      unmet_rules: [],
    };
    return view as T;
  }
  override command(command?: Command): Promise<SessionView> {
    if (this.refusal !== null && command?.command === 'go_away') return Promise.reject(this.refusal);
    if (command?.command === 'go_away') this.away = { until: UNTIL, deputy: JONAS, by: null };
    if (command?.command === 'come_back') this.away = null;
    return super.command(command);
  }
}

let host: AwayHost;
const dialog = (name: string): Promise<HTMLElement> => screen.findByRole('dialog', { name, hidden: true });
const noDialog = (): Promise<void> => waitFor(() => expect(screen.queryByRole('dialog', { hidden: true })).toBeNull());
const handed = (away: StandIn, to = INES): ReturnType<typeof row> =>
  row('act_1', { delegated: { to: to.person, name: to.name, taken: false, by: 'Ana Sol', away } });

beforeEach(() => {
  observers.length = 0;
  host = new AwayHost();
});
afterEach(cleanup);

describe('being away', () => {
  it('is said with a day and a deputy, shows in a band, and ends with one button', async () => {
    render(App, { host });
    await screen.findByRole('heading', { name: card().headline });
    await fireEvent.click(screen.getByRole('button', { name: 'Out of office…' }));
    const asked = await dialog('Out of office');
    const go = within(asked).getByRole('button', { name: /Say so/, hidden: true });
    await waitFor(() => expect(go.getAttribute('aria-disabled')).toBe('false'));
    await fireEvent.click(go);
    await within(asked).findByText('Choose the day of the return.');
    await within(asked).findByText('Choose who decides meanwhile.');
    const deputy = within(asked).getByLabelText<HTMLSelectElement>('Deputy');
    expect([...deputy.options].map((one) => one.text)).toEqual(['Choose…', 'Jonas Weber', 'Ines Vidal']);
    const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    await fireEvent.input(within(asked).getByLabelText('Back on'), { target: { value: soon } });
    await fireEvent.change(deputy, { target: { value: JONAS.person } });
    await fireEvent.click(go);
    await noDialog();
    const until = new Date(`${soon}T09:00:00`).toISOString();
    expect(host.commands).toEqual([{ command: 'go_away', person: null, until, deputy: JONAS.person }]);
    await screen.findByText(`You are away until ${time(UNTIL)}.`);
    await screen.findByText(
      'Jonas Weber decides what is handed to you, and you are told only of what nobody else could decide.',
    );
    await fireEvent.click(screen.getByRole('button', { name: 'I am back' }));
    await waitFor(() => expect(screen.queryByText(/^You are away/)).toBeNull());
    expect(host.commands[1]).toEqual({ command: 'come_back', person: null });
  });

  it('keeps the form and says why where it was refused', async () => {
    host.refusal = new HostProblem({ code: 'invalid', message: 'The deputy has left.', field: 'deputy' });
    const desk = new Desk(host);
    await desk.start();
    render(App, { host });
    await screen.findByRole('heading', { name: card().headline });
    await fireEvent.click(screen.getByRole('button', { name: 'Out of office…' }));
    const asked = await dialog('Out of office');
    const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    await fireEvent.input(within(asked).getByLabelText('Back on'), { target: { value: soon } });
    await within(asked).findByText('Jonas Weber');
    await fireEvent.change(within(asked).getByLabelText('Deputy'), { target: { value: JONAS.person } });
    await fireEvent.click(within(asked).getByRole('button', { name: /Say so/, hidden: true }));
    await within(asked).findByText('The deputy has left.');
    desk.end();
  });

  it('is said of somebody else by whoever manages people, who is named', async () => {
    host.others = [member(JONAS.person, JONAS.name, { until: UNTIL, deputy: INES, by: 'Marta Lindqvist' })];
    render(App, { host });
    await screen.findByRole('heading', { name: card().headline });
    press('g');
    press('s');
    await fireEvent.click(await screen.findByRole('option', { name: /Jonas Weber/ }));
    await screen.findByText(`Away until ${time(UNTIL)}. Ines Vidal decides meanwhile.`);
    await screen.findByText('Marta Lindqvist said so.');
    await fireEvent.click(screen.getByRole('button', { name: 'They are back' }));
    await waitFor(() => expect(host.commands).toEqual([{ command: 'come_back', person: JONAS.person }]));
    host.mayNotSay = 'That takes an administrator.';
    host.ears?.changed(12);
    await waitFor(() =>
      expect(screen.getByRole('button', { name: /^They are back/ }).getAttribute('aria-disabled')).toBe('true'),
    );
  });

  it('is until a time that lies ahead, and at most 90 days', () => {
    const now = new Date('2026-10-14T12:00:00');
    expect(untilOf('', '09:00', now)).toEqual({ wrong: 'dayMissing' });
    expect(untilOf('2026-10-14', '12:00', now)).toEqual({ wrong: 'past' });
    expect(untilOf('2026-10-14', '12:30', now)).toEqual({ at: new Date('2026-10-14T12:30:00').toISOString() });
    expect(untilOf('2027-01-14', '09:00', now)).toEqual({ wrong: 'tooFar' });
  });
});

describe('what is handed to somebody who is away', () => {
  it('says both names in the row and on the card, for the deputy and for others', async () => {
    host.held = [
      handed({ until: UNTIL, deputy: MARTA }),
      { ...handed({ until: UNTIL, deputy: JONAS }), action: 'act_2' },
      { ...handed({ until: UNTIL, deputy: null }), action: 'act_3' },
    ];
    host.aside = { ...host.aside, delegated: host.held[0]?.delegated ?? null };
    render(App, { host });
    await screen.findByRole('listbox', { name: 'Held actions' });
    const words = (action: string): string => document.getElementById(`queue-${action}`)?.textContent ?? '';
    const until = time(UNTIL);
    await waitFor(() => expect(words('act_1')).toContain(`you decide for Ines Vidal, away until ${until}`));
    expect(words('act_2')).toContain(`Jonas Weber decides for Ines Vidal, away until ${until}`);
    expect(words('act_3')).toContain(`waits for everybody: Ines Vidal is away until ${until}`);
    await screen.findByText(`Yours to decide for Ines Vidal, who is away until ${until}.`);
  });

  it('is told beforehand, in the dialog that delegates it', async () => {
    host.aside.delegates = [
      { ...MARTA, away: null },
      { ...INES, away: { until: UNTIL, deputy: JONAS } },
      { ...JONAS, away: { until: UNTIL, deputy: null } },
    ];
    render(App, { host });
    await screen.findByRole('heading', { name: card().headline });
    press('d');
    const asked = await dialog('Who decides this?');
    within(asked).getByText(`away until ${time(UNTIL)}; goes to Jonas Weber`);
    within(asked).getByText(`away until ${time(UNTIL)}; then it waits for everybody`);
    press('1');
    await noDialog();
    await screen.findByText('Jonas Weber is to decide it for Ines Vidal, who is away.');
  });

  it('is told to the deputy with whose it is, and nothing at all to whoever is away', async () => {
    const desk = new Desk(host);
    host.held = [];
    await desk.start();
    const sound = vi.spyOn(desk.alerting, 'sound');
    desk.place = 'metrics';
    host.held = [handed({ until: UNTIL, deputy: MARTA })];
    await desk.refresh();
    expect(sound).toHaveBeenCalledWith('waits');
    await waitFor(() => expect(host.told[0]?.body).toContain('for Ines Vidal, who is away'), { timeout: 15_000 });
    sound.mockClear();
    host.away = { until: UNTIL, deputy: JONAS, by: null };
    host.held = [];
    await desk.refresh();
    expect(desk.session?.quiet).toBe(true);
    expect(sound).not.toHaveBeenCalled();
    desk.end();
  });
});
