/** Which sounds and notices a person wants, kept on this machine for each of them. */
import type { Tone } from '../lib/tones';
import type { Desk } from './desk.svelte';

type Kept = { notices: boolean; tones: Record<Tone, boolean> };
/** Blocked is never silent when done is not: the first is on and the last off until somebody says otherwise. */
const FIRST: Record<Tone, boolean> = { waits: true, soon: true, done: false };

export class AlertChoices {
  #changes = $state(0);
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  get notices(): boolean {
    return this.#kept.notices && this.#desk.host.desktop.state() === 'on';
  }
  get tones(): Record<Tone, boolean> {
    return this.#kept.tones;
  }

  setTone(tone: Tone, on: boolean): void {
    const tones = { ...this.tones, [tone]: on };
    if (tone === 'done' && on) tones.waits = true;
    if (tone === 'waits' && !on) tones.done = false;
    this.#keep({ ...this.#kept, tones });
  }

  /** A browser asks the person first, and only because they have just asked for it. */
  async setNotices(on: boolean): Promise<void> {
    const may = on && (await this.#desk.host.desktop.ask());
    this.#keep({ ...this.#kept, notices: may });
  }

  get #key(): string {
    return `countersign-alerts-${this.#desk.session?.person?.id ?? ''}`;
  }
  get #kept(): Kept {
    void this.#changes;
    const first = { notices: this.#desk.host.kind === 'window', tones: FIRST };
    try {
      const kept = JSON.parse(localStorage.getItem(this.#key) ?? 'null') as Partial<Kept> | null;
      const tones = { ...FIRST };
      for (const tone of Object.keys(FIRST) as Tone[]) tones[tone] = kept?.tones?.[tone] ?? FIRST[tone];
      return { notices: typeof kept?.notices === 'boolean' ? kept.notices : first.notices, tones };
    } catch {
      return first;
    }
  }
  #keep(kept: Kept): void {
    localStorage.setItem(this.#key, JSON.stringify(kept));
    this.#changes += 1;
  }
}
