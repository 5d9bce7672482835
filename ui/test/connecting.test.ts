/** At which station a desktop is: its own, or one on another machine, which lets a new device in only by a second person. */
import { render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import type { Query, SessionView } from '../src/generated/wire';
import { HostProblem } from '../src/host/host';
import { RecordingHost } from './sample';

class ConnectingHost extends RecordingHost {
  stage: SessionView['stage'] = 'sign_in';
  readonly asked: string[] = [];
  override session(): SessionView {
    const session = super.session();
    const person = this.stage === 'sign_in' ? null : session.person;
    const waits = this.stage === 'device_waits' ? 'A second person signs first.' : null;
    return { ...session, stage: this.stage, person, may_not_sign: waits };
  }
  override query<T>(query: Query): Promise<T> {
    this.asked.push(query.query);
    return super.query(query);
  }
}

let host: ConnectingHost;
const dialog = (name: string | RegExp): Promise<HTMLElement> => screen.findByRole('dialog', { name, hidden: true });
const button = (name: string, within_: HTMLElement): HTMLElement =>
  within(within_).getByRole('button', { name: new RegExp(`^${name}`), hidden: true });

beforeEach(() => {
  host = new ConnectingHost();
});

describe('connecting', () => {
  it('takes a code, says what is wrong with it, and sends it once', async () => {
    const refused = vi
      .spyOn(host, 'connect')
      .mockRejectedValueOnce(
        new HostProblem({ code: 'invalid', message: 'This is no connection code.', field: 'code' }),
      );
    render(App, { host });
    (await screen.findByRole('button', { name: 'Connect to another station…' })).click();
    const form = await dialog('Connect to a station on another machine');
    const go = button('Connect and start again', form);
    expect(go.getAttribute('aria-disabled')).toBe('true');
    const field = within(form).getByLabelText<HTMLInputElement>('Connection code');
    field.value = ' station.example.com:4320/00 ';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await waitFor(() => expect(go.getAttribute('aria-disabled')).not.toBe('true'));
    go.click();
    await within(form).findByText('This is no connection code.');
    refused.mockRestore();
    go.click();
    await waitFor(() => expect(host.connects).toEqual(['station.example.com:4320/00']));
    expect(go.getAttribute('aria-disabled'), 'it starts again: nothing is sent twice').toBe('true');
  });

  it('says where the desktop is connected, and what leaving means before it leaves', async () => {
    host.station = 'station.example.com:4320';
    render(App, { host });
    await screen.findByText('station.example.com:4320');
    expect(screen.queryByText('All data lie in', { exact: false })).toBeNull();
    (await screen.findByRole('button', { name: 'Leave this station…' })).click();
    const form = await dialog('Leave station.example.com:4320');
    expect(form.textContent).toContain('removed from this machine');
    expect(host.connects).toEqual([]);
    button('Leave and start again', form).click();
    await waitFor(() => expect(host.connects).toEqual(['']));
  });

  it('is offered where the station cannot be reached at the start', async () => {
    host.station = 'station.example.com:4320';
    vi.spyOn(host, 'query').mockRejectedValue(
      new HostProblem({ code: 'unavailable', message: 'The station cannot be reached.', field: null }, true),
    );
    render(App, { host });
    await screen.findByText('The station cannot be reached.');
    await screen.findByRole('button', { name: 'Leave this station…' });
  });
});

describe('a device that waits', () => {
  it('is shown why and nothing else, and opens by itself', async () => {
    host.stage = 'device_waits';
    render(App, { host });
    await screen.findByRole('heading', { name: 'This device is not let in yet' });
    screen.getByText('A second person signs first.');
    await waitFor(() => expect(host.ears).not.toBeNull());
    expect(host.asked.filter((query) => query !== 'session')).toEqual([]);
    host.stage = 'desk';
    host.ears?.changed(12);
    await screen.findByRole('listbox', { name: 'Held actions' });
  });
});
