import { formatTime } from "../protocol/time.ts";
import { readRange } from "./history-range.ts";

/** What a person looks for, as they wrote it. */
export interface SearchAsked {
  /** Words, and phrases in quotes; "" for everything. */
  readonly words: string;
  /** As SEARCH takes them: docs/history.md, "Finding things again". */
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * Reads `WORDS [--by NAME] [--in ROOM] [--everywhere] [--from DAY] [--to DAY]`, the options anywhere among the words;
 * `null` when that can't be, or asks for nothing.
 *
 * @param here where it is looked for without another place
 * @example readSearch('"green tea" --by jun --everywhere', "#tea")
 */
export function readSearch(text: string, here: string): SearchAsked | null {
  const parts = text.split(/\s+/).filter((part) => part !== "");
  const options = new Map<string, string>();
  const plain: string[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? "";
    if (part === "--everywhere") options.set(part, part);
    else if (WITH_WORD.includes(part)) options.set(part, parts[++at] ?? "");
    else if (part.startsWith("--")) return null;
    else plain.push(part);
  }
  const range = readRange(options.get("--from") ?? null, options.get("--to") ?? null);
  const isEmpty = plain.length === 0 && [...options.keys()].every((key) => PLACES.includes(key));
  if (range === null || isEmpty || [...options.values()].includes("")) return null;
  const words = plain.join(" ").normalize("NFC");
  const attributes = new Map<string, string>();
  if (!options.has("--everywhere")) attributes.set("in", options.get("--in") ?? here);
  const by = options.get("--by");
  if (by !== undefined) attributes.set("from", by);
  if (range.since > 0) attributes.set("after", formatTime(range.since));
  if (Number.isFinite(range.until)) attributes.set("before", formatTime(range.until - 1));
  if (words !== "") attributes.set("text", words);
  return { words, attributes };
}

const WITH_WORD: readonly string[] = ["--by", "--in", "--from", "--to"];
const PLACES: readonly string[] = ["--in", "--everywhere"];
