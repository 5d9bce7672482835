/** An agent in a few words, from what the log knows and nothing else. */
import type { AgentRow } from '../../generated/wire';
import { day } from '../../lib/format';
import { t } from '../../texts/en';

/** What it is. */
export function whatIs(agent: AgentRow): string {
  const { reasoner, grant } = agent;
  if (reasoner !== null) {
    const words = reasoner.kind === 'playbook' ? t.agents.playbook : t.agents.model;
    return words(reasoner.name === agent.name ? null : reasoner.name, reasoner.version);
  }
  if (grant === null && agent.signed_at === null) return t.agents.formerly;
  return grant === null ? t.agents.overMcp : t.agents.overMcpWith(t.agents.customers[grant.word] ?? grant.word);
}

/** How its token stands. Where it begins nobody here knows: only its digest is kept. */
export function tokenOf(agent: AgentRow): string {
  if (agent.reasoner !== null) return '';
  if (agent.grant === null) return agent.signed_at === null ? t.agents.notHere : t.agents.revoked;
  const until = shortDay(agent.grant.expires);
  return agent.expired ? t.agents.endedOn(until) : t.agents.until(until);
}

/** "14 Oct 2026". */
const shortDay = (at: string): string => day(new Date(at)).replace(/^\S+ /, '');
