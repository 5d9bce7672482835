/** The fleet: agents and tools as of today, what is open beside them, and a token that was made here. */
import type { AgentRow, FleetTool, FleetView, Part, PendingChange, Problem } from '../generated/wire';
import { ask } from '../host/host';
import { dayOf, spanOf } from '../lib/period';
import { neighbour } from '../lib/queue';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';

/** Figures that are being read change no oftener, in milliseconds. */
const EVERY_MS = 2000;

export type Side = { what: 'connect' | 'made' | 'changes' } | { what: 'agent' | 'tool'; name: string };
/** A token that was made at this desk, for as long as its pane is open. */
export type Made = { agent: string; token: string; until: string; at: Date; change: string | null };

export class Fleet {
  view = $state.raw<FleetView | null>(null);
  at = $state.raw<Date | null>(null);
  problem = $state.raw<Problem | null>(null);
  side = $state.raw<Side | null>(null);
  made = $state.raw<Made | null>(null);
  #later: ReturnType<typeof setTimeout> | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  get ours(): AgentRow[] {
    return (this.view?.agents ?? []).filter((agent) => agent.reasoner !== null);
  }

  /** Those that may do nothing any more stand last. */
  get others(): AgentRow[] {
    const others = (this.view?.agents ?? []).filter((agent) => agent.reasoner === null);
    const gone = (agent: AgentRow): boolean => agent.grant === null;
    return [...others.filter((agent) => !gone(agent)), ...others.filter(gone)];
  }

  /** Those that the matrix has a column of: they may use something, or did today. */
  get columns(): AgentRow[] {
    return [...this.ours, ...this.others].filter(
      (agent) => agent.reasoner !== null || agent.grant !== null || agent.did.calls > 0,
    );
  }

  get agent(): AgentRow | null {
    const { side } = this;
    if (side?.what !== 'agent') return null;
    return this.view?.agents.find((agent) => agent.name === side.name) ?? null;
  }

  get tool(): FleetTool | null {
    const { side } = this;
    if (side?.what !== 'tool') return null;
    return this.view?.tools.find((tool) => tool.name === side.name) ?? null;
  }

  /** What waits for a second signature, of this agent or of any. */
  changes(agent: string | null = null): PendingChange[] {
    const all = this.#desk.people.view?.changes ?? [];
    return all.filter((change) => change.agent !== null && (agent === null || change.agent === agent));
  }

  /** What is open in the lists, as a row's key: agents first, then tools. */
  get selected(): string | null {
    const { side } = this;
    return side?.what === 'agent' || side?.what === 'tool' ? `${side.what} ${side.name}` : null;
  }

  move(step: 1 | -1): void {
    const rows: Side[] = [...this.ours, ...this.others].map(({ name }) => ({ what: 'agent', name }));
    rows.push(...(this.view?.tools ?? []).map(({ name }) => ({ what: 'tool' as const, name })));
    const key = (row: Side): string => ('name' in row ? `${row.what} ${row.name}` : '');
    const next = neighbour(rows.map(key), this.selected, step, null);
    this.open(rows.find((row) => key(row) === next) ?? null);
  }

  /** Opens something beside the lists. A token that nobody has taken yet is not put away by that. */
  open(side: Side | null): void {
    this.side = side;
  }

  close(): void {
    if (this.side?.what === 'made') this.made = null;
    this.side = this.made === null ? null : { what: 'made' };
  }

  show(made: Made): void {
    this.made = made;
    this.side = { what: 'made' };
  }

  /** Asks for the stop of one of them, or for its end: whoever asks confirms it. */
  ask(part: Part): void {
    if (!this.#desk.lost) this.#desk.stopOf = part;
  }

  refresh(): Promise<void> {
    this.rest();
    return this.#refetch.run();
  }

  /** Something happened at the station. */
  changed(): void {
    const wait = Math.max(0, this.#readAt + EVERY_MS - Date.now());
    this.#later ??= setTimeout(() => {
      this.#later = null;
      void this.#refetch.run();
    }, wait);
  }

  /** Nobody looks any more. */
  rest(): void {
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
  }

  clear(): void {
    this.rest();
    this.view = null;
    this.at = null;
    this.problem = null;
    this.side = null;
    this.made = null;
  }

  async #read(): Promise<void> {
    const now = new Date();
    const today = spanOf('today', { first: dayOf(now), last: dayOf(now) }, now);
    this.#readAt = Date.now();
    try {
      const view = await ask.fleet(this.#desk.host, today.from, today.to);
      if (this.#desk.session?.stage !== 'desk') return;
      this.view = view;
      this.at = new Date();
      this.problem = null;
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }
}
