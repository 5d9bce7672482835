/** Three short tones, made here: two low notes "waits for you", one higher and softer "done", a low one twice "soon". */

export type Tone = 'waits' | 'done' | 'soon';
type Note = { hertz: number; at: number; lasts: number; loud: number };

/** Times in seconds; each tone is over within 0.4. */
export const NOTES: Record<Tone, Note[]> = {
  waits: [
    { hertz: 294, at: 0, lasts: 0.16, loud: 0.22 },
    { hertz: 220, at: 0.18, lasts: 0.2, loud: 0.22 },
  ],
  done: [{ hertz: 784, at: 0, lasts: 0.18, loud: 0.08 }],
  soon: [
    { hertz: 220, at: 0, lasts: 0.13, loud: 0.2 },
    { hertz: 220, at: 0.22, lasts: 0.13, loud: 0.2 },
  ],
};
/** Begins and ends without a click, in seconds. */
const EDGE = 0.02;

let context: AudioContext | null = null;

/** Plays a tone, where the page may: before anybody touched it, it may not, and nothing is tried. */
export function play(tone: Tone): void {
  if (typeof AudioContext === 'undefined' || navigator.userActivation?.hasBeenActive === false) return;
  context ??= new AudioContext();
  const audio = context;
  const begin = (): void => {
    for (const note of NOTES[tone]) sound(audio, note);
  };
  if (audio.state === 'running') begin();
  else audio.resume().then(begin, () => undefined);
}

function sound(audio: AudioContext, { hertz, at, lasts, loud }: Note): void {
  const from = audio.currentTime + at;
  const source = audio.createOscillator();
  const level = audio.createGain();
  source.frequency.value = hertz;
  level.gain.setValueAtTime(0, from);
  level.gain.linearRampToValueAtTime(loud, from + EDGE);
  level.gain.setValueAtTime(loud, from + lasts - EDGE);
  level.gain.linearRampToValueAtTime(0, from + lasts);
  source.connect(level).connect(audio.destination);
  source.start(from);
  source.stop(from + lasts);
}
