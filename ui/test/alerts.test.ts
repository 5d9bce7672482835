/** What somebody is told and when: the rules as they stand, and what a desk makes of them. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import type { ConversationRow, Query } from '../src/generated/wire';
import { Alerts, BETWEEN_MS, GATHER_MS, SOUND_MS, type Waiting } from '../src/lib/alerts';
import { NOTES } from '../src/lib/tones';
import { words } from '../src/state/alerting.svelte';
import { card, conversationRow, RecordingHost, row } from './sample';

const one = (id: string, kind: Waiting['kind'] = 'held', noun = 'Refund'): Waiting => ({ id, kind, noun, detail: '' });
const nowhere = (): boolean => false;
const ids = (alert: ReturnType<Alerts['see']>): string[] => alert.tell?.of.map((waiting) => waiting.id) ?? [];

describe('notices', () => {
  let alerts: Alerts;
  beforeEach(() => {
    alerts = new Alerts();
    expect(alerts.see([one('old')], nowhere, 0)).toEqual({ sound: false, tell: null, again: null });
  });

  it('sound once for what a colleague opens and leaves, and tell of it only while nobody looks', () => {
    const alerts = new Alerts();
    alerts.see([], nowhere, 0);
    const claimed = (id: string): boolean => id === 'a';
    expect(alerts.see([one('a')], nowhere, 1000, claimed)).toEqual({ sound: true, tell: null, again: null });
    expect(alerts.see([one('a')], nowhere, 1000 + BETWEEN_MS, claimed).tell).toBeNull();
    const left = alerts.see([one('a')], nowhere, 1000 + 2 * BETWEEN_MS);
    expect([left.sound, ids(left)]).toEqual([false, ['a']]);
    const opened = alerts.see([one('a')], nowhere, 1000 + 4 * BETWEEN_MS, claimed);
    const again = alerts.see([one('a')], nowhere, 1000 + 6 * BETWEEN_MS);
    expect([opened, again]).toEqual([
      { sound: false, tell: null, again: null },
      { sound: false, tell: null, again: null },
    ]);
  });

  it('gather what comes together into one, and tell nothing twice', () => {
    expect(alerts.see([one('old'), one('a')], nowhere, 1000)).toEqual({
      sound: true,
      tell: null,
      again: 1000 + GATHER_MS,
    });
    expect(alerts.see([one('old'), one('a'), one('b')], nowhere, 2000).sound).toBe(false);
    expect(ids(alerts.see([one('old'), one('a'), one('b')], nowhere, 1000 + GATHER_MS))).toEqual(['a', 'b']);
    expect(alerts.see([one('old'), one('a'), one('b')], nowhere, 10 * BETWEEN_MS)).toEqual({
      sound: false,
      tell: null,
      again: null,
    });
  });

  it('are of what is handed to somebody, also where it waited for them before, and once', () => {
    const handed = { ...one('old'), from: 'Marta Lindqvist' };
    expect(alerts.see([handed], nowhere, 1000).sound).toBe(true);
    // Whoever handed it over may still have it open.
    expect(ids(alerts.see([handed], nowhere, 1000 + GATHER_MS, () => true))).toEqual(['old']);
    expect(alerts.see([handed], nowhere, 10 * BETWEEN_MS)).toEqual({ sound: false, tell: null, again: null });
    // Handed back and forth, it is new again.
    expect(alerts.see([], nowhere, 11 * BETWEEN_MS).sound).toBe(false);
    expect(alerts.see([handed], nowhere, 12 * BETWEEN_MS).sound).toBe(true);
  });

  it('come at most once a minute, and what came meanwhile comes together then', () => {
    let told: number[] = [];
    let waiting = [one('old')];
    for (let now = 0; now < 10 * BETWEEN_MS; now += 1000) {
      waiting = [...waiting, one(`n${now}`)];
      if (alerts.see(waiting, nowhere, now).tell !== null) told = [...told, now];
    }
    expect(told.length).toBeGreaterThan(5);
    told.slice(1).forEach((at, index) => expect(at - (told[index] ?? 0)).toBeGreaterThanOrEqual(BETWEEN_MS));
  });

  it('are not of what somebody else decided or took before, nor of what is looked at', () => {
    alerts.see([one('a'), one('b'), one('e', 'escalation')], nowhere, 0);
    const looks = (kind: Waiting['kind']): boolean => kind === 'escalation';
    expect(ids(alerts.see([one('b'), one('e', 'escalation')], looks, GATHER_MS))).toEqual(['b']);
    alerts.see([one('c')], nowhere, GATHER_MS + 1);
    expect(alerts.see([], nowhere, 2 * BETWEEN_MS)).toEqual({ sound: false, tell: null, again: null });
  });

  it('are one sound for several arrivals within ten seconds', () => {
    expect(alerts.see([one('a')], nowhere, 0).sound).toBe(true);
    expect(alerts.see([one('a'), one('b')], nowhere, SOUND_MS - 1).sound).toBe(false);
    expect(alerts.see([one('a'), one('b'), one('c')], nowhere, SOUND_MS).sound).toBe(true);
  });

  it('count in words what waits, and name nobody', () => {
    expect(words([{ ...one('a'), detail: '€129.00, until 14:36' }])).toEqual({
      title: 'Refund waits for you',
      body: '€129.00, until 14:36',
    });
    expect(words([one('a'), one('b'), one('c')]).title).toBe('3 refunds wait for you');
    expect(words([one('a'), one('b'), one('e', 'escalation', ''), one('u', 'unknown')]).title).toBe(
      '2 refunds, 1 customer and 1 unknown outcome wait for you',
    );
  });
});

describe('tones', () => {
  it('differ, and are over within 0.4 seconds', () => {
    const shapes = Object.values(NOTES).map((notes) => JSON.stringify(notes.map(({ hertz, at }) => [hertz, at])));
    expect(new Set(shapes).size).toBe(3);
    for (const notes of Object.values(NOTES)) for (const { at, lasts } of notes) expect(at + lasts).toBeLessThan(0.4);
  });
});

class Station extends RecordingHost {
  waiting: ConversationRow[] = [];
  override async query<T>(query: Query): Promise<T> {
    return query.query === 'escalations' ? ({ as_of: 1, rows: this.waiting } as T) : super.query<T>(query);
  }
}

describe('the desk', () => {
  let station: Station;
  beforeEach(() => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    station = new Station();
  });
  afterEach(() => {
    cleanup();
    localStorage.clear();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  const escalation = { reason: 'Asked for a person', at: '2026-10-14T12:28:00Z', due: '2099-10-14T12:38:00Z' };

  it('tells a person who looks elsewhere, and a notice that is chosen opens the card', async () => {
    vi.spyOn(document, 'hasFocus').mockReturnValue(false);
    render(App, { host: station });
    await screen.findByRole('heading', { name: card().headline });
    station.held = [row('act_1'), row('act_2', { customer: 'Jean Lefèvre', object: 'order 1031' })];
    station.waiting = [conversationRow('e', { escalation, taken_by: { person: 'q', name: 'Sam' } })];
    station.ears?.changed(2);
    await vi.advanceTimersByTimeAsync(GATHER_MS + 100);
    await waitFor(() => expect(station.told).toHaveLength(1));
    expect(station.told[0]?.title).toBe('Refund waits for you');
    expect(JSON.stringify(station.told)).not.toMatch(/Lef|1031/);
    station.told[0]?.chosen();
    await waitFor(() =>
      expect(document.querySelector('[role=option][aria-selected=true]')?.textContent).toContain('Lefèvre'),
    );
  });

  it('tells nothing that is on the screen, and nothing to whoever cannot do it', async () => {
    vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    station.session = () => ({
      ...new RecordingHost().session(),
      person: { id: 'c', name: 'Cora', roles: ['escalation_handler'] },
    });
    station.forYou = () => [];
    render(App, { host: station });
    await screen.findByRole('heading', { name: card().headline });
    station.held = [row('act_1'), row('act_2')];
    station.ears?.changed(2);
    await vi.advanceTimersByTimeAsync(BETWEEN_MS);
    expect(station.told).toEqual([]);
    station.waiting = [conversationRow('e', { escalation })];
    station.ears?.changed(3);
    await vi.advanceTimersByTimeAsync(GATHER_MS + 100);
    await waitFor(() => expect(station.told.map(({ title }) => title)).toEqual(['A customer waits for a person']));
  });

  it('counts and tells what waits for the person: what they asked for themself waits for others', async () => {
    vi.spyOn(document, 'hasFocus').mockReturnValue(false);
    station.forYou = () => ['act_1', 'act_3'].filter((id) => station.held.some((row) => row.action === id));
    render(App, { host: station });
    await screen.findByRole('button', { name: 'Approvals, 1 waits' });
    station.held = [row('act_1'), row('act_2', { asked_by: { person: 'p', name: 'Marta Lindqvist' } })];
    station.ears?.changed(2);
    await vi.advanceTimersByTimeAsync(BETWEEN_MS);
    await screen.findByRole('heading', { level: 1, name: 'Approvals' });
    expect(station.told).toEqual([]);
    screen.getByRole('button', { name: 'Approvals, 1 waits' });
    station.held = [...station.held, row('act_3')];
    station.ears?.changed(3);
    await vi.advanceTimersByTimeAsync(GATHER_MS + 100);
    await screen.findByRole('button', { name: 'Approvals, 2 wait' });
    await waitFor(() => expect(station.told.map(({ title }) => title)).toEqual(['Refund waits for you']));
  });

  it('keeps for each person what they want, and blocked is never silent when done is not', async () => {
    station.mayTell = 'ask';
    render(App, { host: station });
    const user = userEvent.setup({ advanceTimers: (ms) => vi.advanceTimersByTime(ms) });
    await user.click(await screen.findByRole('button', { name: 'Sounds and notices' }));
    const box = (name: string): HTMLInputElement => screen.getByRole('checkbox', { name, hidden: true });
    expect(box('Notices of the desktop').checked).toBe(false);
    await user.click(box('Notices of the desktop'));
    await waitFor(() => expect(box('Notices of the desktop').checked).toBe(true));
    expect(box('Sound: something waits for you').checked).toBe(true);
    expect(box('Sound: what you signed is done').checked).toBe(false);
    await user.click(box('Sound: what you signed is done'));
    await user.click(box('Sound: something waits for you'));
    expect(box('Sound: what you signed is done').checked).toBe(false);
    expect(JSON.parse(localStorage.getItem('countersign-alerts-p') ?? '{}')).toEqual({
      notices: true,
      tones: { waits: false, soon: true, done: false },
    });
  });
});
