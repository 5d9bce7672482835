/**
 * What a model writes in the conversation that is open, while it writes it: nothing of it is stored or sent yet. It is no
 * record, and ends with the answer.
 */
import { untrack } from 'svelte';
import type { Desk } from './desk.svelte';

export class Provisional {
  #told = $state.raw<{ conversation: string; text: string } | null>(null);
  #open: string | null = null;
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** What the station tells of the conversation that is listened to. */
  hear(conversation: string, text: string): void {
    this.#told = text === '' ? null : { conversation, text };
  }

  /** What is written in this conversation now; null if nothing is. */
  in(conversation: string): string | null {
    return this.#told?.conversation === conversation ? this.#told.text : null;
  }

  /** Listens to a conversation that has an agent of ours, until what this gives back is called. */
  whileOpen(conversation: string | null): () => void {
    untrack(() => this.#listen(conversation));
    return () => this.#listen(null);
  }

  /** The station is heard again, and knows nothing of this desk any more. */
  again(): void {
    const open = this.#open;
    this.#open = null;
    this.#listen(open);
  }

  clear(): void {
    this.#told = null;
    this.#open = null;
  }

  #listen(conversation: string | null): void {
    const { session, host, lost } = this.#desk;
    if (conversation === this.#open || session?.stage !== 'desk') return;
    this.#open = conversation;
    this.#told = null;
    if (lost) return;
    host.command({ command: 'listen', conversation }).catch(() => {
      // Nobody is kept from working by it: what is sent is seen all the same.
    });
  }
}
