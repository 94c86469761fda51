import { formatTime } from "../../protocol/time.ts";
import { parseOptions } from "../slash/parse-options.ts";
import { parseTimeRange } from "./history-range.ts";

/** Options that only restrict where to search: a query of nothing else is empty. */
const PLACE_OPTIONS: readonly string[] = ["--in", "--everywhere"];

/** What to search for, as the user typed it. Null, and "" for the words, match everything. */
export interface SearchTerms {
  /** Words, and phrases in quotes. */
  readonly words: string;
  readonly place: string | null;
  readonly by: string | null;
  /** Inclusive start, in ms. With it the server returns the oldest results, without it the newest. */
  readonly since: number | null;
  /** Exclusive end, in ms. */
  readonly until: number | null;
}

/** Returns the attributes of a SEARCH command: docs/history.md, "Searching". */
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
 * Parses `WORDS [--by NAME] [--in ROOM | --everywhere] [--from DAY] [--to DAY]`. Null when that isn't valid, or
 * when it names nothing to search for.
 *
 * @param currentPlace the room or person to search in where the text names none; null: everywhere
 * @example parseSearchQuery('"green tea" --by jun --everywhere', "#tea")
 */
export function parseSearchQuery(text: string, currentPlace: string | null): SearchTerms | null {
  const parsed = parseOptions(text, ["--by", "--in", "--from", "--to"], ["--everywhere"]);
  if (parsed === null) return null;
  const { words, options } = parsed;
  const range = parseTimeRange(options.get("--from") ?? null, options.get("--to") ?? null);
  const isEmpty =
    words.length === 0 && [...options.keys()].every((option) => PLACE_OPTIONS.includes(option));
  if (range === null || isEmpty) return null;
  return {
    words: words.join(" "),
    place: options.has("--everywhere") ? null : (options.get("--in") ?? currentPlace),
    by: options.get("--by") ?? null,
    since: range.since > 0 ? range.since : null,
    until: Number.isFinite(range.until) ? range.until : null,
  };
}
