/** A record of the trail in words: who did it, and what. */
import type { TrailRow, TrailWho } from '../generated/wire';
import { t } from '../texts/en';
import { money, sentence } from './format';
import { customerName } from './words';

/** Who did it, as a list names them. */
export function whoName(who: TrailWho, row: TrailRow): string {
  switch (who.kind) {
    case 'customer':
      return row.customer === null && !row.erased ? t.audit.customer : customerName(row);
    case 'agent':
      return who.name;
    case 'person':
      return who.name ?? t.erased.person;
    case 'gate':
      return t.audit.gate;
  }
}

/** "Refund €129.00 to €89.00, order 1042": the amount stands before the object, for it is never cut. */
export function asked(row: TrailRow): string {
  let words = row.noun ?? row.tool ?? '';
  if (row.money_before !== null) words += ` ${money(row.money_before)} to`;
  if (row.money !== null) words += ` ${money(row.money)}`;
  if (row.object !== null) words += `, ${row.object}`;
  return words;
}

const SAID = new Set([
  'conversation.received',
  'conversation.replied',
  'conversation.answered',
  'conversation.whispered',
]);

/** What an agent of others tells: by whom, and what; and the same of its steps. */
const RELAYED = new Set(['conversation.relayed', 'conversation.spanned']);

/** What happened, in one line. */
export function what(row: TrailRow): string {
  const code = row.code === null ? null : (t.audit.codes[row.code] ?? row.code.replace(/_/g, ' '));
  if (SAID.has(row.kind)) return row.text ?? t.audit.erased;
  if (RELAYED.has(row.kind)) {
    const words = row.erased ? t.audit.erased : row.text;
    return [code === null ? '' : sentence(code), words ?? ''].filter(Boolean).join(': ');
  }
  if (row.kind === 'alias.given') return t.audit.named;
  if (row.kind === 'conversation.model_called') return [t.audit.asked(row.text ?? ''), code].filter(Boolean).join(': ');
  if (row.action !== null) {
    const after = [row.text, row.text === null ? code : null].filter((part) => part !== null);
    return [asked(row), ...after].join(': ');
  }
  if (row.kind === 'conversation.opened') return row.erased ? t.audit.erased : (row.customer ?? t.approvals.nobody);
  const parts = [code === null ? null : sentence(code), row.text, row.about, row.customer];
  const told = parts.filter((part, index) => part !== null && parts.indexOf(part) === index);
  // A sentence within a line ends with the line.
  return told.length > 0
    ? told.map((part) => part?.replace(/\.$/, '')).join(': ')
    : sentence(row.kind.split('.')[1] ?? row.kind);
}

/** What a record is about, as its headline: without what was said along with a decision, which stands below. */
export function headline(row: TrailRow): string {
  return row.action === null ? what(row) : asked(row);
}
