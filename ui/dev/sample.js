// Sample data for the development station: every state of an action, every notice, awkward texts. Never part of a build.
const T0 = Date.now();
/** ISO time `minutes` from now. */
export const at = (minutes) => new Date(T0 + minutes * 60_000).toISOString();
export const eur = (minor) => ({ minor, currency: 'EUR' });
const hex = (seed) =>
  [...Array(64)].map((_, i) => ((seed * 31 + i * 7 + ((i * seed) % 11)) % 16).toString(16)).join('');

const person = { id: 'per_1', name: 'Marta Lindqvist', roles: ['supervisor', 'administrator'] };

export const session = (stage) => ({
  stage,
  station: 'lisbon-1',
  sample_shop: true,
  data_folder: '/home/marta/.local/share/countersign-sample',
  chat_address: 'http://127.0.0.1:4310/',
  sample_customers: 'calm',
  people: stage === 'set_up' ? [] : [person],
  person: stage === 'desk' ? person : null,
  signing: 'station',
  one_person_mode: true,
  away: null,
  quiet: false,
  stopped: null,
  log_size: stage === 'set_up' ? 1 : 18198,
  policy_problem: null,
  machine_problem: null,
  verification: {
    running: false,
    records: 18_198,
    at: new Date().toISOString(),
    proved: [],
    wrong: null,
    unreadable: null,
  },
  changes_to_sign: 0,
  may_not_sign: null,
  may_not_stop: null,
  recovery_key: null,
  asked: null,
  locks_with_screen: false,
});

/** The staff: somebody with limits, somebody who decides nothing, somebody after a reset, somebody who left. */
export const people = (alone) => {
  const key = (n, held, more = {}) => ({
    key: `sig_${hex(n).slice(0, 32)}`,
    held,
    since: at(-60 * 24 * 40 + n),
    revoked_at: null,
    apart_until: null,
    ...more,
  });
  const one = (id, name, roles, more = {}) => ({
    id,
    name,
    roles,
    team: 'default',
    limits: null,
    keys: [key(3, 'device')],
    joined_at: at(-60 * 24 * 40),
    left_at: null,
    away: null,
    ...more,
  });
  const marta = one('per_1', 'Marta Lindqvist', ['supervisor', 'administrator'], {
    keys: [key(1, 'station'), key(2, 'device')],
  });
  if (alone) return [marta];
  const limits = [
    { limit: eur(400_000), today: eur(110_600) },
    { limit: { minor: 3_000_000, currency: 'SEK' }, today: { minor: 0, currency: 'SEK' } },
  ];
  return [
    marta,
    one('per_2', 'Tomasz Wieczorek', ['supervisor', 'administrator'], {
      limits,
      keys: [key(4, 'device', { apart_until: at(60 * 24 * 5) }), key(5, 'device', { revoked_at: at(-60 * 24 * 3) })],
    }),
    one('per_3', 'Zsófia Németh', ['escalation_handler']),
    one('per_4', 'Hélène Dubois', ['compliance'], { keys: [] }),
    one('per_5', 'Pavel Dvořák', [], {
      left_at: at(-60 * 24 * 14),
      keys: [key(6, 'device', { revoked_at: at(-60 * 24 * 14) })],
    }),
  ];
};

const change = (n, more) => ({
  change: `chg_${hex(n).slice(0, 32)}`,
  digest: hex(n),
  kind: 'set_limits',
  conversation: null,
  action: null,
  lines: [],
  follows: [],
  why: null,
  at: at(-20),
  expires: at(60 * 24 * 7 - 20),
  of: 2,
  may_sign_next: ['Tomasz Wieczorek'],
  may_not_sign: null,
  may_withdraw: false,
  may_refuse: false,
  ...more,
});
/** One that waits for the person at this desk, and one that they proposed. */
export const changes = () => [
  change(40, {
    kind: 'erase_customer',
    title: 'A customer is erased',
    lines: [{ label: 'Customer', from: null, to: 'Kwame Boateng (5f21c0d93a77)' }],
    follows: [
      'What was said by and about them becomes unreadable for good, as soon as nothing of theirs is open. Sums, times and decisions stay, and the trail still verifies.',
    ],
    conversation: 'cnv_7f32',
    why: 'By letter of 12 November, identity checked at the counter.',
    by: 'Hélène Dubois',
    signatures: [{ person: 'Hélène Dubois', at: at(-9), signed_by: 'device' }],
    may_sign_next: ['Marta Lindqvist', 'Tomasz Wieczorek'],
    may_refuse: true,
  }),
  change(41, {
    title: 'Idris Okafor joins',
    lines: [
      { label: 'Roles', from: null, to: 'supervisor' },
      { label: 'Limits, each day', from: null, to: '€500.00' },
      { label: 'Key', from: null, to: 'sig_c8d041b7, on a device' },
    ],
    follows: [
      'Sign only if you know that this person made the key themselves, and that their password is theirs alone.',
    ],
    why: 'He takes the night shift in Lisbon from Monday on.',
    by: 'Tomasz Wieczorek',
    signatures: [{ person: 'Tomasz Wieczorek', at: at(-20), signed_by: 'device' }],
    may_sign_next: ['Marta Lindqvist'],
    may_refuse: true,
  }),
  change(43, {
    kind: 'settle',
    title: 'What became of it: Refund €74.00',
    action: 'act_20',
    lines: [
      { label: 'Of', from: null, to: 'Ngozi Adeyemi, order 1020' },
      { label: 'Outcome', from: 'unknown', to: 'it did not happen' },
    ],
    follows: [
      "What it had reserved is free again, and it may be asked for anew. If it happened after all, it could happen twice: sign only if the shop's own books show that it did not and cannot any more.",
    ],
    why: 'No refund on order 1020 in the shop’s ledger, export of 15:40; the payment provider has none either.',
    by: 'Tomasz Wieczorek',
    signatures: [{ person: 'Tomasz Wieczorek', at: at(-2), signed_by: 'device' }],
    may_sign_next: ['Marta Lindqvist'],
    may_refuse: true,
  }),
  change(42, {
    title: 'Tomasz Wieczorek: limits',
    lines: [{ label: 'EUR, each day', from: '€4,000.00', to: '€6,000.00' }],
    by: 'Marta Lindqvist',
    signatures: [{ person: 'Marta Lindqvist', at: at(-4), signed_by: 'station' }],
    may_not_sign: 'You have signed this. Another person must sign too.',
    may_withdraw: true,
  }),
];

const schema = {
  type: 'object',
  required: ['order', 'amount', 'reason'],
  properties: {
    order: { type: 'string', title: 'Order' },
    amount: { type: 'integer', title: 'Amount', minimum: 1 },
    payout: { type: 'string', title: 'Paid back to', enum: ['Visa ending 4417', 'Voucher'] },
    reason: {
      type: 'string',
      title: 'Reason',
      oneOf: [
        { const: 'damaged_on_arrival', title: 'Damaged on arrival' },
        { const: 'broke_in_use', title: 'Broke in use' },
        { const: 'changed_mind', title: 'Changed mind' },
      ],
    },
    tell: { type: 'boolean', title: 'Tell customer' },
    until: { type: 'string', format: 'date', title: 'Pay until' },
    note: { type: 'string', title: 'Note', maxLength: 120, description: 'Shown on the credit note.' },
  },
};

function card(n, over) {
  const base = {
    form: 1,
    locale: 'en-GB',
    interface: 'dev',
    action: `act_${n}`,
    conversation: `cnv_7f3${n}`,
    tool: { name: 'crm.refund_order', title: 'Refund an order', definition: hex(n), effect: 'irreversible' },
    digest: hex(n + 3),
    headline: 'Refund €129.00 to Ana Ruiz for order 1042',
    noun: 'Refund',
    effect: 'With this, Ana Ruiz has €169.00 of €189.00 back and keeps both items.',
    bar: { currency: 'EUR', total: 18900, already: 4000, this: 12900, argument: 'amount' },
    money: eur(12900),
    proposed_at: at(-4.2),
    deadline: at(3.85),
    requester: { agent: 'returns-agent', reasoner: 'playbook refund 1' },
    customer: { name: 'Ana Ruiz', assurance: 'claimed' },
    arguments: [
      {
        name: 'order',
        label: 'Order',
        value: '1042',
        shown: '1042',
        fixed: true,
        source: { kind: 'customer', message: 1, at: at(-8) },
      },
      {
        name: 'amount',
        label: 'Amount',
        value: 12900,
        shown: '€129.00',
        fixed: false,
        source: { kind: 'record', what: 'crm.find_order, line 1: Varde 45' },
      },
      {
        name: 'payout',
        label: 'Paid back to',
        value: 'Visa ending 4417',
        shown: 'Visa ending 4417',
        fixed: false,
        source: { kind: 'record', what: 'crm.find_order, payment' },
      },
      {
        name: 'reason',
        label: 'Reason',
        value: 'damaged_on_arrival',
        shown: 'damaged_on_arrival',
        fixed: false,
        source: { kind: 'agent' },
      },
      { name: 'tell', label: 'Tell customer', value: true, shown: 'yes', fixed: false, source: { kind: 'agent' } },
    ],
    canonical_arguments: '{"amount":12900,"order":"1042"}',
    schema,
    rules: [{ id: 'refund-over-100', reason: 'Refunds over €100.00 need one supervisor.' }],
    policy_version: hex(n + 9),
    approvers: 1,
    roles: ['supervisor'],
    facts: [
      { name: 'refunded', label: 'Refunded on 1042', shown: '€40.00', was: '€0.00' },
      { name: 'total', label: 'Order total', shown: '€189.00', was: null },
      { name: 'delivered', label: 'Delivered', shown: '9 Oct 2026', was: null },
      { name: 'window', label: 'Return window', shown: 'until 8 Nov 2026', was: null },
      { name: 'back', label: 'Rucksack sent back', shown: 'no', was: null },
    ],
    facts_read_at: at(-0.4),
    facts_problem: null,
    words: [
      {
        message: 1,
        text: 'Hi, I bought the Varde 45 rucksack from you, order 1042. The hip buckle snapped the second time I wore it. I would like my money back for it.',
        at: at(-8),
      },
      { message: 3, text: 'Yes only the rucksack. The headlamp is fine. I can send it back if you need', at: at(-5) },
    ],
    claim: null,
    before: [
      {
        action: 'act_0',
        headline: 'Refund €189.00 to Ana Ruiz for order 1042',
        decision: 'reject',
        person: 'Jonas Weber',
        at: new Date(Date.now() - 700_000).toISOString(),
        words: 'Only the rucksack came damaged. Ask what it cost.',
        outcome: 'It did not happen.',
        repeats: 2,
      },
    ],
    notices: [
      'One fact changed since this was proposed: refunded on this order was €0.00, now €40.00. Your decision covers the new value.',
    ],
  };
  return { ...base, ...over };
}

const long = 'The customer writes that the parcel never came and asks for the money. '.repeat(9);
const simple = (n, noun, money, customer, object, minutes, more = {}) =>
  card(n, {
    noun,
    headline: `${noun} ${money === null ? '' : `€${(money / 100).toFixed(2)} `}to ${customer} for ${object}`,
    effect: null,
    bar: null,
    money: money === null ? null : eur(money),
    proposed_at: at(-minutes * 0.15),
    deadline: at(minutes),
    customer: { name: customer, assurance: 'verified' },
    arguments: [
      {
        name: 'order',
        label: 'Order',
        value: object,
        shown: object,
        fixed: true,
        source: { kind: 'customer', message: 1, at: at(-8) },
      },
      ...(money === null
        ? []
        : [
            {
              name: 'amount',
              label: 'Amount',
              value: money,
              shown: `€${(money / 100).toFixed(2)}`,
              fixed: false,
              source: { kind: 'record', what: 'crm.get_order, total_minor' },
            },
          ]),
      {
        name: 'reason',
        label: 'Reason',
        value: 'changed_mind',
        shown: 'changed_mind',
        fixed: false,
        source: { kind: 'agent' },
      },
    ],
    facts: [],
    notices: [],
    ...more,
  });

const voucher = (n, minor, customer, number, minutes, more = {}) =>
  simple(n, 'Reissue voucher', minor, customer, `voucher ${number}`, minutes, {
    tool: { name: 'crm.reissue_voucher', title: 'Reissue voucher', definition: hex(6), effect: 'reversible' },
    effect: `${customer} has one new voucher; ${number} is void.`,
    rules: [{ id: 'vouchers', reason: 'Vouchers are reissued by a supervisor.' }],
    facts: [{ name: 'left', label: 'Left on it', shown: `€${(minor / 100).toFixed(2)}`, was: null }],
    words: [{ message: 1, text: `My voucher ${number} does not open any more.`, at: at(-8) }],
    before: [],
    claim: 'The voucher is unused and was lost.',
    ...more,
  });

export function cards() {
  return [
    card(1, {
      claim:
        'Customer sent a photo of the broken buckle. Item is within the return window and qualifies for a full refund.',
    }),
    simple(2, 'Refund', 31000, 'Kwame Boateng', 'order 1071', 0.8, {
      facts_problem: 'crm.get_order did not answer within 5 s. The facts are missing, so this is held.',
      notices: ['Facts are missing: the shop’s system did not answer.'],
    }),
    simple(3, 'Refund', 61200, 'Søren Østergaard', 'order 1067', 7.5, {
      approvers: 2,
      notices: [
        'Two different people must sign. The second person comes with the issue on people: until then this can only be rejected or left to expire.',
      ],
      rules: [{ id: 'refund-over-500', reason: 'Refunds over €500.00 need two different people.' }],
    }),
    simple(4, 'Change address', null, 'Priya Raghunathan', 'order 1075', 11, {
      tool: { name: 'crm.change_address', title: 'Change address', definition: hex(4), effect: 'reversible' },
      arguments: [
        {
          name: 'order',
          label: 'Order',
          value: '1075',
          shown: '1075',
          fixed: true,
          source: { kind: 'customer', message: 1, at: at(-8) },
        },
        {
          name: 'address',
          label: 'Address',
          value: { street: '12 Rua da Rosa', city: 'Lisboa', lines: ['left at\u202e door', 'ring twice'] },
          shown: '',
          fixed: false,
          source: { kind: 'customer', message: 1, at: at(-8) },
        },
        { name: 'note', label: 'Note', value: long, shown: long, fixed: false, source: { kind: 'agent' } },
      ],
    }),
    simple(5, 'Refund', 4850, 'Lukáš Novák', 'order 1059', 18.6),
    voucher(6, 2500, 'Nguyễn Thị Mai', 'H7-2Q', 42),
    voucher(40, 2500, 'Wolfgang Freiherr von Hohenstein-Waldburg zu Tiefenbach', 'H7-2R', 43),
    voucher(41, 1500, 'Σταυρούλα Παπακωνσταντίνου', 'H7-2T', 44),
    voucher(42, 3000, 'Þorbjörg Guðmundsdóttir', 'H7-2V', 45, {
      facts: [{ name: 'left', label: 'Left on it', shown: '€12.00', was: '€30.00' }],
      notices: ['One fact changed since this was proposed: left on it was €30.00, now €12.00.'],
    }),
    voucher(43, 2500, 'محمد بن عبد الرحمن الأنصاري', 'H7-2W', 46),
    voucher(44, 30000, 'Søren Østergaard', 'H7-2X', 47, { money: { minor: 30000, currency: 'DKK' } }),
    voucher(45, 2000, 'Ifeoma Okafor', 'H7-2Y', 48),
    simple(7, 'Refund', 21900, 'Jean-Baptiste Lefèvre', 'order 1031', 80),
    simple(19, 'Cancel order', 31000, 'Kwame Boateng', 'order 1071', 0.5),
    simple(20, 'Refund', 7400, 'Ngozi Adeyemi', 'order 1020', -10),
    simple(21, 'Refund', 3500, 'Zofia Wójcik', 'order 1012', -30),
    simple(22, 'Refund', 8900, 'Yuki Tanaka', 'order 1008', -34),
    simple(23, 'Refund', 12000, 'Chiara Bianchi', 'order 1003', -48),
    simple(24, 'Refund', 1500, 'Omar Haddad', 'order 1001', -60),
    simple(34, 'Refund', 4200, 'Nobody any more', 'order 990', -70),
  ];
}

export const states = {
  act_20: {
    state: 'unknown',
    outcome: 'The shop did not answer within 30 s. It is being asked whether it has seen this refund; that settles it.',
  },
  act_21: {
    state: 'succeeded',
    outcome: 'The shop refunded €35.00 (refund R-2207).',
    decision: 'override',
    words: 'Only the strap was broken.',
    changes: [{ label: 'Amount', from: '€60.00', to: '€35.00' }],
  },
  act_22: {
    state: 'rejected',
    outcome: null,
    decision: 'reject',
    words: 'Offer a repair first: the buckle is a spare part.',
    changes: [],
  },
  act_23: {
    state: 'succeeded',
    outcome: 'The shop refunded €120.00 (refund R-2206).',
    decision: 'approve',
    words: null,
    changes: [],
  },
  act_34: { state: 'succeeded', outcome: null, decision: 'approve', erased: true },
  act_19: {
    state: 'waiting',
    outcome: 'Nothing has run yet, and it can still be taken back.',
    decision: 'approve',
    words: null,
    changes: [],
  },
  act_24: { state: 'expired', outcome: 'Nobody decided before the deadline. Nothing was sent.', decision: null },
};

/** Why a person is asked for, by conversation. */
const escalations = {
  4: { reason: 'The agent could not tell what is wanted', at: at(-24), due: at(-4) },
  7: { reason: 'The same question had to be asked twice', at: at(-6.1), due: at(8.9) },
  8: { reason: 'Asked for a person', at: at(-9.3), due: at(0.7) },
  9: { reason: 'Asked for a person', at: at(-12), due: null },
};

/** What was promised and not kept yet, by conversation. */
const promised = {
  9: { text: 'The poles reach Bremen before Thursday 18:00.', due: at(60 * 26), open: 2 },
  32: { text: 'A call back about the delivery slot', due: at(-14), open: 1 },
  33: { text: 'The new return label goes out by post.', due: null, open: 1 },
};

/** Who has the word in which conversation; commands change it. */
export const takenBy = new Map();
export function nobodyTookOver() {
  takenBy.clear();
  takenBy.set('cnv_7f39', { person: 'per_2', name: 'Jonas Weber' });
}

export function conversations() {
  const row = (n, customer, assurance, intent, state, line, since, deadline = null) => ({
    conversation: `cnv_7f3${n}`,
    channel: 'chat',
    customer,
    erased: n === 34,
    assurance,
    intent,
    state: takenBy.has(`cnv_7f3${n}`) && state !== 'closed' ? 'person' : state,
    taken_by: takenBy.get(`cnv_7f3${n}`) ?? null,
    escalation: escalations[n] ?? null,
    promise: promised[n] ?? null,
    line,
    deadline,
    since,
  });
  return [
    row(20, 'Ngozi Adeyemi', 'verified', 'Refund', 'unknown', 'Refund €74.00: outcome unknown', at(-11.7)),
    row(8, 'Fatima el-Amrani', 'claimed', 'Damaged item', 'escalated', 'Asked for a person', at(-2.3)),
    row(4, 'Lukáš Novák', 'claimed', null, 'escalated', 'It does not do what it should', at(-24)),
    row(7, 'Olena Kovalenko', 'verified', 'Lost parcel', 'escalated', 'It is still not here', at(-6.1)),
    row(1, 'Ana Ruiz', 'claimed', 'Refund', 'held', 'Refund €129.00 for order 1042', at(-4.2), at(3.85)),
    row(2, 'Kwame Boateng', 'verified', 'Cancel order', 'held', 'Refund €310.00 for order 1071', at(-2), at(0.8)),
    row(3, 'Søren Østergaard', 'verified', 'Refund', 'held', 'Refund €612.00 for order 1067', at(-1), at(7.5)),
    row(9, 'Mehmet Yıldız', 'claimed', 'Missing parts', 'person', 'I am looking for a set of poles now.', at(-0.7)),
    row(30, 'Chiara Bianchi', 'claimed', 'Order status', 'agent', 'Where is my parcel?', at(-0.05)),
    row(31, null, 'anonymous', null, 'agent', 'hello', at(-0.1)),
    row(32, 'Dimitris Papadopoulos', 'claimed', 'Delivery', 'customer', 'Which postcode is on the order?', at(-1.8)),
    row(33, 'Hanna Virtanen', 'verified', 'Return label', 'closed', 'Thank you, that is all.', at(-25)),
    row(34, null, 'verified', 'Refund', 'closed', '', at(-65)),
  ];
}

export function transcript(row, actionRow) {
  const says = (position, minutes, text, masked = 0) => ({
    position,
    at: at(minutes),
    entry: { kind: 'customer', text, masked },
  });
  const agent = (position, minutes, text) => ({
    position,
    at: at(minutes),
    entry: { kind: 'agent', agent: 'returns-agent', text },
  });
  const read = (position, minutes, tool, object, ms) => ({
    position,
    at: at(minutes),
    entry: {
      kind: 'action',
      tool,
      headline: null,
      effect: 'read',
      took_ms: ms,
      row: {
        action: `act_r${position}`,
        conversation: row.conversation,
        channel: 'chat',
        noun: 'Read',
        money: null,
        customer: row.customer,
        erased: row.erased,
        object: row.erased ? null : object,
        state: 'succeeded',
        proposed_at: at(minutes),
        deadline: null,
        changed_at: at(minutes),
        asked_by: null,
        decided_by: null,
        remark: null,
      },
    },
  });
  const entries = [
    says(
      101,
      -8,
      'Hi, I bought the Varde 45 rucksack from you, order 1042. The hip buckle snapped the second time I wore it. I would like my money back for it. <script>alert(1)</script>',
    ),
    read(102, -7.9, 'crm.find_order', 'order 1042', 212),
    read(103, -7.8, 'crm.list_refunds', 'order 1042', 96),
    agent(
      104,
      -7,
      'I can see order 1042, delivered on 9 October: one Varde 45 rucksack and one Lykt headlamp. Is it only the rucksack you would like refunded?',
    ),
    says(
      105,
      -5,
      'Yes only the rucksack. The headlamp is fine. I can send it back if you need. My card is •••• 4417',
      1,
    ),
  ];
  if (actionRow) {
    entries.push({
      position: 106,
      at: at(-4.2),
      entry: {
        kind: 'action',
        tool: 'crm.refund_order',
        headline: actionRow.headline,
        effect: 'irreversible',
        took_ms: null,
        row: actionRow.row,
      },
    });
    entries.push(
      agent(
        107,
        -4.1,
        'Thank you. A colleague is checking the refund of €129.00 now. I will tell you here as soon as it is decided.',
      ),
    );
    entries.push(says(108, -1, 'ok thanks. how long until the money is on my card?'));
  }
  if (row.state === 'agent' || row.state === 'held')
    entries.push({
      position: 1085,
      at: at(-0.8),
      entry: {
        kind: 'whispered',
        person: 'Jonas Weber',
        text: 'Book a delivery for the repaired rucksack as well.',
        scope: 'next_reply',
        heard: row.state === 'agent' ? 'not_yet' : 'followed',
        note: row.state === 'agent' ? null : 'It goes on with: book delivery.',
      },
    });
  if (row.taken_by !== null) {
    const person = row.taken_by.name;
    entries.push({ position: 111, at: at(-2), entry: { kind: 'taken_over', person } });
    entries.push({
      position: 112,
      at: at(-1.8),
      entry: {
        kind: 'person',
        person,
        text: 'Hello Mehmet, a person here. You should not have been asked to return it.',
      },
    });
    entries.push({
      position: 113,
      at: at(-1.7),
      entry: { kind: 'person', person, text: 'I am looking for a set of poles now.' },
    });
  }
  if (row.state === 'escalated')
    entries.push({
      position: 109,
      at: at(-2.3),
      entry: {
        kind: 'escalated',
        reason: row.escalation?.reason ?? 'Asked for a person',
        note: 'The customer wants to talk to a person about a damaged tent, order 1073.',
      },
    });
  if (row.state === 'closed')
    entries.push({
      position: 110,
      at: at(-25),
      entry: row.erased
        ? { kind: 'closed', reason: 'The customer is erased' }
        : { kind: 'resolved', person: 'Jonas Weber', code: 'Solved', note: 'A new label is on its way by post.' },
    });
  for (const { entry } of row.erased ? entries : []) if ('text' in entry) entry.text = null;
  return {
    as_of: 18198,
    row,
    entries,
    may_not_take: null,
    may_not_whisper: null,
    promises: (promised[row.conversation.slice(7)] ? [promised[row.conversation.slice(7)]] : []).flatMap((one) => [
      { number: 1, person: 'Jonas Weber', text: one.text, due: one.due, kept_at: null, kept_by: null },
      ...(one.open > 1
        ? [
            {
              number: 2,
              person: 'Jonas Weber',
              text: 'He need not return the tent.',
              due: null,
              kept_at: null,
              kept_by: null,
            },
            {
              number: 3,
              person: 'Jonas Weber',
              text: 'A mail with the tracking number.',
              due: at(-30),
              kept_at: at(-40),
              kept_by: 'Marta Lindqvist',
            },
          ]
        : []),
    ]),
    resolutions: [
      ['solved', 'Solved'],
      ['compensated', 'Compensated'],
      ['declined', 'Declined, and told why'],
      ['passed_on', 'Passed on to somebody else'],
      ['no_answer', 'The customer did not answer'],
      ['no_request', 'Nothing was asked for'],
    ].map(([code, words]) => ({ code, words })),
    facts: {
      opened_at: at(-8),
      first_reply_ms: 1400,
      turns: 3,
      reasoner: 'playbook refund 1',
      cost_micros: 0,
      currency: 'EUR',
    },
  };
}

const LOG = 'as long as the log is kept';
const OUTSIDE = 'not under this station’s control';
const remains = [
  [
    'The record that something happened: times, kinds of events, tools, amounts, rules, decisions and who signed them. It holds no word of the customer’s, and it verifies as before.',
    LOG,
  ],
  [
    'The customer’s pseudonym, so that an erasure resets no limit. Only whoever has this station’s index key and knows the customer’s id can tell whom it names.',
    `it counts in limits until 2026-12-23; the name stands in the record ${LOG}`,
  ],
  ['The pseudonyms of orders and other objects, with how often people refused an action on them.', LOG],
  [
    'One action about this customer in conversations with others: what was read for the decision is sealed with those conversations.',
    'until those are erased',
  ],
  ['The reasons that staff wrote for this erasure and for legal holds.', LOG],
  ['What the systems behind the tools keep (such as the CRM), and what the customer was sent.', OUTSIDE],
  [
    'Backups and copies from before. One that is restored here with the list of erased keys (erased.keys) is erased again before anything opens.',
    OUTSIDE,
  ],
  ['What a disk keeps below its files: old blocks, snapshots.', OUTSIDE],
].map(([what, until]) => ({ what, until }));

const openRow = (n, noun, minor, object, state) => ({
  action: `act_${n}`,
  conversation: `cnv_7f3${n}`,
  channel: 'chat',
  noun,
  money: eur(minor),
  customer: 'Ana Ruiz',
  erased: false,
  object,
  state,
  proposed_at: at(-4),
  deadline: null,
  changed_at: at(-4),
  asked_by: null,
  decided_by: null,
  remark: null,
});

/** What holds and erasures say of the customer of a conversation: one held, one being erased, one erased, one nobody knows. */
export function customer(conversation) {
  const is = (n) => conversation === `cnv_7f3${n}`;
  const erased = is(34);
  return {
    nobody: is(31) ? 'Nobody knows who this customer is.' : null,
    held_since: is(3) ? at(-60 * 24 * 3) : null,
    being_erased: is(20),
    waits_for: is(20) ? [openRow(20, 'Refund', 7400, 'order 1020', 'unknown')] : [],
    proposed: is(2) ? [{ kind: 'erase_customer', by: 'Hélène Dubois' }] : [],
    certificate: erased
      ? {
          log: hex(77).slice(0, 32),
          customer: hex(78),
          ordered: 18120,
          ordered_at: at(-70),
          signed_by: ['per_4', 'per_1'],
          named: [18131],
          done: 18132,
          done_at: at(-69),
          keys: 2,
          conversations: 2,
          parts: 61,
          dropped: 61,
          remains,
        }
      : null,
    certificate_words: erased ? 'CERTIFICATE OF ERASURE\n' : null,
    may_not_propose: null,
  };
}

export const ahead = (conversation) => ({
  conversations: 2,
  live: 1,
  parts: 61,
  taken_back: conversation === 'cnv_7f31' ? [openRow(1, 'Refund', 12900, 'order 1042', 'held')] : [],
  waits_for: conversation === 'cnv_7f31' ? [openRow(20, 'Refund', 7400, 'order 1020', 'unknown')] : [],
  remains,
});
