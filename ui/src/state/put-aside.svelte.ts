/** Putting all of a review aside that can be: snoozed together, or handed to one person. Nothing of it is signed. */
import type { Command, Delegate } from '../generated/wire';
import { spans } from '../lib/snooze';
import { t } from '../texts/en';
import type { Desk } from './desk.svelte';
import type { Review, Reviewed } from './review.svelte';

export class PutAside {
  readonly #desk: Desk;
  readonly #review: Review;

  constructor(desk: Desk, review: Review) {
    this.#desk = desk;
    this.#review = review;
  }

  /** Those that there is time to put off. */
  get snoozable(): Reviewed[] {
    return this.#review.rows.filter(
      ({ held, open: { view } }) =>
        held && view?.aside?.may_not_snooze_reason === null && spans(view.card.deadline, this.#desk.now).length > 0,
    );
  }

  get #delegable(): Reviewed[] {
    return this.#review.rows.filter((row) => row.held && (row.open.view?.aside?.delegates.length ?? 0) > 0);
  }

  /** Those who can decide every one that can be handed to anybody. */
  get delegates(): Delegate[] {
    const [first, ...others] = this.#delegable.map((row) => row.open.view?.aside?.delegates ?? []);
    const same = (one: Delegate, list: Delegate[]): Delegate | undefined =>
      list.find(({ person }) => person === one.person);
    const able = (one: Delegate): boolean => others.every((list) => same(one, list) !== undefined);
    // A deputy is named who could decide every one of them.
    const deputy = (one: Delegate): string | undefined => one.away?.deputy?.person;
    const all = (one: Delegate): boolean => others.every((list) => deputy(same(one, list) ?? one) === deputy(one));
    return (first ?? [])
      .filter(able)
      .map((one) => (one.away === null || all(one) ? one : { ...one, away: { ...one.away, deputy: null } }));
  }

  /** Whether one of them is somebody's already. */
  get delegated(): boolean {
    return this.#delegable.some((row) => row.open.view?.aside?.delegated != null);
  }

  /** The nearest deadline of those that can be put off. */
  get deadline(): string {
    const deadlines = this.snoozable.flatMap((row) => row.open.view?.card.deadline ?? []);
    return deadlines.reduce(
      (nearest, one) => (Date.parse(one) < Date.parse(nearest) ? one : nearest),
      deadlines[0] ?? '',
    );
  }

  get mayNotSnooze(): string | null {
    const off = this.#review.off ?? (this.#desk.stopped ? t.aside.stopped : null);
    return off ?? (this.snoozable.length > 0 ? null : t.several.noneToSnooze);
  }

  get mayNotDelegate(): string | null {
    return this.#review.off ?? (this.delegates.length > 0 ? null : t.several.noneToDelegate);
  }

  /** Puts each of them off. Whether every one of them was. */
  snooze(minutes: number): Promise<boolean> {
    const rows = this.snoozable;
    const command = (action: string): Command => ({ command: 'snooze', action, minutes });
    return this.#each(rows, command, (n) => t.several.done.snoozed(n), true);
  }

  /** Hands each of them to one person, or to everybody again, but for what is theirs already; `who` says whose they are then. */
  delegate(to: string | null, who: string): Promise<boolean> {
    const command = (action: string): Command => ({ command: 'delegate', action, to });
    const whose = (row: Reviewed): string | null => row.open.view?.aside?.delegated?.to ?? null;
    const rows = this.#delegable.filter((row) => whose(row) !== to);
    return this.#each(rows, command, (n) => t.several.done.delegated(n, who), false);
  }

  #each(
    rows: Reviewed[],
    command: (action: string) => Command,
    said: (n: number) => string,
    leaves: boolean,
  ): Promise<boolean> {
    return this.#review.each(rows, { said, failed: t.several.done.notPut }, async ({ row: { action } }) => {
      const before = this.#desk.approvals.place(action);
      try {
        await this.#desk.command(command(action));
        if (leaves) this.#desk.approvals.leavesHere(action, before);
        return null;
      } catch (thrown) {
        return this.#desk.note(thrown).message;
      }
    });
  }
}
