/** The search over the trail as it is written. */
import { describe, expect, it } from 'vitest';
import { read, withFilter } from '../src/lib/trail-query';

const NOW = new Date(2026, 9, 14, 15, 10);
const search = (text: string): unknown => read(text, NOW).search;

describe('a search as it is written', () => {
  it('is words where nothing else is meant, and a space says that the last one is whole', () => {
    expect(search('')).toEqual({});
    expect(search('buckle bro')).toEqual({ words: 'buckle bro' });
    expect(search('buckle broke ')).toEqual({ words: 'buckle broke ' });
    expect(search('at 14:31 foo:bar >100')).toEqual({ words: 'at 14:31 foo:bar >100' });
  });

  it('takes filters from among the words, in any order and quoted where they have spaces', () => {
    expect(search('order:1042 buckle person:"mira sánchez" Decision:approve')).toEqual({
      words: 'buckle ',
      order: '1042',
      person: 'mira sánchez',
      decision: 'approve',
    });
    expect(search('person: tool:')).toEqual({});
  });

  it('reads amounts of any currency on one scale, with and without the limit itself', () => {
    expect(search('amount>100')).toEqual({ least: 100_001 });
    expect(search('amount>=100 amount<=€129.50')).toEqual({ least: 100_000, most: 129_500 });
    expect(search('amount<0,5')).toEqual({ most: 499 });
    expect(search('amount:89 currency:eur')).toEqual({ least: 89_000, most: 89_000, currency: 'EUR' });
  });

  it('reads days and minutes in the time zone of the desk', () => {
    const day = (of: number): string => new Date(2026, 9, of).toISOString();
    expect(search('on:today')).toEqual({ from: day(14), until: day(15) });
    expect(search('on:yesterday')).toEqual({ from: day(13), until: day(14) });
    expect(search('from:2026-10-01 to:2026-10-03')).toEqual({ from: day(1), until: day(4) });
    const minute = new Date(2026, 9, 14, 14, 31).toISOString();
    expect(search('from:14:31')).toEqual({ from: minute });
    expect(search('from:2026-10-14T14:31')).toEqual({ from: minute });
  });

  it('says which value says nothing', () => {
    expect(read('amount>lots', NOW).problem).toMatch(/“lots” is no amount/);
    expect(read('currency:EURO', NOW).problem).toMatch(/is no currency/);
    expect(read('on:2026-02-31', NOW).problem).toMatch(/is no time/);
    expect(read('conversation:7f31', NOW).problem).toMatch(/begins with cnv_/);
    expect(read('amount>1 on:today', NOW).problem).toBeNull();
  });

  it('has picked filters in the place of written ones', () => {
    expect(withFilter('buckle', 'person', 'Mira Sánchez')).toBe('buckle person:"Mira Sánchez"');
    expect(withFilter('tool:a buckle tool:b', 'tool', 'crm.refund')).toBe('buckle tool:crm.refund');
    expect(withFilter('buckle on:today amount>1', 'on', null)).toBe('buckle amount>1');
  });
});
