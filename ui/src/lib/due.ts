/** Times until which something can be promised, from the moment of asking, in the desk's own time zone. */

export type Due = { id: 'hour' | 'today' | 'noon' | 'tomorrow' | 'three' | 'week'; at: Date };

const at = (now: Date, days: number, hour: number): Date => {
  const then = new Date(now);
  then.setDate(then.getDate() + days);
  then.setHours(hour, 0, 0, 0);
  return then;
};

/** Those that lie ahead, the nearest first. */
export function dues(now: Date): Due[] {
  const all: Due[] = [
    { id: 'hour', at: new Date(now.getTime() + 3_600_000) },
    { id: 'today', at: at(now, 0, 18) },
    { id: 'noon', at: at(now, 1, 12) },
    { id: 'tomorrow', at: at(now, 1, 18) },
    { id: 'three', at: at(now, 3, 18) },
    { id: 'week', at: at(now, 7, 18) },
  ];
  const ahead = all.filter((due) => due.at.getTime() > now.getTime() + 60_000);
  return ahead.sort((a, b) => a.at.getTime() - b.at.getTime());
}
