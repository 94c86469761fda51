import { type Folded, fold } from "./names.ts";

/** Terms of one search. Each one more is another look at every line that has the others. */
const SEARCH_TERMS_MAX = 16;

/**
 * What is looked for: words, and phrases in quotes. All of them must be in a message, each anywhere in it,
 * also within a word: Korean joins particles to words, so whole words would find nothing.
 *
 *     parseSearchWords('점심 "green tea"') // ["점심", "green tea"]
 *
 * @returns `null` when there are too many
 */
export function parseSearchTerms(text: string): string[] | null {
  const words: string[] = [];
  for (const [, phrase, word] of text.normalize("NFC").matchAll(/"([^"]*)"?|([^\s"]+)/gu)) {
    const term = (phrase ?? word ?? "").trim();
    if (term !== "" && !words.includes(term)) words.push(term);
  }
  return words.length > SEARCH_TERMS_MAX ? null : words;
}

/** Whether a text has all of the terms, whatever their case. `folded` are terms folded by `fold`. */
export function matchesAllTerms(text: string, folded: readonly Folded[]): boolean {
  if (folded.length === 0) return true;
  const whole = fold(text);
  return folded.every((word) => whole.includes(word));
}
