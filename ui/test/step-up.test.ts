/** What the rules ask the password again for: nothing is sent without it, and none is typed for what is not on the card. */
import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import { HostProblem } from '../src/host/host';
import { card, MemoryHost, press, row } from './sample';
import { observers, show } from './setup';

let host: MemoryHost;
const approve = (): Promise<HTMLElement> => screen.findByRole('button', { name: /^Approve €/ });
const field = (): Promise<HTMLElement> => screen.findByLabelText('Password of Marta Lindqvist');
const typed = async (password: string): Promise<void> => {
  await userEvent.type(await field(), password);
  await userEvent.keyboard('{Enter}');
};
async function asked(): Promise<HTMLElement> {
  render(App, { host });
  await approve();
  show();
  await waitFor(async () => expect((await approve()).getAttribute('aria-disabled')).toBe('false'));
  const key = new KeyboardEvent('keydown', { key: 'a', bubbles: true, cancelable: true });
  document.body.dispatchEvent(key);
  expect(key.defaultPrevented, 'the letter is not typed into the field').toBe(true);
  return screen.findByRole('dialog');
}

beforeEach(() => {
  observers.length = 0;
  host = new MemoryHost();
  host.stepUp = true;
});
afterEach(cleanup);

describe('the password again', () => {
  it('is asked before an approval is sent, with what is approved beside it, and goes with it once', async () => {
    const dialog = await asked();
    expect(host.decided).toEqual([]);
    within(dialog).getByText(host.card.headline);
    await waitFor(async () => expect(document.activeElement).toBe(await field()));
    await userEvent.keyboard('{Enter}');
    expect(host.decided, 'no password is none').toEqual([]);
    await typed('correct horse battery');
    await waitFor(() => expect(host.decided).toHaveLength(1));
    expect(host.decided[0]).toMatchObject({ choice: { choice: 'approve' }, password: 'correct horse battery' });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('stands in the place of the second key where it cannot be undone', async () => {
    host.card = card({ tool: { ...host.card.tool, effect: 'irreversible' } });
    const dialog = await asked();
    within(dialog).getByText('Approve what cannot be undone?');
    press('A', { shiftKey: true });
    expect(host.decided).toEqual([]);
    await typed('correct horse battery');
    await waitFor(() => expect(host.decided).toHaveLength(1));
  });

  it('that is wrong is said at its field, which is empty again, and nothing is decided', async () => {
    host.refuse = new HostProblem({ code: 'wrong_password', message: 'This is not the password.', field: null });
    const dialog = await asked();
    await typed('guessed');
    await within(dialog).findByText('This is not the password. Nothing was decided.');
    const input = await field();
    expect(input).toHaveProperty('value', '');
    await waitFor(() => expect(document.activeElement).toBe(input));
    host.refuse = null;
    await typed('correct horse battery');
    await waitFor(() => expect(host.decided).toHaveLength(2));
  });

  it('is given up by Esc, and the card is as it was', async () => {
    await asked();
    await userEvent.type(await field(), 'half');
    (await screen.findByRole('dialog')).dispatchEvent(new Event('cancel', { cancelable: true }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(host.decided).toEqual([]);
    expect(screen.queryByText('This is not the password. Nothing was decided.')).toBeNull();
    await approve();
  });

  it('is not asked for a no', async () => {
    render(App, { host });
    await approve();
    press('r');
    await userEvent.type(await screen.findByRole('textbox', { name: /agent/ }), 'Offer a voucher.');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(host.decided).toHaveLength(1));
    expect(host.decided[0]).not.toHaveProperty('password');
  });

  it('is asked for an override where its own values ask for it', async () => {
    host.stepUp = false;
    const answer = host.previewOf;
    host.previewOf = async (values) => ({ ...(await answer(values)), step_up: true });
    render(App, { host });
    await approve();
    press('o');
    const amount = await screen.findByRole('textbox', { name: /^Amount/ });
    await userEvent.clear(amount);
    await userEvent.type(amount, '89.00');
    await userEvent.type(await screen.findByRole('textbox', { name: /Why/ }), 'Worn.');
    await waitFor(() =>
      expect(screen.getByRole('button', { name: /^Sign (override|for|€)/ }).getAttribute('aria-disabled')).toBe(
        'false',
      ),
    );
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await screen.findByRole('dialog');
    expect(host.decided).toEqual([]);
    await typed('correct horse battery');
    await waitFor(() => expect(host.decided).toHaveLength(1));
    expect(host.decided[0]).toMatchObject({ choice: { choice: 'override' }, password: 'correct horse battery' });
  });

  it('is not asked for a card that came in its place', async () => {
    await asked();
    host.digest = 'card-2';
    host.held = [row('act_1', { changed_at: '2026-10-14T12:29:00Z' })];
    host.ears?.changed(3);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    // What is still being typed is no key for the card below.
    for (const letter of 'recalls') press(letter);
    expect(screen.queryByRole('textbox', { name: /agent/ })).toBeNull();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(host.decided).toEqual([]);
  });
});
