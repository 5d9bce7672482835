/** The six metrics over a chosen period, and the conversations behind one of their figures. */
import type { Counted, CountedView, MetricsView, Period, Problem, Slice } from '../generated/wire';
import { ask } from '../host/host';
import { datesProblem, dayOf, dayOnly, spanOf, type Chosen, type Dates, type Span } from '../lib/period';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';

/** Whatever happens at the station, figures that are being read change no oftener. */
const EVERY_MS = 5000;
/** The last week, before anybody chose dates of their own. */
const WEEK_MS = 6 * 86_400_000;

export type Kind = 'intents' | 'channels' | 'agents';
/** What a figure is made of, and the control that it was opened from. */
export type Behind = { counted: Counted; slice: Slice | null; day: string | null; title: string; opener: string };
/** An answer, for which span it was asked, and when it came. */
export type Read = { view: MetricsView; span: Span; at: Date };

const sameSpan = (a: Span, b: Span): boolean => a.from === b.from && a.to === b.to && a.offset === b.offset;

/** The list behind a figure. It stands still: it is read once. */
export class CountedList {
  view = $state.raw<CountedView | null>(null);
  problem = $state.raw<Problem | null>(null);
  selected = $state(0);
  readonly behind: Behind;
  readonly period: Period;
  readonly offset: number;
  readonly #desk: Desk;

  constructor(desk: Desk, behind: Behind, read: Read) {
    this.#desk = desk;
    this.behind = behind;
    this.offset = read.span.offset;
    const { from, to } = behind.day === null ? read.view.period : dayOnly(behind.day, this.offset);
    this.period = { from, to };
  }

  async load(): Promise<void> {
    this.problem = null;
    try {
      this.view = await ask.counted(this.#desk.host, this.period, this.behind.counted, this.behind.slice);
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }

  move(step: 1 | -1): void {
    const last = (this.view?.rows.length ?? 1) - 1;
    this.selected = Math.min(last, Math.max(0, this.selected + step));
  }
}

export class Metrics {
  chosen = $state<Chosen>('week');
  dates = $state.raw<Dates>({ first: dayOf(new Date(Date.now() - WEEK_MS)), last: dayOf(new Date()) });
  read = $state.raw<Read | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Tables in the place of charts. */
  tables = $state(false);
  kind = $state<Kind>('intents');
  list = $state.raw<CountedList | null>(null);
  #askedAt = Number.NEGATIVE_INFINITY;
  #later: ReturnType<typeof setTimeout> | null = null;
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** What is wrong with the dates that are being chosen. */
  get datesProblem(): ReturnType<typeof datesProblem> {
    return this.chosen === 'dates' ? datesProblem(this.dates) : null;
  }

  /** Another period: no figure stands under a name that is not its own, so the old ones go. */
  choose(chosen: Chosen, dates: Dates = this.dates): void {
    this.chosen = chosen;
    this.dates = dates;
    this.list = null;
    if (this.datesProblem !== null) return;
    if (this.read !== null && !sameSpan(this.read.span, this.#span())) this.read = null;
    void this.refresh();
  }

  refresh(): Promise<void> {
    return this.#refetch.run();
  }

  /** Something happened at the station. */
  changed(): void {
    if (this.#later !== null) return;
    const wait = Math.max(0, this.#askedAt + EVERY_MS - performance.now());
    this.#later = setTimeout(() => {
      this.#later = null;
      void this.refresh();
    }, wait);
  }

  /** Nobody looks any more. */
  rest(): void {
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
  }

  open(behind: Behind): void {
    if (this.read === null || this.#desk.lost) return;
    this.list = new CountedList(this.#desk, behind, this.read);
    void this.list.load();
  }

  clear(): void {
    this.rest();
    this.read = null;
    this.problem = null;
    this.list = null;
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  #span(): Span {
    return spanOf(this.chosen, this.dates, new Date());
  }

  async #read(): Promise<void> {
    if (this.datesProblem !== null) return;
    const span = this.#span();
    this.#askedAt = performance.now();
    try {
      const view = await ask.metrics(this.#desk.host, span.from, span.to, span.offset);
      if (this.#desk.session?.stage !== 'desk' || !sameSpan(span, this.#span())) return;
      this.read = { view, span, at: new Date() };
      this.problem = null;
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }
}
