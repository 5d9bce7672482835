/** Whether a component is still on screen: what follows an answer must not close or move what somebody went on to meanwhile. */
import { onDestroy } from 'svelte';

/** Asked while the component begins; the answer says at any later time whether it is still there. */
export function whileHere(): () => boolean {
  let here = true;
  onDestroy(() => (here = false));
  return () => here;
}
