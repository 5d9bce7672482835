/** What states are called. */
import type { ActionState, ConversationState } from '../../generated/wire';

export const states: Record<ActionState, string> = {
  proposed: 'proposed',
  held: 'held',
  allowed: 'allowed by a rule',
  denied: 'denied by a rule',
  approved: 'approved',
  waiting: 'approved, can be taken back',
  rejected: 'rejected',
  expired: 'expired, nothing ran',
  withdrawn: 'withdrawn',
  started: 'running',
  succeeded: 'done',
  failed: 'failed',
  unknown: 'outcome unknown',
  settled_happened: 'settled: it happened',
  settled_did_not_happen: 'settled: it did not happen',
  settled_compensated: 'settled: it happened and was made good',
};

export const conversationStates: Record<ConversationState, string> = {
  unknown: 'outcome unknown',
  escalated: 'needs a person',
  held: 'held',
  person: 'with a person',
  agent: 'with an agent',
  customer: 'waiting for the customer',
  closed: 'closed',
};
