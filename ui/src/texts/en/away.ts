/** Out of office: who is away until when, and who decides meanwhile what was handed to them. */
export const away = {
  away: {
    open: 'Out of office…',
    title: 'Out of office',
    titleOf: (who: string) => `${who}, out of office`,
    means:
      'Until then you are told here only of what nobody else could decide, and what is handed to you is your deputy’s to decide, with their own key and limits. Both names are said. You can still read and decide.',
    meansOf: (who: string) =>
      `Until then ${who} is told only of what nobody else could decide, and what is handed to them is their deputy’s to decide, with the deputy’s own key and limits. The record says that you said so.`,
    day: 'Back on',
    time: 'At',
    dayMissing: 'Choose the day of the return.',
    past: 'This time has passed. Choose one that lies ahead.',
    tooFar: 'At most 90 days ahead. Choose an earlier day.',
    deputy: 'Deputy',
    choose: 'Choose…',
    deputyMissing: 'Choose who decides meanwhile.',
    deputyHelp:
      'Whoever decides held actions. A deputy who is away too is not followed further: then it waits for all.',
    nobody: 'Nobody else decides held actions here, so nobody could stand in.',
    deputyAway: (who: string, until: string) => `${who}, away until ${until}`,
    go: 'Say so',
    back: 'Back',
    storing: 'Being stored…',
    reading: 'Reading who is here…',
    said: (until: string) => `Away until ${until}.`,
    /** The band and the person’s page. */
    youAre: (until: string) => `You are away until ${until}.`,
    decides: (deputy: string) =>
      `${deputy} decides what is handed to you, and you are told only of what nobody else could decide.`,
    toldAll: (deputy: string) =>
      `${deputy} is your deputy. Everybody who decides is away, so you are told all the same.`,
    iAmBack: 'I am back',
    isBack: 'You are back. What is handed to you is yours again.',
    theyAreBack: 'They are back',
    theyWere: (who: string) => `${who} is back.`,
    head: 'Out of office',
    headHelp: 'what is handed to them is their deputy’s',
    here: 'Here.',
    until: (until: string, deputy: string) => `Away until ${until}. ${deputy} decides meanwhile.`,
    by: (who: string) => `${who} said so.`,
    set: 'Out of office…',
    change: 'Change…',
    short: (until: string) => `away until ${until}`,
    listed: (until: string) => `Away until ${until}`,
    /** A row of the queue: who decides stands first, for the row may be cut. Null is whoever sits here. */
    row: (deputy: string | null, who: string | null, until: string) =>
      `${deputy === null ? 'you decide' : `${deputy} decides`} for ${who ?? 'you'}, away until ${until}`,
    rowOfAll: (who: string | null, until: string) =>
      `waits for everybody: ${who === null ? 'you are' : `${who} is`} away until ${until}`,
    /** A card. */
    card: (deputy: string | null, who: string | null, until: string) => {
      const whose = who === null ? `for you, who are away until ${until}` : `for ${who}, who is away until ${until}`;
      return deputy === null ? `Yours to decide ${whose}.` : `${deputy} is to decide this ${whose}.`;
    },
    cardOfAll: (who: string | null, until: string) =>
      `${who === null ? 'It is with you, who are' : `It is with ${who}, who is`} away until ${until}. Nobody stands in, so it waits for everybody.`,
    /** Whom an action goes to, in the dialog that delegates it. */
    goesTo: (until: string, deputy: string) => `away until ${until}; goes to ${deputy}`,
    goesToYou: (until: string) => `away until ${until}; comes to you`,
    goesToAll: (until: string) => `away until ${until}; then it waits for everybody`,
    handed: (who: string, deputy: string | null) =>
      deputy === null
        ? `It is with ${who}, who is away, and waits for everybody.`
        : `${deputy} is to decide it for ${who}, who is away.`,
    notice: (who: string) => `for ${who}, who is away`,
  },
};
