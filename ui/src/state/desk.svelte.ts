/** What the whole desk shares: the session, the connection, the two work lists, and where the person is. */
import { createContext } from 'svelte';
import type { Command, Link, Part, Problem, SessionView } from '../generated/wire';
import { disarm, inField } from '../lib/keys';
import { ask, HostProblem, problemOf, type Host } from '../host/host';
import { clock } from '../lib/clock.svelte';
import { Alerting } from './alerting.svelte';
import { Approvals } from './approvals.svelte';
import { Conversations } from './conversations.svelte';
import { Whispers } from './whispers.svelte';
import { Escalations } from './escalations.svelte';
import { Fleet } from './fleet.svelte';
import { Metrics } from './metrics.svelte';
import { Offers } from './offers.svelte';
import { Pace } from './pace';
import { People } from './people.svelte';
import { Presence } from './presence.svelte';
import { Provisional } from './provisional.svelte';
import { Refetch } from './refetch';
import { Settings } from './settings.svelte';
import { Trail } from './trail.svelte';
import { Vigilance } from './vigilance.svelte';

/** While notices keep coming, everything on screen is asked for no more often than this: two frames. */
const BETWEEN_MS = 33;
/** How long after a question that was lost the station is asked again. */
const PROBE_MS = 2000;

export type Over = 'stop' | 'keys' | 'palette' | 'alerts' | 'away';
export type Place = 'floor' | 'approvals' | 'escalations' | 'audit' | 'metrics' | 'agents' | 'settings';

/** The same station, with nobody at this desk. */
const withNobody = (session: SessionView): SessionView => ({
  ...session,
  stage: 'sign_in',
  person: null,
  away: null,
  quiet: false,
});

export class Desk {
  readonly host: Host;
  readonly alerting: Alerting;
  readonly approvals: Approvals;
  readonly conversations: Conversations;
  readonly whispers: Whispers;
  readonly escalations: Escalations;
  readonly fleet: Fleet;
  readonly metrics: Metrics;
  readonly people: People;
  readonly presence: Presence;
  readonly provisional: Provisional;
  readonly settings: Settings;
  readonly trail: Trail;
  /** What can be begun with what is open. */
  readonly offers = new Offers();
  readonly vigilance = new Vigilance();
  /** Shown until the person says that they have kept it. It comes once, and nothing asks for it again. */
  recoveryKey = $state.raw<string | null>(null);
  /** Null until the first answer. */
  session = $state.raw<SessionView | null>(null);
  /** Why the first answer did not come. */
  problem = $state.raw<Problem | null>(null);
  place = $state<Place>('approvals');
  /** Since when the station is not heard; null while it is. */
  lostAt = $state.raw<Date | null>(null);
  retryAt = $state.raw<number | null>(null);
  /** What the shell shows over the view. */
  over = $state<Over | null>(null);
  /** What alone would be stopped, or goes on; null while nobody was asked. */
  stopOf = $state.raw<Part | null>(null);
  /** Why a link was not followed. */
  lostLink = $state.raw<string | null>(null);
  /** The station on another machine that this desk is at. */
  connectedTo = $state<string | null>(null);
  /** Set when this desk locked itself. */
  locked = $state(false);
  /** Counts notices, so that an open view can refetch what it shows. */
  heard = $state(0);
  /** What screen readers are told: politely, and at once. */
  polite = $state('');
  assertive = $state('');
  /** Counts who comes and who leaves. */
  #turn = 0;
  #stopListening: (() => void) | null = null;
  #probe: ReturnType<typeof setTimeout> | null = null;
  readonly #moved = new Pace(BETWEEN_MS, () => void this.refresh());
  readonly #sessionRefetch = new Refetch(() => this.#readSession());

  constructor(host: Host) {
    this.host = host;
    this.alerting = new Alerting(this);
    this.approvals = new Approvals(this);
    this.conversations = new Conversations(this);
    this.whispers = new Whispers(this);
    this.escalations = new Escalations(this);
    this.fleet = new Fleet(this);
    this.metrics = new Metrics(this);
    this.people = new People(this);
    this.presence = new Presence(this);
    this.provisional = new Provisional(this);
    this.settings = new Settings(this);
    this.trail = new Trail(this);
  }

  get lost(): boolean {
    return this.lostAt !== null;
  }

  get stopped(): boolean {
    return this.session?.stopped != null;
  }

  /** The time that countdowns go by: it stands still while everything is stopped. */
  get now(): Date {
    const stopped = this.session?.stopped ?? null;
    return stopped === null ? clock.now : new Date(stopped.at);
  }

  /** The time that the countdown of an action goes by: it stands still while its agent or its tool is stopped, too. */
  /** The moment by which its time runs. What was asked for during a stop was frozen from then on. */
  nowOf(action: { agent: string; tool: string; proposed_at: string }): Date {
    const since = this.#stoppedSince(action);
    return since === null ? clock.now : new Date(since > action.proposed_at ? since : action.proposed_at);
  }

  isStopped(action: { agent: string; tool: string }): boolean {
    return this.#stoppedSince(action) !== null;
  }

  #stoppedSince({ agent, tool }: { agent: string; tool: string }): string | null {
    const stops = (this.session?.parts_stopped ?? []).filter(
      ({ part }) => part.name === (part.part === 'agent' ? agent : tool),
    );
    const all = [this.session?.stopped ?? null, ...stops].flatMap((stop) => stop?.at ?? []);
    return all.sort()[0] ?? null;
  }

  /** Asks for the session and, once signed in, everything else. */
  async start(): Promise<void> {
    this.host.connectedTo().then(
      (station) => (this.connectedTo = station),
      () => undefined,
    );
    await this.#sessionRefetch.run();
  }

  /** Refetches everything that is on screen. */
  async refresh(): Promise<void> {
    this.heard += 1;
    await this.#sessionRefetch.run();
    if (this.session?.stage !== 'desk') return;
    const people = this.place === 'settings' || this.place === 'agents' ? this.people.refresh() : null;
    if (this.place === 'settings') this.settings.changed();
    await Promise.all([this.#lists(), people]);
  }

  /** Sends a command; its answer is the new session. A failure is thrown for the place that asked. */
  async command(command: Command): Promise<SessionView> {
    const turn = this.#turn;
    const session = await this.host.command(command);
    const bringsIn = command.command === 'sign_in' || command.command === 'set_up';
    if (!this.#hear(turn, bringsIn, session)) return session;
    await this.#lists();
    return session;
  }

  /** The lists whose counts stand in the navigation, whatever is open. */
  async #lists(): Promise<void> {
    await Promise.all([this.approvals.refresh(), this.conversations.refresh(), this.escalations.refresh()]);
    this.alerting.look();
  }

  /** Ends the session here at once, even if the station cannot be told. `locked` says that nobody asked for it. */
  async leave(locked: boolean): Promise<void> {
    const last = this.session;
    const told = this.host.command({ command: 'sign_out' });
    this.#turn += 1;
    if (last !== null) this.#take(withNobody(last));
    this.locked = locked;
    const turn = this.#turn;
    try {
      this.#hear(turn, false, await told);
    } catch {
      // The station ends the session by its own clock; this window is cleared in any case.
    }
  }

  /** The window is gone: nothing is asked and nobody is told any more. The session stays what the station makes of it. */
  end(): void {
    if (this.#probe !== null) clearTimeout(this.#probe);
    this.#probe = null;
    if (this.session !== null) this.#take(withNobody(this.session));
  }

  /** Opens an action's card in Approvals. */
  openCard(action: string): void {
    this.place = 'approvals';
    // Whoever opens what has just come wants to see where it stands.
    if (!this.approvals.order.includes(action)) this.approvals.showWaiting();
    this.approvals.select(action);
  }

  /** Opens a conversation on the Floor. */
  openConversation(conversation: string): void {
    this.place = 'floor';
    this.conversations.select(conversation);
  }

  /** Goes where a link leads, from whatever is open. What was typed and not sent stays where it was typed. */
  follow(link: Link): void {
    if (link.to !== 'nowhere') this.over = null;
    this.lostLink = null;
    // Whoever was typing meant letters, and not the keys of what is on screen now.
    if (inField(document.activeElement)) disarm();
    switch (link.to) {
      case 'view':
        this.place = link.view;
        break;
      case 'conversation':
        this.openConversation(link.conversation);
        break;
      case 'action':
        this.openCard(link.action);
        break;
      case 'trail':
        this.openTrail(link.search);
        break;
      case 'record':
        this.place = 'audit';
        this.trail.select(link.position);
        break;
      case 'nowhere':
        this.lostLink = link.why;
    }
  }

  /** Follows the link that waits, if one does. */
  async followWaiting(): Promise<void> {
    try {
      const link = await this.host.takeLink();
      if (link !== null && this.session?.stage === 'desk') this.follow(link);
    } catch (thrown) {
      this.note(thrown);
    }
  }

  /** Opens the trail with this search, and of what it finds the record at this position. */
  openTrail(search: string, position: number | null = null): void {
    this.trail.show(search, position);
    this.place = 'audit';
  }

  /** Notes that a question failed; a lost station becomes the band, anything else is the caller's to show. */
  note(thrown: unknown): Problem {
    if (thrown instanceof HostProblem && thrown.lost) {
      this.lostAt ??= new Date();
      this.#probeLater();
    }
    const problem = problemOf(thrown);
    if (problem.code === 'sign_in_needed') void this.#sessionRefetch.run();
    return problem;
  }

  /** One lost question does not end the notices, so nothing else would tell that the station is back: ask until it is. */
  #probeLater(): void {
    if (this.#probe !== null) return;
    this.#probe = setTimeout(() => {
      this.#probe = null;
      if (this.lost) void this.refresh();
    }, PROBE_MS);
  }

  async #readSession(): Promise<void> {
    const turn = this.#turn;
    try {
      const session = await ask.session(this.host);
      // Only a page that has just been loaded finds who is signed in.
      this.#hear(turn, this.session === null, session);
      this.problem = null;
      this.#found();
    } catch (thrown) {
      this.problem = problemOf(thrown);
      if (this.session !== null) this.note(thrown);
    }
  }

  get #here(): string | null {
    return this.session?.person?.id ?? null;
  }

  /** Takes what the station says of the session, asked in this turn. Whether it is a desk's, of whoever is here now. */
  #hear(turn: number, bringsIn: boolean, session: SessionView): boolean {
    const person = session.person?.id ?? null;
    // Who asked may have left, and somebody else come, meanwhile.
    if (person !== this.#here && turn !== this.#turn) return false;
    const asked = turn === this.#turn;
    // Somebody comes in by their password, and by nothing else: a question that names them opens no desk.
    const told = person === null || person === this.#here || bringsIn ? session : withNobody(session);
    this.#take({ ...told, recovery_key: null });
    if (told.stage !== 'desk') return false;
    this.locked = false;
    // It is for the eyes of whoever asked for it.
    if (asked && told.recovery_key !== null) this.recoveryKey = told.recovery_key;
    return true;
  }

  #take(session: SessionView): void {
    const [stage, here] = [this.session?.stage, this.#here];
    this.session = session;
    if (session.stage === stage && this.#here === here) return;
    if (this.#here !== here) this.#turn += 1;
    this.#clear();
    if (session.stage === 'desk' || session.stage === 'device_waits') this.#listen();
  }

  #listen(): void {
    this.#stopListening ??= this.host.onNotice({
      changed: () => {
        this.#found();
        this.#moved.wish();
      },
      looking: (looking) => {
        this.presence.hear(looking);
        this.alerting.look();
      },
      provisional: (conversation, text) => this.provisional.hear(conversation, text),
      lost: (retryAt) => {
        this.lostAt ??= new Date();
        this.retryAt = retryAt;
      },
      found: () => {
        this.#found();
        this.presence.again();
        this.provisional.again();
        void this.refresh();
      },
      signedOut: () => {
        this.#stopListening?.();
        this.#stopListening = null;
        // Cleared before the station is asked: it may not be reached now.
        if (this.session !== null) this.#take(withNobody(this.session));
        void this.#sessionRefetch.run();
      },
    });
    if (this.session?.stage === 'desk') void this.#lists();
  }

  #found(): void {
    this.lostAt = null;
    this.retryAt = null;
  }

  #clear(): void {
    this.#stopListening?.();
    this.#stopListening = null;
    this.#moved.stop();
    this.place = 'approvals';
    this.over = null;
    this.stopOf = null;
    this.lostLink = null;
    this.#found();
    this.alerting.clear();
    this.approvals.clear();
    this.vigilance.clear();
    this.conversations.clear();
    this.whispers.clear();
    this.escalations.clear();
    this.fleet.clear();
    this.metrics.clear();
    this.people.clear();
    this.presence.clear();
    this.provisional.clear();
    this.settings.clear();
    this.trail.clear();
    this.recoveryKey = null;
    this.polite = '';
    this.assertive = '';
  }
}

export const [useDesk, provideDesk] = createContext<Desk>();
