/** Finding by words as one types them: every word somewhere, whatever its case and accents. */

/** A piece of a text, and whether it is what was looked for. */
export type Piece = { text: string; hit: boolean };

/** One letter as it is compared. It stays one letter, so that places in the text stay what they are. */
function plainLetter(letter: string): string {
  return letter.normalize('NFD').slice(0, 1).toLowerCase();
}

function plain(text: string): string[] {
  return [...text].map(plainLetter);
}

/** The words that are looked for. */
export function wordsOf(text: string): string[] {
  return plain(text.trim()).join('').split(/\s+/u).filter(Boolean);
}

/** Whether every word stands in one of the texts. */
export function matches(words: string[], ...texts: string[]): boolean {
  const all = texts.map((text) => plain(text).join(''));
  return words.every((word) => all.some((text) => text.includes(word)));
}

/** The text in pieces, with every place marked where one of the words stands. */
export function marked(text: string, words: string[]): Piece[] {
  const letters = [...text];
  const compared = plain(text);
  const hit = new Array<boolean>(letters.length).fill(false);
  for (const word of words) {
    const wanted = [...word];
    for (let at = 0; at + wanted.length <= compared.length; at += 1) {
      if (wanted.every((letter, index) => compared[at + index] === letter)) hit.fill(true, at, at + wanted.length);
    }
  }
  const pieces: Piece[] = [];
  for (const [index, letter] of letters.entries()) {
    const last = pieces[pieces.length - 1];
    const isHit = hit[index] === true;
    if (last !== undefined && last.hit === isHit) last.text += letter;
    else pieces.push({ text: letter, hit: isHit });
  }
  return pieces;
}
