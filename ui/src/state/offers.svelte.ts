/** What can be done with what is open: each view offers it, and the palette lists it. */
import { SvelteMap } from 'svelte/reactivity';

/** One thing that can be begun here. It starts a form or an act that needs no card; it never approves. */
export type Offer = { name: string; more: string; keys: string[]; run: () => void };
/** What it is done to, such as "Refund €129.00, Ana Ruiz". */
export type Offered = { on: string; offers: Offer[] };

export class Offers {
  readonly #from = new SvelteMap<symbol, Offered>();

  /** Everything that is offered now. */
  get all(): Offered[] {
    return [...this.#from.values()].filter((offered) => offered.offers.length > 0);
  }

  /** Offers something as long as the component that calls this lives. */
  offer(what: () => Offered): void {
    const from = Symbol();
    $effect(() => {
      this.#from.set(from, what());
      return () => this.#from.delete(from);
    });
  }
}
