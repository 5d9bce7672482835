/** Conversations. */
import { plural } from './plural';

export const floor = {
  floor: {
    title: 'Floor',
    sum: (live: number, need: number) =>
      live === 0
        ? 'no live conversation'
        : `${live} live${need > 0 ? `, ${need} ${plural(need, 'needs', 'need')} a person` : ''}`,
    order: 'Most urgent first',
    head: 'Time left, or waiting',
    groups: {
      person: 'Needs a person',
      agent: 'With an agent',
      customer: 'Waiting for the customer',
      closed: 'Closed lately',
    },
    left: (span: string) => `${span} left`,
    list: 'Conversations',
    transcript: 'Transcript',
    masked: (n: number) => `${n} card ${plural(n, 'number', 'numbers')} masked before storing`,
    held: 'Held',
    review: 'Review',
    read: 'read',
    end: 'Go to the newest',
    identity: 'Identity',
    conversation: 'This conversation',
    began: 'Began',
    firstReply: 'First reply',
    noReply: 'none yet',
    turns: 'Turns of the agent',
    answeredBy: 'Answered by',
    nobodyYet: 'nobody yet',
    cost: 'Cost',
    escalated: 'Noted for a person',
    escalatedLine: 'The customer was told only that it was noted.',
    closed: 'Closed',
    takenOver: 'Taken over',
    takenOverBy: (name: string) => `${name} has the word. The agent says and starts nothing.`,
    handedBack: 'Handed back',
    handedBackBy: (name: string) => `${name} gave the agent the word again.`,
    emptyTitle: 'No conversation yet',
    emptyLine: 'A conversation appears here when a customer writes.',
    address: 'Customers reach the chat page at',
    copy: 'Copy',
    copied: 'Copied',
    tryIt: 'Open a customer’s page to try it: copy the address into a browser, give a name and ask for a refund.',
    who: 'Customer',
    channel: 'chat',
  },
};
