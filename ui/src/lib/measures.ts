/** The six metrics out of the counts that they are made of. Without a denominator there is no figure: null, never NaN. */
import type { Counted, Measures, ReasonCount } from '../generated/wire';
import { cost, duration, percent, score, type Unit } from './units';

const share = (part: number, of: number): number | null => (of === 0 ? null : (part / of) * 100);

export const verified = (of: Measures): number | null => share(of.verified, of.closed);
export const claimed = (of: Measures): number | null => share(of.claimed, of.closed);
export const escalated = (of: Measures): number | null => share(of.escalated, of.closed);
export const answered = (of: Measures): number | null => share(of.rated, of.closed);
export const satisfaction = (of: Measures): number | null => (of.rated === 0 ? null : of.score_sum / of.rated);
export const replyTime = (of: Measures): number | null => (of.replies === 0 ? null : of.reply_p95_ms);
export const holdTime = (of: Measures): number | null => (of.holds === 0 ? null : of.hold_p95_ms);
/** In units of the reporting currency, for each conversation that was resolved, as far as that is verified. */
export const costEach = (of: Measures): number | null =>
  of.verified === 0 ? null : of.cost_micros / 1_000_000 / of.verified;
/** Milliseconds that a person had the word, for each conversation that ended. */
export const personEach = (of: Measures): number | null => (of.closed === 0 ? null : of.person_ms / of.closed);

export type FigureName = 'resolution' | 'satisfaction' | 'escalation' | 'reply' | 'cost';

/** A figure that has a line by day. */
export type Figure = {
  name: FigureName;
  of: (measures: Measures) => number | null;
  /** How many it is made of. */
  among: (measures: Measures) => number;
  /** Which way is better. */
  better: 'more' | 'less';
  unit: Unit;
  counted: Counted;
};

export function figures(currency: string): Record<FigureName, Figure> {
  return {
    resolution: {
      name: 'resolution',
      of: verified,
      among: (of) => of.closed,
      better: 'more',
      unit: percent,
      counted: { which: 'verified' },
    },
    satisfaction: {
      name: 'satisfaction',
      of: satisfaction,
      among: (of) => of.rated,
      better: 'more',
      unit: score,
      counted: { which: 'rated' },
    },
    escalation: {
      name: 'escalation',
      of: escalated,
      among: (of) => of.closed,
      better: 'less',
      unit: percent,
      counted: { which: 'escalated' },
    },
    reply: {
      name: 'reply',
      of: replyTime,
      among: (of) => of.replies,
      better: 'less',
      unit: duration,
      counted: { which: 'slowest' },
    },
    cost: {
      name: 'cost',
      of: costEach,
      among: (of) => of.verified,
      better: 'less',
      unit: cost(currency),
      counted: { which: 'costliest' },
    },
  };
}

export type Delta = { words: string; is: 'better' | 'worse' | 'same' };

/** How a figure stands to the period before; null where either side has none. As shown: whoever subtracts finds the same. */
export function delta(figure: Figure, now: Measures, before: Measures): Delta | null {
  const [to, from] = [figure.of(now), figure.of(before)];
  if (to === null || from === null) return null;
  const by = figure.unit.rounded(figure.unit.rounded(to) - figure.unit.rounded(from));
  if (by === 0) return { words: figure.unit.signed(0), is: 'same' };
  return { words: figure.unit.signed(by), is: by > 0 === (figure.better === 'more') ? 'better' : 'worse' };
}

/** The reason that rose most, if it rose by at least five conversations and by half. */
export function roseMost(reasons: ReasonCount[]): ReasonCount | null {
  const rise = (of: ReasonCount): number => of.count - of.before;
  const [most] = [...reasons].sort((a, b) => rise(b) - rise(a));
  if (most === undefined || rise(most) < 5 || most.count < most.before * 1.5) return null;
  return most;
}
