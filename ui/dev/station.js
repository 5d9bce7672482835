// A station for development and screenshots: speaks the browser desk's wire with sample data. Decides nothing real.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { counted, metrics } from './metrics.js';
import {
  ahead,
  at,
  cards,
  changes,
  conversations,
  customer,
  eur,
  nobodyTookOver,
  people,
  session,
  states,
  takenBy,
  transcript,
} from './sample.js';
import { record, trail, trailChoices } from './trail.js';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const PASSWORD = 'correct horse battery';

/** Starts it; `stage` is where the desk begins, `empty` leaves every list empty. */
export function createStation({ dist, stage = 'sign_in', empty = false, previewDelay = 0 }) {
  nobodyTookOver();
  let now = session(stage);
  let position = 18198;
  const all = new Map(
    empty
      ? []
      : cards().map((card) => [card.action, { card, version: 1, ...(states[card.action] ?? { state: 'held' }) }]),
  );
  const listeners = new Set();
  const notify = () => {
    position += 1;
    now = { ...now, log_size: position };
    for (const response of listeners) response.write(`${JSON.stringify({ notice: 'changed', as_of: position })}\n`);
  };
  const digest = (entry) => `${entry.card.digest.slice(0, 60)}${String(entry.version).padStart(4, '0')}`;
  const decisionOf = (entry) =>
    entry.decision == null
      ? null
      : {
          decision: entry.decision,
          person: 'Marta Lindqvist',
          at: entry.at ?? at(-30),
          words: entry.words ?? null,
          changes: entry.changes ?? [],
          signed_by: 'station',
          key: '91d804ceb7f26a3591d804ceb7f26a35',
        };
  const rowOf = (entry) => ({
    action: entry.card.action,
    conversation: entry.card.conversation,
    channel: 'chat',
    tool: entry.card.tool.name,
    effect: entry.card.tool.effect,
    noun: entry.card.noun,
    money: entry.card.money,
    customer: entry.erased ? null : entry.card.customer.name,
    erased: entry.erased === true,
    object: entry.erased ? null : String(entry.card.arguments[0].shown).replace(/^(\d)/, 'order $1'),
    state: entry.state,
    proposed_at: entry.card.proposed_at,
    deadline: ['held', 'waiting'].includes(entry.state) ? entry.card.deadline : null,
    changed_at: entry.at ?? (entry.state === 'waiting' ? entry.card.proposed_at : entry.card.deadline),
    asked_by: null,
    snoozed: entry.snoozed ?? null,
    delegated: entry.delegated ?? null,
    decided_by: entry.decision == null ? null : 'Marta Lindqvist',
    remark:
      entry.state === 'held'
        ? (entry.card.notices[0]?.split(/[:.]/)[0] ?? entry.card.rules[0].reason)
        : (entry.outcome ?? null),
  });
  const problem = (code, message, status = 409) => ({ status, body: { code, message, field: null } });
  const money = (minor) => `€${(minor / 100).toFixed(2)}`;

  function preview(entry, args) {
    const { card } = entry;
    const amount = args.amount;
    const most = card.bar === null ? 100_000 : card.bar.total - card.bar.already;
    const problems =
      amount > most ? [{ name: 'amount', message: `${money(most)} is the most: the rest is already refunded.` }] : [];
    const headline =
      card.money === null ? card.headline : card.headline.replace(money(card.money.minor), money(amount));
    return {
      headline,
      effect:
        card.bar === null
          ? card.effect
          : `With this, Ana Ruiz has ${money(card.bar.already + amount)} of ${money(card.bar.total)} back and keeps both items.`,
      bar: card.bar === null ? null : { ...card.bar, this: amount },
      money: card.money === null ? null : eur(amount),
      problems,
      changes: [],
      verdict: 'Policy read again with your values: still one supervisor',
      signable: problems.length === 0,
      agent_is_told: `Overridden by a supervisor. Amount changed to ${amount === undefined ? 'the same' : money(amount)}.`,
    };
  }

  function query(q) {
    if (q.query === 'session') return { body: now };
    if (now.stage !== 'desk') return problem('sign_in_needed', 'Nobody is signed in.', 401);
    const rows = [...all.values()];
    switch (q.query) {
      case 'approvals':
        return {
          body: {
            as_of: position,
            held: rows
              .filter((e) => e.state === 'held' && e.snoozed == null)
              .map(rowOf)
              .sort((a, b) => (a.deadline < b.deadline ? -1 : 1)),
            next_in_ms: null,
            snoozed: rows.filter((e) => e.state === 'held' && e.snoozed != null).map(rowOf),
            for_you: rows
              .filter((e) => e.state === 'held' && e.snoozed == null && e.delegated == null)
              .map((e) => e.card.action),
            waiting: rows.filter((e) => e.state === 'waiting').map(rowOf),
            unknown: rows.filter((e) => e.state === 'unknown').map(rowOf),
            decided: rows
              .filter((e) => !['held', 'waiting', 'unknown'].includes(e.state))
              .map(rowOf)
              .sort((a, b) => (a.changed_at > b.changed_at ? -1 : 1)),
          },
        };
      case 'card': {
        const entry = all.get(q.action);
        if (!entry) return problem('not_found', 'There is no such action.', 404);
        if (entry.erased) return problem('erased', 'The customer is erased, and with them what this card showed.', 410);
        const may = entry.state === 'held';
        return {
          body: {
            card: entry.card,
            card_digest: digest(entry),
            state: entry.state,
            decision: decisionOf(entry),
            outcome: entry.outcome ?? null,
            may_decide: may,
            may_not_reason: may ? null : 'It is no longer held.',
            may_not_approve_reason: null,
            step_up: may && entry.card.noun === 'Change address',
            day: may && entry.card.money !== null ? { approved: eur(70_600), limit: eur(100_000) } : null,
            shortest_look_ms: 1500,
            escalation: { reason: null, at: null, by: null, note: null, may_not_reason: null },
            may_take_back: false,
            may_not_more_time_reason: null,
            aside: may
              ? {
                  snoozed: entry.snoozed ?? null,
                  delegated: entry.delegated ?? null,
                  may_not_snooze_reason: null,
                  may_not_delegate_reason: null,
                  delegates: people()
                    .filter(({ roles }) => roles.includes('supervisor'))
                    .map(({ id, name }) => ({ person: id, name, away: null })),
                }
              : null,
            starts_at: entry.state === 'waiting' ? entry.card.deadline : null,
            may_not_undo_reason: null,
            guidance: ['Offer a new voucher only for one that is lost.', 'Ask for the voucher’s number first.'],
            settling:
              entry.state === 'unknown' ? { may_not_propose: null, from: null, proposed: now.settling ?? null } : null,
          },
        };
      }
      case 'preview_override':
        return { body: preview(all.get(q.action), q.arguments), delay: previewDelay };
      case 'customer':
        return { body: customer(q.of.conversation) };
      case 'erasure_ahead':
        return { body: ahead(q.of.conversation) };
      case 'conversations':
        return { body: floor(position, empty ? [] : conversations(), q.search ?? {}) };
      case 'escalations': {
        const waits = (r) => (r.escalation !== null && r.state !== 'closed') || r.promise !== null;
        const waiting = empty ? [] : conversations().filter(waits);
        const due = (r) => (r.escalation === null ? `8${r.promise.due}` : (r.escalation.due ?? '7'));
        return { body: { as_of: position, rows: waiting.sort((a, b) => (due(a) < due(b) ? -1 : 1)) } };
      }
      case 'conversation': {
        const row = conversations().find((r) => r.conversation === q.conversation);
        if (!row) return problem('not_found', 'There is no such conversation.', 404);
        const entry = rows.find((e) => e.card.conversation === q.conversation);
        return {
          body: transcript(
            row,
            entry ? { row: rowOf(entry), headline: entry.erased ? null : entry.card.headline } : null,
          ),
        };
      }
      case 'whisper_preview':
        return { body: { words: q.text, would: /deliver/i.test(q.text) ? 'book delivery' : null } };
      case 'trail':
        return { body: empty ? { ...trail({ words: '\u0000' }, position) } : trail(q.search, position) };
      case 'trail_choices':
        return { body: trailChoices };
      case 'record': {
        const found = record(q.position);
        return found === null ? problem('not_found', 'There is no such record.', 404) : { body: found };
      }
      case 'metrics':
        return { body: metrics(q, position, empty) };
      case 'counted':
        return { body: counted(q, position, empty) };
      case 'people':
        return {
          body: {
            as_of: position,
            people: people(now.one_person_mode).map((one) =>
              one.id === now.person?.id ? { ...one, away: now.away } : one,
            ),
            deputies: people()
              .filter(({ roles }) => roles.includes('supervisor'))
              .map(({ id, name }) => ({ person: id, name })),
            may_not_say_away: null,
            changes: now.one_person_mode ? [] : changes(),
            one_person_mode: now.one_person_mode,
            may_not_propose: null,
            unmet_rules: now.one_person_mode
              ? ['The rule refund-over-500 asks for 2 people who decide (supervisor), and 1 can.']
              : [],
          },
        };
      default:
        return problem('invalid', 'Unknown question.', 400);
    }
  }

  function command(c) {
    switch (c.command) {
      case 'set_up':
        if (c.token !== 'first-run') return problem('forbidden', 'This is not the token that the console shows.', 403);
        now = {
          ...session('desk'),
          people: [{ id: 'per_1', name: c.name, roles: ['supervisor', 'administrator'] }],
          person: { id: 'per_1', name: c.name, roles: ['supervisor', 'administrator'] },
        };
        return { body: { ...now, recovery_key: '7QK4-M2WX-0D9R-TZ5B-H8VC-1NFE-K3YA-P6SJ' }, token: 'dev-token' };
      case 'new_recovery_key':
        return { body: { ...now, recovery_key: '7QK4-M2WX-0D9R-TZ5B-H8VC-1NFE-K3YA-P6SJ' } };
      case 'sign_in':
        if (c.password !== PASSWORD) return problem('wrong_password', 'Wrong password.', 403);
        now = session('desk');
        return { body: now, token: 'dev-token' };
      case 'sign_out':
        now = session('sign_in');
        return { body: now };
      case 'set_sample_customers':
        now = { ...now, sample_customers: c.pace };
        break;
      case 'snooze':
        all.get(c.action).snoozed = c.minutes === null ? null : { until: at(c.minutes), by: now.person.name };
        break;
      case 'go_away': {
        const deputy = people().find(({ id }) => id === c.deputy);
        now = {
          ...now,
          away: { until: c.until, deputy: { person: deputy.id, name: deputy.name }, by: null },
          quiet: true,
        };
        break;
      }
      case 'come_back':
        now = { ...now, away: null, quiet: false };
        break;
      case 'delegate': {
        const to = people().find(({ id }) => id === c.to);
        all.get(c.action).delegated = {
          to: to.id,
          name: to.name,
          taken: to.id === now.person.id,
          by: now.person.name,
          away: null,
        };
        break;
      }
      case 'take_over':
        takenBy.set(c.conversation, { person: now.person.id, name: now.person.name });
        break;
      case 'hand_back':
        takenBy.delete(c.conversation);
        break;
      case 'reply':
      case 'promise':
      case 'keep_promise':
      case 'resolve':
        break;
      case 'stop':
        now = {
          ...now,
          stopped: { at: new Date().toISOString(), by: 'Marta Lindqvist', takes_two: c.takes_two === true },
        };
        break;
      default:
        now = { ...now, stopped: null };
    }
    setImmediate(notify);
    return { body: now };
  }

  function decide(d) {
    const entry = all.get(d.action);
    if (!entry || entry.state !== 'held')
      return problem('no_longer_held', 'This action is no longer held: it was decided elsewhere.');
    if (d.card_digest !== digest(entry))
      return problem(
        'card_changed',
        'The facts on this card changed before your signature was stored. Nothing was decided.',
      );
    const choice = d.choice;
    Object.assign(entry, {
      state: choice.choice === 'reject' ? 'rejected' : 'succeeded',
      decision: choice.choice,
      at: new Date().toISOString(),
      words: choice.why ?? choice.guidance ?? null,
      outcome: choice.choice === 'reject' ? null : 'The shop answered: refund R-2208.',
      changes:
        choice.choice === 'override'
          ? [{ label: 'Amount', from: money(entry.card.money?.minor ?? 0), to: money(choice.arguments.amount ?? 0) }]
          : [],
    });
    setImmediate(notify);
    return { body: { position: position + 1, state: entry.state } };
  }

  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://local').pathname;
    if (path === '/api/notices') {
      if (request.headers.authorization !== 'Bearer dev-token') return response.writeHead(401).end();
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
      response.write('\n');
      listeners.add(response);
      request.on('close', () => listeners.delete(response));
      return;
    }
    if (path.startsWith('/api/')) {
      let text = '';
      for await (const chunk of request) text += chunk;
      const body = JSON.parse(text);
      const answer =
        path === '/api/query'
          ? query(body.query)
          : path === '/api/command'
            ? command(body.command)
            : decide(body.decision);
      if (answer.delay) await new Promise((resolve) => setTimeout(resolve, answer.delay));
      response.writeHead(answer.status ?? 200, {
        'Content-Type': 'application/json',
        ...(answer.token ? { 'countersign-session': answer.token } : {}),
      });
      return response.end(JSON.stringify(answer.body));
    }
    const file = join(dist, normalize(path === '/' ? '/index.html' : path));
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': POLICY,
    });
    createReadStream(file).pipe(response);
  });

  return {
    server,
    notify,
    all,
    /** Sets fields of the session, as another desk or the console would. */
    setSession(fields) {
      now = { ...now, ...fields };
      notify();
    },
    /** Changes the facts of a card, so that its digest differs. */
    change(action) {
      const entry = all.get(action);
      if (entry) entry.version += 1;
      notify();
    },
    listen: (port) => new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server.address().port))),
    async close() {
      for (const response of listeners) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The floor, as the station tells it. */
function floor(as_of, all, { states, intent, channel, first }) {
  const live = all.filter((row) => row.state !== 'closed');
  const of = (name) => [...new Set(live.map((row) => row[name]).filter((value) => value != null))].sort();
  const fits = (row) =>
    (states == null || states.length === 0 || states.includes(row.state)) &&
    (intent == null || row.intent === intent) &&
    (channel == null || row.channel === channel);
  const wanted = all.filter(fits);
  return {
    as_of,
    live: live.length,
    needing: live.filter((row) => ['unknown', 'escalated', 'held'].includes(row.state)).length,
    found: wanted.filter((row) => row.state !== 'closed').map((row) => ({ state: row.state, count: 1 })),
    intents: of('intent'),
    channels: of('channel'),
    agents: ['clerk'],
    teams: ['default'],
    rows: wanted.slice(0, first ?? 200),
    besides: [],
  };
}
