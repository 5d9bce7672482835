/** A warning where approvals come faster than reading. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import { readingMs, Vigilance } from '../src/state/vigilance.svelte';
import { card, MemoryHost, press, row } from './sample';
import { show } from './setup';

const long = card({ claim: null, words: [{ message: 1, text: 'x'.repeat(4000), at: '2026-10-14T12:24:00Z' }] });
const approve = { choice: 'approve' } as const;

describe('vigilance', () => {
  it('warns after three approvals in less than half of the time that reading takes', () => {
    const vigilance = new Vigilance();
    for (const at of [0, 1000]) vigilance.decided(long, approve, 1000, at);
    expect(vigilance.haste(1000)).toBeNull();
    vigilance.decided(long, approve, 1000, 2000);
    const needed = Math.round((3 * readingMs(long)) / 1000);
    expect(needed).toBeGreaterThan(300);
    expect(vigilance.haste(2000)).toEqual({ cards: 3, lookedSeconds: 3, neededSeconds: needed });
  });

  it('is quiet again after one card that was read, after a pause, and never warns of a no', () => {
    const vigilance = new Vigilance();
    const hurry = (from: number): void => [0, 1, 2].forEach((n) => vigilance.decided(long, approve, 1000, from + n));
    hurry(0);
    vigilance.decided(long, approve, readingMs(long), 10);
    expect(vigilance.haste(10)).toBeNull();
    hurry(20);
    expect(vigilance.haste(30)).not.toBeNull();
    expect(vigilance.haste(30 + 11 * 60_000)).toBeNull();
    vigilance.decided(long, approve, 1000, 20 + 60 * 60_000);
    expect(vigilance.haste(20 + 60 * 60_000)).toBeNull();
    hurry(40 + 60 * 60_000);
    vigilance.clear();
    expect(vigilance.haste(50 + 60 * 60_000)).toBeNull();
    const other = new Vigilance();
    [0, 1, 2].forEach((n) => other.decided(long, { choice: 'reject', guidance: 'No.' }, 100, n));
    expect(other.haste(2)).toBeNull();
  });

  afterEach(cleanup);

  it('stands on the next card, and takes no key away', async () => {
    const host = new MemoryHost();
    const rows = ['act_1', 'act_2', 'act_3', 'act_4'];
    host.card = { ...long };
    host.held = rows.map((action) => row(action));
    const sent: string[] = [];
    host.decide = ({ action }) => {
      sent.push(action);
      host.held = host.held.filter((waits) => waits.action !== action);
      return Promise.resolve({ position: 2, state: 'approved' });
    };
    render(App, { host });
    for (let n = 1; n <= 3; n += 1) {
      await waitFor(() => {
        show();
        expect(screen.getByRole('button', { name: /^Approve/ }).getAttribute('aria-disabled')).toBe('false');
      });
      press('a');
      await waitFor(() => expect(sent).toHaveLength(n));
    }
    expect((await screen.findByText(/last 3 approvals/)).textContent).toMatch(/looked at for \d+ s in all/);
  });
});
