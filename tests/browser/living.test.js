// "Try the sample shop", as a newcomer sees it: somebody writes within ten seconds, and the pace is theirs to choose.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { button, openDesk, toFloor } from './lib/desk.js';
import { station } from './lib/station.js';

test('a newcomer sees a living floor within ten seconds, chooses its pace, and finds it chosen after a reload', async (t) => {
  const shop = await station(t, { customers: true });
  await shop.setUp();
  const began = Date.now();
  const desk = await openDesk(t, shop);
  await toFloor(desk);
  await desk.getByRole('listbox', { name: 'Conversations' }).getByRole('option').first().waitFor();
  assert.ok(Date.now() - began < 10_000, `${Date.now() - began} ms`);

  const paces = desk.getByRole('group', { name: 'Simulated customers' });
  await paces.getByRole('button', { name: 'Calm', pressed: true }).waitFor();
  await button(desk, 'Off').click();
  await paces.getByRole('button', { name: 'Off', pressed: true }).waitFor();
  await desk.reload();
  await desk.getByRole('navigation').waitFor();
  await toFloor(desk);
  await paces.getByRole('button', { name: 'Off', pressed: true }).waitFor();
});
