/** Audit: searching as one types, one record beside the list, the replay by its keys, and what an erased one says. */
import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { Query, RecordView, TrailRow, TrailSearch } from '../src/generated/wire';
import { card, RecordingHost } from './sample';

const CONVERSATION = `cnv_${'7'.repeat(32)}`;
function row(position: number, kind: string, change: Partial<TrailRow> = {}): TrailRow {
  return {
    position,
    at: `2026-10-14T12:${String(position).padStart(2, '0')}:00.118000Z`,
    kind,
    who: { kind: 'gate' },
    about: null,
    conversation: CONVERSATION,
    customer: 'Ana Ruiz',
    erased: false,
    action: null,
    tool: null,
    noun: null,
    object: null,
    money: null,
    money_before: null,
    code: null,
    text: null,
    ...change,
  };
}
const refund = { action: 'act_1', tool: 'crm.refund', noun: 'Refund', object: 'order 1042' };
const eur = (minor: number) => ({ minor, currency: 'EUR' });
const ROWS = [
  row(4, 'action.overridden', {
    ...refund,
    who: { kind: 'person', name: 'Mira Sánchez' },
    money: eur(8900),
    money_before: eur(12900),
    text: 'The rest was paid',
  }),
  row(3, 'action.held', { ...refund, money: eur(12900) }),
  row(2, 'conversation.received', { who: { kind: 'customer' }, text: 'The buckle broke' }),
  row(1, 'conversation.received', {
    who: { kind: 'customer' },
    conversation: 'cnv_gone',
    customer: null,
    erased: true,
  }),
];

class Station extends RecordingHost {
  searches: TrailSearch[] = [];
  /** The way of an answer to a search. */
  way: Promise<void> = Promise.resolve();
  override async query<T>(query: Query): Promise<T> {
    if (query.query === 'trail_choices') {
      const people = ['Mira Sánchez', 'Sam Okafor'];
      return { people, agents: [], tools: ['crm.refund'], rules: [], decisions: [], kinds: [] } as T;
    }
    if (query.query === 'trail') {
      const { words, conversation, person } = query.search;
      // The replay asks for its conversation by itself.
      if (conversation === undefined) this.searches.push(query.search);
      await this.way;
      const rows = ROWS.filter((one) => words === undefined || JSON.stringify(one).includes(words.trim()))
        .filter((one) => conversation === undefined || one.conversation === conversation)
        .filter((one) => person === undefined || (one.who.kind === 'person' && one.who.name?.includes(person)));
      return { as_of: 9, indexed: 7, rows: rows.slice(0, query.search.limit ?? 100), next: null, unknown: [] } as T;
    }
    if (query.query !== 'record') return super.query<T>(query);
    const found = ROWS.find((one) => one.position === query.position);
    const decided = found?.kind === 'action.overridden';
    const view: Partial<RecordView> = {
      row: found ?? row(query.position, 'x'),
      stream: `conversation/${CONVERSATION}`,
      cause: null,
      sealed: found?.erased ? 'erased' : 'open',
      fields: [],
      rules: [],
      policy_version: null,
      decision: decided
        ? {
            looked_ms: 53_000,
            signed_by: 'device',
            step_up: true,
            key: 'sig_1',
            which: 1,
            of: 1,
            signed_at: found.at,
            card: card(),
            card_digest: 'ab'.repeat(32),
            card_is_what_was_signed: true,
          }
        : null,
      reading_recorded: true,
      bytes: '{"kind":"x"}',
      hash: 'cd'.repeat(32),
    };
    return view as T;
  }
}

let station: Station;
const user = userEvent.setup();
const options = (): string[] =>
  screen.queryAllByRole('option', { name: /:/ }).map((one) => one.textContent?.replace(/\s+/g, ' ').trim() ?? '');
const field = (): HTMLInputElement => screen.getByRole('searchbox');
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findByRole('button', { name: /^Audit/ });
  await user.keyboard('gt');
  await waitFor(() => expect(options()).toHaveLength(4));
}

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

describe('Audit', () => {
  it('opens with G then T and reads nothing by itself; Enter has the newest record whole beside the list, and says how far the index is behind', async () => {
    await open();
    expect(document.activeElement).toBe(field());
    screen.getByText('index 2 behind');
    expect(options()[0]).toMatch(/^4 .* action\.overridden Mira Sánchez Refund €129\.00 to €89\.00, order 1042/);
    expect(options()[3]).toMatch(/Erased/);
    expect(screen.queryByRole('region', { name: 'Replay' })).toBeNull();
    await user.keyboard('{Enter}');
    await screen.findByRole('heading', { name: /^What Mira Sánchez saw, / });
    const record = screen.getByRole('region', { name: 'Record' });
    within(record).getByText('Refund €129.00 to Ana Ruiz for order 1042');
    within(record).getByText('same bytes as signed');
  });

  it('searches as one types, and asks for no more than the last text while an answer is on its way', async () => {
    await open();
    const before = station.searches.length;
    await user.type(field(), 'buckle person:');
    await waitFor(() => expect(options()).toHaveLength(1));
    expect(station.searches.at(-1)).toEqual({ words: 'buckle ' });
    expect(station.searches.length).toBeGreaterThan(before);
  });

  it('opens with Enter what is found for what is written, and not what stood there for the letters before', async () => {
    await open();
    let arrive = (): void => undefined;
    station.way = new Promise((resolve) => (arrive = resolve));
    await user.type(field(), 'buckle{Enter}');
    expect(screen.queryByRole('region', { name: 'Replay' })).toBeNull();
    arrive();
    await screen.findByRole('region', { name: 'Replay' });
    expect(options()).toHaveLength(1);
    within(screen.getByRole('region', { name: 'Record' })).getByText('conversation.received', { exact: true });
  });

  it('writes what is picked into the field, and says what would be found without one part', async () => {
    await open();
    await user.selectOptions(screen.getByLabelText('Who'), 'Sam Okafor');
    expect(field().value).toBe('person:"Sam Okafor"');
    await screen.findByText('Nothing has this in one record');
    await user.type(field(), ' buckle');
    await user.click(await screen.findByRole('button', { name: 'Without person:Sam Okafor' }));
    expect(field().value).toBe('buckle');
    await waitFor(() => expect(options()).toHaveLength(1));
  });

  it('says under the field what it cannot read, and asks nothing', async () => {
    await open();
    await user.type(field(), 'amount>x');
    await screen.findByText('“x” is no amount. Write amount>100 or amount<49.90.');
    expect(field().getAttribute('aria-invalid')).toBe('true');
    expect(station.searches.every((search) => search.words !== 'amount>x')).toBe(true);
  });

  it('steps through the replay with [ and ], and an erased record says that its words are gone', async () => {
    await open();
    await user.keyboard('{Enter}');
    await screen.findByRole('region', { name: 'Replay' });
    await user.keyboard('[[');
    await waitFor(() => expect(screen.getByText('record 2 of 3')).toBeTruthy());
    await user.keyboard(']');
    await waitFor(() => expect(screen.getByText('record 3 of 3')).toBeTruthy());
    await user.keyboard('jjj');
    await screen.findByText(/Its key is destroyed/);
  });
});
