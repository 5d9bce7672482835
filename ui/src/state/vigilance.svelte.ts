/** Whether cards are approved faster than anybody reads them. It is told to the person at the desk, and stops nothing. */
import type { Card, Choice } from '../generated/wire';

/** A quick reader's pace, in characters a second. */
const READS_A_SECOND = 40;
/** So many approvals in a row, each in less than half of the time that reading takes. */
const IN_A_ROW = 3;
/** What lies further back is another stretch of work, in milliseconds. */
const STRETCH_MS = 10 * 60_000;

type Look = { looked: number; needed: number; at: number };

type Haste = { cards: number; lookedSeconds: number; neededSeconds: number };

/** How long a quick reader takes for what has to be known before deciding, in milliseconds. */
export function readingMs(card: Card): number {
  const texts = [
    card.headline,
    card.effect ?? '',
    ...(card.contradictions ?? []).flatMap((found) => [found.says, found.against]),
    ...card.notices,
    ...card.arguments.map((argument) => argument.shown),
    ...card.words.map((words) => words.text),
    ...card.facts.map((fact) => fact.shown),
  ];
  const characters = texts.reduce((sum, text) => sum + [...text].length, 0);
  return (characters / READS_A_SECOND) * 1000;
}

export class Vigilance {
  #hasty = $state.raw<Look[]>([]);

  /** Takes a decision in that was stored. A no is never too quick, and one look that was long enough ends the row. */
  decided(card: Card, choice: Choice, lookedMs: number, at: number): void {
    if (choice.choice === 'reject') return;
    const needed = readingMs(card);
    const recent = this.#hasty.filter((look) => at - look.at < STRETCH_MS);
    this.#hasty = lookedMs * 2 < needed ? [...recent, { looked: lookedMs, needed, at }] : [];
  }

  /** What one person did is nothing to the next at this desk. */
  clear(): void {
    this.#hasty = [];
  }

  /** What to say at this moment of the last approvals, if they came too fast. */
  haste(now: number): Haste | null {
    const last = this.#hasty.filter((look) => now - look.at < STRETCH_MS).slice(-IN_A_ROW);
    if (last.length < IN_A_ROW) return null;
    const sum = (of: (look: Look) => number): number =>
      Math.round(last.reduce((all, look) => all + of(look), 0) / 1000);
    return { cards: last.length, lookedSeconds: sum((look) => look.looked), neededSeconds: sum((look) => look.needed) };
  }
}
