/** The conversations on the Floor, in an order that stays still under the cursor, which are shown, and which is open. */
import type { ConversationRow, ConversationsView, Problem } from '../generated/wire';
import { ask } from '../host/host';
import { neighbour, settle } from '../lib/queue';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';
import { Reply } from './reply.svelte';

export type GroupName = 'person' | 'with' | 'agent' | 'customer' | 'closed';
export type Group = { name: GroupName; rows: ConversationRow[] };

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

const NOBODY: ReadonlySet<string> = new Set();
const key = (row: ConversationRow): string => row.conversation;

/** What a person wants to see; null is everything. */
export type Filter = { group: GroupName | null; intent: string | null; channel: string | null };
/** A row with the group in which it was shown last: it changes no group under the cursor. */
type Shown = { row: ConversationRow; gone: boolean; group: GroupName };

export class Conversations {
  view = $state.raw<ConversationsView | null>(null);
  problem = $state.raw<Problem | null>(null);
  selected = $state<string | null>(null);
  shown = $state.raw<Shown[]>([]);
  waiting = $state.raw<ConversationRow[]>([]);
  /** True while the pointer or the focus is in the list. */
  still = $state(false);
  filter = $state.raw<Filter>({ group: null, intent: null, channel: null });
  readonly #replies = new Map<string, Reply>();
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** The rows by group, in the order of the screen; empty groups are left out. */
  get groups(): Group[] {
    const of = (name: GroupName): ConversationRow[] =>
      this.shown.filter((entry) => entry.group === name).map((entry) => entry.row);
    return GROUPS.map((name) => ({ name, rows: of(name) })).filter((group) => group.rows.length > 0);
  }

  get filtered(): boolean {
    return Object.values(this.filter).some((wanted) => wanted !== null);
  }

  /** What there is to choose from: only what live and lately closed conversations have. */
  get intents(): string[] {
    const all = (this.view?.rows ?? []).map((row) => row.intent).filter((intent) => intent !== null);
    return [...new Set(all)].sort();
  }
  get channels(): string[] {
    return [...new Set((this.view?.rows ?? []).map((row) => row.channel))].sort();
  }

  /** Shows only what is wanted, at once: whoever filters wants rows to move. */
  show(wanted: Partial<Filter>): void {
    this.filter = { ...this.filter, ...wanted };
    this.#settle(false);
    const order = this.#order();
    if (this.selected === null || !order.includes(this.selected)) this.selected = order[0] ?? null;
  }

  showAll(): void {
    this.show({ group: null, intent: null, channel: null });
  }

  /** Shows what arrived meanwhile, each where it belongs now. */
  showWaiting(): void {
    this.#settle(false);
  }

  setStill(still: boolean): void {
    if (this.still === still) return;
    this.still = still;
    if (!still) this.#settle(false);
  }

  /** Whether rows stand where they would no longer stand. */
  get outOfPlace(): boolean {
    const now = this.view?.rows.filter((row) => this.#fits(row)).map(key) ?? [];
    const shown = this.shown.map((entry) => key(entry.row));
    const moved = this.shown.some((entry) => entry.group !== GROUP_OF[entry.row.state]);
    return this.waiting.length > 0 || moved || now.some((conversation, place) => shown[place] !== conversation);
  }

  get live(): number {
    return (this.view?.rows ?? []).filter((row) => row.state !== 'closed').length;
  }

  get needing(): number {
    return (this.view?.rows ?? []).filter((row) => GROUP_OF[row.state] === 'person').length;
  }

  refresh(): Promise<void> {
    return this.#refetch.run();
  }

  clear(): void {
    this.view = null;
    this.problem = null;
    this.selected = null;
    this.#replies.clear();
    this.shown = [];
    this.waiting = [];
    this.still = false;
    this.filter = { group: null, intent: null, channel: null };
  }

  /** What is being written to the customer of a conversation. */
  reply(conversation: string): Reply {
    const kept = this.#replies.get(conversation);
    if (kept !== undefined) return kept;
    const reply = new Reply(this.#desk, conversation);
    this.#replies.set(conversation, reply);
    return reply;
  }

  select(conversation: string | null): void {
    this.selected = conversation;
  }

  move(step: 1 | -1): void {
    const next = neighbour(this.#order(), this.selected, step, null);
    if (next !== null) this.selected = next;
  }

  #order(): string[] {
    return this.groups.flatMap((group) => group.rows.map(key));
  }

  #fits(row: ConversationRow): boolean {
    const { group, intent, channel } = this.filter;
    return (
      (group === null || GROUP_OF[row.state] === group) &&
      (intent === null || row.intent === intent) &&
      (channel === null || row.channel === channel)
    );
  }

  #settle(still: boolean): void {
    const before = new Map(this.shown.map((entry) => [key(entry.row), entry.group]));
    // Under the cursor a row stays, even where it is no longer what was asked for.
    const rows = (this.view?.rows ?? []).filter((row) => this.#fits(row) || (still && before.has(key(row))));
    const { shown, waiting } = settle(this.shown, rows, still, NOBODY, key);
    this.shown = shown.map((entry) => ({
      ...entry,
      group: (still ? before.get(key(entry.row)) : undefined) ?? GROUP_OF[entry.row.state],
    }));
    this.waiting = waiting;
  }

  async #read(): Promise<void> {
    try {
      const view = await ask.conversations(this.#desk.host);
      if (this.#desk.session?.stage !== 'desk') return;
      this.view = view;
      this.problem = null;
      this.#settle(this.still);
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }
}
