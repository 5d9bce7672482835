/** Links from outside: they go somewhere once somebody is signed in, and do nothing else. */
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import type { Link, SessionView } from '../src/generated/wire';
import { card, RecordingHost, row } from './sample';

class Station extends RecordingHost {
  stage: SessionView['stage'] = 'desk';
  override held = [row('act_1'), row('act_2', { customer: 'Jean Lefèvre' })];
  override session(): SessionView {
    return { ...super.session(), stage: this.stage };
  }
}
const heading = (name: string): Promise<HTMLElement> => screen.findByRole('heading', { level: 1, name });
const comes = (station: Station, link: Link): void => {
  station.link = link;
  station.linkWaits();
};

afterEach(cleanup);

describe('a link from outside', () => {
  it('waits while nobody is signed in, and leads to the card afterwards, deciding nothing', async () => {
    const station = new Station();
    station.stage = 'sign_in';
    station.link = { to: 'action', action: 'act_2' };
    render(App, { host: station });
    await screen.findByRole('heading', { name: 'Who is signing?' });
    expect(station.link).not.toBeNull();
    station.stage = 'desk';
    window.dispatchEvent(new Event('focus'));
    await heading('Approvals');
    await waitFor(() =>
      expect(document.querySelector('[role=option][aria-selected=true]')?.textContent).toContain('Lefèvre'),
    );
    expect(station.link).toBeNull();
    expect([station.decided, station.commands]).toEqual([[], []]);
  });

  it('goes to views, conversations, searches and records from wherever one is', async () => {
    const station = new Station();
    render(App, { host: station });
    await screen.findByRole('heading', { name: card().headline });
    comes(station, { to: 'view', view: 'metrics' });
    await heading('Metrics');
    comes(station, { to: 'conversation', conversation: 'cnv_7' });
    await heading('Floor');
    comes(station, { to: 'trail', search: 'person:mira' });
    await heading('Audit');
    await waitFor(() => expect(screen.getByRole<HTMLInputElement>('searchbox').value).toBe('person:mira'));
    expect(station.decided).toEqual([]);
  });

  it('that leads nowhere is told, and leaves everything as it was', async () => {
    const station = new Station();
    render(App, { host: station });
    await screen.findByRole('heading', { name: card().headline });
    comes(station, { to: 'nowhere', why: 'It leads nowhere on this desk. Nothing was done.' });
    await screen.findByRole('dialog', { name: 'This link was not followed', hidden: true });
    screen.getByText('It leads nowhere on this desk. Nothing was done.');
    await userEvent.setup().click(screen.getByRole('button', { name: /^Close/, hidden: true }));
    expect(screen.queryByRole('dialog', { hidden: true })).toBeNull();
    await heading('Approvals');
  });
});
