/** The shortest look: what counts of it, and what works meanwhile. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { Look } from '../src/state/look.svelte';
import { card, MemoryHost, press } from './sample';
import { observers, show } from './setup';

describe('a look', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is enough after so long on screen, and time out of sight does not count', () => {
    const look = new Look();
    expect(look.enough).toBe(false);
    look.asks(1500);
    vi.advanceTimersByTime(10_000);
    expect([look.enough, look.ms]).toEqual([false, 0]);
    look.visible(true);
    vi.advanceTimersByTime(1000);
    look.visible(false);
    vi.advanceTimersByTime(10_000);
    expect([look.enough, look.ms]).toEqual([false, 1000]);
    look.visible(true);
    vi.advanceTimersByTime(499);
    expect(look.enough).toBe(false);
    vi.advanceTimersByTime(1);
    expect([look.enough, look.ms]).toEqual([true, 1500]);
  });

  it('begins anew with another card, and asks for nothing where nothing is asked for', () => {
    const look = new Look();
    look.visible(true);
    look.asks(1500);
    vi.advanceTimersByTime(1499);
    look.again();
    vi.advanceTimersByTime(1499);
    expect(look.enough).toBe(false);
    vi.advanceTimersByTime(1);
    expect(look.enough).toBe(true);
    look.asks(0);
    look.again();
    expect(look.enough).toBe(true);
  });
});

describe('a card that asks for a look', () => {
  let host: MemoryHost;
  const approve = (): Promise<HTMLElement> => screen.findByRole('button', { name: /^Approve/ });
  const isOff = (button: HTMLElement): boolean => button.getAttribute('aria-disabled') === 'true';
  beforeEach(() => {
    observers.length = 0;
    host = new MemoryHost();
  });
  afterEach(cleanup);

  it('keeps A off and says for how long, while override, reject and escalate work at once', async () => {
    host.shortestLookMs = 30_000;
    render(App, { host });
    const button = await approve();
    show();
    await screen.findAllByText('Approving opens after 30.0 s on screen');
    press('a');
    expect(host.decided).toEqual([]);
    expect(isOff(button)).toBe(true);
    expect(button.querySelector('.fill.counts')).not.toBeNull();
    for (const name of [/^Override/, /^Reject/, /^Escalate/]) {
      expect(isOff(screen.getByRole('button', { name }))).toBe(false);
    }
    press('r');
    await screen.findByLabelText(/Guidance/);
  });

  it('opens A by itself and tells a screen reader, and sends how long it was looked at', async () => {
    host.shortestLookMs = 400;
    host.card = card({ tool: { name: 'crm.refund', title: 'Refund', definition: 'aa', effect: 'irreversible' } });
    render(App, { host });
    await approve();
    show();
    await waitFor(async () => expect(isOff(await approve())).toBe(false));
    await screen.findByText('Approving is open.');
    expect((await approve()).querySelector('.fill')).toBeNull();
    press('a');
    press('a', { key: 'A', shiftKey: true });
    await waitFor(() => expect(host.decided).toHaveLength(1));
    expect(host.decided[0]?.looked_ms).toBeGreaterThanOrEqual(400);
  });
});
