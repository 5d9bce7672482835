/** Agents: who may use what and what came of it, the switches that ask before they stop anything, and a token shown once. */
import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { AgentRow, ChangeRequest, Did, FleetTool, FleetView, PartStopView, Query } from '../src/generated/wire';
import { CLIENTS, snippet } from '../src/views/fleet/snippets';
import { press, RecordingHost, row } from './sample';

const did = (change: Partial<Did> = {}): Did => ({ calls: 0, held: 0, denied: 0, failed: 0, unknown: 0, ...change });
const agent = (name: string, change: Partial<AgentRow> = {}): AgentRow => ({
  name,
  reasoner: null,
  grant: {
    tools: ['crm.refund'],
    word: 'claimed',
    expires: '2027-03-02T00:00:00.000000Z',
    calls_per_minute: 600,
    open_calls: 200,
    wait_seconds: 50,
  },
  expired: false,
  signed_at: null,
  live: 0,
  did: did(),
  stopped: null,
  spending: null,
  ...change,
});
const tool = (name: string, change: Partial<FleetTool> = {}): FleetTool => ({
  name,
  title: name,
  effect: 'irreversible',
  is_set: true,
  definition: 'abcdef0123456789'.repeat(4),
  offered: null,
  stopped: null,
  by: [],
  ...change,
});
const desk = agent('shop-desk', {
  reasoner: { kind: 'playbook', name: 'shop-desk', version: '2' },
  grant: null,
  live: 3,
  did: did({ calls: 1426, held: 19, denied: 6, failed: 15, unknown: 2 }),
});
const stop = (part: PartStopView['part']): PartStopView => ({ part, at: '2026-10-14T13:12:00Z', by: 'Idris Bello' });

class Station extends RecordingHost {
  fleet: FleetView = {
    as_of: 9,
    read_at: '2026-10-14T14:32:08Z',
    period: { from: '2026-10-13T22:00:00Z', to: '2026-10-14T22:00:00Z' },
    address: 'http://127.0.0.1:4312/mcp',
    agents: [
      desk,
      agent('warehouse-planner'),
      agent('old-bot', { grant: null, signed_at: '2026-11-20T09:00:00.000000Z' }),
      agent('late-bot', { expired: true }),
      agent('former-desk', { grant: null }),
    ],
    tools: [
      tool('crm.refund', {
        by: [
          { agent: 'shop-desk', may: true, did: did({ calls: 38, held: 14 }) },
          { agent: 'warehouse-planner', may: true, did: did() },
          { agent: 'late-bot', may: false, did: did({ calls: 4 }) },
        ],
      }),
      tool('crm.find', { effect: 'read', offered: 'changed' }),
      tool('crm.new', { is_set: false }),
    ],
    may_not_propose: null,
    may_not_stop: null,
    may_not_resume: null,
  };
  asked: Query[] = [];
  override session() {
    const stopped = [...this.fleet.agents, ...this.fleet.tools].flatMap((one) => one.stopped ?? []);
    return { ...super.session(), parts_stopped: stopped };
  }
  override async query<T>(query: Query): Promise<T> {
    if (query.query === 'fleet') {
      this.asked.push(query);
      return this.fleet as T;
    }
    if (query.query === 'agent_change') {
      const ahead = { lines: [{ label: 'Tools', from: null, to: 'crm.refund' }], follows: [], problem: null };
      return ahead as T;
    }
    return super.query<T>(query);
  }
}

let station: Station;
const user = userEvent.setup();
async function open(): Promise<void> {
  render(App, { host: station });
  await screen.findAllByRole('button', { name: /^Agents/ });
  press('g');
  press('n');
  await screen.findByRole('table', { name: 'Agents' });
}
const rowOf = (name: string): HTMLElement => {
  const row = screen.getByRole('button', { name: new RegExp(`^${name}`) }).closest('tr');
  if (row === null) throw new Error(`${name} has no row`);
  return row;
};
const cells = (name: string): string[] =>
  within(rowOf(name))
    .getAllByRole('cell')
    .map((cell) => cell.textContent?.replace(/\s+/g, ' ').trim() ?? '');

beforeEach(() => {
  station = new Station();
});
afterEach(cleanup);

it('lists agents with what they are and did, those that may do nothing last, and asks for today', async () => {
  await open();
  expect(cells('shop-desk').slice(0, 6)).toEqual(['', '3', '1,426', '19', '6', '152 unknown']);
  expect(rowOf('shop-desk').textContent).toContain('playbook, version 2');
  expect(cells('warehouse-planner')[0]).toBe('until 2 Mar 2027');
  expect(rowOf('warehouse-planner').textContent).toContain('over MCP, customers claimed');
  expect([cells('old-bot')[0], cells('late-bot')[0]]).toEqual(['revoked', 'ended 2 Mar 2027']);
  // One that the station does not know any more keeps its row, and so its switch.
  expect(cells('former-desk')[0]).toBe('not here any more');
  const names = within(screen.getByRole('table', { name: 'Agents' }))
    .getAllByRole('button')
    .map((button) => button.textContent?.trim().split(' ')[0]);
  expect(names).toEqual(['shop-desk', 'warehouse-planner', 'late-bot', 'old-bot', 'former-desk']);
  const asked = station.asked[0];
  if (asked?.query !== 'fleet') throw new Error('it asked for something else');
  expect(Date.parse(asked.to) - Date.parse(asked.from)).toBe(86_400_000);
});

it('says of each tool who used it, who may and has not, who may not, and whether it is what was accepted', async () => {
  await open();
  // Columns: shop-desk, warehouse-planner, late-bot, then how it stands. Who may do nothing and did nothing has none.
  const [ours, unused, noMore] = within(rowOf('crm.refund')).getAllByRole('cell');
  expect(ours?.textContent).toContain('38');
  within(ours as HTMLElement).getByRole('img', { name: '14 held' });
  expect(unused?.textContent).toContain('0, granted');
  expect(noMore?.querySelector('s')?.textContent).toBe('4');
  expect(noMore?.textContent).toContain('not granted any more');
  expect(cells('crm.find')).toEqual([...Array<string>(3).fill('·not granted'), 'changed']);
  expect(cells('crm.new')[3]).toContain('not set');
  expect(screen.queryByRole('columnheader', { name: 'old-bot' })).toBeNull();
  await user.click(screen.getByRole('button', { name: /^crm.find/ }));
  const pane = screen.getByRole('region', { name: 'Tool' });
  expect(pane.textContent).toContain('abcdef012345…');
  within(pane).getByText(/Its server has changed it since/);
});

it('stops at a switch only what is confirmed, and draws it only once the station says so', async () => {
  await open();
  const theSwitch = screen.getByRole('switch', { name: 'warehouse-planner runs' });
  await user.click(theSwitch);
  await user.click(await screen.findByRole('button', { name: 'Stop warehouse-planner' }));
  const part = { part: 'agent' as const, name: 'warehouse-planner' };
  await waitFor(() => expect(station.commands).toEqual([{ command: 'stop', takes_two: false, part }]));
  expect(screen.getByRole('switch', { name: 'warehouse-planner runs' }).getAttribute('aria-checked')).toBe('true');
  const stopped = { ...agent('warehouse-planner'), stopped: stop(part) };
  station.fleet = { ...station.fleet, agents: [desk, stopped] };
  station.ears?.changed(10);
  await waitFor(
    () =>
      expect(rowOf('warehouse-planner').textContent).toMatch(/Stopped \d\d:\d\d\s+Idris Bello|Stopped .*Idris Bello/),
    { timeout: 5000 },
  );
  await screen.findByText(/^Stopped: warehouse-planner \(Idris Bello, /);
});

it('lets something run again only for a reason', async () => {
  const part = { part: 'tool' as const, name: 'crm.refund' };
  station.fleet = { ...station.fleet, tools: [tool('crm.refund', { stopped: stop(part) })] };
  await open();
  await user.click(screen.getByRole('switch', { name: 'crm.refund runs' }));
  await user.click(await screen.findByRole('button', { name: /^Resume crm.refund/ }));
  screen.getByText('Say why, for the trail.');
  expect(station.commands).toEqual([]);
  await user.type(screen.getByLabelText('Why it runs again, for the trail'), '  It was mended. ');
  await user.click(screen.getByRole('button', { name: /^Resume crm.refund/ }));
  await waitFor(() => expect(station.commands).toEqual([{ command: 'resume', part, why: 'It was mended.' }]));
});

it('says to whoever may not why nothing can be stopped or connected', async () => {
  const why = 'That is not yours to do.';
  station.fleet = { ...station.fleet, may_not_stop: why, may_not_propose: why };
  await open();
  const theSwitch = screen.getByRole('switch', { name: 'shop-desk runs' });
  expect(theSwitch.getAttribute('aria-disabled')).toBe('true');
  await user.click(theSwitch);
  expect(screen.queryByRole('dialog')).toBeNull();
  await user.click(screen.getByRole('button', { name: /Connect an agent/ }));
  expect(screen.queryByRole('region', { name: 'Connect an agent' })).toBeNull();
});

it('connects an agent: its token is made here, shown until it is put away, and the station is told its digest alone', async () => {
  await open();
  await user.click(screen.getByRole('button', { name: /Connect an agent/ }));
  const pane = screen.getByRole('region', { name: 'Connect an agent' });
  expect(document.activeElement).toBe(within(pane).getByLabelText('Name, as it stands in the trail'));
  await user.keyboard('invoice-clerk');
  expect(within(pane).queryByRole('checkbox', { name: /crm.new/ })).toBeNull();
  await user.click(within(pane).getByRole('checkbox', { name: /crm.refund/ }));
  await within(pane).findByText('1 of 2 tools, the rest it never sees');
  await waitFor(() => expect(pane.querySelector('.ahead dl:not(.old)')).not.toBeNull());
  await user.keyboard('{Control>}{Enter}{/Control}');
  const token = ((await screen.findByLabelText('Token, shown this once')) as HTMLInputElement).value;
  expect(token).toMatch(/^csa_invoice-clerk_[0-9a-f]{64}$/);
  const request = station.commands.flatMap((one) => (one.command === 'propose_change' ? [one.request] : []))[0];
  const granted = request as Extract<ChangeRequest, { change: 'grant_agent' }>;
  expect([granted.agent, granted.grant.tools, granted.from]).toEqual(['invoice-clerk', ['crm.refund'], null]);
  expect(granted.token).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(station.commands)).not.toContain(token);
  // Looking at something else puts it away for a while, and closing that brings it back.
  await user.click(screen.getByRole('button', { name: /^crm.refund/ }));
  expect(screen.queryByDisplayValue(token)).toBeNull();
  press('Escape');
  await screen.findByDisplayValue(token);
  await user.click(screen.getByRole('button', { name: 'Close' }));
  await user.click(screen.getByRole('button', { name: /Connect an agent/ }));
  expect(screen.queryByDisplayValue(token)).toBeNull();
});

it('gives every client the address and never the token', () => {
  for (const client of CLIENTS) {
    const text = snippet(client, 'http://127.0.0.1:4312/mcp');
    expect(text).toContain('http://127.0.0.1:4312/mcp');
    expect(text).toContain('COUNTERSIGN_TOKEN');
    expect(text).not.toContain('csa_');
  }
});

it('freezes the clock of what an agent that is stopped has asked for', async () => {
  const part = { part: 'agent' as const, name: 'warehouse-planner' };
  const began = new Date(Date.now() - 3_600_000).toISOString();
  station.fleet = {
    ...station.fleet,
    agents: [desk, agent('warehouse-planner', { stopped: { ...stop(part), at: began } })],
  };
  const deadline = new Date(Date.parse(began) + 230_000).toISOString();
  station.held = [row('act_1', { agent: 'warehouse-planner', proposed_at: began, deadline })];
  render(App, { host: station });
  const held = await screen.findByRole('option', { name: /Refund/ });
  await waitFor(() => expect(held.textContent).toContain('3:50'));
});
