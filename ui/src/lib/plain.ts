/** Finds the characters in untrusted text that show nothing, or that change the direction of what stands around them. */

/** A run of ordinary text, or one hidden character by its code point. */
export type Piece = { text: string } | { code: string };

const HIDDEN =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class -- naming them is the purpose
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff]|[\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u;
const PICTURE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\u20e3#*0-9]/u;
const JOINER = '\u200d';
const AS_PICTURE = '\ufe0f';

/** Splits a text; joining the pieces' texts and characters gives it back. */
export function pieces(text: string): Piece[] {
  const characters = [...text];
  const out: Piece[] = [];
  let run = '';
  characters.forEach((character, index) => {
    if (!HIDDEN.test(character) || partOfPicture(characters, index)) {
      run += character;
      return;
    }
    if (run !== '') out.push({ text: run });
    run = '';
    out.push({ code: `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}` });
  });
  if (run !== '') out.push({ text: run });
  return out;
}

/** Joiners and picture selectors inside an emoji are what make it one; anywhere else they are hidden characters. */
function partOfPicture(characters: string[], index: number): boolean {
  const here = characters[index];
  const before = characters[index - 1] ?? '';
  if (here === AS_PICTURE) return PICTURE.test(before);
  if (here !== JOINER) return false;
  return (PICTURE.test(before) || before === AS_PICTURE) && PICTURE.test(characters[index + 1] ?? '');
}

/** Cuts a text into stretches of at most `length` characters, so that each can be watched for being on screen. */
export function stretches(text: string, length = 240): string[] {
  const characters = [...text];
  if (characters.length <= length) return [text];
  const out: string[] = [];
  for (let start = 0; start < characters.length; start += length) {
    out.push(characters.slice(start, start + length).join(''));
  }
  return out;
}
