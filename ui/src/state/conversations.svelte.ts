/** The conversations on the Floor, and which of them is open. */
import type { ConversationRow, ConversationsView, Problem } from '../generated/wire';
import { ask } from '../host/host';
import { neighbour } from '../lib/queue';
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

export class Conversations {
  view = $state.raw<ConversationsView | null>(null);
  problem = $state.raw<Problem | null>(null);
  selected = $state<string | null>(null);
  readonly #replies = new Map<string, Reply>();
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** The rows by group, in the station's order; empty groups are left out. */
  get groups(): Group[] {
    const rows = this.view?.rows ?? [];
    return GROUPS.map((name) => ({ name, rows: rows.filter((row) => GROUP_OF[row.state] === name) })).filter(
      (group) => group.rows.length > 0,
    );
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
    const order = this.groups.flatMap((group) => group.rows.map((row) => row.conversation));
    const next = neighbour(order, this.selected, step, null);
    if (next !== null) this.selected = next;
  }

  async #read(): Promise<void> {
    try {
      const view = await ask.conversations(this.#desk.host);
      if (this.#desk.session?.stage !== 'desk') return;
      this.view = view;
      this.problem = null;
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }
}
