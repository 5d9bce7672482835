/** Every word of the desk. Components hold none of their own, so that a second language is a second catalogue. */
import { agents } from './en/agents';
import { alerts } from './en/alerts';
import { approvals } from './en/approvals';
import { audit } from './en/audit';
import { away } from './en/away';
import { customers } from './en/customers';
import { entry } from './en/entry';
import { escalations } from './en/escalations';
import { ending } from './en/ending';
import { floor } from './en/floor';
import { metrics } from './en/metrics';
import { quitting } from './en/quitting';
import { palette } from './en/palette';
import { people } from './en/people';
import { settings } from './en/settings';
import { several } from './en/several';
import { shell } from './en/shell';
import { proof } from './en/proof';
import { using } from './en/using';
import { whispering } from './en/whispering';

export { conversationStates, states } from './en/states';

export const t = {
  product: 'Countersign',
  ...shell,
  ...entry,
  ...approvals,
  ...away,
  ...several,
  ...ending,
  ...proof,
  ...floor,
  ...escalations,
  ...people,
  ...settings,
  ...customers,
  ...agents,
  ...audit,
  ...metrics,
  ...using,
  ...whispering,
  palette,
  alerts,
  quitting,
};
