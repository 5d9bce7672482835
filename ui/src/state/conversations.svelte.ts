/** The conversations on the Floor, in an order that stays still under the cursor, which are shown, and which is open. */
import type { ConversationRow, ConversationsView, Problem } from '../generated/wire';
import { ask } from '../host/host';
import type { QueueEntry } from '../lib/queue';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';
import { Ending } from './ending.svelte';
import { ToolUse } from './tool-use.svelte';
import { Reply } from './reply.svelte';
import { StillList } from './still.svelte';

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

/** What a person wants to see; null is everything. */
export type Filter = { group: GroupName | null; intent: string | null; channel: string | null };
/** A row with the group in which it was shown last: it changes no group under the cursor. */
type Shown = { row: ConversationRow; gone: boolean; group: GroupName };

export class Conversations extends StillList<ConversationRow, Shown> {
  view = $state.raw<ConversationsView | null>(null);
  problem = $state.raw<Problem | null>(null);
  filter = $state.raw<Filter>({ group: null, intent: null, channel: null });
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
    const shown = new Set(this.shown.map((entry) => entry.row.conversation));
    return (this.view?.rows ?? []).filter((row) => this.#fits(row) || (still && shown.has(row.conversation)));
  }
  protected entry(entry: QueueEntry<ConversationRow>, still: boolean): Shown {
    const before = still ? this.shown.find((shown) => shown.row.conversation === entry.row.conversation) : undefined;
    return { ...entry, group: before?.group ?? GROUP_OF[entry.row.state] };
  }

  /** The rows by group, in the order of the screen; empty groups are left out. */
  get groups(): Group[] {
    const of = (name: GroupName): ConversationRow[] =>
      this.shown.filter((entry) => entry.group === name).map((entry) => entry.row);
    return GROUPS.map((name) => ({ name, rows: of(name) })).filter((group) => group.rows.length > 0);
  }

  override get order(): string[] {
    return this.groups.flatMap((group) => group.rows.map((row) => row.conversation));
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
    this.settle(false);
    const order = this.order;
    if (this.selected === null || !order.includes(this.selected)) this.selected = order[0] ?? null;
  }

  showAll(): void {
    this.show({ group: null, intent: null, channel: null });
  }

  /** Whether rows stand where they would no longer stand. */
  get outOfPlace(): boolean {
    const now = this.view?.rows.filter((row) => this.#fits(row)).map((row) => row.conversation) ?? [];
    const shown = this.shown.map((entry) => entry.row.conversation);
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
    this.empty();
    this.#replies.clear();
    this.#endings.clear();
    this.#toolUses.clear();
    this.filter = { group: null, intent: null, channel: null };
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

  #fits(row: ConversationRow): boolean {
    const { group, intent, channel } = this.filter;
    return (
      (group === null || GROUP_OF[row.state] === group) &&
      (intent === null || row.intent === intent) &&
      (channel === null || row.channel === channel)
    );
  }

  async #read(): Promise<void> {
    try {
      const view = await ask.conversations(this.#desk.host);
      if (this.#desk.session?.stage !== 'desk') return;
      this.view = view;
      this.problem = null;
      this.settle(this.still);
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }
}
