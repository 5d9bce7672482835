/** What follows an answer does not work against whoever has gone on while it was on its way. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { CardView, Command, DecisionRequest, Query, SessionView } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { Desk } from '../src/state/desk.svelte';
import { ToolUse } from '../src/state/tool-use.svelte';
import { conversationRow, floorOf, press, RecordingHost, row, transcript } from './sample';
import { observers, show } from './setup';

const MARTA = { id: 'p', name: 'Marta Lindqvist', roles: ['supervisor', 'administrator'] };
const JONAS = { id: 'q', name: 'Jonas Weber', roles: ['supervisor'] };

class Station extends RecordingHost {
  /** Answers to commands and decisions wait for it. */
  way: Promise<void> = Promise.resolve();
  here: typeof MARTA | null = MARTA;
  wrong = false;
  row = conversationRow('cnv_1');
  override session(): SessionView {
    const people = [MARTA, JONAS];
    return { ...super.session(), stage: this.here === null ? 'sign_in' : 'desk', person: this.here, people };
  }
  override async command(command?: Command): Promise<SessionView> {
    // What is answered is true when it is done, however long the answer is on its way.
    if (command?.command === 'sign_out') this.here = null;
    if (command?.command === 'sign_in' && !this.wrong) this.here = command.person === 'q' ? JONAS : MARTA;
    const answer = { ...(await super.command(command)), asked: 'act_9' };
    if (command?.command !== 'sign_out') await this.way;
    if (command?.command === 'take_over') {
      this.row = { ...this.row, state: 'person', taken_by: { person: 'p', name: 'Marta Lindqvist' } };
    }
    if (this.wrong) throw new HostProblem({ code: 'wrong_password', message: 'Wrong.', field: null });
    return answer;
  }
  override async decide(decision: DecisionRequest): Promise<{ position: number; state: 'approved' }> {
    await this.way;
    this.decided.push(decision);
    return { position: 2, state: 'approved' };
  }
  override async query<T>(query: Query): Promise<T> {
    if (query.query === 'conversations') return floorOf([this.row], query) as T;
    if (query.query === 'whisper_preview') return { words: query.text, would: null } as T;
    if (query.query === 'trail') {
      await this.way;
      return { as_of: 1, rows: [{ position: 7 }, { position: 5 }], next: null, unknown: [] } as T;
    }
    if (query.query === 'people') {
      const person = { joined_at: '2026-10-14T12:28:00Z', left_at: null, away: null, limits: null, keys: [] };
      const staff = [MARTA, JONAS].map((one) => ({ ...one, ...person }));
      return {
        as_of: 1,
        people: staff,
        deputies: [],
        may_not_say_away: null,
        changes: [],
        one_person_mode: false,
        may_not_propose: null,
        unmet_rules: [],
      } as T;
    }
    if (query.query === 'card' && query.action === 'act_2') {
      return { ...(await super.query<CardView>(query)), state: 'held' } as T;
    }
    if (query.query !== 'conversation') return super.query<T>(query);
    return transcript(this.row) as T;
  }
  /** From now on answers are on their way until this is called. */
  delay(): () => void {
    let arrive = (): void => undefined;
    this.way = new Promise((resolve) => (arrive = resolve));
    return () => arrive();
  }
}

let station: Station;
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findByRole('button', { name: /^Settings/ });
}
/** Everything that an answer sets off has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  observers.length = 0;
  station = new Station();
});
afterEach(cleanup);

describe('after a decision', () => {
  beforeEach(() => {
    station.held = [row('act_1'), row('act_2', { customer: 'Per Ek' })];
  });

  it('leaves who writes on the next card already in their field: the next letter is no key', async () => {
    await open();
    const approve = await screen.findByRole('button', { name: /^Approve/ });
    show();
    await waitFor(() => expect(approve.getAttribute('aria-disabled')).toBe('false'));
    const arrive = station.delay();
    press('a');
    press('j');
    await screen.findByRole('option', { name: /Per\sEk/, selected: true });
    await waitFor(() =>
      expect(screen.getByRole('button', { name: /^Reject/ }).getAttribute('aria-disabled')).toBe('false'),
    );
    press('r');
    const field = await screen.findByRole('textbox');
    await waitFor(() => expect(document.activeElement).toBe(field));
    arrive();
    await waitFor(() => expect(station.decided.length).toBe(1));
    await settled();
    expect(document.activeElement).toBe(field);
  });

  it('goes on from the card that was opened meanwhile', async () => {
    station.held = ['1', '2', '3', '4'].map((name) => row(name));
    const desk = new Desk(station);
    await desk.start();
    const { approvals } = desk;
    await approvals.refresh();
    approvals.select('1');
    const place = approvals.place('1');
    approvals.select('3');
    approvals.decidedHere('1', place);
    approvals.move(1);
    expect(approvals.selected).toBe('4');
  });
});

describe('forms', () => {
  it('do not close the one that was opened in their place', async () => {
    await open();
    press('g');
    press('s');
    const user = userEvent.setup();
    const arrive = station.delay();
    await user.click((await screen.findAllByRole('button', { name: 'Change…' }))[0] as HTMLElement);
    await user.keyboard('{Control>}{Enter}{/Control}');
    await user.click(screen.getByRole('button', { name: /^Back/ }));
    await user.click(screen.getByRole('button', { name: 'New password…' }));
    await screen.findByRole('dialog', { name: 'New password for Marta Lindqvist' });
    arrive();
    await waitFor(() => expect(station.commands.map((one) => one.command)).toEqual(['propose_change']));
    await settled();
    screen.getByRole('dialog', { name: 'New password for Marta Lindqvist' });
  });

  it('leave what was opened after a stop was asked for', async () => {
    await open();
    const arrive = station.delay();
    press('.', { ctrlKey: true });
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Stop everything' }));
    await user.click(screen.getByRole('button', { name: /^Back/ }));
    press('?');
    await screen.findByText('Everywhere');
    arrive();
    await settled();
    screen.getByText('Everywhere');
  });

  it('let nobody write in a whisper that is on its way: it goes out once, and nothing of it stays', async () => {
    await open();
    press('g');
    press('f');
    await screen.findByRole('region', { name: 'Transcript' });
    press('w');
    const user = userEvent.setup();
    const field = await screen.findByRole('textbox', { name: 'What should it do?' });
    await user.type(field, 'Be kind.');
    await screen.findByText(/It could do nothing by this/);
    const arrive = station.delay();
    await user.keyboard('{Control>}{Enter}{/Control}');
    await user.type(field, 'Do not ', { initialSelectionStart: 0, initialSelectionEnd: 0 });
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect((field as HTMLTextAreaElement).value).toBe('Be kind.');
    expect([document.activeElement, field.getAttribute('aria-busy')]).toEqual([field, 'true']);
    arrive();
    await waitFor(() => expect(screen.queryByRole('dialog', { name: 'Whisper to the agent' })).toBeNull());
    press('w');
    expect(((await screen.findByRole('textbox', { name: 'What should it do?' })) as HTMLTextAreaElement).value).toBe(
      '',
    );
    expect(station.commands.map((one) => one.command === 'whisper' && one.text)).toEqual(['Be kind.']);
  });

  it('take nobody out of the field in which they write, who took a conversation over before', async () => {
    await open();
    press('g');
    press('f');
    await screen.findByRole('region', { name: 'Transcript' });
    const arrive = station.delay();
    press('t');
    press('f');
    await waitFor(() => expect(document.activeElement?.tagName).toBe('SELECT'));
    const filter = document.activeElement;
    arrive();
    await screen.findByRole('textbox', { name: 'Reply to the customer' });
    await settled();
    expect(document.activeElement).toBe(filter);
  });

  it('keep what was written while a tool was being asked', async () => {
    const desk = new Desk(station);
    await desk.start();
    const use = new ToolUse(desk, 'cnv_1');
    const schema = { type: 'object', properties: { order: { type: 'string' } } };
    const tool = { tool: 'crm.find', title: 'Find', effect: 'read' as const, schema, money: null, known: {} };
    use.tools = [tool as never];
    use.chosen = 'crm.find';
    const [order] = use.fields;
    if (order === undefined) throw new Error('no field');
    use.write(order, '1042');
    use.why = 'They ask.';
    const arrive = station.delay();
    const asked = use.asks();
    use.write(order, '1043');
    use.why = 'And this one.';
    arrive();
    await asked;
    expect(use.asked).toBe('act_9');
    expect([use.text(order), use.why]).toEqual(['1043', 'And this one.']);
  });
});

describe('who sits at the desk', () => {
  it('stays who signed in, whatever was asked for by somebody before', async () => {
    const desk = new Desk(station);
    await desk.start();
    const arrive = station.delay();
    const late = desk.command({ command: 'take_over', conversation: 'cnv_1' });
    await desk.leave(false);
    station.way = Promise.resolve();
    await desk.command({ command: 'sign_in', person: 'q', password: 'x' });
    arrive();
    await late;
    expect(desk.session?.person?.name).toBe('Jonas Weber');
  });

  it('is nobody from the moment of leaving, however long the station takes to hear of it', async () => {
    await open();
    station.command = () => new Promise<never>(() => undefined);
    press('l', { ctrlKey: true, shiftKey: true });
    await screen.findByRole('heading', { name: 'Who is signing?' });
    expect(screen.queryByRole('navigation')).toBeNull();
  });

  it('is nobody whom a question names after they left: only a password opens the desk again', async () => {
    await open();
    station.command = () => new Promise<never>(() => undefined);
    press('l', { ctrlKey: true, shiftKey: true });
    await screen.findByRole('heading', { name: 'Who is signing?' });
    // The station has not heard of it, and still knows who sat here.
    window.dispatchEvent(new Event('focus'));
    await settled();
    expect(screen.queryByRole('navigation')).toBeNull();
    screen.getByRole('heading', { name: 'Who is signing?' });
  });

  it('is nobody whom a question names that was asked before they left', async () => {
    const desk = new Desk(station);
    await desk.start();
    let arrive = (): void => undefined;
    const way = new Promise<void>((resolve) => (arrive = resolve));
    const answered = station.session();
    const query = station.query.bind(station);
    station.query = async <T>(asked: Query) => {
      if (asked.query !== 'session') return query<T>(asked);
      await way;
      return answered as T;
    };
    const late = desk.refresh();
    await desk.leave(true);
    arrive();
    await late;
    expect([desk.session?.stage, desk.session?.person, desk.locked]).toEqual(['sign_in', null, true]);
  });

  it('comes in by the setting up that was on its way while a question was answered, and sees the recovery key', async () => {
    station.here = null;
    const desk = new Desk(station);
    await desk.start();
    const arrive = station.delay();
    const answer = station.command.bind(station);
    station.command = async (command) => {
      station.here = MARTA;
      return { ...(await answer(command)), recovery_key: 'AAAA-BBBB' };
    };
    const set = desk.command({ command: 'set_up', name: 'M', password: 'x', token: null, second: null });
    await desk.refresh();
    expect(desk.session?.stage).toBe('sign_in');
    arrive();
    await set;
    expect([desk.session?.person?.id, desk.recoveryKey]).toEqual(['p', 'AAAA-BBBB']);
    expect(desk.session?.recovery_key).toBeNull();
    await desk.leave(false);
    expect(desk.recoveryKey).toBeNull();
  });

  it('sees no recovery key of who sat here before: it comes behind a lock, and nobody is shown it', async () => {
    const desk = new Desk(station);
    await desk.start();
    const arrive = station.delay();
    const answer = station.command.bind(station);
    station.command = async (command) => {
      const session = await answer(command);
      if (command?.command !== 'new_recovery_key') return session;
      return { ...session, stage: 'sign_in', person: null, recovery_key: 'AAAA-BBBB' };
    };
    const made = desk.command({ command: 'new_recovery_key' });
    await desk.leave(true);
    arrive();
    await made;
    expect([desk.recoveryKey, desk.locked]).toEqual([null, true]);
    await desk.command({ command: 'sign_in', person: 'q', password: 'x' });
    expect([desk.session?.person?.id, desk.recoveryKey]).toEqual(['q', null]);
  });

  it('types their password again while the one before is looked at', async () => {
    station.here = null;
    station.wrong = true;
    render(App, { host: station });
    const user = userEvent.setup();
    const field = await screen.findByLabelText('Password');
    const arrive = station.delay();
    await user.type(field, 'wrong{Enter}');
    await user.clear(field);
    await user.type(field, 'right this ti');
    arrive();
    await settled();
    expect((field as HTMLInputElement).value).toBe('right this ti');
  });
});

it('a record that was to open does not come over one that was opened meanwhile', async () => {
  const desk = new Desk(station);
  await desk.start();
  const arrive = station.delay();
  desk.openTrail('kind:station.policy_in_force', 5);
  desk.trail.select(7);
  arrive();
  await desk.trail.start();
  expect(desk.trail.rows.map((one) => one.position)).toEqual([7, 5]);
  expect(desk.trail.selected).toBe(7);
});

describe('a record that was to open', () => {
  const POLICIES = 'kind:station.policy_in_force';
  let desk: Desk;
  let asked: string[];
  beforeEach(async () => {
    asked = [];
    const query = station.query.bind(station);
    station.query = async <T>(one: Query) => {
      if (one.query === 'record') asked.push(`record ${one.position}`);
      return query<T>(one);
    };
    desk = new Desk(station);
    await desk.start();
  });
  afterEach(() => desk.trail.clear());

  it('opens among what was found', async () => {
    desk.openTrail(POLICIES, 5);
    await desk.trail.start();
    expect([desk.trail.selected, asked]).toEqual([5, ['record 5']]);
  });

  it('does not open under another search, and is not recorded as read', async () => {
    await desk.trail.start();
    desk.trail.select(7);
    const arrive = station.delay();
    desk.openTrail(POLICIES, 5);
    const found = desk.trail.search('buckle');
    arrive();
    await found;
    expect([desk.trail.text, desk.trail.selected, asked]).toEqual(['buckle', 7, ['record 7']]);
  });

  it('opens behind an answer to a search before', async () => {
    const arrive = station.delay();
    void desk.trail.search('buckle');
    desk.openTrail(POLICIES, 5);
    arrive();
    await desk.trail.start();
    expect([desk.trail.selected, asked]).toEqual([5, ['record 5']]);
  });

  it('does not open where it was not found', async () => {
    desk.openTrail(POLICIES, 6);
    await desk.trail.start();
    expect([desk.trail.selected, asked]).toEqual([null, []]);
    expect(station.commands.filter((one) => one.command === 'note_search')).toEqual([]);
  });

  it('does not open by itself after the search that was to find it had failed', async () => {
    const { query } = station;
    station.query = <T>(one: Query) =>
      one.query === 'trail'
        ? Promise.reject(new HostProblem({ code: 'unavailable', message: 'Busy.', field: null }))
        : query<T>(one);
    desk.openTrail(POLICIES, 5);
    await desk.trail.start();
    expect(desk.trail.problem?.message).toBe('Busy.');
    station.query = query;
    await desk.trail.start();
    expect([desk.trail.rows.length, desk.trail.selected, asked]).toEqual([2, null, []]);
  });

  it('opens in a list that stays as it is, and leaves no wish behind there', async () => {
    desk.openTrail(POLICIES);
    await desk.trail.start();
    desk.trail.still = true;
    desk.openTrail(POLICIES, 5);
    await desk.trail.start();
    expect(desk.trail.selected).toBe(5);
    desk.trail.select(null);
    desk.trail.still = false;
    await desk.trail.start();
    expect([desk.trail.selected, asked]).toEqual([null, ['record 5']]);
  });
});
