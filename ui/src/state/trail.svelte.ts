/** The trail as somebody searches it: what is written, what was found, and which record is open. */
import type { Problem, RecordView, TrailChoices, TrailRow, TrailView } from '../generated/wire';
import { ask } from '../host/host';
import { neighbour } from '../lib/queue';
import { read, type Question } from '../lib/trail-query';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';

/** The most records in the list; more are found by looking for less. */
const MOST = 1000;
/** Whoever stays with a search so long has settled on it, in milliseconds. */
const SETTLED_MS = 3000;
/** How far apart a list that nobody touches is asked for again, in milliseconds. */
const BETWEEN_MS = 1000;

export class Trail {
  text = $state('');
  rows = $state.raw<TrailRow[]>([]);
  view = $state.raw<TrailView | null>(null);
  /** Where older records begin; null where there are none. */
  next = $state.raw<number | null>(null);
  /** Records that came since, and are not shown. */
  newer = $state(0);
  problem = $state.raw<Problem | null>(null);
  choices = $state.raw<TrailChoices | null>(null);
  selected = $state<number | null>(null);
  record = $state.raw<RecordView | null>(null);
  recordProblem = $state.raw<Problem | null>(null);
  /** While somebody is in the list, it stays as it is. */
  still = $state(false);
  #timer: ReturnType<typeof setTimeout> | null = null;
  #asked = '';
  /**
   * The record to open among what is found next, null for the first: of this one wish, and not of the same record wished
   * for again.
   */
  #wanted: { position: number | null } | null = null;
  #settling: ReturnType<typeof setTimeout> | null = null;
  #noted = '';
  readonly #desk: Desk;
  readonly #search = new Refetch(() => this.#find());
  readonly #open = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  get question(): Question {
    return read(this.text, new Date());
  }

  /** Looks for what is written now. While an answer is on its way, only the last text is asked for behind it. */
  search(text: string): Promise<void> {
    this.text = text;
    this.#wanted = null;
    this.#settle();
    return this.#search.run();
  }

  /**
   * Shows what somebody was led to, and opens the record that they were led to, if it is there. Until they stay with
   * it or open a record, it is no search of theirs.
   */
  show(text: string, position: number | null = null): void {
    this.text = text;
    this.#wanted = position === null ? null : { position };
    void this.#search.run();
  }

  /** Opens the first of what is found for what is written, also where its answer is still on its way. */
  openFirst(): void {
    if (this.#asked === JSON.stringify(this.question.search)) {
      if (this.selected === null) this.move(1);
      return;
    }
    this.#wanted = { position: null };
    void this.#search.run();
  }

  /** The view is open: what filters can be set to, and the newest records. */
  async start(): Promise<void> {
    await Promise.all([this.#search.run(), this.#readChoices()]);
  }

  /** The trail grew. A list that nobody touches follows it, and not faster than anybody reads. */
  grown(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.view !== null) void this.#search.run();
    }, BETWEEN_MS);
  }

  showNewer(): Promise<void> {
    this.#asked = '';
    return this.#search.run();
  }

  /** Older records, behind those that are shown. */
  async older(): Promise<void> {
    const before = this.next;
    if (before === null || this.rows.length >= MOST) return;
    const { search } = this.question;
    const asked = this.#asked;
    try {
      const view = await ask.trail(this.#desk.host, { ...search, before });
      if (asked !== this.#asked || before !== this.next) return;
      this.rows = [...this.rows, ...view.rows];
      this.next = this.rows.length >= MOST ? null : view.next;
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }

  /** A search with which somebody stays, or from which they open a record, is recorded: by its words, once. */
  #settle(): void {
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#note(), SETTLED_MS);
  }

  #note(): void {
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#settling = null;
    if (this.question.problem === null) this.noteSearch(this.text);
  }

  /** Somebody stays with a search, or opened what it found: it is recorded, once. */
  noteSearch(text: string): void {
    const search = text.trim();
    if (search === '' || search === this.#noted) return;
    this.#noted = search;
    this.#desk.host.command({ command: 'note_search', search }).catch((thrown: unknown) => {
      this.#noted = '';
      this.#desk.note(thrown);
    });
  }

  select(position: number | null): void {
    this.#wanted = null;
    this.#choose(position);
  }

  #choose(position: number | null): void {
    if (this.selected === position) return;
    this.selected = position;
    if (position !== null) this.#note();
    if (position !== null) void this.#open.run();
    else this.record = null;
  }

  move(step: 1 | -1): void {
    const order = this.rows.map((row) => String(row.position));
    const current = this.selected === null ? null : String(this.selected);
    const next = neighbour(order, current, step, null);
    if (next !== null) this.select(Number(next));
    if (next === current && step === 1) void this.older();
  }

  clear(): void {
    for (const timer of [this.#timer, this.#settling]) if (timer !== null) clearTimeout(timer);
    this.#timer = null;
    this.#settling = null;
    this.#noted = '';
    this.#wanted = null;
    this.text = '';
    this.#asked = '';
    this.rows = [];
    this.view = null;
    this.next = null;
    this.newer = 0;
    this.problem = null;
    this.choices = null;
    this.selected = null;
    this.record = null;
    this.recordProblem = null;
  }

  async #find(): Promise<void> {
    const { search, problem } = this.question;
    // Whoever is led somewhere sets text and wish together: an answer to an earlier search has another wish, or none.
    const wanted = this.#wanted;
    if (problem !== null) {
      this.#wanted = null;
      return;
    }
    const asked = JSON.stringify(search);
    try {
      const view = await ask.trail(this.#desk.host, search);
      if (this.#desk.session?.stage !== 'desk') return;
      this.problem = null;
      const same = asked === this.#asked;
      const wish = wanted !== null && wanted === this.#wanted ? wanted : null;
      if (wish !== null) this.#wanted = null;
      const first = view.rows.find((row) => row.position === this.selected) ?? view.rows[0];
      const open = wish === null ? null : (wish.position ?? first?.position ?? null);
      const has = (rows: TrailRow[]): boolean => rows.some((row) => row.position === open);
      // Who reads on further down, or is in the list, keeps what they see, unless they are led to what is not in it.
      const keeps = open === null || has(this.rows) || !has(view.rows);
      if (same && keeps && (this.still || this.rows.length > view.rows.length)) {
        const newest = this.rows[0]?.position ?? -1;
        this.newer = view.rows.filter((row) => row.position > newest).length;
        if (this.rows.length > 0) {
          this.view = { ...view, rows: this.view?.rows ?? [] };
          if (has(this.rows)) this.#choose(open);
          return;
        }
      }
      this.#asked = asked;
      this.newer = 0;
      this.view = view;
      this.rows = view.rows;
      this.next = view.next;
      if (has(view.rows)) this.#choose(open);
      // Nothing opens by itself: what is opened is recorded as read.
      if (!this.rows.some((row) => row.position === this.selected)) this.#choose(null);
    } catch (thrown) {
      if (wanted === this.#wanted) this.#wanted = null;
      this.problem = this.#desk.note(thrown);
    }
  }

  async #read(): Promise<void> {
    const position = this.selected;
    if (position === null) return;
    try {
      const record = await ask.record(this.#desk.host, position);
      if (this.selected !== position || this.#desk.session?.stage !== 'desk') return;
      this.record = record;
      this.recordProblem = null;
    } catch (thrown) {
      if (this.selected === position) this.recordProblem = this.#desk.note(thrown);
    }
  }

  async #readChoices(): Promise<void> {
    try {
      const choices = await ask.trailChoices(this.#desk.host);
      if (this.#desk.session?.stage === 'desk') this.choices = choices;
    } catch (thrown) {
      this.#desk.note(thrown);
    }
  }
}
