/** Tells whoever sits here what waits for them, by the rules of `Alerts`: a notice of the desktop, and a tone. */
import type { ActionRow, ConversationRow, SessionView } from '../generated/wire';
import { Alerts, type Waiting, type WaitingKind } from '../lib/alerts';
import { money, time } from '../lib/format';
import { play, type Tone } from '../lib/tones';
import { t } from '../texts/en';
import { AlertChoices } from './alert-choices.svelte';
import type { Desk, Place } from './desk.svelte';

const SHOWN_AT: Record<WaitingKind, Place> = { held: 'approvals', unknown: 'approvals', escalation: 'escalations' };

export class Alerting {
  readonly choices: AlertChoices;
  /** Why the last notice did not reach the desktop. */
  trouble = $state<string | null>(null);
  #alerts = new Alerts();
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Actions that this person decided and that are not done yet. */
  #running: Set<string> | null = null;
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.choices = new AlertChoices(desk);
  }

  /** The lists were read. */
  look(): void {
    const { approvals, escalations, presence, session, lost } = this.#desk;
    if (session?.person == null || approvals.view === null || escalations.view === null || lost) return;
    const waiting = [
      ...approvals.forYou.map((row) => held(row, session.person?.id)),
      // Whoever is away is told of held actions that nobody else could decide, and of nothing besides.
      ...(!session.quiet && decides(session) ? approvals.view.unknown.map(unknown) : []),
      ...(!session.quiet && answers(session) ? escalations.view.rows.filter(unanswered).map(escalated) : []),
    ];
    const seen = document.visibilityState === 'visible' && document.hasFocus();
    const { sound, tell, again } = this.#alerts.see(
      waiting,
      (kind) => seen && this.#desk.place === SHOWN_AT[kind],
      Date.now(),
      (id) => presence.others(id).length > 0,
    );
    if (sound) this.sound('waits');
    if (tell !== null && this.choices.notices) this.#tell(tell.of);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = again === null ? null : setTimeout(() => this.look(), Math.max(0, again - Date.now()));
    this.#done([...approvals.view.waiting, ...approvals.view.decided], session.person.name);
  }

  sound(tone: Tone): void {
    if (this.choices.tones[tone]) play(tone);
  }

  /** Somebody left: nothing that was told stays on the desktop, and whoever comes is told anew. */
  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#alerts = new Alerts();
    this.#running = null;
    this.trouble = null;
    this.#desk.host.desktop.clear();
  }

  #tell(of: Waiting[]): void {
    const { title, body } = words(of);
    const only = of.length === 1 ? of[0] : undefined;
    const chosen = (): void => {
      if (this.#desk.session?.stage !== 'desk') return;
      if (only !== undefined && only.kind !== 'escalation') this.#desk.openCard(only.id);
      else this.#desk.place = SHOWN_AT[of[0]?.kind ?? 'held'];
      if (only?.kind === 'escalation') this.#desk.escalations.select(only.id);
    };
    this.#desk.host.desktop.show(title, body, chosen).then(
      () => (this.trouble = null),
      (thrown: unknown) => (this.trouble = this.#desk.note(thrown).message),
    );
  }

  #done(decided: ActionRow[], name: string): void {
    const mine = decided.filter((row) => row.decided_by === name);
    const done = mine.some((row) => row.state === 'succeeded' && this.#running?.has(row.action));
    this.#running = new Set(mine.filter((row) => row.state !== 'succeeded').map((row) => row.action));
    if (done) this.sound('done');
  }
}

const decides = (session: SessionView): boolean =>
  session.one_person_mode || session.person?.roles.includes('supervisor') === true;
const answers = (session: SessionView): boolean =>
  decides(session) || session.person?.roles.includes('escalation_handler') === true;
/** Nobody has taken it, and its clock runs. */
const unanswered = (row: ConversationRow): boolean => row.taken_by === null && row.escalation?.due != null;

const held = (row: ActionRow, me: string | undefined): Waiting => {
  const until = row.deadline === null ? [] : [t.alerts.until(time(row.deadline))];
  const amount = row.money === null ? [] : [money(row.money)];
  const to = row.delegated;
  const away = to?.away?.deputy?.person === me ? (to?.name ?? t.erased.person) : null;
  const from = away ?? (to === null || to.taken || to.to !== me ? null : (to.by ?? t.erased.person));
  const said = away !== null ? [t.away.notice(away)] : from === null ? [] : [t.alerts.from(from)];
  const waiting = { id: row.action, kind: 'held' as const, noun: row.noun };
  return { ...waiting, detail: [...amount, ...until, ...said].join(', '), ...(from === null ? {} : { from }) };
};
const unknown = (row: ActionRow): Waiting => {
  const amount = row.money === null ? row.noun : `${row.noun} ${money(row.money)}`;
  return { id: row.action, kind: 'unknown', noun: row.noun, detail: `${amount}. ${t.alerts.unknownMore}` };
};
const escalated = (row: ConversationRow): Waiting => {
  const due = row.escalation?.due ?? null;
  return { id: row.conversation, kind: 'escalation', noun: '', detail: due === null ? '' : t.alerts.until(time(due)) };
};

/** In words: nothing that a customer said, and not who they are, for a desktop shows it to whoever passes by. */
export function words(of: Waiting[]): { title: string; body: string } {
  const [first] = of;
  if (first === undefined) return { title: '', body: '' };
  if (of.length === 1) {
    return { title: first.kind === 'held' ? t.alerts.held(first.noun) : t.alerts[first.kind], body: first.detail };
  }
  const groups = new Map<string, { kind: string; noun: string; n: number }>();
  for (const { kind, noun } of of) {
    const key = kind === 'held' ? noun : kind;
    const group = groups.get(key) ?? { kind, noun, n: 0 };
    groups.set(key, { ...group, n: group.n + 1 });
  }
  return { title: t.alerts.many([...groups.values()]), body: '' };
}
