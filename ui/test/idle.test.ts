/** The idle lock: five minutes without input, told once; input renews it; a machine that slept is idle when it wakes. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IDLE_MS, watchIdle } from '../src/state/idle';

let told = 0;
let stop: () => void;
beforeEach(() => {
  vi.useFakeTimers();
  told = 0;
  stop = watchIdle(window, IDLE_MS, () => (told += 1));
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

it('tells once after five minutes without input', () => {
  vi.advanceTimersByTime(IDLE_MS - 1000);
  expect(told).toBe(0);
  vi.advanceTimersByTime(10 * 60_000);
  expect(told).toBe(1);
});

it('is renewed by input', () => {
  vi.advanceTimersByTime(IDLE_MS - 1000);
  window.dispatchEvent(new Event('keydown'));
  vi.advanceTimersByTime(IDLE_MS - 1000);
  expect(told).toBe(0);
});

it('does not let the first input after a sleep renew what has run out', () => {
  vi.setSystemTime(Date.now() + 60 * 60_000);
  window.dispatchEvent(new Event('pointermove'));
  expect(told).toBe(1);
});
