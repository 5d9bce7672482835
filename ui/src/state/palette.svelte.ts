/** What the palette lists for the words that are typed: from what this desk already has, and then from the trail. */
import type { ActionRow, ConversationRow, TrailRow } from '../generated/wire';
import { ask } from '../host/host';
import { maySayAway } from '../lib/away';
import { count, time } from '../lib/format';
import { matches, wordsOf } from '../lib/match';
import { asked, whoName } from '../lib/trail-words';
import { customerName, rowSubject, rowTitle } from '../lib/words';
import { conversationStates, states, t } from '../texts/en';
import type { Desk, Place } from './desk.svelte';
import { Refetch } from './refetch';
import { theme, type Theme } from './theme.svelte';

export type Kind = 'place' | 'action' | 'conversation' | 'trail' | 'begin' | 'desk';
/** One line. `act` is taken once the palette is closed. */
export type Line = {
  id: string;
  kind: Kind;
  name: string;
  more: string;
  when: string;
  keys: string[];
  act: () => void;
};
export type Lines = { title: string; lines: Line[] };

/** The most lines of one group; more words find less. */
const MOST = 6;
/** How many records of the trail are looked through for conversations. */
const RECORDS = 60;
const SHORTEST = 2;
const PLACES: [Place, string][] = [
  ['floor', 'F'],
  ['approvals', 'A'],
  ['escalations', 'E'],
  ['audit', 'T'],
  ['metrics', 'M'],
  ['agents', 'N'],
  ['settings', 'S'],
];

export class Palette {
  text = $state('');
  found = $state.raw<TrailRow[]>([]);
  /** Whether the trail could not be searched. */
  failed = $state(false);
  readonly #desk: Desk;
  readonly #search = new Refetch(() => this.#find());

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  readonly words = $derived(wordsOf(this.text));

  type(text: string): Promise<void> {
    this.text = text;
    return this.#search.run();
  }

  /** The groups from top to bottom. What comes later, from the trail, stands last, so that nothing moves down. */
  get groups(): Lines[] {
    const commands = [...this.#begins(), this.#go(), this.#onDesk()];
    const work = [this.#actions(), this.#conversations()];
    // Whoever types the beginning of a command's name means the command.
    const meant = commands.some(({ lines }) => lines.some((line) => this.#begun(line.name)));
    const first = this.words.length === 0 || meant ? [...commands, ...work] : [...work, ...commands];
    return [...first, this.#trail()].filter(({ lines }) => lines.length > 0);
  }

  #begun(name: string): boolean {
    return (
      this.words.length > 0 &&
      name
        .toLowerCase()
        .replace(/^go to /, '')
        .startsWith(this.text.trim().toLowerCase())
    );
  }

  #fit(lines: Line[]): Line[] {
    return lines.filter((line) => matches(this.words, line.name, line.more));
  }

  #begins(): Lines[] {
    return this.#desk.offers.all.map(({ on, offers }) => ({
      title: t.palette.on(on),
      lines: this.#fit(
        offers.map(({ name, more, keys, run }) => ({
          id: `begin ${name}`,
          kind: 'begin',
          name,
          more,
          when: '',
          keys,
          act: run,
        })),
      ),
    }));
  }

  #go(): Lines {
    const lines = PLACES.filter(([place]) => place !== this.#desk.place).map(([place, key]) => ({
      id: `go ${place}`,
      kind: 'place' as const,
      name: t.palette.goTo(t.nav[place]),
      more: '',
      when: '',
      keys: ['G', key],
      act: () => (this.#desk.place = place),
    }));
    return { title: t.palette.groups.go, lines: this.#fit(lines) };
  }

  #onDesk(): Lines {
    const desk = this.#desk;
    const line = (id: string, name: string, more: string, keys: string[], act: () => void): Line => ({
      id,
      kind: 'desk',
      name,
      more,
      when: '',
      keys,
      act,
    });
    const lines = (['system', 'dark', 'light'] as Theme[])
      .filter((choice) => choice !== theme.choice)
      .map((choice) => line(`theme ${choice}`, t.palette.theme[choice], '', [], () => theme.choose(choice)));
    if (!desk.lost && desk.session?.may_not_stop === null) {
      const name = desk.stopped ? t.nav.resume : t.nav.stop;
      const more = desk.stopped ? '' : t.palette.stopMore;
      lines.unshift(line('stop', name, more, ['Ctrl', '.'], () => (desk.over = 'stop')));
    }
    lines.push(line('keys', t.palette.keys, t.palette.keysMore, ['?'], () => (desk.over = 'keys')));
    lines.push(line('alerts', t.alerts.open, '', [], () => (desk.over = 'alerts')));
    const { session } = desk;
    if (!desk.lost && session !== null && maySayAway(session)) {
      lines.push(line('away', t.away.open, '', [], () => (desk.over = 'away')));
    }
    const leave = (): void => void desk.leave(false);
    lines.push(line('leave', t.palette.signOut, t.palette.signOutMore, ['Ctrl', 'Shift', 'L'], leave));
    return { title: t.palette.groups.desk, lines: this.#fit(lines) };
  }

  #actions(): Lines {
    const { view, held } = this.#desk.approvals;
    const rows = this.words.length === 0 || view === null ? [] : [...view.unknown, ...held, ...view.decided];
    const line = (row: ActionRow): Line => ({
      id: row.action,
      kind: 'action',
      name: rowTitle(row),
      more: `${rowSubject(row)}, ${states[row.state].toLowerCase()}`,
      when: time(row.changed_at),
      keys: [],
      act: () => this.#desk.openCard(row.action),
    });
    return { title: t.palette.groups.held, lines: this.#fit(rows.map(line)).slice(0, MOST) };
  }

  #conversations(): Lines {
    const rows = this.words.length === 0 ? [] : (this.#desk.conversations.view?.rows ?? []);
    const line = (row: ConversationRow): Line => ({
      id: row.conversation,
      kind: 'conversation',
      name: row.intent === null ? customerName(row) : `${customerName(row)}, ${row.intent.toLowerCase()}`,
      more: [conversationStates[row.state].toLowerCase(), row.line].filter(Boolean).join(': '),
      when: time(row.since),
      keys: [],
      act: () => this.#desk.openConversation(row.conversation),
    });
    return { title: t.palette.groups.conversations, lines: this.#fit(rows.map(line)).slice(0, MOST) };
  }

  #trail(): Lines {
    const words = this.text.trim();
    if (words === '') return { title: t.palette.groups.trail, lines: [] };
    const { desk, lines } = { desk: this.#desk, lines: [] as Line[] };
    const audit = (id: string, name: string, more: string, act: () => void): void => {
      lines.push({ id, kind: 'trail', name, more, when: '', keys: [], act });
    };
    audit('trail', t.palette.searchTrail(words), t.palette.searchTrailMore, () => {
      desk.place = 'audit';
      void desk.trail.search(words);
    });
    const position = /^\d{1,15}$/.test(words) ? Number(words) : null;
    if (position !== null && position < (desk.session?.log_size ?? 0)) {
      audit('position', t.palette.position(count(position)), t.palette.positionMore, () => {
        desk.place = 'audit';
        desk.trail.select(position);
      });
    }
    return { title: t.palette.groups.trail, lines: [...lines, ...this.#foundConversations(words)] };
  }

  /** Conversations that this desk does not list any more. */
  #foundConversations(words: string): Line[] {
    const known = new Set(this.#desk.conversations.view?.rows.map((row) => row.conversation));
    const lines: Line[] = [];
    for (const row of this.found) {
      const { conversation } = row;
      if (conversation === null || known.has(conversation) || lines.length >= MOST) continue;
      known.add(conversation);
      lines.push({
        id: conversation,
        kind: 'conversation',
        name: row.customer === null && !row.erased ? t.approvals.nobody : customerName(row),
        more: row.action === null ? (row.text ?? whoName(row.who, row)) : asked(row),
        when: time(row.at),
        keys: [],
        act: () => {
          this.#desk.trail.noteSearch(words);
          this.#desk.openConversation(conversation);
        },
      });
    }
    return lines;
  }

  async #find(): Promise<void> {
    const words = this.text.trim();
    if (words.length < SHORTEST) {
      this.found = [];
      return;
    }
    try {
      const view = await ask.trail(this.#desk.host, { words, limit: RECORDS });
      if (this.#desk.session?.stage === 'desk') this.found = view.rows;
      this.failed = false;
    } catch (thrown) {
      this.#desk.note(thrown);
      this.found = [];
      this.failed = true;
    }
  }
}
