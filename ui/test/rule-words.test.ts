/** A rule in plain words: whom it asks, how long it waits for them, and how long what they approved can be taken back. */
import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it } from 'vitest';
import type { RuleInForce } from '../src/generated/wire';
import { Desk } from '../src/state/desk.svelte';
import Rule from './Rule.svelte';
import { RecordingHost } from './sample';

const rule: RuleInForce = {
  id: 'cancel-over-100',
  reason: 'Cancelling an order above €100.00 needs a supervisor.',
  disposition: 'hold',
  approvers: 1,
  roles: ['supervisor'],
  devices: 0,
  step_up: false,
  undo_seconds: 0,
  deadline_seconds: 0,
  tools: [],
  limit: null,
  source: '',
  file: 'orders.cedar',
  line: 1,
  since: null,
  did: [],
};

function words(change: Partial<RuleInForce>): string {
  render(Rule, { desk: new Desk(new RecordingHost()), rule: { ...rule, ...change } });
  const pane = screen.getByRole('region', { name: 'Rule' });
  return pane.querySelector('h2 + p')?.textContent.replace(/\s+/gu, ' ').trim() ?? '';
}

afterEach(cleanup);

const ASKS = 'Waits for a person. Asks for one person: Supervisor.';
const UNDO = ' Once approved, it starts after 20 seconds and can be taken back until then.';

it.each([
  [{}, ASKS],
  [{ deadline_seconds: 45 }, `${ASKS} Waits 45 seconds for them, then it expires and nothing runs.`],
  [{ deadline_seconds: 60 }, `${ASKS} Waits 1 minute for them, then it expires and nothing runs.`],
  [{ deadline_seconds: 5400 }, `${ASKS} Waits 90 minutes for them, then it expires and nothing runs.`],
  [{ deadline_seconds: 86400 }, `${ASKS} Waits 24 hours for them, then it expires and nothing runs.`],
  [
    { deadline_seconds: 300, undo_seconds: 20 },
    `${ASKS} Waits 5 minutes for them, then it expires and nothing runs.${UNDO}`,
  ],
])('says of a rule %j how long it waits', (change, said) => {
  expect(words(change)).toBe(said);
});
