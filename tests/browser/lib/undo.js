// What a test began is ended in the opposite order: pages before the station that they talk to.
const begun = new WeakMap();

/** Runs `end` when the test is over, before everything that was registered earlier. */
export function undo(t, end) {
  const known = begun.get(t);
  if (known !== undefined) {
    known.push(end);
    return;
  }
  const ends = [end];
  begun.set(t, ends);
  t.after(() => over(t));
}

/** Ends everything that was begun for `t`, the newest first; throws the first failure once all of them were tried. */
export async function over(t) {
  const failures = [];
  for (const one of (begun.get(t) ?? []).reverse()) {
    await Promise.resolve(one()).catch((failure) => failures.push(failure));
  }
  if (failures.length > 0) throw failures[0];
}
