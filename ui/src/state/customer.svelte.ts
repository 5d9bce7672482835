/** What holds and erasures say of one customer, refetched on each notice. */
import type { CustomerOf, CustomerView, Problem } from '../generated/wire';
import { ask } from '../host/host';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';

export class OpenCustomer {
  readonly of: CustomerOf;
  view = $state.raw<CustomerView | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk, of: CustomerOf) {
    this.#desk = desk;
    this.of = of;
  }

  load(): Promise<void> {
    return this.#refetch.run();
  }

  async #read(): Promise<void> {
    try {
      this.view = await ask.customer(this.#desk.host, this.of);
      this.problem = null;
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }
}
