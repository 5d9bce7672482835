/** What the command palette offers on a card. */
import type { Offer } from '../../state/offers.svelte';
import { t } from '../../texts/en';
import type { Mode } from './mode';

export function cardOffers(
  decides: boolean,
  escalates: boolean,
  calls: { start: (mode: Mode) => void; escalate: () => void },
): Offer[] {
  const { palette } = t;
  const decisions: Offer[] = [
    { name: palette.override, more: palette.overrideMore, keys: ['O'], run: () => calls.start('override') },
    { name: palette.reject, more: palette.rejectMore, keys: ['R'], run: () => calls.start('reject') },
  ];
  const colleague = { name: palette.escalate, more: palette.escalateMore, keys: ['E'], run: calls.escalate };
  return [...(decides ? decisions : []), ...(escalates ? [colleague] : [])];
}
