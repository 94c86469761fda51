import { type Folded, fold } from "./names.ts";

/** Each further term costs another look at every line that contains the others. */
const SEARCH_TERMS_MAX = 16;

/**
 * Parses a search: words, and phrases in double quotes. A message matches if it contains all of
 * them, in any order and also within words: Korean joins particles to words, so matching whole
 * words would find nothing.
 *
 * @example parseSearchTerms('점심 "green tea"') // ["점심", "green tea"]
 * @returns `null` if there are too many terms
 */
export function parseSearchTerms(text: string): string[] | null {
  const terms: string[] = [];
  for (const [, phrase, word] of text.normalize("NFC").matchAll(/"([^"]*)"?|([^\s"]+)/gu)) {
    const term = (phrase ?? word ?? "").trim();
    if (term !== "" && !terms.includes(term)) terms.push(term);
  }
  return terms.length > SEARCH_TERMS_MAX ? null : terms;
}

/** Returns what a search looks through in a message: its text, and the name of the file that was sent with it. */
export function searchedText(text: string, file?: { readonly name: string } | null): string {
  return file ? `${text}\n${file.name}` : text;
}

/** Returns whether a text contains all terms, in any case. `folded`: terms folded by `fold`. */
export function matchesAllTerms(text: string, folded: readonly Folded[]): boolean {
  if (folded.length === 0) return true;
  const foldedText = fold(text);
  return folded.every((term) => foldedText.includes(term));
}
