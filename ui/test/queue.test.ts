/** The queue stands still under the cursor. */
import { describe, expect, it } from 'vitest';
import type { ActionRow } from '../src/generated/wire';
import { neighbour, settle as settled, type QueueEntry, type QueueView } from '../src/lib/queue';
import { row } from './sample';

const settle = (
  before: QueueEntry<ActionRow>[],
  rows: ActionRow[],
  still: boolean,
  mine: Set<string>,
): QueueView<ActionRow> => settled(before, rows, still, mine, (one) => one.action);
const shown = (...actions: string[]): QueueEntry<ActionRow>[] =>
  actions.map((action) => ({ row: row(action), gone: false }));
const names = (entries: QueueEntry<ActionRow>[]): string[] =>
  entries.map((entry) => entry.row.action + (entry.gone ? ' gone' : ''));

describe('while the list has the cursor', () => {
  it('rows keep their places, whatever order the station gives', () => {
    const now = settle(shown('a', 'b', 'c'), [row('c'), row('a'), row('b')], true, new Set());
    expect(names(now.shown)).toEqual(['a', 'b', 'c']);
  });

  it('arrivals wait to be shown', () => {
    const now = settle(shown('a', 'b'), [row('new'), row('a'), row('b')], true, new Set());
    expect(names(now.shown)).toEqual(['a', 'b']);
    expect(now.waiting.map((one) => one.action)).toEqual(['new']);
  });

  it('a row decided elsewhere stays, struck; one decided here leaves', () => {
    const now = settle(shown('a', 'b', 'c'), [row('c')], true, new Set(['a']));
    expect(names(now.shown)).toEqual(['b gone', 'c']);
  });

  it('what a row says is refreshed in its place', () => {
    const now = settle(shown('a'), [row('a', { remark: 'changed' })], true, new Set());
    expect(now.shown[0]?.row.remark).toBe('changed');
  });
});

it('without the cursor the station’s order is shown and nothing waits', () => {
  const now = settle([{ row: row('old'), gone: true }], [row('b'), row('a')], false, new Set());
  expect(names(now.shown)).toEqual(['b', 'a']);
  expect(now.waiting).toEqual([]);
});

it('a row that says the same is the same object, so that it is not drawn anew', () => {
  const before = shown('a', 'b');
  for (const still of [true, false]) {
    const now = settle(before, [row('b', { remark: 'changed' }), row('a')], still, new Set());
    const of = (action: string): ActionRow | undefined => now.shown.find((one) => one.row.action === action)?.row;
    expect(of('a')).toBe(before[0]?.row);
    expect(of('b')).not.toBe(before[1]?.row);
    expect(of('b')?.remark).toBe('changed');
  }
});

describe('moving', () => {
  const order = ['a', 'b', 'c'];
  it('goes one place and never wraps', () => {
    expect(neighbour(order, 'a', 1, null)).toBe('b');
    expect(neighbour(order, 'c', 1, null)).toBe('c');
    expect(neighbour(order, 'a', -1, null)).toBe('a');
  });
  it('starts at an end when nothing is chosen', () => {
    expect(neighbour(order, null, 1, null)).toBe('a');
    expect(neighbour(order, null, -1, null)).toBe('c');
    expect(neighbour([], null, 1, null)).toBeNull();
  });
  it('goes on from the gap that a decided row left', () => {
    expect(neighbour(order, null, 1, 1)).toBe('b');
    expect(neighbour(order, null, -1, 1)).toBe('a');
  });
});
