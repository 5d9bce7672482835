/** What a person writes to a customer and has not sent. It keeps its id until it is stored, so that it goes out once. */
import type { Problem } from '../generated/wire';
import { problemOf } from '../host/host';
import type { Desk } from './desk.svelte';

/** The most characters of one reply. */
export const LONGEST_REPLY = 2000;

export class Reply {
  #text = $state('');
  /** What is on its way to the customer. */
  #sent: string | null = null;
  sending = $state(false);
  problem = $state.raw<Problem | null>(null);
  readonly #desk: Desk;
  readonly #conversation: string;
  #client = crypto.randomUUID();
  #going: Promise<boolean> = Promise.resolve(true);

  constructor(desk: Desk, conversation: string) {
    this.#desk = desk;
    this.#conversation = conversation;
  }

  get text(): string {
    return this.#text;
  }
  set text(text: string) {
    // Behind what is on its way one goes on writing. Changed in the middle it would stand here as if it had not gone out.
    if (this.#sent === null || text.startsWith(this.#sent)) this.#text = text;
  }

  get empty(): boolean {
    return this.text.trim() === '';
  }

  /** Characters beyond what is taken. */
  get over(): number {
    return Math.max(0, [...this.text.trim()].length - LONGEST_REPLY);
  }

  /** Resolves when nothing is on its way any more. */
  async settled(): Promise<void> {
    await this.#going;
  }

  /** Sends it; `seen` is the position of the transcript on screen. Whether it is stored. */
  async send(seen: number): Promise<boolean> {
    if (this.sending || this.empty || this.over > 0 || this.#desk.lost) return false;
    this.#going = this.#send(seen);
    return this.#going;
  }

  async #send(seen: number): Promise<boolean> {
    const text = this.#text;
    this.#sent = text;
    this.sending = true;
    this.problem = null;
    try {
      const conversation = this.#conversation;
      await this.#desk.command({ command: 'reply', conversation, text, seen, client: this.#client });
      this.#client = crypto.randomUUID();
      // What was typed meanwhile is another reply.
      this.#text = this.#text.slice(text.length).trimStart();
      return true;
    } catch (thrown) {
      this.#desk.note(thrown);
      this.problem = problemOf(thrown);
      return false;
    } finally {
      this.#sent = null;
      this.sending = false;
    }
  }
}
