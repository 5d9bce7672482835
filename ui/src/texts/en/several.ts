/** Choosing several held actions, and deciding each of them in one go. */
import { plural } from './plural';

export const several = {
  several: {
    foot: 'Chosen',
    none: 'Nothing is chosen.',
    sum: (n: number, sum: string) => (sum === '' ? `${n} chosen` : `${n} chosen, ${sum} together`),
    /** What they all are: their kind, currency and largest amount. */
    all: (noun: string, currency: string | null, largest: string | null) =>
      currency === null || largest === null
        ? `All: ${noun.toLowerCase()}.`
        : `All: ${noun.toLowerCase()}, in ${currency}, at most ${largest} each.`,
    contradicted: (n: number) =>
      n === 0 ? 'None has a contradiction.' : `${n} ${plural(n, 'has', 'have')} a contradiction.`,
    away: (above: number, below: number) =>
      [
        above === 0 ? '' : `${above} ${plural(above, 'is', 'are')} further up.`,
        below === 0 ? '' : `${below} ${plural(below, 'is', 'are')} further down.`,
      ]
        .filter(Boolean)
        .join(' '),
    irreversible: 'Cannot be undone: to be approved one by one.',
    left: (n: number) => `${n} left: decided or ended elsewhere.`,
    otherKind: 'Another kind, not in this choice',
    otherCurrency: 'Other currency, not in this choice',
    noAmount: 'No amount, not in this choice',
    most: (n: number) => `${n} are chosen; more are not decided at once`,
    review: (n: number) => (n === 1 ? 'Review it…' : `Review the ${n}…`),
    clear: 'Clear',
    title: (n: number, noun: string, sum: string) => `${noun}: ${n} together${sum === '' ? '' : `, ${sum}`}`,
    region: 'Review of the chosen',
    each: 'Each is a card of its own and is signed on its own.',
    alone: 'Open alone',
    row: {
      opening: 'Being opened…',
      below: (n: number) => `${n} ${plural(n, 'part', 'parts')} not on screen yet`,
      looking: (seconds: string) => `Opens after ${seconds} on screen`,
      ready: 'Seen, ready to sign',
      waits: 'Waits its turn…',
      signing: 'Being signed…',
      approved: 'Approved',
      first: 'Signed; another person signs too',
      rejected: 'Rejected',
      out: (why: string) => `Not approved together: ${why}`,
      failed: (why: string) => `Not decided: ${why}`,
    },
    /** Why one drops out of approving. */
    out: {
      irreversible: 'Cannot be undone: approve it by itself.',
      contradicted: 'Something does not go together. Open it alone.',
      notices: 'There is something to read first. Open it alone.',
      moved: 'A fact has changed. Open it alone.',
      unread: 'Its facts could not be read. Open it alone.',
      changed: 'Its card changed while it was open. Open it alone.',
      rules: 'Held by other rules. Open it alone.',
      failed: 'It was not taken. Open it alone.',
      gone: 'Decided or ended elsewhere.',
    },
    approve: (n: number, sum: string) => (n === 0 ? 'Approve' : `Approve ${n}${sum === '' ? '' : `, ${sum}`}`),
    reject: (n: number) => (n === 0 ? 'Reject…' : `Reject ${n}…`),
    rejectGo: (n: number) => `Reject ${n} with guidance`,
    guidance: (n: number) => `Each of the ${n} is rejected on its own, with these very words.`,
    snooze: (n: number) => (n === 0 ? 'Snooze…' : `Snooze ${n}…`),
    snoozeTitle: (n: number) => (n === 1 ? 'Snooze this action' : `Snooze these ${n}`),
    noneToSnooze: 'None of them can be snoozed here.',
    noneToDelegate: 'Nobody can decide all of them.',
    noneToApprove: 'None of them can be approved together.',
    allDecided: 'Nothing is left to decide here.',
    noneToReject: 'None of them can be decided here.',
    opening: (n: number) => `${n} ${plural(n, 'card is', 'cards are')} still being opened`,
    unseen: (n: number) => `${n} ${plural(n, 'is', 'are')} not looked at long enough yet: scroll to the end`,
    stays: (n: number) => `${n} ${plural(n, 'drops', 'drop')} out and ${plural(n, 'stays', 'stay')} held`,
    opened: 'All were looked at. Approving is open.',
    going: (done: number, all: number) => `Being signed and stored: ${done} of ${all}`,
    done: {
      approved: (n: number) => `${n} approved.`,
      rejected: (n: number) => `${n} rejected.`,
      snoozed: (n: number) => `${n} snoozed.`,
      delegated: (n: number, said: string) => `${n}: ${said}`,
      failed: (n: number) => `${n} not decided:`,
      notPut: (n: number) => `${n} ${plural(n, 'stays as it is', 'stay as they are')}:`,
      out: (n: number) => `${n} dropped out:`,
      one: (what: string, why: string) => `${what}: ${why}`,
    },
    otherPerson: 'Somebody else sits here now.',
  },
};
