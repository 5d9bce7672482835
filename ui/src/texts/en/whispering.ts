/** Whispers: what a person writes to the agent and the customer never reads. */
import { plural } from './plural';

export const whispering = {
  whispering: {
    open: 'Whisper…',
    means: 'The agent reads it, the customer never does.',
    title: 'Whisper to the agent',
    words: 'What should it do?',
    help: 'The agent reads it, the customer never does. It gives no value and no approval: rules and people still decide.',
    tooLong: (n: number) => `${n} ${plural(n, 'character', 'characters')} too many: 500 are the most.`,
    nothing: 'Write what the agent should do.',
    reading: 'What the agent would read is on its way.',
    again: 'What the agent would read is asked for again in a moment.',
    sending: 'It is being stored.',
    scope: 'How long it counts',
    scopes: {
      next_reply: 'For its next reply',
      conversation: 'For the whole conversation, until a person takes over or it ends',
    },
    preview: 'What the agent will read',
    would: (what: string) => `It would go on with: ${what}.`,
    wouldNot: 'It could do nothing by this, and would say so. Take over to do it yourself.',
    notYours: 'What it asks for by your whisper, somebody else decides on.',
    send: 'Whisper',
    back: 'Back',
    whispered: (name: string) => `${name} whispered`,
    only: 'read by the agent only',
    heard: {
      not_yet: 'The agent takes it up with its next reply.',
      followed: 'Followed.',
      not_followed: 'Not followed.',
      never: 'Never taken up: a person took over, or it ended.',
    },
    cause: (name: string) => `${name} whispered to the agent:`,
    causeMeans: 'The customer may not have asked for this.',
  },
};
