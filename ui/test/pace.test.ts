/** Notices that come by the dozen lead to a few questions, and the last of them to one behind it. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pace } from '../src/state/pace';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('acts at once, and then no sooner than the time between, once for all that was wished for', () => {
  let done = 0;
  const pace = new Pace(50, () => (done += 1));
  pace.wish();
  expect(done).toBe(1);
  for (let wished = 0; wished < 10; wished += 1) {
    pace.wish();
    vi.advanceTimersByTime(4);
  }
  expect(done).toBe(1);
  vi.advanceTimersByTime(10);
  expect(done).toBe(2);
  vi.advanceTimersByTime(1000);
  expect(done).toBe(2);
  pace.wish();
  expect(done).toBe(3);
});

it('does nothing more once it is stopped', () => {
  let done = 0;
  const pace = new Pace(50, () => (done += 1));
  pace.wish();
  pace.wish();
  pace.stop();
  vi.advanceTimersByTime(1000);
  expect(done).toBe(1);
  pace.wish();
  expect(done).toBe(2);
});
