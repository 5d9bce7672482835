/** What a person typed on one action and did not send. Esc keeps it; a decision or leaving the desk drops it. */
export class Draft {
  /** What was written by field; a field that was not touched is absent. */
  written = $state<Record<string, string>>({});
  why = $state('');
  guidance = $state('');
  /** Why a colleague is called for. */
  escalation = $state('');
}
