/** Deciding several actions in one go: every card open, each looked at and signed on its own, one after the other. */
import type { ActionRow, Card, Choice } from '../generated/wire';
import { took } from '../lib/format';
import { OnScreen } from '../lib/on-screen.svelte';
import { Seen } from '../lib/seen.svelte';
import { rowSubject, rowTitle, sums } from '../lib/words';
import { t } from '../texts/en';
import { OpenCard } from './card.svelte';
import type { Desk } from './desk.svelte';
import { Draft } from './draft.svelte';
import { Refetch } from './refetch';

/** The rules that held a card, whatever their order. */
const rulesOf = (card: Card): string =>
  card.rules
    .map((rule) => rule.id)
    .toSorted()
    .join('\n');

/** One of them. */
export class Reviewed {
  readonly row: ActionRow;
  readonly open: OpenCard;
  readonly #digest = $derived.by(() => this.open.view?.card_digest ?? null);
  /** Which of its lines were on screen; of another card, none. */
  readonly seen = $derived.by(() => {
    void this.#digest;
    return new Seen();
  });
  /** What was decided here, once it is stored. */
  done = $state.raw<Choice['choice'] | null>(null);
  /** Whether it is in the row of those that are being signed. */
  inTurn = $state(false);
  /** Why a decision of this desk on it was not stored. */
  refused = $state.raw<string | null>(null);
  /** Why it was left out when the others were approved: it does not come in by a second press. */
  left = $state.raw<string | null>(null);

  constructor(desk: Desk, row: ActionRow) {
    this.row = row;
    this.open = new OpenCard(desk, row.action);
  }

  /** Whether it still waits, as far as is known. */
  get held(): boolean {
    return this.done === null && (this.open.view === null || this.open.view.state === 'held');
  }

  /** Whether the station has neither shown it nor said why not. */
  get opening(): boolean {
    return this.open.view === null && this.open.problem === null;
  }

  /** Why nothing can be decided on it here; null where it can. */
  get mayNot(): string | null {
    const { view, problem } = this.open;
    if (view === null) return problem?.message ?? t.several.row.opening;
    if (view.state !== 'held') return t.several.out.gone;
    return view.may_decide ? null : (view.may_not_reason ?? t.bar.mayNot);
  }

  /** Why it is not approved with others, whatever the others are. */
  get alone(): string | null {
    const view = this.open.view;
    if (this.mayNot !== null || view === null) return this.mayNot;
    const { card } = view;
    if (this.left !== null) return this.left;
    if (view.may_not_approve_reason !== null) return view.may_not_approve_reason;
    if (card.tool.effect === 'irreversible') return t.several.out.irreversible;
    if (this.refused !== null) return t.several.out.failed;
    if (this.open.changed) return t.several.out.changed;
    if ((card.contradictions ?? []).length > 0) return t.several.out.contradicted;
    if (card.facts.some((fact) => fact.was !== null)) return t.several.out.moved;
    if (card.facts_problem !== null) return t.several.out.unread;
    return card.notices.length > 0 ? t.several.out.notices : null;
  }

  /** Whether the whole of it was on screen, and long enough after that. */
  get looked(): boolean {
    return this.seen.whole && this.open.look.enough;
  }

  /** What keeps it from being looked at enough, in words. */
  get lacks(): string | null {
    if (this.seen.unseen > 0 || !this.seen.whole) return t.several.row.below(this.seen.unseen);
    return this.open.look.enough ? null : t.several.row.looking(took(this.open.look.shortest ?? 0));
  }

  /** "Refund €25.00, Ana Ruiz, order 1042". */
  get name(): string {
    return `${rowTitle(this.row)}, ${rowSubject(this.row)}`;
  }
}

/** How many, and then each with why. */
const told = (words: (n: number) => string, reasons: Map<Reviewed, string>): string[] =>
  reasons.size === 0
    ? []
    : [words(reasons.size), ...[...reasons].map(([row, why]) => t.several.done.one(row.name, why))];

export class Review {
  readonly rows: Reviewed[];
  readonly draft = new Draft();
  readonly onScreen = new OnScreen();
  /** How far it is with signing; null while nothing is being signed. */
  going = $state.raw<{ done: number; all: number } | null>(null);
  /** What came of it, in words. */
  summary = $state<string[]>([]);
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk, chosen: ActionRow[]) {
    this.#desk = desk;
    this.rows = chosen.map((row) => new Reviewed(desk, row));
  }

  /** Whether it is of these, and nothing is decided yet. */
  isOf(rows: ActionRow[]): boolean {
    const same =
      rows.length === this.rows.length && rows.every((row) => this.rows.some((one) => one.row.action === row.action));
    return same && this.summary.length === 0;
  }

  load(): Promise<void> {
    return this.#refetch.run();
  }

  /** The cards that are still on their way. */
  get opening(): number {
    return this.rows.filter((row) => row.held && row.opening).length;
  }

  /** The rules that hold those which nothing else keeps from being approved together: the first of them says which. */
  get #rules(): string | null {
    const first = this.rows.find((row) => row.held && row.alone === null)?.open.view;
    return first == null ? null : rulesOf(first.card);
  }

  /** Why this one drops out of approving; null where it does not, or nothing is left to decide on it. */
  dropsOut(row: Reviewed): string | null {
    if (row.done !== null || row.opening) return null;
    const card = row.open.view?.card;
    if (row.alone !== null || card === undefined) return row.alone;
    return rulesOf(card) === this.#rules ? null : t.several.out.rules;
  }

  /** Those that one key approves, once each was looked at. */
  get approvable(): Reviewed[] {
    return this.rows.filter((row) => row.held && !row.opening && this.dropsOut(row) === null);
  }

  /** Those that one no can be said to. */
  get rejectable(): Reviewed[] {
    return this.rows.filter((row) => row.held && row.mayNot === null);
  }

  get approvableSum(): string {
    return sums(this.approvable.map((row) => row.row.money));
  }

  /** Why nothing can be decided now at all. */
  get off(): string | null {
    if (this.going !== null) return t.several.going(this.going.done, this.going.all);
    if (this.#desk.lost) return t.bar.lost;
    return this.opening > 0 ? t.several.opening(this.opening) : null;
  }

  /** Why they cannot be approved now. */
  get mayNotApprove(): string | null {
    if (this.off !== null) return this.off;
    if (!this.rows.some((row) => row.held)) return t.several.allDecided;
    if (this.approvable.length === 0) {
      const reasons = new Set(this.rows.filter((row) => row.held).map((row) => this.dropsOut(row)));
      const [only] = reasons;
      return (reasons.size === 1 ? only : null) ?? t.several.noneToApprove;
    }
    const unseen = this.approvable.filter((row) => !row.looked).length;
    return unseen === 0 ? null : t.several.unseen(unseen);
  }

  /** Why they cannot be rejected now. */
  get mayNotReject(): string | null {
    const off = this.off ?? (this.rows.some((row) => row.held) ? null : t.several.allDecided);
    return off ?? (this.rejectable.length === 0 ? t.several.noneToReject : null);
  }

  /** Approves each of those that do not drop out. Nothing is approved that was not looked at. */
  async approve(): Promise<boolean> {
    if (this.mayNotApprove !== null) return false;
    return this.#decide(
      this.approvable,
      { choice: 'approve' },
      this.#without((row) => this.dropsOut(row)),
    );
  }

  /** Says the same no, with the same words, to each of them. */
  async reject(): Promise<boolean> {
    const guidance = this.draft.guidance.trim();
    if (this.mayNotReject !== null || guidance === '') return false;
    return this.#decide(
      this.rejectable,
      { choice: 'reject', guidance },
      this.#without((row) => row.mayNot),
    );
  }

  /** Those that are left out, each with why. */
  #without(why: (row: Reviewed) => string | null): Map<Reviewed, string> {
    const left = new Map<Reviewed, string>();
    for (const row of this.rows) {
      const reason = row.done === null ? why(row) : null;
      if (reason !== null) left.set(row, reason);
    }
    return left;
  }

  get #signer(): string | undefined {
    return this.#desk.session?.person?.id;
  }

  async #decide(rows: Reviewed[], choice: Choice, out: Map<Reviewed, string>): Promise<boolean> {
    for (const [row, why] of out) row.left = why;
    const { approved, rejected } = t.several.done;
    const said = choice.choice === 'approve' ? approved : rejected;
    for (const row of rows) row.refused = null;
    const decided = async (row: Reviewed): Promise<string | null> => (row.refused = await this.#one(row, choice));
    await this.each(rows, { said, failed: t.several.done.failed }, decided, out);
    return rows.some((row) => row.done !== null);
  }

  /** Does the same to each, one after the other, which says why not; then says what came of it. Whether it was done to all. */
  async each(
    rows: Reviewed[],
    words: { said: (n: number) => string; failed: (n: number) => string },
    one: (row: Reviewed) => Promise<string | null>,
    out = new Map<Reviewed, string>(),
  ): Promise<boolean> {
    const signer = this.#signer;
    this.summary = [];
    this.going = { done: 0, all: rows.length };
    for (const row of rows) row.inTurn = true;
    const refused = new Map<Reviewed, string>();
    for (const row of rows) {
      // What was pressed is the word of whoever pressed it.
      const other = this.#signer === signer ? null : t.several.otherPerson;
      const why = other ?? (this.#desk.lost ? t.bar.lost : await one(row));
      if (why !== null) refused.set(row, why);
      row.inTurn = false;
      this.going = { done: this.going.done + 1, all: rows.length };
    }
    this.going = null;
    if (this.#signer === signer) {
      const stored = rows.length - refused.size;
      this.#tell([words.said(stored), ...told(words.failed, refused), ...told(t.several.done.out, out)]);
      void this.load();
    }
    return refused.size === 0;
  }

  /** Signs one as if it were open alone: its own card, its own look, its own signature. */
  async #one(row: Reviewed, choice: Choice): Promise<string | null> {
    if (choice.choice === 'approve' && this.dropsOut(row) !== null) return this.dropsOut(row);
    if (!(await row.open.decide(choice))) return row.open.problem?.message ?? row.mayNot ?? t.bar.mayNot;
    row.done = choice.choice;
    return null;
  }

  #tell(summary: string[]): void {
    this.summary = summary;
    this.#desk.polite = summary.join(' ');
  }

  async #read(): Promise<void> {
    for (const row of this.rows) {
      // While they are being signed, each asks for itself.
      if (this.going === null && row.held) await row.open.load();
    }
  }
}
