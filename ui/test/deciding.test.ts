/** What a key may do on a card, and what it may never do. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { CardSource, Query } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { card, MemoryHost, press, row } from './sample';
import { observers, show } from './setup';

let host: MemoryHost;
const approve = (): Promise<HTMLElement> => screen.findByRole('button', { name: /^Approve/ });
const isOff = (button: HTMLElement): boolean => button.getAttribute('aria-disabled') === 'true';
async function open(): Promise<void> {
  render(App, { host });
  await approve();
}
async function seen(): Promise<void> {
  show();
  await waitFor(async () => expect(isOff(await approve())).toBe(false));
}

beforeEach(() => {
  observers.length = 0;
  host = new MemoryHost();
});
afterEach(cleanup);

describe('approving', () => {
  it('is off until every argument was on screen, and the bar counts what is left', async () => {
    await open();
    press('a');
    expect(isOff(await approve())).toBe(true);
    await screen.findAllByText(/8 lines not on screen yet/);
    show((element) => element.textContent === '1042' || element.textContent === '€129.00');
    await screen.findAllByText(/6 lines not on screen yet/);
    press('a');
    expect(host.decided).toEqual([]);
    await seen();
    press('a');
    await waitFor(() => expect(host.decided).toHaveLength(1));
    expect(host.decided[0]).toMatchObject({ action: 'act_1', card_digest: 'card-1', choice: { choice: 'approve' } });
  });

  it('does nothing on a held-down key', async () => {
    await open();
    await seen();
    press('a', { repeat: true });
    press('o', { repeat: true });
    expect(host.decided).toEqual([]);
    expect(screen.queryByText('You sign')).toBeNull();
  });

  it('does nothing with a modifier, nor as the second key of "G then A"', async () => {
    await open();
    await seen();
    press('a', { ctrlKey: true });
    press('a', { metaKey: true });
    press('g');
    press('a');
    expect(host.decided).toEqual([]);
    press('a');
    await waitFor(() => expect(host.decided).toHaveLength(1));
  });

  it('does nothing while a dialog is open', async () => {
    await open();
    await seen();
    press('?');
    await screen.findByText('Everywhere');
    press('a');
    expect(host.decided).toEqual([]);
  });

  it('stays off with the reason where the person may not decide', async () => {
    host.mayDecide = false;
    await open();
    show();
    await screen.findAllByText('You proposed this yourself.');
    press('a');
    press('r');
    expect(host.decided).toEqual([]);
    expect(screen.queryByLabelText(/Guidance/)).toBeNull();
  });

  it('lets somebody who has signed for two still reject, and not sign twice', async () => {
    host.mayNotApprove = 'You have signed this.';
    await open();
    show();
    await screen.findAllByText('You have signed this.');
    press('a');
    expect(host.decided).toEqual([]);
    press('r');
    await screen.findByLabelText(/Guidance/);
  });

  it('says beside the facts what was approved today, and marks what would be beyond the limit', async () => {
    host.day = { approved: { minor: 7_000, currency: 'EUR' }, limit: { minor: 20_000, currency: 'EUR' } };
    await open();
    const line = await screen.findByText('€70.00 of €200.00');
    expect(line.parentElement?.className).not.toContain('moved');
    cleanup();
    host.day = { approved: { minor: 7_001, currency: 'EUR' }, limit: { minor: 19_900, currency: 'EUR' } };
    await open();
    const beyond = await screen.findByText('€70.01 of €199.00');
    expect(beyond.parentElement?.className).toContain('moved');
  });

  it('offers the operator’s words for a rejection, adds them to what was typed, and sends nothing by itself', async () => {
    host.guidance = ['Ask for a photograph first.', 'Offer a repair first.'];
    await open();
    show();
    press('r');
    const area = await screen.findByLabelText<HTMLTextAreaElement>(/Guidance/);
    expect(area.value).toBe('');
    await userEvent.type(area, 'Be kind.');
    await userEvent.tab();
    await userEvent.keyboard('{Enter}');
    expect(area.value).toBe('Be kind.\nAsk for a photograph first.');
    expect(document.activeElement).toBe(area);
    await userEvent.click(screen.getByRole('button', { name: 'Ask for a photograph first.' }));
    expect(area.value).toBe('Be kind.\nAsk for a photograph first.');
    expect(host.decided).toEqual([]);
  });

  it('asks once more, with another key, for what cannot be undone, and repeats every notice', async () => {
    host.card = card({ tool: { ...card().tool, effect: 'irreversible' }, notices: ['Facts are missing.'] });
    await open();
    await seen();
    press('a');
    await screen.findByText('Approve what cannot be undone?');
    expect(screen.getAllByText('Facts are missing.').length).toBe(2);
    press('a');
    expect(host.decided).toEqual([]);
    press('A', { shiftKey: true });
    await waitFor(() => expect(host.decided).toHaveLength(1));
  });

  it('says what does not go together, leads to the words, and repeats it before what cannot be undone', async () => {
    host.card = card({
      tool: { ...card().tool, effect: 'irreversible' },
      words: [{ message: 1, text: 'Hello, my parcel never came.', at: '2026-10-14T12:24:00Z' }],
      contradictions: [
        {
          kind: 'said',
          says: 'The customer says that it never arrived',
          quote: { message: 1, text: 'my parcel never came' },
          against: 'Order status: delivered',
        },
      ],
    });
    await open();
    await seen();
    const block = await screen.findByRole('list', { name: 'Read before deciding' });
    expect(block.textContent).toContain('words and record disagree');
    expect(block.textContent).toContain('The customer says that it never arrived. Order status: delivered.');
    await userEvent.click(screen.getByRole('button', { name: /my parcel never came/ }));
    expect(document.querySelector('blockquote.quoted')?.textContent).toContain('my parcel never came');
    press('a');
    const again = await screen.findByRole('group', { name: /once more|undone/ });
    expect(again.textContent).toContain('it never arrived. Order status: delivered.');
  });

  it('shows what was decided before, with the words, and nothing where nothing was', async () => {
    host.card = card({
      before: [
        {
          action: 'act_0',
          headline: 'Refund €129.00 to Ana Ruiz for order 1042',
          decision: 'reject',
          person: 'Jonas Weber',
          at: '2026-10-14T12:20:00Z',
          words: 'Ask for a photograph first.',
          outcome: 'It did not happen.',
          repeats: 2,
        },
      ],
    });
    await open();
    const block = (await screen.findByRole('heading', { name: 'Before' })).parentElement;
    expect(block?.textContent).toContain('refused by Jonas Weber');
    expect(block?.textContent).toContain('Proposed again 2 times since, and answered the same.');
    expect(block?.textContent).toContain('Ask for a photograph first.');
    cleanup();
    host = new MemoryHost();
    await open();
    expect(screen.queryByRole('heading', { name: 'Before' })).toBeNull();
  });

  it('needs another look when the card became another one', async () => {
    await open();
    await seen();
    host.digest = 'card-2';
    host.ears?.changed(2);
    await screen.findByText(/This card changed while it was open/);
    press('a');
    expect(host.decided).toEqual([]);
    await seen();
    // A press that was on its way to the card before is not taken for the new one.
    press('a');
    expect(host.decided).toEqual([]);
    await waitFor(() => {
      press('a');
      expect(host.decided[0]?.card_digest).toBe('card-2');
    });
  });

  it('is asked anew when the card changes between A and Shift+A', async () => {
    host.card = card({ tool: { ...card().tool, effect: 'irreversible' } });
    await open();
    await seen();
    press('a');
    await screen.findByText('Approve what cannot be undone?');
    host.digest = 'card-2';
    host.ears?.changed(2);
    await screen.findByText(/This card changed while it was open/);
    await waitFor(() => expect(screen.queryByText('Approve what cannot be undone?')).toBeNull());
    press('A', { shiftKey: true });
    expect(host.decided).toEqual([]);
  });

  it('says what happened when it was no longer held', async () => {
    const message = 'This was decided elsewhere.';
    host.refuse = new HostProblem({ code: 'no_longer_held', message, field: null });
    await open();
    await seen();
    press('a');
    await screen.findByText(message);
  });

  it('is off while the station is not heard, and says that this is no no', async () => {
    await open();
    await seen();
    host.ears?.lost(null);
    await screen.findAllByText('Off while the station is not reachable');
    await screen.findByText('Losing the connection is never counted as a no.');
    press('a');
    press('r');
    expect(host.decided).toEqual([]);
  });
});

describe('an override', () => {
  const user = userEvent.setup();

  it('is typed, previewed, explained and signed as values of the right types', async () => {
    await open();
    press('o');
    const amount = await screen.findByRole('textbox', { name: /Amount/ });
    expect(document.activeElement).toBe(amount);
    expect(screen.getByRole('button', { name: /^Sign override/ }).getAttribute('aria-disabled')).toBe('true');
    await user.clear(amount);
    await user.type(amount, '89');
    await waitFor(() => expect(host.previews[host.previews.length - 1]).toMatchObject({ amount: 8900, note: '7' }));
    press('Enter', { ctrlKey: true });
    expect(host.decided).toEqual([]);
    await user.type(screen.getByLabelText(/^Why/), 'part was paid');
    await screen.findByRole('button', { name: /Sign override, €89.00/ });
    press('Enter', { ctrlKey: true });
    await waitFor(() => expect(host.decided).toHaveLength(1));
    expect(host.decided[0]?.choice).toMatchObject({
      choice: 'override',
      why: 'part was paid',
      arguments: { order: '1042', amount: 8900, note: '7', count: 2, gift: false },
    });
  });

  it('lets letters be letters in a field, and keeps what was typed after Esc', async () => {
    await open();
    await seen();
    press('o');
    const why = await screen.findByLabelText(/^Why/);
    await user.click(why);
    await user.type(why, 'a rare');
    expect(host.decided).toEqual([]);
    press('Escape');
    await approve();
    press('o');
    expect(await screen.findByLabelText(/^Why/)).toHaveProperty('value', 'a rare');
  });

  it('is not signed on an answer to older values', async () => {
    const waiting: (() => void)[] = [];
    const plain = host.previewOf;
    host.previewOf = (args) => new Promise((resolve) => waiting.push(() => void plain(args).then(resolve)));
    await open();
    press('o');
    const amount = await screen.findByRole('textbox', { name: /Amount/ });
    await user.clear(amount);
    await user.type(amount, '5');
    await user.type(screen.getByLabelText(/^Why/), 'less');
    await user.type(amount, '0');
    await waitFor(() => expect(waiting).toHaveLength(1));
    waiting[0]?.();
    await waitFor(() => expect(waiting).toHaveLength(2));
    press('Enter', { ctrlKey: true });
    expect(host.decided).toEqual([]);
    waiting[1]?.();
    await screen.findByRole('button', { name: /Sign override, €50.00/ });
  });
});

describe('a rejection', () => {
  it('needs guidance and sends exactly it', async () => {
    const user = userEvent.setup();
    await open();
    press('r');
    const words = await screen.findByLabelText(/Guidance/);
    press('Enter', { ctrlKey: true });
    await screen.findByText(/Guidance is needed/);
    expect(host.decided).toEqual([]);
    await user.type(words, 'Offer a repair.');
    press('Enter', { ctrlKey: true });
    await waitFor(() => expect(host.decided[0]?.choice).toEqual({ choice: 'reject', guidance: 'Offer a repair.' }));
  });
});

describe('the queue', () => {
  it('announces an arrival once and shows it on the point', async () => {
    await open();
    host.held = [row('act_0', { noun: 'Voucher', money: null }), row('act_1')];
    host.ears?.changed(3);
    await screen.findByText(/1 more, press/);
    expect(screen.getAllByRole('option')).toHaveLength(1);
    await waitFor(() => expect(document.querySelector('[aria-live=polite]')?.textContent).toBe('New, held: Voucher'));
    press('.');
    await waitFor(() => expect(screen.getAllByRole('option')).toHaveLength(2));
  });

  it('selects nothing by itself after a decision', async () => {
    host.held = [row('act_1'), row('act_2')];
    await open();
    await seen();
    host.decide = (decision) => {
      host.decided.push(decision);
      host.held = [row('act_2')];
      return Promise.resolve({ position: 2, state: 'approved' });
    };
    press('a');
    await waitFor(() => expect(screen.queryAllByRole('option')).toHaveLength(1));
    expect(screen.queryByRole('option', { selected: true })).toBeNull();
    press('j');
    await screen.findByRole('option', { selected: true });
  });

  it('goes on with the next action where the list knew of the decision before the answer came', async () => {
    host.held = [row('act_1'), row('act_2')];
    await open();
    await seen();
    // Nobody has the cursor in the list: it follows at once.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    let answered = false;
    host.decide = async (decision) => {
      host.decided.push(decision);
      host.held = [row('act_2')];
      host.ended = [row('act_1', { state: 'approved' }), row('act_0', { state: 'approved' })];
      host.ears?.changed(2);
      await screen.findByText('Just decided, and what happened');
      answered = true;
      return { position: 2, state: 'approved' };
    };
    press('a');
    await waitFor(() => expect(answered).toBe(true));
    await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('listbox'));
    press('j');
    await waitFor(() => expect(screen.getByRole('option', { selected: true }).id).toBe('queue-act_2'));
  });

  it('goes on with the next action where the list does not know of the decision yet', async () => {
    host.held = [row('act_1'), row('act_2'), row('act_3')];
    await open();
    await seen();
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (tell = resolve));
    const query = host.query.bind(host);
    host.query = async <T>(asked: Query): Promise<T> => {
      if (asked.query === 'approvals' && host.decided.length > 0) await told;
      return query<T>(asked);
    };
    press('a');
    await waitFor(() => expect(host.decided).toHaveLength(1));
    await screen.findByText('Approved');
    press('j');
    await waitFor(() => expect(screen.getByRole('option', { selected: true }).id).toBe('queue-act_2'));
    tell();
  });
});

describe('where an argument came from', () => {
  it('says what was found, and in the agent’s colour what it only says', async () => {
    const at = '2026-10-14T12:28:00Z';
    const of = card();
    const sources: CardSource[] = [
      { kind: 'customer', message: 1, at },
      { kind: 'worked_out', what: 'Order 1042, total' },
      { kind: 'understood', message: 1, at },
      { kind: 'record', what: 'crm.find_order, status' },
      { kind: 'person' },
      { kind: 'agent' },
    ];
    host.card = card({
      arguments: of.arguments
        .slice(0, 6)
        .map((argument, n) => ({ ...argument, source: sources[n] ?? argument.source })),
      words: [{ message: 1, text: 'It came kaputt.', at }],
    });
    await open();
    const agents = (text: RegExp): boolean => screen.getByText(text).closest('.source')?.matches('.c-agent') ?? false;
    expect(agents(/^Customer, /)).toBe(false);
    expect(agents(/^Agent’s reckoning from/)).toBe(true);
    expect(agents(/^Agent’s reading of /)).toBe(true);
    expect(agents(/^crm\.find_order, status$/)).toBe(false);
    expect(agents(/^Typed by a person$/)).toBe(false);
    expect(agents(/^Agent’s own wording, no source$/)).toBe(true);
    // The words that it read are one press away, as those that hold the value are.
    await userEvent.click(screen.getByText(/^Agent’s reading of /));
    await waitFor(() => expect(document.querySelector('blockquote.quoted')).not.toBeNull());
  });
});
