/** In what a figure is counted: how it is written, what its difference to another is called, and where its axis may end. */
import { decimals, lasting, LOCALE, took } from './format';
import { t } from '../texts/en';

export type Unit = {
  /** The figure and, smaller behind it, its unit. */
  parts: (value: number) => [string, string];
  /** A figure as it is shown, so that a difference is one of shown figures. */
  rounded: (value: number) => number;
  /** A difference with its sign and unit. */
  signed: (difference: number) => string;
  /** A line of the axis, as exact as their distance needs. */
  tick: (value: number, step: number) => string;
  /** No axis ends below or above these. */
  least: number;
  most: number;
  /** The least distance between two lines of the axis. */
  step: number;
};

const MINUS = '\u2212';
const sign = (by: number): string => (by < 0 ? MINUS : '+');
const round =
  (digits: number) =>
  (value: number): number =>
    Number(value.toFixed(digits));
/** Digits that tell two values apart that lie a step asunder. */
const digitsFor = (step: number): number => Math.max(0, Math.min(4, Math.ceil(-Math.log10(step) - 1e-9)));

export const percent: Unit = {
  parts: (value) => [value.toFixed(1), '%'],
  rounded: round(1),
  signed: (by) => (by === 0 ? t.metrics.noChange : `${sign(by)}${Math.abs(by).toFixed(1)} ${t.metrics.points}`),
  tick: (value, step) => `${value.toFixed(digitsFor(step))} %`,
  least: 0,
  most: 100,
  step: 1,
};

export const score: Unit = {
  parts: (value) => [value.toFixed(2), t.metrics.ofFive],
  rounded: round(2),
  signed: (by) => (by === 0 ? t.metrics.noChange : `${sign(by)}${Math.abs(by).toFixed(2)}`),
  tick: (value, step) => value.toFixed(Math.max(1, digitsFor(step))),
  least: 1,
  most: 5,
  step: 0.1,
};

/** "2.3" and "s"; hours carry their units in themselves. */
function time(ms: number): [string, string] {
  const [, value = '', unit = ''] = /^([\d.:]+) (ms|s|min)$/u.exec(took(ms)) ?? [];
  return value === '' ? [took(ms), ''] : [value, unit];
}
export const duration: Unit = {
  parts: time,
  rounded: (ms) => (Math.abs(ms) < 1000 ? Math.round(ms) : Math.round(ms / 100) * 100),
  // Between figures in seconds it is one in seconds.
  signed: (by) => {
    if (by === 0) return t.metrics.noChange;
    const length = Math.abs(by);
    const short = length < 1000 && length % 100 === 0;
    return `${sign(by)}${short ? `${(length / 1000).toFixed(1)}\u00a0s` : together(time(length))}`;
  },
  tick: (ms, step) => {
    if (step < 500) return `${Math.round(ms)} ms`;
    return step < 60_000 ? `${(ms / 1000).toFixed(step % 1000 === 0 ? 0 : 1)} s` : lasting(ms);
  },
  least: 0,
  most: Number.POSITIVE_INFINITY,
  step: 50,
};

/** Money that may be less than the smallest coin: then with two digits that count. */
export function amount(value: number, currency: string): string {
  const digits = decimals(currency);
  const small = value !== 0 && Math.abs(value) < 10 ** -digits;
  const options = small
    ? { maximumSignificantDigits: 2 }
    : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  try {
    return new Intl.NumberFormat(LOCALE, { style: 'currency', currency, ...options }).format(value);
  } catch {
    return `${currency} ${value.toFixed(digits)}`;
  }
}
export const cost = (currency: string): Unit => ({
  parts: (value) => [amount(value, currency), ''],
  // What is less than a coin stays what it is; else a difference is one of coins.
  rounded: (value) => {
    const digits = decimals(currency);
    return Math.abs(value) < 10 ** -digits ? Number(value.toPrecision(2)) : round(digits)(value);
  },
  signed: (by) => (by === 0 ? t.metrics.noChange : `${sign(by)}${amount(Math.abs(by), currency)}`),
  tick: (value, step) => {
    const digits = Math.max(decimals(currency), digitsFor(step));
    const mark = amount(0, currency).replace(/[\d.,\s]/gu, '');
    return `${mark}${value.toFixed(digits)}`;
  },
  least: 0,
  most: Number.POSITIVE_INFINITY,
  step: 0.01,
});

function together([value, unit]: [string, string]): string {
  return unit === '' ? value : `${value}\u00a0${unit}`;
}

/** A figure in one piece, "71.8 %"; a dash where there is none. */
export function written(unit: Unit, value: number | null): string {
  return value === null ? '\u2013' : together(unit.parts(value));
}
