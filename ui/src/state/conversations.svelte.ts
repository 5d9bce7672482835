/** The conversations on the Floor, in an order that stays still under the cursor, which are shown, and which is open. */
import type { ConversationRow, ConversationsView, FloorSearch, Problem } from '../generated/wire';
import { ask } from '../host/host';
import type { QueueEntry } from '../lib/queue';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';
import { Ending } from './ending.svelte';
import { ToolUse } from './tool-use.svelte';
import { Reply } from './reply.svelte';
import { StillList } from './still.svelte';

export type GroupName = 'person' | 'with' | 'agent' | 'customer' | 'closed';
/** A group of the list: what is shown of it, and how many there are of it. */
export type Group = { name: GroupName; rows: ConversationRow[]; count: number };

const GROUP_OF: Record<ConversationRow['state'], GroupName> = {
  unknown: 'person',
  escalated: 'person',
  held: 'person',
  person: 'with',
  agent: 'agent',
  customer: 'customer',
  closed: 'closed',
};
const GROUPS: GroupName[] = ['person', 'with', 'agent', 'customer', 'closed'];

const STATES = Object.keys(GROUP_OF) as ConversationRow['state'][];

/** What a person wants to see; null is everything. */
export type Filter = {
  group: GroupName | null;
  intent: string | null;
  channel: string | null;
  agent: string | null;
  team: string | null;
};
const EVERYTHING: Filter = { group: null, intent: null, channel: null, agent: null, team: null };
/** Rows on a page of the list: so many more come each time its end is near. */
const PAGE = 200;
/** So many rows keep their place whatever becomes of them; nobody has more before their eyes. */
const MOST_KEPT = 1000;
/** A row with the group in which it was shown last: it changes no group under the cursor. */
type Shown = { row: ConversationRow; gone: boolean; group: GroupName };

export class Conversations extends StillList<ConversationRow, Shown> {
  view = $state.raw<ConversationsView | null>(null);
  problem = $state.raw<Problem | null>(null);
  filter = $state.raw<Filter>(EVERYTHING);
  #first = PAGE;
  /** Whoever filters wants rows to move, as soon as they are there. */
  #filtering = false;
  #growing = false;
  readonly #replies = new Map<string, Reply>();
  readonly #endings = new Map<string, Ending>();
  readonly #toolUses = new Map<string, ToolUse>();
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    super();
    this.#desk = desk;
  }

  protected key(row: ConversationRow): string {
    return row.conversation;
  }
  /** Under the cursor a row stays, even where it is no longer what was asked for. */
  protected rows(still: boolean): ConversationRow[] {
    const view = this.view;
    if (view === null) return [];
    return still ? [...view.rows, ...view.besides] : view.rows;
  }
  protected entry(entry: QueueEntry<ConversationRow>, still: boolean): Shown {
    const before = still ? this.shown.find((shown) => shown.row.conversation === entry.row.conversation) : undefined;
    return { ...entry, group: before?.group ?? GROUP_OF[entry.row.state] };
  }

  /** The rows by group, in the order of the screen; empty groups are left out. */
  get groups(): Group[] {
    const of = (name: GroupName): ConversationRow[] =>
      this.shown.filter((entry) => entry.group === name).map((entry) => entry.row);
    // As long as all are here, a head counts what stands under it, also while rows stand still.
    const told = (name: GroupName): number =>
      this.further <= 0
        ? 0
        : (this.view?.found ?? []).reduce((sum, { state, count }) => sum + (GROUP_OF[state] === name ? count : 0), 0);
    return GROUPS.map((name) => ({ name, rows: of(name) }))
      .filter((group) => group.rows.length > 0)
      .map((group) => ({ ...group, count: Math.max(told(group.name), group.rows.length) }));
  }

  override get order(): string[] {
    return this.groups.flatMap((group) => group.rows.map((row) => row.conversation));
  }

  get filtered(): boolean {
    return Object.values(this.filter).some((wanted) => wanted !== null);
  }

  /** Shows only what is wanted, as soon as it is told. */
  show(wanted: Partial<Filter>): void {
    this.filter = { ...this.filter, ...wanted };
    this.#first = PAGE;
    this.#filtering = true;
    void this.refresh();
  }

  showAll(): void {
    this.show(EVERYTHING);
  }

  /** How many live ones are wanted and not told yet. */
  get further(): number {
    const view = this.view;
    if (view === null) return 0;
    const found = view.found.reduce((sum, { count }) => sum + count, 0);
    return found - view.rows.filter((row) => row.state !== 'closed').length;
  }

  /** Asks for the next page, if there is one. */
  more(): void {
    if (this.further <= 0 || this.view === null || this.view.rows.length < this.#first) return;
    this.#first += PAGE;
    this.#growing = true;
    void this.refresh();
  }

  /** The next page stands behind what is shown: nothing moves for it. */
  #grow(rows: ConversationRow[]): void {
    const shown = new Set(this.shown.map((entry) => entry.row.conversation));
    const next = rows.slice(this.#first - PAGE).filter((row) => !shown.has(row.conversation));
    this.shown = [...this.shown, ...next.map((row) => this.entry({ row, gone: false }, false))];
    this.waiting = this.waiting.filter((row) => !next.includes(row));
  }

  override move(step: 1 | -1): void {
    super.move(step);
    const order = this.order;
    if (this.selected !== null && order.indexOf(this.selected) >= order.length - PAGE / 10) this.more();
  }

  /** Whether rows stand where they would no longer stand. */
  get outOfPlace(): boolean {
    const now = this.view?.rows.map((row) => row.conversation) ?? [];
    const shown = this.shown.map((entry) => entry.row.conversation);
    const moved = this.shown.some((entry) => entry.group !== GROUP_OF[entry.row.state]);
    return this.waiting.length > 0 || moved || now.some((conversation, place) => shown[place] !== conversation);
  }

  get live(): number {
    return this.view?.live ?? 0;
  }

  get needing(): number {
    return this.view?.needing ?? 0;
  }

  refresh(): Promise<void> {
    return this.#refetch.run();
  }

  clear(): void {
    this.view = null;
    this.problem = null;
    this.empty();
    this.#replies.clear();
    this.#endings.clear();
    this.#toolUses.clear();
    this.filter = EVERYTHING;
    this.#first = PAGE;
    this.#filtering = this.#growing = false;
  }

  /** What is being asked of tools in a conversation. */
  toolUse(conversation: string): ToolUse {
    const kept = this.#toolUses.get(conversation);
    if (kept !== undefined) return kept;
    const use = new ToolUse(this.#desk, conversation);
    this.#toolUses.set(conversation, use);
    return use;
  }

  /** What is being written to the customer of a conversation. */
  reply(conversation: string): Reply {
    const kept = this.#replies.get(conversation);
    if (kept !== undefined) return kept;
    const reply = new Reply(this.#desk, conversation);
    this.#replies.set(conversation, reply);
    return reply;
  }

  /** What is written down before a conversation is given up. */
  ending(conversation: string): Ending {
    const kept = this.#endings.get(conversation);
    if (kept !== undefined) return kept;
    const ending = new Ending(this.#desk, conversation);
    this.#endings.set(conversation, ending);
    return ending;
  }

  get #search(): FloorSearch {
    const { group, ...wanted } = this.filter;
    const states = group === null ? [] : STATES.filter((state) => GROUP_OF[state] === group);
    // What somebody has before their eyes is told, wherever it stands by now.
    const besides =
      this.still && !this.#filtering ? this.shown.slice(0, MOST_KEPT).map((entry) => entry.row.conversation) : [];
    return { ...wanted, states, first: this.#first, besides };
  }

  async #read(): Promise<void> {
    const wanted = this.filter;
    try {
      const view = await ask.conversations(this.#desk.host, this.#search);
      if (this.#desk.session?.stage !== 'desk') return;
      // What is wanted has changed meanwhile: the next answer is on its way.
      if (wanted !== this.filter) return;
      this.view = view;
      this.problem = null;
      const filtering = this.#filtering;
      const growing = this.#growing;
      this.#filtering = this.#growing = false;
      this.settle(this.still && !filtering);
      if (growing) this.#grow(view.rows);
      if (filtering && (this.selected === null || !this.order.includes(this.selected))) {
        this.selected = this.order[0] ?? null;
      }
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }
}
