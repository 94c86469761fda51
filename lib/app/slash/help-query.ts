/** The entries of the help, and which of them fit what is searched for. */
import { hangulToLatin, initialsOf } from "../../protocol/hangul-layout.ts";

/** One row: how a command is written or what a key is called, and what it does. */
export interface HelpEntry {
  readonly title: string;
  readonly text: string;
  /** What Enter puts into the input line; null for a key. */
  readonly command: string | null;
}

/** A group of entries under its title. */
export interface HelpSection {
  readonly title: string;
  readonly entries: readonly HelpEntry[];
}

/**
 * Returns whether every word of a query occurs in an entry or in one of its names. At the beginning of a word it may be
 * typed in the other layout, or as its initials (ㅊㄷ finds 차단): further inside, two letters fit nearly everything.
 */
export function fitsQuery(
  query: string,
  { title, text }: HelpEntry,
  names: readonly string[],
): boolean {
  const haystack = comparable([title, text, ...names].join(" "));
  const words = haystack.split(/[^\p{L}\p{N}]+/u);
  const parts = comparable(query)
    .split(/\s+/)
    .map((part) => part.replace(/^\//, ""))
    .filter((part) => part !== "");
  return parts.every((part) => {
    const otherLayout = comparable(hangulToLatin(part));
    return (
      haystack.includes(part) ||
      words.some((word) => word.startsWith(otherLayout) || initialsOf(word).startsWith(part))
    );
  });
}

function comparable(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
