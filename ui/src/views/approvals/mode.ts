/** What a person is doing with an open card. */
export type Mode = 'look' | 'confirm' | 'override' | 'reject';

/** What the buttons of the decision bar do. */
export type Presses = {
  approve: () => void;
  approveForGood: () => void;
  override: () => void;
  reject: () => void;
  escalate: () => void;
  sign: () => void;
  leave: () => void;
};
