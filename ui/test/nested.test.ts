/** A schema that nobody here has seen: lists grow and shrink, references are followed, what is optional is left out, and null stays null. */
import { describe, expect, it } from 'vitest';
import type { CardArgument } from '../src/generated/wire';
import { fieldsOf, linesOf, type FormField, type FormSource, type Written } from '../src/lib/form';
import { adding, argumentsOf, changedFields, parse, saidOf, taking } from '../src/lib/written';

const schema = {
  type: 'object',
  required: ['booking', 'stays', 'reason'],
  properties: {
    booking: { type: 'string', title: 'Booking' },
    stays: { type: 'array', items: { $ref: '#/$defs/Stay' }, title: 'Stays', maxItems: 3 },
    reason: { oneOf: [{ const: 'asks', title: 'The guest asks' }, { const: 'full' }] },
    board: { enum: ['none', 'half', null] },
    note: { anyOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }] },
    discount: { type: 'number', maximum: 50 },
    late: { type: 'boolean' },
    contact: { type: 'object', properties: { phone: { type: ['string', 'null'] } }, required: ['phone'] },
    tags: { type: 'array', items: { enum: ['dog', 'cot'] } },
    self: { $ref: '#/$defs/Loop' },
  },
  $defs: {
    Room: { enum: ['single', 'double'] },
    Stay: {
      type: 'object',
      required: ['room', 'nights'],
      properties: {
        room: { $ref: '#/$defs/Room' },
        nights: { type: 'integer', minimum: 1, maximum: 30, title: 'Nights' },
        guests: { type: 'array', items: { type: 'string' } },
        pets: { type: 'integer' },
      },
    },
    Loop: { type: 'object', required: ['self'], properties: { self: { $ref: '#/$defs/Loop' } } },
  },
};
const values = {
  booking: 'L-1',
  stays: [
    { room: 'double', nights: 2, pets: 1 },
    { room: 'single', nights: 3, guests: ['Ilse', 'Karl'] },
  ],
  reason: 'asks',
  note: null,
  discount: 7.5,
  tags: ['dog'],
};
const source = (of: Record<string, unknown>): FormSource => ({
  schema,
  bar: null,
  money: null,
  arguments: Object.entries(of).map(([name, value]): CardArgument => ({
    name,
    label: name,
    value,
    shown: typeof value === 'string' ? value : JSON.stringify(value),
    fixed: name === 'booking',
    source: { kind: 'agent' },
  })),
});

/** A form as somebody works in it. */
class Form {
  written: Record<string, string> = {};
  readonly source: FormSource;
  constructor(of: FormSource) {
    this.source = of;
  }
  get fields(): FormField[] {
    return fieldsOf(this.source, this.written as Written);
  }
  field(id: string): FormField {
    const found = this.fields.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no field ${id} among ${this.fields.map((one) => one.id).join(' ')}`);
    return found;
  }
  write(id: string, text: string): void {
    this.field(id);
    this.written[id] = text;
  }
  add(id: string): string {
    const what = adding(this.field(id), this.written);
    if (what === null) throw new Error(`nothing is added to ${id}`);
    this.written[what.key] = what.text;
    return what.begins;
  }
  out(id: string, out = true): void {
    const what = taking(this.field(id), out);
    if (what === null) throw new Error(`${id} stays`);
    if (what.text === null) Reflect.deleteProperty(this.written, what.key);
    else this.written[what.key] = what.text;
  }
  get all(): Record<string, unknown> | null {
    return argumentsOf(this.source, this.fields, this.written);
  }
  get changed(): string[] {
    return changedFields(this.fields, this.written).map((one) => one.id);
  }
}
const form = (): Form => new Form(source(values));

describe('a form of lists and references', () => {
  it('knows each value by what its reference says, and nothing written is nothing changed', () => {
    const { fields, all, changed } = form();
    const kinds = Object.fromEntries(fields.map((one) => [one.id, one.kind]));
    expect(kinds).toMatchObject({
      stays: 'list',
      'stays[0]': 'part',
      'stays[0].room': 'choice',
      'stays[0].nights': 'integer',
      'stays[0].guests': 'list',
      'stays[1].guests[0]': 'text',
      'stays[1].pets': 'integer',
      reason: 'choice',
      board: 'choice',
      note: 'text',
      discount: 'number',
      late: 'boolean',
      contact: 'part',
      'tags[0]': 'choice',
    });
    expect(kinds).not.toHaveProperty('contact.phone');
    expect(form().field('stays[1].nights').label).toBe('2, Nights');
    expect(
      form()
        .field('reason')
        .options.map((one) => one.label),
    ).toEqual(['The guest asks', 'full']);
    expect(
      form()
        .field('board')
        .options.map((one) => one.raw),
    ).toEqual(['none', 'half']);
    expect([all, changed]).toEqual([values, []]);
  });

  it('adds an item whose values are asked for, and one more is one change', () => {
    const at = form();
    expect(at.add('stays')).toBe('stays[2]');
    expect(at.all, 'room and nights are missing').toBeNull();
    expect(parse(at.field('stays[2].nights'), '').ok).toBe(false);
    expect(parse(at.field('stays[2]'), '').ok, 'it is filled in by what stands in it').toBe(true);
    at.write('stays[2].room', '"single"');
    at.write('stays[2].nights', '4');
    expect(at.all).toEqual({ ...values, stays: [...values.stays, { room: 'single', nights: 4 }] });
    expect(at.changed).toEqual(['stays']);
    expect(at.field('stays').add, 'three are the most').toBeNull();
    at.out('stays[2]');
    expect([at.all, at.changed]).toEqual([values, []]);
  });

  it('takes items out wherever they stand, and puts them back', () => {
    const at = form();
    at.out('stays[0]');
    at.out('stays[1].guests[0]');
    at.write('stays[1].nights', '5');
    at.out('tags[0]');
    expect(at.all).toEqual({ ...values, stays: [{ room: 'single', nights: 5, guests: ['Karl'] }], tags: [] });
    expect(at.changed).toEqual(['stays[0]', 'stays[1].nights', 'stays[1].guests[0]', 'tags[0]']);
    const said = [{ name: 'stays/0/nights', message: 'too long' }];
    expect(saidOf(at.field('stays[1].nights'), at.fields, said), 'by where it stands when it is sent').toBe('too long');
    expect(saidOf(at.field('stays'), at.fields, said)).toBeNull();
    expect(saidOf(at.field('stays'), at.fields, [{ name: 'stays', message: 'too few' }])).toBe('too few');
    for (const id of ['stays[0]', 'stays[1].guests[0]', 'tags[0]']) at.out(id, false);
    at.write('stays[1].nights', '3');
    expect([at.all, at.changed]).toEqual([values, []]);
  });

  it('leaves out what is optional, fills in what was left out, and keeps null apart from both', () => {
    const at = form();
    at.write('stays[0].pets', '');
    at.write('discount', '');
    at.out('tags');
    at.write('note', 'late');
    at.write('board', '"half"');
    at.add('contact');
    const stays = [{ room: 'double', nights: 2 }, values.stays[1]];
    const all = { booking: 'L-1', stays, reason: 'asks', note: 'late', board: 'half', contact: { phone: null } };
    expect(at.all).toEqual(all);
    at.write('contact.phone', '+43');
    expect(at.all).toEqual({ ...all, contact: { phone: '+43' } });
    expect(at.changed).toContain('contact');
    at.out('contact');
    expect(at.all).not.toHaveProperty('contact');
    expect(form().all).toHaveProperty('note', null);
  });

  it('goes no deeper than a schema that is its own part lets anybody look', () => {
    const at = form();
    at.add('self');
    expect(at.fields.length).toBeLessThan(80);
  });

  it('is filled in from nothing, as whoever asks for a tool does', () => {
    const at = new Form(source({}));
    expect(at.add('stays')).toBe('stays[0]');
    at.write('booking', 'L-2');
    at.write('reason', '"full"');
    at.write('stays[0].room', '"double"');
    at.write('stays[0].nights', '1');
    expect(at.add('stays[0].guests')).toBe('stays[0].guests[0]');
    at.write('stays[0].guests[0]', 'Ilse');
    const stays = [{ room: 'double', nights: 1, guests: ['Ilse'] }];
    expect(at.all).toEqual({ booking: 'L-2', reason: 'full', stays });
  });
});

describe('a card', () => {
  it('shows every value in it, null as null, and nothing that is not there', () => {
    const lines = linesOf(source({ ...values, tags: [], stays: [{ room: 'double', guests: [], pets: null }] }));
    expect(lines.map(({ id, shown }) => `${id} ${shown}`)).toEqual([
      'booking L-1',
      'stays[0].room double',
      'stays[0].guests []',
      'stays[0].pets null',
      'reason asks',
      'note null',
      'discount 7.5',
      'tags []',
    ]);
  });
});
