/** The typed form of a tool's arguments: which values may change, how each is written, and how what was written becomes a value again. */
import type { Card, CardArgument } from '../generated/wire';
import { currencyMark, decimals, money, plainMoney } from './format';

export type FieldKind = 'text' | 'integer' | 'number' | 'money' | 'boolean' | 'choice' | 'date';

/** One value of the arguments; nested values have a path of several steps. */
export type FormField = {
  /** Stable id, such as `lines[0].amount`. */
  id: string;
  /** Steps from the arguments' root. */
  path: (string | number)[];
  /** The argument it belongs to. */
  argument: string;
  /** Name for people. */
  label: string;
  /** How deep it is nested; 0 at the top. */
  depth: number;
  kind: FieldKind;
  fixed: boolean;
  /** A value that the agent gave; undefined where it left an optional argument out. */
  proposed: unknown;
  /** The proposed value as the form writes it. */
  written: string;
  /** The proposed value as people read it. */
  shown: string;
  required: boolean;
  currency: string | null;
  /** For a choice: the values, each with what people read. */
  options: { value: string; label: string; raw: unknown }[];
  limits: { least: number | null; most: number | null; longest: number | null };
  help: string | null;
};

/** What a line of the form asks of whoever holds what is typed. */
export interface ArgumentForm {
  readonly bar: Card['bar'];
  /** Fields that were left, whose errors may be shown. */
  readonly left: Record<string, boolean>;
  isChanged(field: FormField): boolean;
  error(field: FormField): string | null;
  text(field: FormField): string;
  write(field: FormField, text: string): void;
  restore(field: FormField): void;
}

/** What a form is made of: the arguments that were proposed, none for a call that nobody has asked for yet. */
export type FormSource = Pick<Card, 'schema' | 'arguments' | 'bar' | 'money'> & {
  /** The amount's argument and its currency, where no proposal tells them. */
  amount?: { argument: string; currency: string } | null;
};

export type Parsed = { ok: true; value: unknown } | { ok: false; message: string };

type Schema = Record<string, unknown>;
const asSchema = (value: unknown): Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Every value of the card in the schema's order, and optional arguments that the agent left out. */
export function fieldsOf(card: FormSource): FormField[] {
  const root = asSchema(card.schema);
  const properties = asSchema(root['properties']);
  const required = Array.isArray(root['required']) ? root['required'] : [];
  const given = new Map(card.arguments.map((argument) => [argument.name, argument]));
  const order = [...card.arguments.map((argument) => argument.name)];
  for (const name of Object.keys(properties)) if (!given.has(name)) order.push(name);
  return order.flatMap((name) => {
    const argument = given.get(name) ?? absent(name, asSchema(properties[name]));
    const currency = moneyCurrency(card, argument);
    return leaves(argument, asSchema(properties[name]), [name], argument.value, required.includes(name), currency);
  });
}

function absent(name: string, schema: Schema): CardArgument {
  const title = typeof schema['title'] === 'string' ? schema['title'] : name;
  return { name, label: title, value: undefined, shown: '', fixed: false, source: { kind: 'agent' } };
}

/** The currency of the card's money argument: the bar names it; without a bar it is the one whose value is the card's amount. */
function moneyCurrency(card: FormSource, argument: CardArgument): string | null {
  if (card.bar !== null && card.bar.argument === argument.name) return card.bar.currency;
  if (card.amount?.argument === argument.name) return card.amount.currency;
  if (card.money === null || card.bar !== null || typeof argument.value !== 'number') return null;
  const same = argument.value === card.money.minor && argument.shown !== String(argument.value);
  return same ? card.money.currency : null;
}

function leaves(
  argument: CardArgument,
  schema: Schema,
  path: (string | number)[],
  value: unknown,
  required: boolean,
  currency: string | null,
): FormField[] {
  const depth = path.length - 1;
  if (Array.isArray(value)) {
    if (value.length > 0) {
      const items = asSchema(schema['items']);
      return value.flatMap((item, index) => leaves(argument, items, [...path, index], item, true, null));
    }
  } else if (typeof value === 'object' && value !== null) {
    const properties = asSchema(schema['properties']);
    const entries = Object.entries(value);
    if (entries.length > 0) {
      return entries.flatMap(([key, item]) => {
        return leaves(argument, asSchema(properties[key]), [...path, key], item, true, null);
      });
    }
  }
  const kind = kindOf(schema, value, currency);
  const options = choices(schema);
  // An empty list or object has no line of its own to type in; it stays as it is.
  const structural = typeof value === 'object';
  return [
    {
      id: pathText(path),
      path,
      argument: argument.name,
      label: depth === 0 ? argument.label : stepsText(path.slice(1)),
      depth,
      kind,
      fixed: argument.fixed || structural,
      proposed: value,
      written: write(kind, value, currency),
      shown: depth === 0 ? argument.shown : shownLeaf(value),
      required,
      currency,
      options,
      limits: {
        least: number(schema['minimum']),
        most: number(schema['maximum']),
        longest: number(schema['maxLength']),
      },
      // What the server says of an amount speaks of minor units, which nobody types here.
      help:
        typeof schema['description'] === 'string' && value === undefined && kind !== 'money'
          ? schema['description']
          : null,
    },
  ];
}

function kindOf(schema: Schema, value: unknown, currency: string | null): FieldKind {
  if (choices(schema).length > 0) return 'choice';
  const type = Array.isArray(schema['type']) ? schema['type'].find((name) => name !== 'null') : schema['type'];
  if (currency !== null) return 'money';
  if (type === 'boolean' || (type === undefined && typeof value === 'boolean')) return 'boolean';
  if (type === 'integer') return 'integer';
  if (type === 'number') return 'number';
  if (type === undefined && typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (type === 'string' && schema['format'] === 'date') return 'date';
  return 'text';
}

function choices(schema: Schema): FormField['options'] {
  const named = Array.isArray(schema['oneOf']) ? schema['oneOf'].map(asSchema).filter((one) => 'const' in one) : [];
  if (named.length > 0) {
    return named.map((one) => option(one['const'], typeof one['title'] === 'string' ? one['title'] : null));
  }
  return Array.isArray(schema['enum']) ? schema['enum'].map((value) => option(value, null)) : [];
}

function option(raw: unknown, title: string | null): FormField['options'][number] {
  return { value: JSON.stringify(raw), label: title ?? shownLeaf(raw), raw };
}

function write(kind: FieldKind, value: unknown, currency: string | null): string {
  if (value === undefined || value === null) return '';
  if (kind === 'choice') return JSON.stringify(value);
  if (kind === 'money' && typeof value === 'number' && currency !== null) return plainMoney(value, currency);
  if (kind === 'boolean') return value === true ? 'true' : 'false';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shownLeaf(value: unknown): string {
  if (value === undefined || value === null) return 'not given';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What was written as a value of the field's type. Text stays text: "7" typed into a text field is the string "7". */
export function parse(field: FormField, written: string): Parsed {
  if (written === field.written) return { ok: true, value: field.proposed };
  if (written.trim() === '' && !field.required && field.kind !== 'text') return { ok: true, value: undefined };
  switch (field.kind) {
    case 'text':
      if (written === '' && !field.required) return { ok: true, value: undefined };
      return within(field, [...written].length, written);
    case 'choice': {
      const chosen = field.options.find((one) => one.value === written);
      return chosen === undefined ? no('Choose one of the values.') : { ok: true, value: chosen.raw };
    }
    case 'boolean':
      return { ok: true, value: written === 'true' };
    case 'date':
      return isDate(written)
        ? { ok: true, value: written }
        : no('Write the date as year-month-day, such as 2026-10-14.');
    case 'integer': {
      const text = written.trim();
      if (!/^-?\d+$/.test(text)) return no('Write a whole number.');
      return limited(field, Number(text), String);
    }
    case 'number': {
      const text = written.trim().replace(',', '.');
      if (!/^-?\d+(\.\d+)?$/.test(text)) return no('Write a number.');
      return limited(field, Number(text), String);
    }
    case 'money':
      return parseMoney(field, written);
  }
}

function parseMoney(field: FormField, written: string): Parsed {
  const currency = field.currency ?? '';
  const digits = decimals(currency);
  const text = written.replace(currencyMark(currency), '').replace(/[\s\u00a0]/gu, '');
  const match = /^(\d{1,13})(?:[.,](\d+))?$/.exec(text);
  const example = plainMoney(8900, currency);
  if (match === null) return no(`Write an amount such as ${example}.`);
  const cents = match[2] ?? '';
  if (cents.length > digits) {
    return no(digits === 0 ? `${currency} has no smaller unit.` : `${currency} has at most ${digits} decimals.`);
  }
  const minor = Number((match[1] ?? '0') + cents.padEnd(digits, '0'));
  return limited(field, minor, (value) => money({ minor: value, currency }));
}

function limited(field: FormField, value: number, show: (value: number) => string): Parsed {
  if (!Number.isSafeInteger(value) && (field.kind === 'integer' || field.kind === 'money')) {
    return no('This number is too large to be exact.');
  }
  const { least, most } = field.limits;
  if (least !== null && value < least) return no(`${show(least)} is the least that the tool takes.`);
  if (most !== null && value > most) return no(`${show(most)} is the most that the tool takes.`);
  return { ok: true, value };
}

function within(field: FormField, length: number, written: string): Parsed {
  const { longest } = field.limits;
  if (longest !== null && length > longest) return no(`${longest} characters are the most; this has ${length}.`);
  return { ok: true, value: written };
}

function isDate(written: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(written);
  if (match === null) return false;
  const date = new Date(`${written}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(written);
}

const no = (message: string): Parsed => ({ ok: false, message });

/** The steps below an argument as people count: `[0].amount` is "1, amount". */
function stepsText(path: (string | number)[]): string {
  return path.map((step) => (typeof step === 'number' ? String(step + 1) : step)).join(', ');
}

function pathText(path: (string | number)[]): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** All arguments with the written values in place, or null while one of them is wrong. Untouched values are the proposal's own. */
export function argumentsOf(
  card: Pick<Card, 'arguments'>,
  fields: FormField[],
  written: Record<string, string>,
): Record<string, unknown> | null {
  const all: Record<string, unknown> = {};
  for (const argument of card.arguments) all[argument.name] = structuredClone(argument.value);
  for (const field of fields) {
    const text = written[field.id];
    if (field.fixed || text === undefined || text === field.written) continue;
    const parsed = parse(field, text);
    if (!parsed.ok) return null;
    place(all, field.path, parsed.value);
  }
  return all;
}

function place(root: Record<string, unknown>, path: (string | number)[], value: unknown): void {
  let holder: Record<string | number, unknown> = root;
  for (const step of path.slice(0, -1)) holder = holder[step] as Record<string | number, unknown>;
  const last = path[path.length - 1];
  if (last === undefined) return;
  if (value !== undefined) holder[last] = value;
  else if (path.length === 1) Reflect.deleteProperty(holder, last);
  else holder[last] = null;
}

/** The fields whose value differs from the proposal. */
export function changedFields(fields: FormField[], written: Record<string, string>): FormField[] {
  return fields.filter((field) => {
    const text = written[field.id];
    if (field.fixed || text === undefined || text === field.written) return false;
    const parsed = parse(field, text);
    return !parsed.ok || JSON.stringify(parsed.value) !== JSON.stringify(field.proposed);
  });
}
