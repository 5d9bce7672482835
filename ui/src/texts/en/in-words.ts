import { plural } from './plural';

/** A length of time in words: "45 seconds", "2 minutes", "4 hours". Whole seconds. */
export function inWords(seconds: number): string {
  if (seconds % 60 !== 0) return `${seconds} ${plural(seconds, 'second', 'seconds')}`;
  const minutes = seconds / 60;
  if (minutes % 60 !== 0) return `${minutes} ${plural(minutes, 'minute', 'minutes')}`;
  return `${minutes / 60} ${plural(minutes / 60, 'hour', 'hours')}`;
}
