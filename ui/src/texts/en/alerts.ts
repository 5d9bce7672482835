/** Sounds and notices: what they say, and where they are switched. */
import { plural } from './plural';

const COUNTED: Record<string, (n: number) => string> = {
  escalation: (n) => `${n} ${plural(n, 'customer', 'customers')}`,
  unknown: (n) => `${n} unknown ${plural(n, 'outcome', 'outcomes')}`,
};
const count = (noun: string, n: number): string => {
  const lower = noun.slice(0, 1).toLowerCase() + noun.slice(1);
  return `${n} ${lower}${n === 1 || lower.endsWith('s') ? '' : 's'}`;
};
/** "2 refunds and 1 customer". */
const joined = (parts: string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1] ?? ''}`;

export const alerts = {
  title: 'Sounds and notices',
  open: 'Sounds and notices',
  intro: 'For you, at this desk. What is shown on screen stays the same.',
  notices: 'Notices of the desktop',
  noticesHelp: 'Grouped, at most one a minute, and none for what you are looking at. They name no customer.',
  noticesRefused: 'The browser does not allow notices for this desk. Its own settings do.',
  noticesOff: 'This browser has none.',
  waits: 'Sound: something waits for you',
  soon: 'Sound: a deadline ends within a minute',
  done: 'Sound: what you signed is done',
  hear: 'Hear it',
  trouble: (why: string) => `Notices do not reach this desktop: ${why}`,
  held: (noun: string) => `${noun} waits for you`,
  escalation: 'A customer waits for a person',
  unknown: 'An outcome is unknown',
  many: (groups: { kind: string; noun: string; n: number }[]) => {
    const total = groups.reduce((sum, group) => sum + group.n, 0);
    const parts = groups.map(({ kind, noun, n }) => COUNTED[kind]?.(n) ?? count(noun, n));
    return `${joined(parts)} ${plural(total, 'waits', 'wait')} for you`;
  },
  until: (at: string) => `until ${at}`,
  from: (who: string) => `from ${who}`,
  unknownMore: 'It was not tried again',
};
