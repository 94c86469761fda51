import { type Folded, fold } from "./names.ts";

/** A letter that takes two units of a string has such a unit. */
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Returns whether a mask matches a text (a nick, or nick!user@host): `*` matches anything, `?` one
 * letter of any script. Both are folded. Takes at most mask × text steps, whatever mask a user
 * sets; the line's length bounds both.
 *
 * @example matchesMask("*!*@*.example", "Mina!m@home.example") // true
 */
export function matchesMask(mask: string, text: string): boolean {
  return maskMatcher(mask)(fold(text));
}

/**
 * Returns a function that matches a mask against folded texts, for a mask that is matched against
 * many.
 */
export function maskMatcher(mask: string): (text: Folded) => boolean {
  const folded = fold(mask);
  const firstWildcard = folded.search(/[*?]/);
  if (firstWildcard === -1) return (text) => text === folded;
  const start = folded.slice(0, firstWildcard);
  const end = folded.slice(Math.max(folded.lastIndexOf("*"), folded.lastIndexOf("?")) + 1);
  const letters = Array.from(folded);
  const isSimple = !SURROGATE.test(folded);
  // Most masks don't match, and differ at one of their ends.
  return (text) => {
    if (!text.startsWith(start) || !text.endsWith(end)) return false;
    // Taking a text apart into letters takes longer than matching them, and nearly no name needs it.
    if (isSimple && !SURROGATE.test(text)) return matchesLetters(folded, text);
    return matchesLetters(letters, Array.from(text));
  };
}

function matchesLetters(maskLetters: ArrayLike<string>, textLetters: ArrayLike<string>): boolean {
  let maskIndex = 0;
  let textIndex = 0;
  /** Index in the mask after the last `*`, and how far in the text that `*` matches. */
  let afterStar = -1;
  let starEnd = 0;
  while (textIndex < textLetters.length) {
    const letter = maskLetters[maskIndex];
    if (letter === "*") {
      afterStar = maskIndex + 1;
      starEnd = textIndex;
      maskIndex = afterStar;
    } else if (letter !== undefined && (letter === "?" || letter === textLetters[textIndex])) {
      maskIndex += 1;
      textIndex += 1;
    } else if (afterStar !== -1) {
      // Only the last `*` needs to be extended: a longer match of an earlier one wins nothing.
      starEnd += 1;
      textIndex = starEnd;
      maskIndex = afterStar;
    } else {
      return false;
    }
  }
  while (maskLetters[maskIndex] === "*") maskIndex += 1;
  return maskIndex === maskLetters.length;
}
