/** Who looks at which held action now, as the station tells it. It is no record: it ends with the desk that says it. */
import { untrack } from 'svelte';
import type { CardView, Looking } from '../generated/wire';
import { t } from '../texts/en';
import type { Desk } from './desk.svelte';

/** So long a card is open before anybody is told: whoever goes through a list looks at none of it. Milliseconds. */
const DWELL_MS = 400;

export class Presence {
  #looking = $state.raw<Looking[]>([]);
  #open: string | null = null;
  #said: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** What the station tells of everybody. */
  hear(looking: Looking[]): void {
    this.#looking = looking;
  }

  /** The names of the others who look at an action, each once. */
  others(action: string): string[] {
    const { session } = this.#desk;
    const here = session?.person?.id;
    const people = this.#looking.filter((one) => one.action === action && one.person !== here).map((one) => one.person);
    return [...new Set(people)].map(
      (id) => session?.people.find((person) => person.id === id)?.name ?? t.erased.person,
    );
  }

  /**
   * Says that this card is open here, if it is whoever sits here who can decide it: nobody who waits for another signature is to
   * think that somebody sees to it. Until what this gives back is called.
   */
  whileOpen(view: CardView | null): () => void {
    const decides = view?.state === 'held' && view.may_decide && view.may_not_approve_reason === null;
    const action = decides ? view.card.action : null;
    untrack(() => this.#opens(action));
    return () => this.#opens(null);
  }

  #opens(action: string | null): void {
    this.#open = action;
    clearTimeout(this.#timer);
    if (action === null) this.#say(null);
    else this.#timer = setTimeout(() => this.#say(action), DWELL_MS);
  }

  /** The station is heard again, and knows nothing of this desk any more. */
  again(): void {
    this.#said = null;
    this.#opens(this.#open);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#looking = [];
    this.#open = null;
    this.#said = null;
  }

  #say(action: string | null): void {
    const { session, host, lost } = this.#desk;
    // Alone, there is nobody to tell.
    if (action === this.#said || session?.stage !== 'desk' || session.one_person_mode === true || lost) return;
    this.#said = action;
    host.command({ command: 'look_at', action }).catch(() => {
      // Nobody is kept from working by it: it is said again with the next card, or once the station is back.
      if (this.#said === action) this.#said = null;
    });
  }
}
