/** The pages of Settings: which is open, and what the station says of tools, rules and channels. */
import type {
  ChannelsView,
  PoliciesView,
  Problem,
  RuleInForce,
  ServerView,
  ToolsView,
  ToolView,
} from '../generated/wire';
import { ask } from '../host/host';
import { dayOf } from '../lib/period';
import { neighbour } from '../lib/queue';
import { groupsOf } from '../lib/rules';
import type { Desk } from './desk.svelte';
import { Refetch } from './refetch';

export const PAGES = ['people', 'tools', 'policies', 'channels', 'limits', 'appearance'] as const;
export type Page = (typeof PAGES)[number];
/** How many days back records are counted, today among them. */
export const SPANS = [1, 7, 14, 30] as const;
/** Figures that are being read change no oftener, and a station that could not tell is asked no oftener, in milliseconds. */
const EVERY_MS = 3000;

/** What stands for a server without tools where a tool's name stands for a tool; no tool's name has a space in it. */
export const bareId = (server: string): string => `server ${server}`;

export class Settings {
  page = $state<Page>('people');
  days = $state<number>(14);
  tools = $state.raw<ToolsView | null>(null);
  policies = $state.raw<PoliciesView | null>(null);
  channels = $state.raw<ChannelsView | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Which tool and which rule are open. */
  toolName = $state<string | null>(null);
  ruleId = $state<string | null>(null);
  #later: ReturnType<typeof setTimeout> | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  readonly #desk: Desk;
  readonly #refetch = new Refetch(() => this.#read());

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  get tool(): ToolView | null {
    const tools = this.tools?.tools ?? [];
    if (this.server !== null) return null;
    return tools.find((tool) => tool.settings.tool === this.toolName) ?? tools[0] ?? null;
  }

  /** Servers of which no tool stands in the list: they stand there themselves. */
  get bare(): ServerView[] {
    const { servers, tools } = this.tools ?? { servers: [], tools: [] };
    return servers.filter(({ name }) => tools.every((tool) => tool.server !== name));
  }

  /** The one of those that is open. */
  get server(): ServerView | null {
    return this.bare.find(({ name }) => bareId(name) === this.toolName) ?? null;
  }

  get rule(): RuleInForce | null {
    const rules = groupsOf(this.policies?.rules ?? []).flatMap((group) => group.rules);
    return rules.find((rule) => rule.id === this.ruleId) ?? rules[0] ?? null;
  }

  /** The first day that is counted, as the trail's search writes it. */
  get since(): string {
    const now = new Date();
    return dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - (this.days - 1)));
  }

  open(page: Page): void {
    this.page = page;
    this.problem = null;
    void this.refresh();
  }

  choose(days: number): void {
    this.days = days;
    void this.refresh();
  }

  moveTool(step: 1 | -1): void {
    const tools = (this.tools?.tools ?? []).map(({ server, settings }) => ({ server, id: settings.tool }));
    const bare = this.bare.map(({ name }) => ({ server: name, id: bareId(name) }));
    // As they stand in the list: by server.
    const order = [...tools, ...bare].sort((one, other) =>
      one.server < other.server ? -1 : one.server > other.server ? 1 : 0,
    );
    const open = this.server === null ? (this.tool?.settings.tool ?? null) : this.toolName;
    this.toolName =
      neighbour(
        order.map(({ id }) => id),
        open,
        step,
        null,
      ) ?? this.toolName;
  }

  moveRule(step: 1 | -1): void {
    const order = groupsOf(this.policies?.rules ?? []).flatMap((group) => group.rules.map((rule) => rule.id));
    this.ruleId = neighbour(order, this.rule?.id ?? null, step, null) ?? this.ruleId;
  }

  openRule(id: string): void {
    this.ruleId = id;
    this.open('policies');
  }

  openTool(name: string): void {
    this.toolName = name;
    this.open('tools');
  }

  refresh(): Promise<void> {
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
    return this.#refetch.run();
  }

  /** Something happened at the station. */
  changed(): void {
    const wait = Math.max(0, this.#readAt + EVERY_MS - Date.now());
    this.#later ??= setTimeout(() => {
      this.#later = null;
      if (this.#desk.place === 'settings') void this.#refetch.run();
    }, wait);
  }

  clear(): void {
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
    this.page = 'people';
    this.tools = null;
    this.policies = null;
    this.channels = null;
    this.problem = null;
    this.toolName = null;
    this.ruleId = null;
  }

  async #read(): Promise<void> {
    const { host } = this.#desk;
    const { page } = this;
    const from = new Date(`${this.since}T00:00:00`).toISOString();
    this.#readAt = Date.now();
    try {
      if (page === 'tools') {
        const tools = await ask.tools(host, from);
        if (this.#here()) this.tools = tools;
      } else if (page === 'policies' || page === 'limits') {
        const policies = await ask.policies(host, from);
        if (this.#here()) this.policies = policies;
      } else if (page === 'channels') {
        const channels = await ask.channels(host);
        if (this.#here()) this.channels = channels;
      }
      if (page === this.page) this.problem = null;
    } catch (thrown) {
      const problem = this.#desk.note(thrown);
      if (page === this.page) this.problem = problem;
    }
  }

  #here(): boolean {
    return this.#desk.session?.stage === 'desk';
  }
}
