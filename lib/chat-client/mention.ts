import { fold } from "../protocol/names.ts";

/**
 * Whether `text` names `nick`: as a word, with or without '@'. Korean joins particles and titles to
 * a name (민수야, @민수님), so Hangul may follow a name directly if the particle is one in use.
 *
 *     mentions("민수야 밥 먹자", "민수") // true
 *     mentions("민수기 좋아", "민수") // false
 */
export function mentions(text: string, nick: string): boolean {
  if (nick === "") return false;
  const hay = fold(text) as string;
  const needle = fold(nick) as string;
  for (let at = hay.indexOf(needle); at !== -1; at = hay.indexOf(needle, at + 1)) {
    if (beginsWord(hay, at) && endsWord(hay, at + needle.length)) return true;
  }
  return false;
}

const WORD = /[\p{L}\p{M}\p{N}_-]/u;
const WORD_END = /[\p{L}\p{M}\p{N}_-]$/u;
/** What follows a name directly in Korean and still means the person; it ends the word itself. */
const PARTICLE =
  /^(?:님|씨|군|양|형|언니|오빠|누나|선배|쌤)?(?:이?[가야랑]|아|은|는|이|을|를|와|과|의|도|만|께|께서|에게|에게서|한테|한테서|보고|처럼|까지|부터|이나|나|이?라고|이?라면|입니다|이?에요|예요|이?네|이?는|이?도|이?만|이?를|이?한테)?(?![\p{L}\p{M}\p{N}_-])/u;

function beginsWord(text: string, at: number): boolean {
  return !WORD_END.test(text.slice(Math.max(0, at - 2), at));
}

function endsWord(text: string, end: number): boolean {
  const next = text.codePointAt(end);
  if (next === undefined || !WORD.test(String.fromCodePoint(next))) return true;
  return PARTICLE.test(text.slice(end, end + PARTICLE_LETTERS_MAX));
}

/** The longest title and particle together, and the letter behind them. */
const PARTICLE_LETTERS_MAX = 12;
