/** Choosing several held actions, and deciding each of them in one go. */
import { cleanup, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Card } from '../src/generated/wire';
import { Chosen } from '../src/state/chosen.svelte';
import { Desk } from '../src/state/desk.svelte';
import { Review } from '../src/state/review.svelte';
import { press } from './sample';
import { observers, show } from './setup';
import {
  voucher,
  host,
  foot,
  option,
  review,
  one,
  button,
  isOff,
  acted,
  open,
  choose,
  openAll,
  seen,
  anew,
} from './vouchers';

beforeEach(anew);
afterEach(cleanup);

describe('what may be chosen together', () => {
  it('is of one kind and one currency, and the first that is chosen says which', () => {
    const chosen = new Chosen();
    const [first, other] = [voucher(1), voucher(2, { tool: 'crm.refund' })];
    const kronor = voucher(3, { money: { minor: 3000, currency: 'SEK' } });
    expect([first, other, kronor].map((it) => chosen.mayNot(it))).toEqual([null, null, null]);
    chosen.toggle(first);
    expect(chosen.mayNot(voucher(4))).toBeNull();
    expect(chosen.mayNot(other)).toBe('Another kind, not in this choice');
    expect(chosen.mayNot(kronor)).toBe('Other currency, not in this choice');
    expect(chosen.mayNot(voucher(5, { money: null }))).toBe('No amount, not in this choice');
    expect(chosen.toggle(kronor)).toBe('Other currency, not in this choice');
    expect([chosen.count, chosen.sum]).toEqual([1, '€10.00']);
    chosen.toggle(first);
    expect(chosen.mayNot(kronor)).toBeNull();
  });

  it('is no more than can be read at one go', () => {
    const chosen = new Chosen();
    for (let n = 1; n <= 41; n += 1) chosen.toggle(voucher(n));
    expect(chosen.count).toBe(40);
    expect(chosen.mayNot(voucher(41))).toContain('40 are chosen');
  });

  it('leaves with what is decided elsewhere, and tells of that, but not of what was decided here', () => {
    const chosen = new Chosen();
    for (const n of [1, 2, 3]) chosen.toggle(voucher(n));
    chosen.settle([voucher(3, { contradictions: 1 })], new Set(['act_1']));
    expect([chosen.count, chosen.left, chosen.contradicted]).toEqual([1, 1, 1]);
    chosen.settle([], new Set(['act_1', 'act_3']));
    expect([chosen.count, chosen.left]).toEqual([0, 0]);
  });
});

describe('the foot of the queue', () => {
  it('counts, adds one currency, names the largest, and what does not go together', async () => {
    host.held = [voucher(1), voucher(2, { contradictions: 1 }), voucher(3, { money: { minor: 100, currency: 'SEK' } })];
    await open();
    expect(screen.queryByRole('group', { name: 'Chosen' })).toBeNull();
    await choose(2);
    expect(foot().textContent).toContain('2 chosen, €30.00 together');
    expect(foot().textContent).toContain('All: voucher, in EUR, at most €20.00 each. 1 has a contradiction.');
    expect(option('act_3').textContent).toContain('Other currency, not in this choice');
    press('j');
    press(' ');
    expect(option('act_3').getAttribute('aria-checked')).toBe('false');
    expect(foot().textContent).toContain('2 chosen, €30.00 together');
    await waitFor(() =>
      expect(document.querySelector('[aria-live=polite]')?.textContent).toBe('Other currency, not in this choice'),
    );
  });

  it('tells how many are out of view, and on which side', async () => {
    await open();
    await choose();
    const place = (action: string, top: number): void => {
      for (const { callback, elements } of observers) {
        const target = option(action);
        if (!elements.has(target)) continue;
        const entry = { target, isIntersecting: false, intersectionRatio: 0, boundingClientRect: { top } };
        callback([entry as unknown as IntersectionObserverEntry], null as unknown as IntersectionObserver);
      }
    };
    place('act_1', -100);
    place('act_2', 900);
    place('act_3', 964);
    await waitFor(() => expect(foot().textContent).toContain('1 is further up. 2 are further down.'));
    show((element) => element === option('act_2'));
    await waitFor(() => expect(foot().textContent).toContain('1 is further up. 1 is further down.'));
  });

  it('says what left the choice, and what cannot be undone', async () => {
    host.held = [voucher(1, { effect: 'irreversible' }), voucher(2, { effect: 'irreversible' })];
    await open();
    await choose();
    expect(foot().textContent).toContain('Cannot be undone: to be approved one by one.');
    host.ends('act_2', 'rejected');
    host.ears?.changed(7);
    await waitFor(() => expect(foot().textContent).toContain('1 left: decided or ended elsewhere.'));
    expect(foot().textContent).toContain('1 chosen, €10.00');
    host.ends('act_1', 'expired');
    host.ears?.changed(8);
    await waitFor(() => expect(foot().textContent).toContain('2 left: decided or ended elsewhere.'));
    await userEvent.click(within(foot()).getByRole('button', { name: /^Clear/ }));
    expect(screen.queryByRole('group', { name: 'Chosen' })).toBeNull();
  });
});

describe('the keys', () => {
  it('choose the open row and no other, which stays apart from what is open', async () => {
    await open();
    press(' ');
    await waitFor(() => expect(option('act_1').getAttribute('aria-checked')).toBe('true'));
    press('j');
    await waitFor(() => expect(option('act_2').getAttribute('aria-selected')).toBe('true'));
    expect(option('act_1').getAttribute('aria-checked')).toBe('true');
    expect(option('act_2').getAttribute('aria-checked')).toBe('false');
    press('k');
    press(' ', { repeat: true });
    expect(option('act_1').getAttribute('aria-checked')).toBe('true');
    press(' ');
    await waitFor(() => expect(option('act_1').getAttribute('aria-checked')).toBe('false'));
  });

  it('take the box and not the row, where the pointer presses it', async () => {
    await open();
    const box = option('act_2').querySelector('.choose');
    await userEvent.click(box ?? option('act_2'));
    expect(option('act_2').getAttribute('aria-checked')).toBe('true');
    expect(option('act_1').getAttribute('aria-selected')).toBe('true');
  });

  it('clear with Esc, but not while a card is being decided, and never in a field', async () => {
    await open();
    await choose();
    press('r');
    const words = await screen.findByLabelText(/Guidance/);
    await userEvent.type(words, 'a b');
    press('Enter', { shiftKey: true });
    expect(screen.queryByRole('region', { name: 'Review of the chosen' })).toBeNull();
    press('Escape');
    await waitFor(() => expect(screen.queryByLabelText(/Guidance/)).toBeNull());
    expect(foot().textContent).toContain('3 chosen');
    press('Escape');
    await waitFor(() => expect(screen.queryByRole('group', { name: 'Chosen' })).toBeNull());
    expect(host.decided).toEqual([]);
  });

  it('go from card to card in a review, leave it for the card before, and keep the choice', async () => {
    await openAll();
    press('j');
    expect(review()).toBeTruthy();
    press('Escape');
    await screen.findByRole('region', { name: 'Decision card' });
    expect(document.activeElement?.getAttribute('role')).toBe('listbox');
    expect(foot().textContent).toContain('3 chosen');
  });
});

describe('approving several', () => {
  it('signs each alone, its own card and its own look, and goes on past a refusal', async () => {
    host.refuses['act_2'] = 'This is above your limit for a day.';
    await openAll();
    await seen();
    press('a');
    await within(review()).findByText('2 approved.');
    expect(host.decided.map(({ action, card_digest, choice }) => [action, card_digest, choice.choice])).toEqual([
      ['act_1', 'digest of act_1', 'approve'],
      ['act_2', 'digest of act_2', 'approve'],
      ['act_3', 'digest of act_3', 'approve'],
    ]);
    expect(one(2).textContent).toContain('Not decided: This is above your limit for a day.');
    expect(one(1).textContent).toContain('Approved');
    expect(review().textContent).toContain('1 not decided:');
    await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('listbox'));
    await waitFor(() => expect(foot().textContent).toContain('1 chosen'));
    // What was refused is not tried again with the others.
    press('a');
    expect(host.decided).toHaveLength(3);
  });

  it('is off until every line of every card was on screen', async () => {
    await openAll();
    const last = one(3);
    show((element) => !last.contains(element));
    await waitFor(() => expect(one(1).textContent).toContain('Seen, ready to sign'));
    expect(one(3).textContent).toContain('10 parts not on screen yet');
    press('a');
    expect(host.decided).toEqual([]);
    expect(isOff(/^Approve 3/)).toBe(true);
    await seen();
  });

  it('waits for the look at each, which begins once that card was seen whole', async () => {
    host.shortestLookMs = 300;
    await openAll();
    const last = one(3);
    show((element) => !last.contains(element));
    await waitFor(() => expect(one(1).textContent).toContain('Seen, ready to sign'));
    await waitFor(() => expect(one(2).textContent).toContain('Seen, ready to sign'));
    const from = performance.now();
    show((element) => last.contains(element));
    await waitFor(() => expect(one(3).textContent).toContain('Opens after 300 ms on screen'));
    press('a');
    expect(host.decided).toEqual([]);
    await waitFor(() => expect(isOff(/^Approve 3/)).toBe(false));
    expect(performance.now() - from).toBeGreaterThanOrEqual(290);
    press('a');
    await within(review()).findByText('3 approved.');
    for (const { looked_ms: looked } of host.decided) expect(looked).toBeGreaterThanOrEqual(300);
  });

  it('does not count the time in which a card is not on screen', async () => {
    host.shortestLookMs = 300;
    await openAll();
    const entries = (isIntersecting: boolean): IntersectionObserverEntry[] => [
      { target: one(3), isIntersecting, intersectionRatio: 0, boundingClientRect: { top: 2000 } } as never,
    ];
    show();
    for (const { callback, elements } of observers) {
      if (elements.has(one(3))) callback(entries(false), null as never);
    }
    await waitFor(() => expect(one(2).textContent).toContain('Seen, ready to sign'));
    expect(one(3).textContent).toContain('Opens after');
    const from = performance.now();
    show((element) => element === one(3));
    await waitFor(() => expect(one(3).textContent).toContain('Seen, ready to sign'));
    expect(performance.now() - from).toBeGreaterThanOrEqual(290);
  });

  const warned: [string, Partial<Card>, string][] = [
    ['a contradiction', { contradictions: [{ kind: 'said', says: 'a', quote: null, against: 'b' }] }, 'go together'],
    ['a notice', { notices: ['A retry.'] }, 'something to read first'],
    ['a changed fact', { facts: [{ name: 'f', label: 'F', shown: '2', was: '1' }] }, 'A fact has changed'],
    ['facts that were not read', { facts_problem: 'no answer' }, 'could not be read'],
    ['another rule', { rules: [{ id: 'other', reason: 'Another rule.' }] }, 'Held by other rules'],
  ];
  for (const [what, change, why] of warned) {
    it(`drops a card with ${what} out, says so, and leaves it held`, async () => {
      host.cards['act_2'] = change;
      await openAll();
      await waitFor(() => expect(one(2).textContent).toContain('Not approved together:'));
      expect(one(2).textContent).toContain(why);
      await seen();
      expect(button(/^Approve/).textContent).toContain('Approve 2, €40.00');
      press('a');
      await within(review()).findByText('2 approved.');
      expect(acted()).toEqual(['act_1', 'act_3']);
      expect(review().textContent).toContain('1 dropped out:');
      // Nor does a second press take it in.
      press('a');
      expect(acted()).toEqual(['act_1', 'act_3']);
    });
  }

  it('drops a card out that changed while it was open, and one that was decided elsewhere', async () => {
    await openAll();
    await seen();
    host.views['act_1'] = { card_digest: 'another' };
    host.ends('act_3', 'rejected');
    host.ears?.changed(9);
    await waitFor(() => expect(one(1).textContent).toContain('changed while it was open'));
    await waitFor(() => expect(one(3).textContent).toContain('Decided or ended elsewhere'));
    await waitFor(() => expect(button(/^Approve/).textContent).toContain('Approve 1, €20.00'));
    press('a');
    await within(review()).findByText('1 approved.');
    expect(acted()).toEqual(['act_2']);
    expect(review().textContent).toContain('2 dropped out:');
    expect(review().textContent).toMatch(/Customer\s3: Decided or ended elsewhere\./u);
  });

  it('is off for what cannot be undone, which can be rejected together', async () => {
    for (const { action } of host.held) {
      host.cards[action] = { tool: { name: 'crm.voucher', title: '', definition: 'aa', effect: 'irreversible' } };
    }
    await openAll();
    show();
    await screen.findAllByText('Cannot be undone: approve it by itself.');
    press('a');
    expect(host.decided).toEqual([]);
    expect(isOff(/^Approve/)).toBe(true);
    expect(isOff(/^Reject 3/)).toBe(false);
  });

  it('stops with whoever pressed the key, and tells the next one nothing of it', async () => {
    const desk = new Desk(host);
    await desk.start();
    await desk.approvals.refresh();
    const together = new Review(desk, host.held);
    await together.load();
    together.draft.guidance = 'no';
    const [session, storing] = [host.session.bind(host), host.decide.bind(host)];
    host.decide = async (decision) => {
      const stored = await storing(decision);
      host.session = () => ({ ...session(), stage: 'sign_in', person: null });
      await desk.start();
      return stored;
    };
    expect(await together.reject()).toBe(true);
    expect(acted()).toEqual(['act_1']);
    expect(desk.polite).toBe('');
  });

  it('is off while the station is not heard', async () => {
    await openAll();
    await seen();
    host.ears?.lost(null);
    await waitFor(() => expect(isOff(/^Approve/)).toBe(true));
    press('a');
    press('r');
    expect(host.decided).toEqual([]);
  });
});

describe('rejecting several', () => {
  it('works at once, and says the same words to each, once', async () => {
    host.guidance = ['Ask for the number first.'];
    host.shortestLookMs = 30_000;
    await openAll();
    press('r');
    const words = await screen.findByLabelText<HTMLTextAreaElement>(/Guidance/);
    expect(words.value).toBe('');
    press('Enter', { ctrlKey: true });
    await screen.findByText(/Guidance is needed/);
    await userEvent.click(screen.getByRole('button', { name: 'Ask for the number first.' }));
    await userEvent.type(words, ' Or its receipt.');
    expect(host.decided).toEqual([]);
    press('Enter', { ctrlKey: true });
    await within(review()).findByText('3 rejected.');
    const choice = { choice: 'reject', guidance: 'Ask for the number first. Or its receipt.' };
    expect(host.decided.map((decision) => [decision.action, decision.choice])).toEqual([
      ['act_1', choice],
      ['act_2', choice],
      ['act_3', choice],
    ]);
    expect(screen.queryByLabelText(/Guidance/)).toBeNull();
    await waitFor(() => expect(screen.queryByRole('group', { name: 'Chosen' })).toBeNull());
  });

  it('takes in what drops out of approving, and not what may not be decided here', async () => {
    host.cards['act_1'] = { notices: ['A retry.'] };
    host.views['act_2'] = { may_decide: false, may_not_reason: 'You asked for this yourself.' };
    await openAll();
    await waitFor(() => expect(one(2).textContent).toContain('You asked for this yourself.'));
    expect(button(/^Reject/).textContent).toContain('Reject 2…');
    press('r');
    await userEvent.type(await screen.findByLabelText(/Guidance/), 'no');
    press('Escape');
    press('r');
    expect(await screen.findByLabelText(/Guidance/)).toHaveProperty('value', 'no');
    press('Enter', { ctrlKey: true });
    await within(review()).findByText('2 rejected.');
    expect(acted()).toEqual(['act_1', 'act_3']);
    expect(review().textContent).toMatch(/Customer\s2: You asked for this yourself\./u);
  });
});
