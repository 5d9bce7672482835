/** How what is written in a form becomes values again: each of its own type, and everything that was not touched as it was. */
import type { Card } from '../generated/wire';
import type { FormField, Written } from './form';
import { currencyMark, decimals, money, plainMoney } from './format';
import { t } from '../texts/en';

export type Parsed = { ok: true; value: unknown } | { ok: false; message: string };

/** What was written as a value of the field's type. Text stays text: "7" typed into a text field is the string "7". */
export function parse(field: FormField, written: string): Parsed {
  if (isMissing(field, written)) return field.nullable ? { ok: true, value: null } : no(t.using.missing);
  if (written === field.written) return { ok: true, value: field.proposed };
  if (field.kind === 'text' ? written === '' : written.trim() === '') {
    if (!field.required) return { ok: true, value: undefined };
    if (field.nullable) return { ok: true, value: null };
  }
  switch (field.kind) {
    case 'list':
    case 'part':
      return { ok: true, value: field.proposed };
    case 'text':
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

type Holder = Record<string | number, unknown>;

/** All arguments as written, or null while one of them is wrong. Untouched values are the proposal's own. */
export function argumentsOf(
  card: Pick<Card, 'arguments'>,
  fields: FormField[],
  written: Written,
): Record<string, unknown> | null {
  const all: Holder = {};
  for (const argument of card.arguments) all[argument.name] = structuredClone(argument.value);
  for (const field of fields) {
    if (field.fixed || field.out) continue;
    if (field.kind === 'list' || field.kind === 'part') {
      const empty = field.kind === 'list' ? [] : {};
      if (field.filled && (field.proposed === undefined || field.proposed === null)) place(all, field.path, empty);
      continue;
    }
    const text = written[field.id] ?? field.written;
    if (text === field.written && !isMissing(field, text)) continue;
    const parsed = parse(field, text);
    if (!parsed.ok) return null;
    place(all, field.path, parsed.value);
  }
  // From behind: what is taken out moves what stands behind it.
  for (const field of fields.filter((one) => one.out).reverse()) place(all, field.path, undefined);
  return all;
}

function place(root: Holder, path: (string | number)[], value: unknown): void {
  let holder: Holder = root;
  for (const step of path.slice(0, -1)) {
    const next = holder[step];
    // Nothing stands in what is not there any more.
    if (typeof next !== 'object' || next === null) return;
    holder = next as Holder;
  }
  const last = path[path.length - 1];
  if (last === undefined) return;
  if (value !== undefined) holder[last] = value;
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else Reflect.deleteProperty(holder, last);
}

/** Whether something was added in which this must be filled in yet. */
function isMissing(field: FormField, text: string): boolean {
  const typed = field.kind !== 'list' && field.kind !== 'part';
  return typed && field.fresh && field.required && text.trim() === '';
}

/** The fields whose value differs from the proposal. What was added counts once, whatever is written in it. */
export function changedFields(fields: FormField[], written: Written): FormField[] {
  return fields.filter((field) => {
    if (field.fixed) return false;
    if (field.out) return field.proposed !== undefined;
    if (field.kind === 'list') return !field.fresh && field.added > 0;
    if (field.kind === 'part')
      return !field.fresh && field.filled && field.drop !== null && (field.proposed ?? null) === null;
    const text = written[field.id];
    if (field.fresh || text === undefined || text === field.written) return false;
    const parsed = parse(field, text);
    return !parsed.ok || JSON.stringify(parsed.value) !== JSON.stringify(field.proposed);
  });
}

/** Where a field's value stands in the arguments as they are sent, as the station names it: `stays/1/nights`. */
function placeOf(field: FormField, fields: FormField[]): string {
  const outs = fields.filter((one) => one.out);
  const before = (path: (string | number)[]): number => {
    const index = Number(path[path.length - 1]);
    const beside = (one: FormField): boolean =>
      one.path.length === path.length && path.slice(0, -1).every((step, at) => one.path[at] === step);
    return outs.filter((one) => beside(one) && Number(one.path[path.length - 1]) < index).length;
  };
  const steps = field.path.map((step, at) =>
    typeof step === 'number'
      ? String(step - before(field.path.slice(0, at + 1)))
      : step.replaceAll('~', '~0').replaceAll('/', '~1'),
  );
  return steps.join('/');
}

/** What the station says of a field: of its very value, or of something in it that has no line of its own. */
export function saidOf(
  field: FormField,
  fields: FormField[],
  problems: { name: string; message: string }[],
): string | null {
  if (problems.length === 0 || field.out) return null;
  const places = fields.filter((one) => !one.out).map((one) => placeOf(one, fields));
  const own = placeOf(field, fields);
  const owner = (name: string): string | undefined =>
    places.filter((at) => name === at || name.startsWith(`${at}/`)).sort((a, b) => b.length - a.length)[0];
  return problems.find((problem) => owner(problem.name) === own)?.message ?? null;
}

/** Where it is written that something is added to a field, and which ids what was added begins with. */
export function adding(field: FormField, written: Written): { key: string; text: string; begins: string } | null {
  if (field.add === null) return null;
  if (field.kind === 'part') return { key: field.add, text: '1', begins: field.id };
  const more = Number(written[field.add] ?? '0');
  const given = Array.isArray(field.proposed) ? field.proposed.length : 0;
  return { key: field.add, text: String(more + 1), begins: `${field.id}[${given + more}]` };
}

/** What is written where a field is taken out or put back; null where nothing is written any more. */
export function taking(field: FormField, out: boolean): { key: string; text: string | null } | null {
  if (field.drop === null) return null;
  // What was filled in here is not there any more; what was proposed is said to be taken out.
  const fills = field.drop.endsWith('#in');
  return { key: field.drop, text: out === fills ? null : '1' };
}
