// Counts the six metrics from exported events alone (countersign-station export-events), apart from the station's own code.
// Usage: node recount.js EVENTS FROM TO NOW OFFSET_MINUTES; prints what the query `metrics` says of totals and splits.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const [file, fromText, toText, nowText, offsetText] = process.argv.slice(2);
// Microseconds since 1970: recorded times have six digits behind the second.
const micros = (text) => {
  const [, seconds, fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text);
  return Date.parse(`${seconds}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
};
const ms = (from, to) => Math.max(0, Math.trunc((to - from) / 1000));
const [from, to, now] = [fromText, toText, nowText].map(micros);
const before = from - (to - from);
const offset = Number(offsetText) * 60 * 1_000_000;
const THREE_DAYS = 72 * 3600 * 1_000_000;

const talks = new Map();
const actions = new Map();
const talk = (id) => talks.get(id);

function conversation(id, kind, open, at) {
  if (kind === 'opened') {
    const none = { intent: null, reasoner: null, cost: 0, replies: [], holds: [], reasons: new Set() };
    talks.set(id, { channel: open.channel, messages: 0, ...none, person: 0, taken: null, closed: null, again: null, score: null });
    return;
  }
  const one = talk(id);
  if (kind === 'reopened') one.again ??= at;
  if (kind === 'rated') one.score = open.score;
  // What comes after its first end counts no more.
  if (one.closed !== null) return;
  const givenBack = () => {
    if (one.taken !== null) one.person += ms(one.taken, at);
    one.taken = null;
  };
  switch (kind) {
    case 'received':
      one.messages += 1;
      break;
    case 'turned':
      if (open.intent !== 'unclear') one.intent = open.intent;
      one.reasoner = `${open.reasoner.kind} ${open.reasoner.name} ${open.reasoner.version}`;
      if (open.received_at !== null && open.first_segment_at !== null)
        one.replies.push(ms(micros(open.received_at), micros(open.first_segment_at)));
      break;
    case 'model_called':
      one.cost += open.cost_micros;
      break;
    case 'escalated':
      one.reasons.add(open.reason);
      break;
    case 'taken_over':
      if (one.reasons.size === 0) one.reasons.add('taken_over');
      one.taken ??= at;
      break;
    case 'handed_back':
      givenBack();
      break;
    case 'resolved':
      if (one.messages === 0) break;
      givenBack();
      one.closed = at;
      break;
    case 'closed':
      if (open.reason === 'erased' || one.messages === 0) break;
      givenBack();
      one.closed = at;
      break;
  }
}

function action(id, kind, open, at) {
  if (kind === 'proposed') return void actions.set(id, { talk: talk(open.conversation), since: null });
  const one = actions.get(id);
  if (kind === 'held' || kind === 'voided') {
    if (one.talk.closed === null) one.since ??= at;
    return;
  }
  if (kind === 'deadline_moved') return;
  if ((kind === 'approved' || kind === 'overridden') && open.statement.which < open.statement.of) return;
  if (one.since !== null) one.talk.holds.push(ms(one.since, at));
  one.since = null;
}

const p95 = (times) => [...times].sort((a, b) => a - b)[Math.ceil((times.length * 95) / 100) - 1] ?? null;

function measures(ended) {
  const sum = (of) => ended.reduce((all, one) => all + Number(of(one)), 0);
  const alone = (one) => one.reasons.size === 0;
  const stands = (one) => alone(one) && (one.again === null || one.again >= one.closed + THREE_DAYS);
  const replies = ended.flatMap((one) => one.replies);
  const holds = ended.flatMap((one) => one.holds);
  return {
    closed: ended.length,
    claimed: sum(alone),
    verified: sum(stands),
    unsettled: sum((one) => stands(one) && now < one.closed + THREE_DAYS),
    rated: sum((one) => one.score !== null),
    score_sum: sum((one) => one.score ?? 0),
    escalated: sum((one) => !alone(one)),
    replies: replies.length,
    reply_p95_ms: p95(replies),
    holds: holds.length,
    hold_p95_ms: p95(holds),
    cost_micros: sum((one) => one.cost),
    currency: 'EUR',
    person_ms: sum((one) => one.person),
  };
}

for await (const line of createInterface({ input: createReadStream(file) })) {
  const { kind, open, recorded_at, stream } = JSON.parse(line);
  const [concept, what] = kind.split('.');
  const id = stream.slice(stream.indexOf('/') + 1);
  if (concept === 'conversation') conversation(id, what, open, micros(recorded_at));
  if (concept === 'action') action(id, what, open, micros(recorded_at));
}

const all = [...talks.values()].filter((one) => one.closed !== null);
const ended = all.filter((one) => one.closed >= from && one.closed < to);
const earlier = all.filter((one) => one.closed >= before && one.closed < from);
const day = (at) => new Date((at + offset) / 1000).toISOString().slice(0, 10);
const split = (by) => {
  const named = new Map();
  for (const one of ended) named.set(by(one), [...(named.get(by(one)) ?? []), one]);
  return [...named].map(([name, some]) => ({ name, measures: measures(some) }));
};
const reasons = {};
for (const one of ended) for (const reason of one.reasons) reasons[reason] = (reasons[reason] ?? 0) + 1;
process.stdout.write(
  JSON.stringify({
    total: measures(ended),
    total_before: measures(earlier),
    reasons,
    days: split((one) => day(one.closed)),
    intents: split((one) => one.intent),
    channels: split((one) => one.channel),
    agents: split((one) => one.reasoner),
  }),
);
