import { formatTime } from "../../protocol/time.ts";
import { parseOptions } from "../slash/parse-options.ts";
import { readRange } from "./history-range.ts";

/** What is looked for; null and "" stand for anything. */
export interface SearchTerms {
  /** Words, and phrases in quotes. */
  readonly words: string;
  readonly place: string | null;
  readonly by: string | null;
  /** Times in ms, the first one within, the second not. With the first, what is found is the oldest. */
  readonly since: number | null;
  readonly until: number | null;
}

/** As SEARCH takes them: docs/history.md, "Searching". */
export function searchAttributes({
  words,
  place,
  by,
  since,
  until,
}: SearchTerms): Map<string, string> {
  const attributes = new Map<string, string>();
  if (place !== null) attributes.set("in", place);
  if (by !== null) attributes.set("from", by);
  if (since !== null) attributes.set("after", formatTime(since));
  if (until !== null) attributes.set("before", formatTime(until - 1));
  if (words !== "") attributes.set("text", words.normalize("NFC"));
  return attributes;
}

/**
 * Reads `WORDS [--by NAME] [--in ROOM] [--everywhere] [--from DAY] [--to DAY]`; `null` when that can't be, or asks for
 * nothing.
 *
 * @param here where it is looked for without another place; null: everywhere
 * @example readSearch('"green tea" --by jun --everywhere', "#tea")
 */
export function parseSearchQuery(text: string, here: string | null): SearchTerms | null {
  const typed = parseOptions(text, ["--by", "--in", "--from", "--to"], ["--everywhere"]);
  if (typed === null) return null;
  const { words, options } = typed;
  const range = readRange(options.get("--from") ?? null, options.get("--to") ?? null);
  const isEmpty = words.length === 0 && [...options.keys()].every((key) => PLACES.includes(key));
  if (range === null || isEmpty) return null;
  return {
    words: words.join(" "),
    place: options.has("--everywhere") ? null : (options.get("--in") ?? here),
    by: options.get("--by") ?? null,
    since: range.since > 0 ? range.since : null,
    until: Number.isFinite(range.until) ? range.until : null,
  };
}

const PLACES: readonly string[] = ["--in", "--everywhere"];
