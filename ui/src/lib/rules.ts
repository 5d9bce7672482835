/** Rules and counts of records as Settings shows them. */
import type { RecordCount, RuleInForce } from '../generated/wire';

export type Disposition = 'hold' | 'deny' | 'allow';
export type RuleGroup = { disposition: Disposition; rules: RuleInForce[] };

/** What waits for a person first, then what is refused, then what is allowed. */
export function groupsOf(rules: RuleInForce[]): RuleGroup[] {
  const order: Disposition[] = ['hold', 'deny', 'allow'];
  const groups = order.map((disposition) => ({
    disposition,
    rules: rules.filter((rule) => rule.disposition === disposition),
  }));
  return groups.filter((group) => group.rules.length > 0);
}

/** How many records there are of these kinds. */
export function countOf(did: RecordCount[], ...kinds: string[]): number {
  return did.reduce((sum, one) => (kinds.includes(one.kind) ? sum + one.count : sum), 0);
}

/** How often a rule judged: what it let through, held, or refused, replies among them. */
export function judged(did: RecordCount[]): number {
  return countOf(
    did,
    'action.allowed',
    'action.held',
    'action.denied',
    'action.voided',
    'conversation.replied',
    'conversation.answered',
  );
}
