/** One open conversation, refetched on each notice. */
import type { Problem, TranscriptView } from '../generated/wire';
import { ask } from '../host/host';
import { kept, keptEach } from '../lib/kept';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';

export class OpenConversation {
  readonly conversation: string;
  view = $state.raw<TranscriptView | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk, conversation: string) {
    this.#desk = desk;
    this.conversation = conversation;
  }

  load(): Promise<void> {
    return this.#refetch.run();
  }

  async #read(): Promise<void> {
    try {
      const view = await ask.conversation(this.#desk.host, this.conversation);
      const entries = keptEach(this.view?.entries ?? [], view.entries, (entry) => entry.position);
      this.view = { ...view, entries, row: kept(this.view?.row, view.row) };
      this.problem = null;
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }
}
