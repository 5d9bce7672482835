/** What a person who has the word asks a tool for, as they write it. It keeps its id until it is stored: asked for once. */
import type { Problem, ToolForm } from '../generated/wire';
import { ask, problemOf } from '../host/host';
import { fieldsOf, type ArgumentForm, type FormField } from '../lib/form';
import { adding, argumentsOf, parse, saidOf, taking } from '../lib/written';
import type { Desk } from './desk.svelte';
import { t } from '../texts/en';
import { over } from './ending.svelte';

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

export class ToolUse implements ArgumentForm {
  tools = $state.raw<ToolForm[] | null>(null);
  /** The tool that is chosen, `server.tool`; none at first. */
  chosen = $state('');
  why = $state('');
  sending = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** What was asked for last: its outcome is on screen. */
  asked = $state<string | null>(null);
  left = $state<Record<string, boolean>>({});
  readonly bar = null;
  /** What is typed, by tool and field. */
  readonly #written = $state<Record<string, Record<string, string>>>({});
  readonly #desk: Desk;
  readonly #conversation: string;
  #client = crypto.randomUUID();

  constructor(desk: Desk, conversation: string) {
    this.#desk = desk;
    this.#conversation = conversation;
  }

  get tool(): ToolForm | null {
    return this.tools?.find((tool) => tool.tool === this.chosen) ?? null;
  }

  get fields(): FormField[] {
    const tool = this.tool;
    if (tool === null) return [];
    const money = tool.money;
    const none = { schema: tool.schema, arguments: [], bar: null, money: null };
    const written = this.#written[this.chosen] ?? {};
    const plain = fieldsOf(none, written);
    const currency = money === null ? undefined : plain.find((field) => field.argument === money.currency);
    const chosen = currency === undefined ? null : parse(currency, this.text(currency));
    const amount =
      money !== null && chosen?.ok === true && typeof chosen.value === 'string'
        ? { argument: money.amount_minor, currency: chosen.value }
        : null;
    // Nobody types an amount before it is said of which money: it would mean another sum behind that. Then it follows it.
    const fields = fieldsOf({ ...none, amount }, written);
    const sum = fields.filter((field) => amount !== null && field.argument === amount.argument);
    return fields.flatMap((field) => {
      if (field.argument === money?.amount_minor) return [];
      return field.argument === money?.currency ? [field, ...sum] : [field];
    });
  }

  text(field: FormField): string {
    const typed = this.#written[this.chosen]?.[field.id];
    if (typed !== undefined) return typed;
    const known = asRecord(this.tool?.known)[field.argument];
    if (known === undefined || field.depth > 0) return field.written;
    if (field.kind === 'choice') return field.options.find((option) => option.raw === known)?.value ?? '';
    return typeof known === 'string' ? known : JSON.stringify(known);
  }

  write(field: FormField, text: string): void {
    (this.#written[this.chosen] ??= {})[field.id] = text;
    this.problem = null;
  }

  /** What the conversation tells stands there again. */
  restore(field: FormField): void {
    const written = this.#written[this.chosen];
    if (written !== undefined) Reflect.deleteProperty(written, field.id);
    this.problem = null;
  }

  add(field: FormField): string {
    const written = (this.#written[this.chosen] ??= {});
    const what = adding(field, written);
    if (what === null) return field.id;
    written[what.key] = what.text;
    this.problem = null;
    return what.begins;
  }

  takeOut(field: FormField, out: boolean): void {
    const what = taking(field, out);
    const written = (this.#written[this.chosen] ??= {});
    if (what?.text === null) Reflect.deleteProperty(written, what.key);
    else if (what !== null) written[what.key] = what.text;
    this.problem = null;
  }

  isChanged(field: FormField): boolean {
    return this.text(field) !== '';
  }

  #missing(field: FormField): boolean {
    const typed = field.kind !== 'list' && field.kind !== 'part' && !field.out;
    return typed && field.required && !field.nullable && this.text(field).trim() === '';
  }

  error(field: FormField): string | null {
    if (this.#missing(field)) return t.using.missing;
    const parsed = parse(field, this.text(field));
    if (!parsed.ok) return parsed.message;
    const { field: name, message } = this.problem ?? {};
    return typeof name === 'string' ? saidOf(field, this.fields, [{ name, message: message ?? '' }]) : null;
  }

  get over(): number {
    return over(this.why);
  }

  /** All arguments as typed; null while one of them is not right. */
  get arguments(): Record<string, unknown> | null {
    const fields = this.fields;
    if (fields.some((field) => this.#missing(field))) return null;
    const written = Object.fromEntries(fields.map((field) => [field.id, this.text(field)]));
    return argumentsOf({ arguments: [] }, fields, written);
  }

  async load(): Promise<void> {
    try {
      this.tools = (await ask.toolForms(this.#desk.host, this.#conversation)).tools;
    } catch (thrown) {
      this.problem = this.#desk.note(thrown);
    }
  }

  /** Asks for it. Once it is stored, `asked` names it. */
  async asks(): Promise<void> {
    const [tool, values] = [this.tool, this.arguments];
    if (this.sending || this.#desk.lost || tool === null || values === null || this.over > 0) return;
    this.sending = true;
    this.problem = null;
    const conversation = this.#conversation;
    const typed = JSON.stringify(this.#written[tool.tool]);
    try {
      const why = this.why.trim();
      const { asked } = await this.#desk.command({
        command: 'use_tool',
        conversation,
        tool: tool.tool,
        arguments: values,
        why,
        client: this.#client,
      });
      this.#client = crypto.randomUUID();
      // What was typed meanwhile is another wish.
      if (this.why.trim() === why) this.why = '';
      if (JSON.stringify(this.#written[tool.tool]) === typed) this.#written[tool.tool] = {};
      this.left = {};
      this.asked = asked;
      void this.#desk.refresh();
    } catch (thrown) {
      this.#desk.note(thrown);
      this.problem = problemOf(thrown);
      // It was stored with other values: whatever is asked for now is another wish.
      if (this.problem.field === 'client') this.#client = crypto.randomUUID();
    } finally {
      this.sending = false;
    }
  }
}
