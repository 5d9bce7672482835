/**
 * Of what somebody is told, and when: grouped, at most once a minute, never of what they are looking at, and of nothing
 * that somebody else has taken or decided before they could be told. Pure: what waits and the time come from outside.
 */

export type WaitingKind = 'held' | 'escalation' | 'unknown';
/** One thing that waits for the person at this desk. `noun` is ours, such as "Refund"; nothing here is a customer's. */
export type Waiting = {
  id: string;
  kind: WaitingKind;
  noun: string;
  detail: string;
  /** Who handed it to the person at this desk: then they are told, also where it waited for them before. */
  from?: string;
};
/** What to tell: everything in it still waits. */
export type Telling = { of: Waiting[] };
/** What to do now. `sound` is of what has just come; `again` is when to ask again although nothing came, if ever. */
export type Alert = { sound: boolean; tell: Telling | null; again: number | null };

/** Between two notices to one person, in milliseconds. */
export const BETWEEN_MS = 60_000;
/** Arrivals this close together are told together, in milliseconds. */
export const GATHER_MS = 3_000;
/** Arrivals this close together are one sound, in milliseconds. */
export const SOUND_MS = 10_000;

const known = (one: Waiting): string => (one.from === undefined ? one.id : `${one.id} from ${one.from}`);

export class Alerts {
  #known: Set<string> | null = null;
  readonly #untold = new Map<string, number>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #soundAt = Number.NEGATIVE_INFINITY;

  /**
   * Everything that waits now; `looksAt` says which kinds are on the screen that has the person's attention, `claimed` what
   * somebody else looks at: nobody is told of that until they leave it.
   */
  see(
    waiting: Waiting[],
    looksAt: (kind: WaitingKind) => boolean,
    now: number,
    claimed: (id: string) => boolean = () => false,
  ): Alert {
    const fresh = this.#fresh(waiting);
    // What was already there when they came, they find by themselves.
    if (fresh === null) return { sound: false, tell: null, again: null };
    for (const one of fresh) this.#untold.set(one.id, now);
    const still = new Set(waiting.filter((one) => !looksAt(one.kind)).map((one) => one.id));
    for (const id of this.#untold.keys()) if (!still.has(id)) this.#untold.delete(id);
    const sound = fresh.length > 0 && now - this.#soundAt >= SOUND_MS;
    if (sound) this.#soundAt = now;
    // What was handed to them is theirs, whoever still has it open.
    const theirs = new Set(waiting.filter((one) => one.from !== undefined).map((one) => one.id));
    const taken = (id: string): boolean => !theirs.has(id) && claimed(id);
    const due = this.#due(taken);
    if (due === null || now < due) return { sound, tell: null, again: due };
    const of = waiting.filter((one) => this.#untold.has(one.id) && !taken(one.id));
    for (const one of of) this.#untold.delete(one.id);
    this.#toldAt = now;
    return { sound, tell: { of }, again: null };
  }

  #fresh(waiting: Waiting[]): Waiting[] | null {
    const before = this.#known;
    this.#known = new Set(waiting.map(known));
    return before === null ? null : waiting.filter((one) => !before.has(known(one)));
  }

  #due(claimed: (id: string) => boolean): number | null {
    const free = [...this.#untold].filter(([id]) => !claimed(id)).map(([, since]) => since);
    if (free.length === 0) return null;
    return Math.max(Math.min(...free) + GATHER_MS, this.#toldAt + BETWEEN_MS);
  }
}
