/** Customers for whom a person was asked. */
export const escalations = {
  escalations: {
    title: 'Escalations',
    sum: (n: number, next: string | null) =>
      n === 0 ? 'nobody waits' : `${n} open${next === null ? '' : `, ${next}`}`,
    nextIn: (span: string) => `next reply due in ${span}`,
    nextLate: (span: string) => `a reply is late by ${span}`,
    list: 'Who waits for a person',
    order: 'Due first, then answered',
    head: 'Reply due',
    late: (span: string) => `${span} late`,
    answered: 'answered',
    youHave: 'You have the conversation',
    hasIt: (name: string) => `${name} has the conversation`,
    gone: 'ended, or handed back',
    groups: { waits: 'Waiting for a person', promised: 'Promised, not kept yet' },
    more: (n: number) => `and ${n} more`,
    reason: 'Why a person',
    asked: 'Asked for at',
    due: 'Reply due',
    about: 'A person was asked for',
    choose: 'Choose a conversation on the left.',
    emptyTitle: 'Nobody waits for a person',
    emptyLine: 'Whoever asks for a person, or needs one by a rule, appears here at once, the nearest reply time first.',
    newOne: (who: string) => `Waits for a person: ${who}`,
  },
};
