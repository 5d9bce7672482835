/** Metrics: figures only with what they are made of, their lists by keyboard, the empty period, and a screen that stays calm. */
import { cleanup, configure, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { CountedRow, Measures, MetricsView, Query } from '../src/generated/wire';
import { labelled, range, stretches } from '../src/lib/chart';
import { claimed, delta, figures, personEach, roseMost, verified } from '../src/lib/measures';
import { datesProblem, daysOf, dayOnly, spanOf, spanWords } from '../src/lib/period';
import { amount, duration, percent, score, written } from '../src/lib/units';
import { conversationRow, RecordingHost } from './sample';

// The screen is large; a machine with much else to do needs longer to draw it.
configure({ asyncUtilTimeout: 10_000 });

const none: Measures = {
  closed: 0,
  claimed: 0,
  verified: 0,
  unsettled: 0,
  rated: 0,
  score_sum: 0,
  escalated: 0,
  replies: 0,
  reply_p95_ms: null,
  holds: 0,
  hold_p95_ms: null,
  cost_micros: 0,
  currency: 'EUR',
  person_ms: 0,
};
const some: Measures = {
  ...none,
  closed: 40,
  claimed: 32,
  verified: 30,
  unsettled: 4,
  rated: 10,
  score_sum: 45,
  escalated: 8,
  replies: 120,
  reply_p95_ms: 2300,
  cost_micros: 0,
  person_ms: 600_000,
};
const six = figures('EUR');

describe('A figure', () => {
  it('is none without a denominator, and says so instead of a number', () => {
    for (const figure of Object.values(six)) {
      expect(figure.of(none)).toBeNull();
      expect(written(figure.unit, figure.of(none))).toBe('–');
      expect(delta(figure, some, none)).toBeNull();
      expect(delta(figure, none, some)).toBeNull();
    }
    expect(personEach(none)).toBeNull();
  });

  it('is made of its counts: what costs nothing is nought', () => {
    expect(verified(some)).toBe(75);
    expect(claimed(some)).toBe(80);
    expect(six.satisfaction.of(some)).toBe(4.5);
    expect(written(six.cost.unit, six.cost.of(some))).toBe('€0.00');
    expect(written(six.reply.unit, six.reply.of(some))).toBe('2.3\u00a0s');
    expect(personEach(some)).toBe(15_000);
    expect(amount(0.0042, 'EUR')).toBe('€0.0042');
  });

  it('stands to the period before in its unit, as one finds by subtracting what is shown', () => {
    const before = { ...some, verified: 29, escalated: 9, reply_p95_ms: 1940, score_sum: 45 };
    expect(delta(six.resolution, some, before)).toEqual({ words: '+2.5 points', is: 'better' });
    expect(delta(six.escalation, some, before)).toEqual({ words: '−2.5 points', is: 'better' });
    expect(delta(six.reply, some, before)).toEqual({ words: '+0.4\u00a0s', is: 'worse' });
    expect(delta(six.satisfaction, some, before)).toEqual({ words: 'no change', is: 'same' });
    expect(duration.signed(-60)).toBe('−60\u00a0ms');
    expect(score.signed(0.03)).toBe('+0.03');
  });

  it('has one notable reason at most: what rose by half and by five', () => {
    const of = (reason: string, count: number, before: number) => ({ reason, words: reason, count, before });
    expect(roseMost([of('a', 41, 38), of('b', 19, 11)])?.reason).toBe('b');
    expect(roseMost([of('a', 41, 34), of('b', 4, 0)])).toBeNull();
    expect(roseMost([])).toBeNull();
  });
});

describe('A chart', () => {
  it('has three even lines that hold every value, and none beyond what is possible', () => {
    for (const values of [[69.8, 72.6, 79.5], [0], [100, 99.9], [3, 97], [null, 50.2]]) {
      const { low, step, high } = range(values, percent);
      expect(high).toBeCloseTo(low + 2 * step);
      for (const value of values) if (value !== null) expect(value >= low - 1e-9 && value <= high + 1e-9).toBe(true);
      expect(low >= 0 && high <= 100).toBe(true);
    }
    expect(range([null], score).low).toBe(1);
    expect(range([1900, 3200], duration)).toEqual({ low: 0, step: 2000, high: 4000 });
    expect([0, 100_000].map((ms) => duration.tick(ms, 100_000))).toEqual(['0:00 min', '1:40 min']);
  });

  it('leaves a gap where a day has no figure', () => {
    expect(stretches([1, 2, null, 3]).map((points) => points.map((point) => point.index))).toEqual([[0, 1], [3]]);
    expect(labelled(30, 326, 46).at(-1)).toBe(29);
    expect(labelled(7, 326, 46)).toHaveLength(7);
  });
});

describe('A period', () => {
  it('is of whole days, up to the end of the last', () => {
    const week = spanOf('week', { first: '', last: '' }, new Date(2026, 9, 14, 15, 0));
    expect(Date.parse(week.to) - Date.parse(week.from)).toBe(7 * 86_400_000);
    const days = daysOf(week, week.offset);
    expect([days[0], days.at(-1), days.length]).toEqual(['2026-10-08', '2026-10-14', 7]);
    expect(spanWords(week, week.offset)).toBe('8 to 14 Oct');
    const day = dayOnly('2026-10-14', 120);
    expect(day).toEqual({ from: '2026-10-13T22:00:00.000Z', to: '2026-10-14T22:00:00.000Z' });
    expect(spanWords(day, 120)).toBe('14 Oct');
  });

  it('says what is wrong with dates of one’s own', () => {
    expect(datesProblem({ first: '2026-10-01', last: '2026-10-01' })).toBeNull();
    expect(datesProblem({ first: '2026-10-02', last: '2026-10-01' })).toBe('order');
    expect(datesProblem({ first: '2026-01-01', last: '2026-10-01' })).toBe('long');
    expect(datesProblem({ first: '', last: '2026-10-01' })).toBe('missing');
  });
});

const behind: CountedRow[] = ['cnv_1', 'cnv_2'].map((conversation, index) => ({
  row: conversationRow(conversation, index === 1 ? { customer: null, erased: true } : {}),
  closed_at: '2026-10-14T12:28:00Z',
  how: 'The customer said that it is done',
  score: index === 0 ? 1 : null,
  slowest_ms: 3100,
  longest_hold_ms: null,
  cost_micros: 0,
}));

class Station extends RecordingHost {
  asked: Query[] = [];
  total = some;
  override async query<T>(query: Query): Promise<T> {
    if (query.query === 'metrics') {
      this.asked.push(query);
      const { from, to } = query;
      const before = { from: new Date(2 * Date.parse(from) - Date.parse(to)).toISOString(), to: from };
      const view: MetricsView = {
        as_of: 9,
        period: { from, to },
        before,
        total: this.total,
        total_before: { ...none },
        reasons: [{ reason: 'person_asked', words: 'Asks for a person', count: 8, before: 0 }],
        days: [],
        days_before: [],
        intents: [{ name: 'refund', measures: this.total }],
        channels: [{ name: 'chat', measures: this.total }],
        agents: [{ name: null, measures: this.total }],
      };
      return view as T;
    }
    if (query.query === 'counted') {
      this.asked.push(query);
      return { as_of: 9, total: behind.length, rows: behind } as T;
    }
    return super.query<T>(query);
  }
}

let station: Station;
const user = userEvent.setup();
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findByText('Metrics');
  await user.keyboard('gm');
  await waitFor(() => expect(document.querySelector('h1')?.textContent).toBe('Metrics'));
}
/** By its id: a name's search through the whole screen takes a second. */
const control = (id: string): Promise<HTMLElement> =>
  waitFor(() => {
    const found = document.getElementById(id);
    if (found === null) throw new Error(id);
    return found;
  });
async function listed(): Promise<HTMLElement> {
  await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('listbox'));
  return document.activeElement as HTMLElement;
}
async function escape(): Promise<void> {
  const dialog = document.querySelector('dialog') as HTMLElement;
  await fireEvent(dialog, new Event('cancel', { cancelable: true }));
  await waitFor(() => expect(document.querySelector('dialog')).toBeNull());
}

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

describe('Metrics', () => {
  it('opens with G then M: each figure beside its denominator, and none compared with nothing', async () => {
    await open();
    const resolution = within(await screen.findByRole('region', { name: 'Resolution rate' }));
    resolution.getByRole('button', { name: /^Resolution rate, 75.0/ });
    resolution.getByText('verified, 30 of 40');
    resolution.getByText(/claimed 80.0.%, 32/);
    resolution.getByText(/^4 of the verified are not settled yet/);
    resolution.getByText('no conversations before');
    screen.getByText(/25.0.% answered, 10 of 40/);
    screen.getByText('nothing waited for people');
    expect(document.body.textContent).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('opens the conversations behind a figure with Enter, and goes back to it with Esc', async () => {
    await open();
    const figure = await control('figure-satisfaction');
    expect(figure.getAttribute('aria-label')).toMatch(/^Customer satisfaction, 4.50/);
    figure.focus();
    await user.keyboard('{Enter}');
    const list = await listed();
    expect(station.asked.at(-1)).toMatchObject({ query: 'counted', counted: { which: 'rated' }, slice: null });
    expect(list.getAttribute('aria-label')).toBe('Rated, the lowest scores first');
    const [first, second] = within(list).getAllByRole('option');
    expect(first?.getAttribute('aria-label')).toMatch(/^Ana Ruiz, Refund, .* 1 of 5, slowest reply 3.1 s, €0.00/);
    expect(second?.getAttribute('aria-label')).toMatch(/^Erased customer/);
    await escape();
    expect(document.activeElement).toBe(figure);
  });

  it('opens one of them on the Floor with Enter', async () => {
    await open();
    (await control('figure-resolution')).focus();
    await user.keyboard('{Enter}');
    const list = await listed();
    await user.keyboard('j');
    expect(
      within(list)
        .getAllByRole('option')
        .map((row) => row.getAttribute('aria-selected')),
    ).toEqual(['false', 'true']);
    await user.keyboard('{Enter}');
    await waitFor(() => expect(document.querySelector('h1')?.textContent).toBe('Floor'));
  });

  it('opens a row by its kind', async () => {
    await open();
    await user.click(await control('breakdown-agents'));
    const row = await control('row-agents-');
    expect(row.textContent).toBe('Nothing reasoned');
    await user.click(row);
    await listed();
    expect(station.asked.at(-1)).toMatchObject({ counted: { which: 'closed' }, slice: { by: 'agent', name: null } });
  });

  it('has a table for every chart, with V', async () => {
    await open();
    const tile = within(await screen.findByRole('region', { name: 'Resolution rate' }));
    await user.keyboard('v');
    const table = tile.getByRole('table', { name: 'Resolution rate by day' });
    expect(within(table).getAllByRole('button')).toHaveLength(7);
    expect(document.querySelectorAll('.chart')).toHaveLength(0);
  });

  it('says what is true and what comes next where nothing ended, over another period too', async () => {
    station.total = none;
    await open();
    await screen.findByText('No conversation ended in this period');
    expect(screen.queryByRole('table')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'The last 30 days' }));
    await waitFor(() => expect(station.asked).toHaveLength(2));
    const [from, to] = ['from', 'to'].map((end) => Date.parse((station.asked.at(-1) as never)[end]));
    expect(((to ?? 0) - (from ?? 0)) / 86_400_000).toBe(30);
  });

  it('does not ask again for each thing that happens', async () => {
    await open();
    await control('figure-resolution');
    for (let n = 0; n < 5; n += 1) station.ears?.changed(10 + n);
    await waitFor(() => expect(screen.getByText(/as of/)).toBeTruthy());
    // One for the screen, and at most one more however many things happened.
    expect(station.asked.length).toBeLessThan(3);
  });
});
