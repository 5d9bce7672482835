/** What a person whispers to an agent, as they write it. It keeps its id until it is stored: whispered once. */
import type { Problem, WhisperPreview, WhisperScope } from '../generated/wire';
import { ask, problemOf } from '../host/host';
import type { Desk } from './desk.svelte';
import { over } from './ending.svelte';

/** So long nobody typed before the agent is asked what it would read. Milliseconds. */
const PAUSE_MS = 150;
/** So long after a question that failed it is asked again. Milliseconds. */
const AGAIN_MS = 2000;

export class Whisper {
  #scope = $state<WhisperScope>('next_reply');
  /** On its way: nobody can tell yet whether it counts, so nobody writes in it. */
  sending = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** What the agent would read, and of which words that is. */
  preview = $state.raw<{ of: string; seen: WhisperPreview } | null>(null);
  #text = $state('');
  readonly #desk: Desk;
  readonly #conversation: string;
  #client = crypto.randomUUID();
  #tried = false;
  #waits: ReturnType<typeof setTimeout> | undefined;

  constructor(desk: Desk, conversation: string) {
    this.#desk = desk;
    this.#conversation = conversation;
  }

  get scope(): WhisperScope {
    return this.#scope;
  }
  set scope(scope: WhisperScope) {
    if (scope !== this.#scope && this.#tried) this.#renew();
    this.#scope = scope;
  }

  get text(): string {
    return this.#text;
  }
  set text(text: string) {
    // Other words are another whisper, also where nobody knows whether those before were stored.
    if (text !== this.#text && this.#tried) this.#renew();
    this.#text = text;
    this.problem = null;
    clearTimeout(this.#waits);
    if (text.trim() !== '' && this.over === 0) this.#waits = setTimeout(() => void this.look(), PAUSE_MS);
  }

  get over(): number {
    return over(this.#text);
  }

  /** What the agent would read of exactly what stands here; null until that is known. */
  get read(): WhisperPreview | null {
    return this.preview !== null && this.preview.of === this.#text.trim() ? this.preview.seen : null;
  }

  /** Asks what the agent would read. */
  async look(): Promise<void> {
    const of = this.#text.trim();
    if (of === '' || this.over > 0 || this.preview?.of === of) return;
    try {
      const seen = await ask.whisperPreview(this.#desk.host, of);
      if (this.#text.trim() === of) this.preview = { of, seen };
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
      // As long as these words stand here the button waits for the answer.
      if (this.#text.trim() === of) this.#waits = setTimeout(() => void this.look(), AGAIN_MS);
    }
  }

  #renew(): void {
    this.#client = crypto.randomUUID();
    this.#tried = false;
  }

  /** Whispers what is on screen. Whether it is stored. */
  async send(): Promise<boolean> {
    const [seen, text, scope] = [this.read, this.#text, this.scope];
    if (this.sending || seen === null || this.#desk.lost) return false;
    this.sending = true;
    this.#tried = true;
    this.problem = null;
    try {
      const conversation = this.#conversation;
      await this.#desk.command({ command: 'whisper', conversation, text, scope, client: this.#client });
      this.#renew();
      this.text = '';
      this.preview = null;
      this.#scope = 'next_reply';
      await this.#desk.refresh();
      return true;
    } catch (thrown) {
      this.#desk.note(thrown);
      this.problem = problemOf(thrown);
      return false;
    } finally {
      this.sending = false;
    }
  }
}

/** What is being whispered, by conversation. */
export class Whispers {
  readonly #desk: Desk;
  readonly #kept = new Map<string, Whisper>();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  of(conversation: string): Whisper {
    const kept = this.#kept.get(conversation);
    if (kept !== undefined) return kept;
    const whisper = new Whisper(this.#desk, conversation);
    this.#kept.set(conversation, whisper);
    return whisper;
  }

  clear(): void {
    this.#kept.clear();
  }
}
