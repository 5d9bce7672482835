/** A customer who signs in while they write. */
export const proof = {
  proof: {
    asked: 'Asked for a sign-in code',
    failed: 'Not signed in',
    failedLine: (reason: string) =>
      `${reason}. The customer is told only that a code is on its way if the address is theirs.`,
    done: 'Signed in',
    doneLine: (name: string | null) =>
      name === null ? 'By the code that went to their address.' : `${name}, by the code that went to their address.`,
  },
};
