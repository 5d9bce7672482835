/** What stands around every view: navigation, bands, stop, keys. */
import { plural } from './plural';

export const shell = {
  nav: {
    label: 'Desk',
    floor: 'Floor',
    approvals: 'Approvals',
    escalations: 'Escalations',
    settings: 'Settings',
    stop: 'Stop agents…',
    resume: 'Resume…',
    stopOff: 'Stop: not reachable',
    trail: (n: string) => `Trail: ${n} ${n === '1' ? 'record' : 'records'}`,
    lost: (station: string) => `${station} not reachable`,
    lastSeen: (at: string) => `Last seen ${at}`,
    stopped: (station: string) => `${station}, stopped`,
    signOut: 'Sign out, or somebody else signs in',
    theme: { system: 'Theme: as the system', dark: 'Theme: dark', light: 'Theme: light' },
    keys: 'Keys',
    onePerson: 'One-person mode',
    waiting: (n: number) => `${n} ${plural(n, 'waits', 'wait')}`,
  },
  sample: {
    mark: 'Sample shop',
    long: 'This is the sample shop. Its customers, orders and money are invented, and it has its own data folder.',
  },
  roles: {
    supervisor: 'Supervisor',
    escalation_handler: 'Escalation handler',
    compliance: 'Compliance',
    administrator: 'Administrator',
  } as Record<string, string>,
  stop: {
    title: 'Stop everything?',
    resumeTitle: 'Let agents work again?',
    stops: 'What stops at once',
    stopsList: [
      'No action with an effect starts, approved or not.',
      'No agent writes to a customer.',
      'Deadlines and clocks freeze.',
    ],
    stays: 'What still works',
    staysList: [
      'You can still read and decide; what you sign starts after the resume.',
      'A call that was already sent cannot be called back.',
      'Customers can write; their messages are stored.',
    ],
    takesTwo: 'Ending it takes two people',
    resumesTwo: 'Whoever stopped it asked for two: you propose to resume and sign first, another person signs.',
    proposeResume: 'Propose to resume',
    resumes: 'Deadlines run on, decided actions start, and agents answer what was written meanwhile.',
    go: 'Stop everything',
    resume: 'Resume',
    keep: 'Back',
    band: (by: string, at: string) => `${by} stopped everything at ${at}.`,
    bandLine: 'Nothing with an effect starts and no agent writes. You can still read and decide; clocks stand still.',
  },
  lost: {
    title: (at: string) => `This desk lost its station at ${at}.`,
    line: 'What you see is from then and may have changed. Nothing can be decided from here, and no held action runs without a decision.',
    retryIn: (s: number) => `Trying again in ${s} s`,
    trying: 'Trying now',
    now: 'Try now',
  },
  policyProblem: 'The policy files were not taken. The rules before them are still in force.',
  problems: {
    retry: 'Try again',
  },
  loading: 'Loading',
  keysDialog: {
    title: 'Keys',
    close: 'Close',
    groups: [
      {
        name: 'Everywhere',
        keys: [
          ['G then F', 'Floor'],
          ['G then A', 'Approvals'],
          ['G then E', 'Escalations'],
          ['G then S', 'Settings'],
          ['Ctrl .', 'Stop or resume agents'],
          ['Ctrl Shift L', 'Somebody else signs in'],
          ['?', 'These keys'],
        ],
      },
      {
        name: 'Lists',
        keys: [
          ['J', 'Next'],
          ['K', 'Previous'],
          ['Enter', 'Open'],
          ['.', 'Show new arrivals'],
          ['F', 'Filter the floor'],
        ],
      },
      {
        name: 'Conversations',
        keys: [
          ['T', 'Take over'],
          ['Ctrl Enter', 'Send the reply'],
          ['H', 'Hand back'],
        ],
      },
      {
        name: 'Deciding',
        keys: [
          ['A', 'Approve'],
          ['Shift A', 'Approve what cannot be undone, after A'],
          ['O', 'Override'],
          ['R', 'Reject'],
          ['Ctrl Enter', 'Sign the override, or reject'],
          ['Esc', 'Back, keeping what was typed'],
          ['Alt Backspace', 'Put the agent’s value back'],
        ],
      },
    ] as { name: string; keys: [string, string][] }[],
  },
};
