/** The entries of the help, and which of them fit what is searched for. */
import { hangulToLatin } from "../../protocol/hangul-layout.ts";

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

/** Returns whether every word of a query occurs in an entry or in one of its names, in either layout. */
export function fitsQuery(
  query: string,
  { title, text }: HelpEntry,
  names: readonly string[],
): boolean {
  const haystack = comparable([title, text, ...names].join(" "));
  const parts = comparable(query)
    .split(/\s+/)
    .map((part) => part.replace(/^\//, ""))
    .filter((part) => part !== "");
  return parts.every(
    (part) => haystack.includes(part) || haystack.includes(comparable(hangulToLatin(part))),
  );
}

function comparable(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
