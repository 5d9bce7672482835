// The trail of the sample station: one refund from the first message to its outcome, and what lies around it.
import { at, cards, eur } from './sample.js';

const CONVERSATION = 'cnv_7f317f317f317f317f317f317f317f31';
const customer = { kind: 'customer' };
const agent = { kind: 'agent', name: 'returns-agent' };
const gate = { kind: 'gate' };
const marta = { kind: 'person', name: 'Marta Lindqvist' };
const plain = {
  about: null,
  conversation: null,
  customer: null,
  erased: false,
  action: null,
  tool: null,
  noun: null,
  object: null,
  money: null,
  money_before: null,
  code: null,
  text: null,
};
const said = { conversation: CONVERSATION, customer: 'Ana Ruiz' };
const order = { ...said, action: 'act_1', tool: 'crm.get_order', noun: 'Order', object: 'order 1042' };
const refund = {
  ...said,
  action: 'act_2',
  tool: 'crm.refund',
  noun: 'Refund',
  object: 'order 1042',
  money: eur(12900),
};

const RECORDS = [
  [18149, -9, 'person.roles_set', marta, { about: 'Tomasz Wieczorek' }],
  [18150, -8.6, 'conversation.opened', customer, { ...said, text: 'Ana Ruiz' }],
  [
    18151,
    -8.5,
    'conversation.received',
    customer,
    {
      ...said,
      text: 'Hi, I bought the Varde 45 rucksack from you, order 1042, and the hip buckle snapped the second time I wore it.',
    },
  ],
  [18152, -8.4, 'action.proposed', agent, { ...order }],
  [18153, -8.4, 'action.allowed', gate, { ...order }],
  [18154, -8.4, 'action.started', gate, { ...order }],
  [18155, -8.3, 'action.succeeded', gate, { ...order }],
  [
    18163,
    -7.2,
    'conversation.replied',
    agent,
    { ...said, text: 'I’m sorry about the buckle, Ana. I can see order 1042.' },
  ],
  [18170, -4.5, 'conversation.received', customer, { ...said, text: 'Yes only the rucksack. The headlamp is fine' }],
  [18174, -3.9, 'action.proposed', agent, { ...refund }],
  [18175, -3.8, 'action.held', gate, { ...refund }],
  [18176, -3.7, 'conversation.replied', agent, { ...said, text: 'Thank you. A colleague is checking the refund.' }],
  [
    18190,
    -1.1,
    'conversation.received',
    customer,
    { ...said, text: 'ok thanks. how long until the money is on my card?' },
  ],
  [18191, -1, 'conversation.received', customer, { conversation: 'cnv_erased', erased: true }],
  [
    18201,
    0.7,
    'action.overridden',
    marta,
    {
      ...refund,
      money: eur(8900),
      money_before: eur(12900),
      text: '€40.00 goodwill was already paid for this buckle at 14:29. Refund the rest of the rucksack, not the full price.',
    },
  ],
  [18202, 0.71, 'action.started', gate, { ...refund, money: eur(8900) }],
  [18203, 0.73, 'action.succeeded', gate, { ...refund, money: eur(8900) }],
  [18204, 0.8, 'conversation.replied', agent, { ...said, text: 'Ana, €89.00 is on its way to your card ending 4417.' }],
].map(([position, minutes, kind, who, rest]) => ({
  ...plain,
  position,
  at: at(minutes).replace('Z', '118Z'),
  kind,
  who,
  ...rest,
}));

const has = (row, text) => JSON.stringify(row).toLowerCase().includes(text.toLowerCase());

/** The answer to a search: enough of one to look at the screen. */
export function trail(search, size) {
  const unknown = search.person === undefined || has(RECORDS, search.person) ? [] : ['person'];
  const asked = ['words', 'person', 'tool', 'decision', 'kind', 'customer', 'order'].flatMap((name) =>
    (search[name] ?? '').split(/\s+/).filter(Boolean),
  );
  const rows = RECORDS.filter((row) => search.conversation === undefined || row.conversation === search.conversation)
    .filter((row) => asked.every((word) => has(row, word)))
    .filter((row) => search.before === undefined || row.position < search.before)
    .reverse();
  return { as_of: size, indexed: size - 3, rows: rows.slice(0, search.limit ?? 100), next: null, unknown };
}

export const trailChoices = {
  people: ['Marta Lindqvist', 'Tomasz Wieczorek'],
  agents: ['returns-agent'],
  tools: ['crm.get_order', 'crm.refund'],
  rules: ['reads-are-free', 'refund-over-100'],
  decisions: ['approve', 'override', 'reject'],
  kinds: [...new Set(RECORDS.map((row) => row.kind))].sort(),
};

/** One record whole. */
export function record(position) {
  const row = RECORDS.find((one) => one.position === position);
  if (row === undefined) return null;
  const decided = row.kind === 'action.overridden';
  const bytes = `{"actor":{"kind":"station"},"cause":null,"kind":"${row.kind}","log":"log_4be091c7","open":{"digest":"9c41e07a5b2d"},"position":${position},"recorded_at":"${row.at}","schema":1}`;
  return {
    row,
    stream: row.action === null ? `conversation/${row.conversation}` : `action/${row.action}`,
    cause: decided ? 18175 : null,
    sealed: row.erased ? 'erased' : row.text === null ? 'none' : 'open',
    fields: row.erased || row.text === null ? [] : [{ name: decided ? 'words' : 'text', value: row.text }],
    rules:
      row.kind === 'action.held' ? [{ id: 'refund-over-100', reason: 'Refunds above €100 need a supervisor.' }] : [],
    policy_version: row.action === null ? null : '9c41e07a5b2d91c74be091c702fa9c41e07a5b2d91c74be091c702fa11223344',
    decision: decided
      ? {
          looked_ms: 53_000,
          signed_by: 'station',
          key: 'sig_91d804ceb7f26a35',
          which: 1,
          of: 1,
          signed_at: row.at,
          card: cards()[0],
          card_digest: '4be091c74be091c74be091c74be091c74be091c74be091c74be091c74be002fa',
          card_is_what_was_signed: true,
        }
      : null,
    reading_recorded: row.conversation !== null,
    bytes,
    hash: 'a41f77c0a41f77c0a41f77c0a41f77c0a41f77c0a41f77c0a41f77c0a41f9d13',
  };
}
