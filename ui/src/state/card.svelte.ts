/** One open card: what the station showed, how long it was looked at, and deciding on exactly that. */
import type { CardView, Choice, OverridePreview, Problem } from '../generated/wire';
import { ask } from '../host/host';
import type { Desk } from './desk.svelte';
import { Look } from './look.svelte';
import { Refetch } from './refetch';

export class OpenCard {
  readonly action: string;
  view = $state.raw<CardView | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Set when the card became another one while it was open; looked at again, it may be decided. */
  changed = $state(false);
  deciding = $state(false);
  /** Set once a decision of this desk is stored: then, and only then, the signature draws its line. */
  signed = $state(false);
  /** What waits for the password of whoever decides. */
  asking = $state.raw<Choice | null>(null);
  readonly look = new Look();
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk, action: string) {
    this.#desk = desk;
    this.action = action;
  }

  /** Whether a decision can be sent from here at all; the reason stands beside the buttons. */
  get open(): boolean {
    return this.view?.state === 'held' && !this.deciding;
  }

  load(): Promise<void> {
    return this.#refetch.run();
  }

  /** Whether the rules ask for the password again for this. What an override is asked, its preview says. */
  asksPassword(choice: Choice, override: OverridePreview | null): boolean {
    if (choice.choice === 'reject') return false;
    return choice.choice === 'override' ? (override?.step_up ?? false) : (this.view?.step_up ?? false);
  }

  /** Asks for the password before this is sent; null gives it up. */
  ask(choice: Choice | null): void {
    // Why it came back stays on the card; that a password was wrong does not.
    if (choice !== null || this.problem?.code === 'wrong_password') this.problem = null;
    this.asking = choice;
  }

  /** Sends a decision on the card as it stands on screen. True once it is stored. */
  async decide(choice: Choice, password?: string): Promise<boolean> {
    const view = this.view;
    if (view === null || !this.open || this.#desk.lost) return false;
    this.deciding = true;
    this.problem = null;
    const place = this.#desk.approvals.place(this.action);
    const looked = this.look.ms;
    try {
      await this.#desk.host.decide({
        action: this.action,
        card_digest: view.card_digest,
        choice,
        looked_ms: looked,
        ...(password === undefined ? {} : { password }),
      });
    } catch (thrown) {
      const problem = this.#desk.note(thrown);
      this.deciding = false;
      if (problem.code === 'card_changed' || problem.code === 'no_longer_held') {
        await Promise.all([this.load(), this.#desk.approvals.refresh()]);
      }
      this.problem = problem;
      return false;
    }
    this.#desk.approvals.decidedHere(this.action, place);
    this.#desk.vigilance.decided(view.card, choice, looked, this.#desk.now.getTime());
    this.signed = true;
    this.deciding = false;
    this.asking = null;
    await Promise.all([this.load(), this.#desk.approvals.refresh()]);
    return true;
  }

  async #read(): Promise<void> {
    try {
      const view = await ask.card(this.#desk.host, this.action);
      const before = this.view;
      if (before !== null && before.card_digest !== view.card_digest && view.state === 'held') {
        // A deadline that moved is another card to sign, and nothing else to read.
        if (!isPutOff(before, view)) this.changed = true;
        this.look.again();
      }
      this.view = view;
      this.look.asks(view.shortest_look_ms);
      this.problem = null;
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
      // What is erased leaves the screen too.
      if (this.problem.code === 'erased') this.view = null;
    }
  }
}

/** Whether nothing but the deadline is another one. */
function isPutOff(before: CardView, after: CardView): boolean {
  const rest = (view: CardView): string => JSON.stringify({ ...view.card, deadline: '' });
  return before.card.deadline !== after.card.deadline && rest(before) === rest(after);
}
