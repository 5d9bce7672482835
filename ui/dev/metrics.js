// Metrics for the development station: a shop of about two hundred conversations a day, and the same period before it.
import { conversations } from './sample.js';

const DAY_MS = 86_400_000;
const dayAt = (at, offset) => new Date(at + offset * 60_000).toISOString().slice(0, 10);

const NONE = {
  closed: 0,
  claimed: 0,
  verified: 0,
  unsettled: 0,
  rated: 0,
  score_sum: 0,
  escalated: 0,
  replies: 0,
  reply_p95_ms: null,
  holds: 0,
  hold_p95_ms: null,
  cost_micros: 0,
  currency: 'EUR',
  person_ms: 0,
};
/** Counts that give about these figures: shares in percent, seconds, euros for each resolved one, minutes of a person. */
const measures = (closed, resolved, claimed, score, escalated, reply, cost, minutes, more = {}) => {
  const verified = Math.round((closed * resolved) / 100);
  const rated = Math.round(closed * 0.38);
  return {
    ...NONE,
    closed,
    claimed: Math.round((closed * claimed) / 100),
    verified,
    rated,
    score_sum: Math.round(rated * score),
    escalated: Math.round((closed * escalated) / 100),
    replies: Math.round(closed * 4.3),
    reply_p95_ms: Math.round(reply * 1000),
    holds: Math.round(closed * 0.16),
    hold_p95_ms: 252_000,
    cost_micros: Math.round(verified * cost * 1_000_000),
    person_ms: Math.round(closed * minutes * 60_000),
    ...more,
  };
};

/** A week by day, the last first: resolved, claimed, CSAT, escalated, reply, cost. */
const NOW = [
  [72.6, 78.9, 4.51, 8.8, 2.4, 0.56],
  [71.9, 78.4, 4.48, 9.1, 3.2, 0.59],
  [70.6, 77.7, 4.46, 9.6, 2.1, 0.6],
  [73.1, 79.5, 4.55, 7.6, 1.8, 0.55],
  [72.2, 78.6, 4.52, 8.1, 1.8, 0.57],
  [70.4, 77.4, 4.47, 9.2, 1.9, 0.6],
  [69.8, 77.0, 4.44, 9.4, 1.9, 0.61],
];
const BEFORE = [
  [70.1, 77.9, 4.45, 9.6, 1.9, 0.61],
  [69.5, 77.6, 4.44, 9.9, 1.9, 0.62],
  [68.9, 77.2, 4.44, 10.2, 1.9, 0.63],
  [71.0, 78.1, 4.52, 8.4, 1.9, 0.6],
  [70.8, 77.9, 4.49, 8.6, 1.8, 0.6],
  [70.0, 77.3, 4.45, 9.5, 2.0, 0.63],
  [69.1, 77.0, 4.43, 9.8, 1.9, 0.64],
];

const byDay = (from, to, offset, week) => {
  const count = Math.round((to - from) / DAY_MS);
  return [...Array(count)].map((_, index) => {
    const back = count - 1 - index;
    const [resolved, claimed, score, escalated, reply, cost] = week[back % 7];
    // Longer ago there was a day on which the shop was shut.
    const closed = back === 17 ? 0 : 205 + ((back * 5) % 17);
    return {
      name: dayAt(from + index * DAY_MS, offset),
      measures: closed === 0 ? NONE : measures(closed, resolved, claimed, score, escalated, reply, cost, 1.4),
    };
  });
};

const named = (name, ...figures) => ({ name, measures: measures(...figures) });

/** The answer to `metrics`; `empty` is a station whose shop just opened. */
export function metrics(query, asOf, empty) {
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
  const iso = (at) => new Date(at).toISOString();
  const days = (to - from) / DAY_MS;
  const of = (n) => (empty ? 0 : Math.round((n * days) / 7));
  const reason = (code, words, count, before) => ({ reason: code, words, count: of(count), before: of(before) });
  return {
    as_of: asOf,
    period: { from: query.from, to: query.to },
    before: { from: iso(2 * from - to), to: query.from },
    total: empty ? NONE : measures(of(1480), 71.8, 78.2, 4.49, 8.9, 2.3, 0.58, 1.4, { unsettled: 214 }),
    total_before: empty ? NONE : measures(of(1480), 69.9, 77.5, 4.46, 9.5, 1.9, 0.62, 1.5),
    reasons: empty
      ? []
      : [
          reason('person_asked', 'Asks for a person', 41, 38),
          reason('asked_twice', 'Same question twice', 27, 35),
          reason('tool_failed', 'A tool failed twice', 19, 11),
          reason('denied', 'Denied by policy', 16, 17),
          reason('low_confidence', 'Low confidence', 13, 19),
          reason('frustration', 'Frustration', 9, 10),
          reason('taken_over', 'Taken over unasked', 4, 6),
          reason('clock', 'Clock ran out', 3, 5),
        ],
    days: empty ? [] : byDay(from, to, query.offset_minutes, NOW),
    days_before: empty ? [] : byDay(2 * from - to, from, query.offset_minutes, BEFORE),
    intents: empty
      ? []
      : [
          named('Refund', of(412), 61.0, 68.4, 4.35, 13.1, 2.6, 1.12, 2.67),
          named('Order status', of(388), 88.4, 90.2, 4.71, 2.1, 1.4, 0.12, 0),
          named('Delivery and address', of(241), 73.0, 79.9, 4.55, 7.1, 1.9, 0.35, 0.58),
          named('Damaged or missing', of(168), 51.3, 66.1, 4.12, 20.2, 3.1, 1.86, 3.92),
          named('Sizing and advice', of(147), 81.0, 88.6, 4.68, 3.4, 2.2, 0.14, 0.08),
          named('Warranty', of(73), 58.9, 64.4, 4.3, 16.4, 2.9, 1.1, 2.17),
          named(null, of(51), 86.3, 88.2, 4.6, 3.9, 1.5, 0.16, 0.17),
        ],
    channels: empty ? [] : [named('chat', of(1480), 71.8, 78.2, 4.49, 8.9, 2.3, 0.58, 1.4)],
    agents: empty
      ? []
      : [
          named('playbook refund 1', of(580), 56.8, 67.7, 4.28, 15.1, 2.7, 0, 3.03),
          named('playbook orders 2', of(900), 81.5, 85, 4.62, 4.9, 1.8, 0, 0.35),
        ],
  };
}

const HOW = [
  'The customer said that it is done',
  'Nothing came for long',
  'A person resolved it: solved',
  'A person resolved it: the customer was sent elsewhere with a promise to come back',
];

/** The answer to `counted`. */
export function counted(query, asOf, empty) {
  const all = empty ? [] : conversations();
  const to = Math.min(Date.parse(query.to), Date.now());
  const lowest = query.counted.which === 'rated';
  return {
    as_of: asOf,
    total: empty ? 0 : 412,
    rows: all.map((row, index) => ({
      row: { ...row, state: 'closed', deadline: null },
      closed_at: new Date(to - (index + 1) * 2_700_000).toISOString(),
      how: HOW[index % HOW.length],
      score: lowest ? Math.min(5, 1 + Math.floor(index / 3)) : index % 3 === 1 ? null : 5 - (index % 4),
      slowest_ms: 3100 - index * 190,
      longest_hold_ms: index % 3 === 0 ? 252_000 + index * 61_000 : null,
      cost_micros: index % 4 === 0 ? 0 : 1_860_000 - index * 97_000,
    })),
  };
}
