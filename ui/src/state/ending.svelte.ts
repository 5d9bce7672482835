/** What a person writes down before they give a conversation up: what they promised, what came of it. Kept until stored. */
import type { Command, Problem } from '../generated/wire';
import { problemOf } from '../host/host';
import type { Desk } from './desk.svelte';

/** The most characters of a promise or a note. */
export const LONGEST_NOTE = 500;

export const over = (text: string): number => Math.max(0, [...text.trim()].length - LONGEST_NOTE);

export class Ending {
  /** What came of it: a code, or nothing chosen yet. */
  code = $state('');
  note = $state('');
  promise = $state('');
  /** Until when it is to be kept: one of the choices, or nothing said. */
  due = $state('');
  sending = $state(false);
  /** Why the conversation did not end, and why nothing was promised or kept. */
  unresolved = $state.raw<Problem | null>(null);
  unpromised = $state.raw<Problem | null>(null);
  readonly #desk: Desk;
  readonly #conversation: string;

  constructor(desk: Desk, conversation: string) {
    this.#desk = desk;
    this.#conversation = conversation;
  }

  get promising(): boolean {
    return this.promise.trim() !== '' && over(this.promise) === 0;
  }
  get resolving(): boolean {
    return this.code !== '' && this.note.trim() !== '' && over(this.note) === 0;
  }

  /** Stores the promise; `due` is an absolute time, or nothing. Whether it is stored. */
  async promises(due: string | null): Promise<boolean> {
    if (!this.promising) return false;
    const text = this.promise.trim();
    const stored = await this.#send({ command: 'promise', conversation: this.#conversation, text, due });
    // What was typed meanwhile is another promise.
    if (stored && this.promise.trim() === text) this.promise = this.due = '';
    return stored;
  }

  /** Says that a promise was kept. */
  keeps(number: number): Promise<boolean> {
    return this.#send({ command: 'keep_promise', conversation: this.#conversation, number });
  }

  /** Ends the conversation; `seen` is the position of the transcript on screen. Whether it ended. */
  async resolves(seen: number): Promise<boolean> {
    if (!this.resolving) return false;
    const { code, note } = this;
    const resolve: Command = { command: 'resolve', conversation: this.#conversation, code, note: note.trim(), seen };
    const stored = await this.#send(resolve);
    if (stored) this.code = this.note = '';
    return stored;
  }

  async #send(command: Command): Promise<boolean> {
    if (this.sending || this.#desk.lost) return false;
    this.sending = true;
    if (command.command === 'resolve') this.unresolved = null;
    else this.unpromised = null;
    try {
      await this.#desk.command(command);
      await this.#desk.refresh();
      return true;
    } catch (thrown) {
      this.#desk.note(thrown);
      if (command.command === 'resolve') this.unresolved = problemOf(thrown);
      else this.unpromised = problemOf(thrown);
      return false;
    } finally {
      this.sending = false;
    }
  }
}
