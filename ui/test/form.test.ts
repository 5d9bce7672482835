/** The override form: every type keeps its type, fixed values stay, and nothing changed is nothing to sign. */
import { describe, expect, it } from 'vitest';
import { fieldsOf, type FormField } from '../src/lib/form';
import { argumentsOf, changedFields, parse } from '../src/lib/written';
import { card } from './sample';

const fields = fieldsOf(card());
const field = (id: string): FormField => {
  const found = fields.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no field ${id}`);
  return found;
};
const value = (id: string, text: string): unknown => {
  const parsed = parse(field(id), text);
  return parsed.ok ? parsed.value : `refused: ${parsed.message}`;
};

describe('the kinds of fields', () => {
  it('follow the schema, and the bar names the money argument', () => {
    const kinds = Object.fromEntries(fields.map((one) => [one.id, one.kind]));
    expect(kinds).toEqual({
      order: 'text',
      amount: 'money',
      note: 'text',
      count: 'integer',
      gift: 'boolean',
      until: 'date',
      reason: 'choice',
      lines: 'list',
      'lines[0]': 'part',
      'lines[0].sku': 'text',
      'lines[1]': 'part',
      'lines[1].sku': 'text',
    });
  });

  it('are the proposal’s arguments first, then what the agent left out', () => {
    expect(field('until').proposed).toBeUndefined();
    expect(fields[fields.length - 1]?.id).toBe('until');
  });

  it('find the money argument without a bar by the card’s amount', () => {
    const without = fieldsOf(card({ bar: null }));
    expect(without.filter((one) => one.kind === 'money').map((one) => one.id)).toEqual(['amount']);
  });
});

describe('what is written', () => {
  it('keeps text text and integers integers', () => {
    expect(value('note', '42')).toBe('42');
    expect(value('count', '7')).toBe(7);
    expect(value('count', '7.5')).toMatch(/^refused: Write a whole number/);
    expect(value('count', '10')).toMatch(/^refused: 9 is the most/);
    expect(value('count', '')).toMatch(/^refused/);
    expect(value('gift', 'true')).toBe(true);
    expect(value('reason', '"late"')).toBe('late');
    expect(value('reason', 'late')).toMatch(/^refused/);
  });

  it('reads money in major units into exact minor units', () => {
    expect(value('amount', '89')).toBe(8900);
    expect(value('amount', '89.5')).toBe(8950);
    expect(value('amount', '€89,05')).toBe(8905);
    expect(value('amount', '1.15')).toBe(115);
    expect(value('amount', '0')).toMatch(/^refused: €0.01 is the least/);
    expect(value('amount', '89.005')).toMatch(/^refused: EUR has at most 2 decimals/);
    expect(value('amount', '-5')).toMatch(/^refused/);
    expect(value('amount', '1,000.00')).toMatch(/^refused/);
  });

  it('reads only days that exist', () => {
    expect(value('until', '2026-10-14')).toBe('2026-10-14');
    expect(value('until', '2026-02-30')).toMatch(/^refused/);
    expect(value('until', '')).toBeUndefined();
  });

  it('says the limit of a text', () => {
    expect(value('note', 'x'.repeat(21))).toBe('refused: 20 characters are the most; this has 21.');
  });
});

describe('the arguments that are signed', () => {
  it('are the proposal’s own where nothing was written', () => {
    const all = argumentsOf(card(), fields, {});
    expect(all).toEqual(Object.fromEntries(card().arguments.map((one) => [one.name, one.value])));
    expect(all).not.toHaveProperty('until');
  });

  it('change only what was written, also inside lists', () => {
    const written = { amount: '89.00', 'lines[1].sku': 'C-3' };
    expect(argumentsOf(card(), fields, written)).toMatchObject({
      amount: 8900,
      lines: [{ sku: 'A-1' }, { sku: 'C-3' }],
    });
    expect(card().arguments[6]?.value).toEqual([{ sku: 'A-1' }, { sku: 'B-2' }]);
  });

  it('never change a fixed value, whatever was written', () => {
    expect(argumentsOf(card(), fields, { order: '9999' })).toMatchObject({ order: '1042' });
    expect(changedFields(fields, { order: '9999' })).toEqual([]);
  });

  it('are none while one value is wrong', () => {
    expect(argumentsOf(card(), fields, { amount: 'abc' })).toBeNull();
  });

  it('do not count the same value written another way as a change', () => {
    expect(changedFields(fields, { amount: '129' })).toEqual([]);
    expect(changedFields(fields, { amount: '128' }).map((one) => one.id)).toEqual(['amount']);
  });
});
