/** The staff, and the changes that wait for a signature. */
import type { ChangeRequest, PendingChange, PeopleView, Problem, StaffView } from '../generated/wire';
import { ask } from '../host/host';
import { neighbour } from '../lib/queue';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';

export class People {
  view = $state.raw<PeopleView | null>(null);
  problem = $state.raw<Problem | null>(null);
  selected = $state<string | null>(null);
  /** Whether the form for a further person is open. */
  adding = $state(false);
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  get here(): StaffView[] {
    return (this.view?.people ?? []).filter((person) => person.left_at === null);
  }

  get left(): StaffView[] {
    return (this.view?.people ?? []).filter((person) => person.left_at !== null);
  }

  /** Who is open: the chosen one, or whoever is signed in. */
  get person(): StaffView | null {
    const people = this.view?.people ?? [];
    const wanted = this.selected ?? this.#desk.session?.person?.id ?? null;
    return people.find((person) => person.id === wanted) ?? people[0] ?? null;
  }

  refresh(): Promise<void> {
    return this.#refetch.run();
  }

  clear(): void {
    this.view = null;
    this.problem = null;
    this.selected = null;
    this.adding = false;
  }

  select(person: string): void {
    this.selected = person;
  }

  move(step: 1 | -1): void {
    const order = [...this.here, ...this.left].map((person) => person.id);
    const next = neighbour(order, this.person?.id ?? null, step, null);
    if (next !== null) this.selected = next;
  }

  /** Proposes a change and signs it first. Throws for the form that asked. */
  async propose(request: ChangeRequest, why: string): Promise<void> {
    const words = why.trim();
    await this.#desk.command({ command: 'propose_change', request, why: words === '' ? null : words });
    await this.refresh();
  }

  async sign(change: PendingChange): Promise<void> {
    await this.#desk.command({ command: 'sign_change', change: change.change, digest: change.digest });
    await this.refresh();
  }

  async refuse(change: PendingChange, why: string): Promise<void> {
    await this.#desk.command({ command: 'refuse_change', change: change.change, why: why.trim() });
    await this.refresh();
  }

  async withdraw(change: PendingChange): Promise<void> {
    await this.#desk.command({ command: 'withdraw_change', change: change.change });
    await this.refresh();
  }

  async #read(): Promise<void> {
    try {
      const view = await ask.people(this.#desk.host);
      if (this.#desk.session?.stage !== 'desk') return;
      this.view = view;
      this.problem = null;
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }
}
