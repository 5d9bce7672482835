/** The typed form of a tool's arguments: which values may change, which lists may grow, and how each value is written. */
import type { Card, CardArgument } from '../generated/wire';
import { plainMoney, sentence } from './format';
import { asSchema, meaning, typeOf, type Meaning, type Schema } from './schema';

/** `list` and `part` are written in nothing: a list may grow, and an object or an item of a list may be left out. */
export type FieldKind = 'text' | 'integer' | 'number' | 'money' | 'boolean' | 'choice' | 'date' | 'list' | 'part';

/** One line of the form; nested values have a path of several steps. */
export type FormField = {
  /** Stable id, such as `lines[0].amount`: a line that is taken out moves no other. */
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
  /** Whether null may stand there. */
  nullable: boolean;
  /** Whether it stands inside of something that was added here. */
  fresh: boolean;
  /** Where it is written that this is taken out; null where it must stay. */
  drop: string | null;
  /** It is taken out. */
  out: boolean;
  /** Where it is written how many more items a list has, or that an object is filled in; null where nothing can be added. */
  add: string | null;
  /** For a list and an object: whether it stands in the arguments. */
  filled: boolean;
  /** For a list: how many of its items were added here and stand. */
  added: number;
  currency: string | null;
  /** For a choice: the values, each with what people read. */
  options: { value: string; label: string; raw: unknown }[];
  limits: { least: number | null; most: number | null; longest: number | null };
  help: string | null;
};

/** What is written, by a field's id, and by where it says that something is added or taken out. */
export type Written = Readonly<Record<string, string>>;

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
  /** Adds an item to a list, or fills an object in; says which field id what was added begins with. */
  add(field: FormField): string;
  /** Takes it out, or puts it back. */
  takeOut(field: FormField, out: boolean): void;
}

/** What a form is made of: the arguments that were proposed, none for a call that nobody has asked for yet. */
export type FormSource = Pick<Card, 'schema' | 'arguments' | 'bar' | 'money'> & {
  /** The amount's argument and its currency, where no proposal tells them. */
  amount?: { argument: string; currency: string } | null;
};

/** Lists and objects within each other that a form goes into. */
const DEEPEST = 12;

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where one stands in the arguments. */
type Place = {
  root: Schema;
  written: Written;
  argument: CardArgument;
  schema: unknown;
  path: (string | number)[];
  value: unknown;
  /** It must stand there, as an argument or a member. */
  required: boolean;
  /** It is an item of a list. */
  item: boolean;
  fresh: boolean;
  currency: string | null;
};

/** Every value of the card in the schema's order, what was added to it, and what is optional and was left out. */
export function fieldsOf(card: FormSource, written: Written = {}): FormField[] {
  const root = asSchema(card.schema);
  const properties = asSchema(root['properties']);
  return namesOf(card, properties).flatMap((name) => {
    const known = card.arguments.find((argument) => argument.name === name);
    const argument = known ?? absent(name, meaning(root, properties[name]).schema);
    const currency = moneyCurrency(card, argument);
    const required = requiredOf(root).includes(name);
    const place = { root, written, argument, schema: properties[name], path: [name], value: argument.value };
    return lines({ ...place, required, item: false, fresh: false, currency });
  });
}

/** A value as a card shows it, whoever reads: nothing that is not there. */
export type CardLine = Pick<FormField, 'id' | 'argument' | 'label' | 'depth' | 'shown'>;

/** Every value of the card, one line each, an empty list or object in one of its own. */
export function linesOf(card: Pick<Card, 'schema' | 'arguments'>): CardLine[] {
  const root = asSchema(card.schema);
  const of = (argument: CardArgument, schema: unknown, path: (string | number)[], value: unknown): CardLine[] => {
    const inside = entriesOf(value);
    if (inside.length > 0) {
      const { schema: known } = meaning(root, schema);
      return inside.flatMap(([step, inner]) => of(argument, schemaAt(known, step), [...path, step], inner));
    }
    const depth = path.length - 1;
    const label = depth === 0 ? argument.label : labelOf(root, card.schema, path);
    const shown = depth === 0 ? argument.shown : shownLeaf(value);
    return [{ id: pathText(path), argument: argument.name, label, depth, shown }];
  };
  const properties = asSchema(root['properties']);
  return card.arguments.flatMap((one) => of(one, properties[one.name], [one.name], one.value));
}

function entriesOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item as unknown]);
  return isObject(value) ? Object.entries(value) : [];
}

const requiredOf = (schema: Schema): unknown[] => (Array.isArray(schema['required']) ? schema['required'] : []);

function namesOf(card: FormSource, properties: Schema): string[] {
  const given = card.arguments.map((argument) => argument.name);
  return [...given, ...Object.keys(properties).filter((name) => !given.includes(name))];
}

function absent(name: string, schema: Schema): CardArgument {
  const title = typeof schema['title'] === 'string' ? schema['title'] : sentence(name);
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

function schemaAt(schema: Schema, step: string | number): unknown {
  if (typeof step === 'string') return asSchema(schema['properties'])[step] ?? schema['additionalProperties'];
  const own: unknown = Array.isArray(schema['prefixItems']) ? schema['prefixItems'][step] : undefined;
  return own ?? schema['items'];
}

function lines(place: Place): FormField[] {
  const known = meaning(place.root, place.schema);
  const base = line(place, known);
  if (base.out) return [base];
  if (base.kind === 'list') return listLines(place, known, base);
  if (base.kind === 'part') return partLines(place, known, base);
  return [base];
}

/** A list, and what stands in it: what was proposed, then what was added. */
function listLines(place: Place, { schema }: Meaning, base: FormField): FormField[] {
  const given = Array.isArray(place.value) ? (place.value as unknown[]) : [];
  const more = base.add === null ? 0 : Number(place.written[base.add] ?? '0');
  const items = Array.from({ length: given.length + more }, (_, index) =>
    lines({
      ...place,
      schema: schemaAt(schema, index),
      path: [...place.path, index],
      value: given[index],
      required: true,
      item: true,
      fresh: place.fresh || index >= given.length,
      currency: null,
    }),
  );
  const stand = items.filter(([head]) => head?.out !== true);
  const added = items.slice(given.length).filter(([head]) => head?.out !== true).length;
  const filled = Array.isArray(place.value) || added > 0 || place.required;
  const most = number(schema['maxItems']);
  const add = most !== null && stand.length >= most ? null : base.add;
  return [{ ...base, filled, added, add }, ...items.flat()];
}

/** An object, and what stands or may stand in it. */
function partLines(place: Place, { schema }: Meaning, base: FormField): FormField[] {
  const given = isObject(place.value) ? place.value : null;
  const filled = given !== null || place.required || (base.add !== null && place.written[base.add] !== undefined);
  const drop = given === null && !place.item && filled && !place.required ? base.add : base.drop;
  const part = { ...base, filled, drop, add: filled ? null : base.add };
  if (!filled || place.path.length > DEEPEST) return [part];
  const properties = asSchema(schema['properties']);
  const names = [...Object.keys(given ?? {})];
  if (!base.fixed) for (const name of Object.keys(properties)) if (!names.includes(name)) names.push(name);
  const inside = names.flatMap((name) =>
    lines({
      ...place,
      schema: schemaAt(schema, name),
      path: [...place.path, name],
      value: given?.[name],
      required: requiredOf(schema).includes(name),
      item: false,
      fresh: place.fresh || given === null,
      currency: null,
    }),
  );
  return [part, ...inside];
}

function line(place: Place, { schema, nullable, options }: Meaning): FormField {
  const { argument, path, value, required, currency, item } = place;
  const depth = path.length - 1;
  const id = pathText(path);
  const kind = kindOf(schema, options, value, currency);
  const nested = kind === 'list' || kind === 'part';
  const fixed = argument.fixed;
  // What is written is left out by being emptied; what is not, and what stands in a list, is taken out.
  const given = value !== undefined && (value !== null || item);
  const drop = !fixed && (item || (nested && given && !required)) ? `${id}#out` : null;
  return {
    id,
    path,
    argument: argument.name,
    label: depth === 0 ? argument.label : labelOf(place.root, place.root, path),
    depth,
    kind,
    fixed,
    proposed: value,
    written: write(kind, value, currency),
    shown: depth === 0 ? argument.shown : value === undefined ? '' : shownLeaf(value),
    required,
    nullable,
    fresh: place.fresh,
    drop,
    out: drop !== null && place.written[drop] !== undefined,
    add: fixed || !nested ? null : kind === 'list' ? `${id}#more` : `${id}#in`,
    filled: false,
    added: 0,
    currency,
    options: options.map(({ raw, title }) => ({
      value: JSON.stringify(raw),
      label: title ?? shownLeaf(raw),
      raw,
    })),
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
  };
}

function kindOf(schema: Schema, options: Meaning['options'], value: unknown, currency: string | null): FieldKind {
  const type = typeOf(schema);
  if (Array.isArray(value)) return 'list';
  if (isObject(value)) return 'part';
  if (options.length > 0) return 'choice';
  if (currency !== null) return 'money';
  if (type === 'array') return 'list';
  if (type === 'object') return 'part';
  if (type === 'boolean' || (type === undefined && typeof value === 'boolean')) return 'boolean';
  if (type === 'integer') return 'integer';
  if (type === 'number') return 'number';
  if (type === undefined && typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (type === 'string' && schema['format'] === 'date') return 'date';
  return 'text';
}

function write(kind: FieldKind, value: unknown, currency: string | null): string {
  if (value === undefined || value === null || kind === 'list' || kind === 'part') return '';
  if (kind === 'choice') return JSON.stringify(value);
  if (kind === 'money' && typeof value === 'number' && currency !== null) return plainMoney(value, currency);
  if (kind === 'boolean') return value === true ? 'true' : 'false';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shownLeaf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The steps below an argument as people count, each by its title: `[0].amount` is "1, Amount". */
function labelOf(root: Schema, all: unknown, path: (string | number)[]): string {
  let schema: unknown = all;
  const steps = path.map((step) => {
    schema = schemaAt(meaning(root, schema).schema, step);
    if (typeof step === 'number') return String(step + 1);
    const { title } = meaning(root, schema).schema;
    return typeof title === 'string' ? title : step.replaceAll('_', ' ');
  });
  return steps.slice(1).join(', ');
}

function pathText(path: (string | number)[]): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
