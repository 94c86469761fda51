import Papa from "papaparse";
import type { LocalTime, LogItem } from "../log-item.ts";
import { isCalendarDay, isTimeOfDay, takeDateTime } from "./kakaotalk-dates.ts";
import { isDeletedMessage, isNotice } from "./kakaotalk-lines.ts";

const HEADER = /^\s*"?Date"?\s*,\s*"?User"?\s*,\s*"?Message"?/iu;
const RECORD_START = /^"?\d{4}[-./]\s?\d{1,2}[-./]/;
/** The table's first line may have been cut off. */
const FIRST_RECORD = /^"?\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?"?,"/;
const FIELDS = 3;
/** A quote that isn't closed is looked for in so many lines, so that a damaged file doesn't take for ever. */
const BLOCK_LINES = 1000;

/** Returns whether a text is the table that KakaoTalk's clients for the computer export. */
export function isKakaoTalkCsv(start: string): boolean {
  return HEADER.test(start) || FIRST_RECORD.test(start);
}

/**
 * Reads `2026-11-22 10:02:03,"민수","안녕"`: a date, who, and what was said, with line ends within the quotes.
 * Some versions don't double the quotes in a text. A record that can't be read costs its own lines alone.
 */
export function* readKakaoTalkCsv(
  lines: readonly string[],
  localTime: LocalTime,
): Generator<LogItem, void> {
  let index = 0;
  while (index < lines.length) {
    const line = lines[index] ?? "";
    if (!RECORD_START.test(line)) {
      const isOther = line.trim() === "" || (index === 0 && HEADER.test(line));
      yield isOther
        ? { kind: "skipped", line: index + 1 }
        : { kind: "unreadable", line: index + 1, text: line };
      index += 1;
      continue;
    }
    const records = recordsFrom(lines, index);
    for (const { line: first, fields, next } of records) {
      yield itemOf(first, fields, localTime);
      for (let further = first + 1; further <= next; further += 1)
        yield { kind: "skipped", line: further };
    }
    const last = records.at(-1);
    if (last === undefined) {
      yield { kind: "unreadable", line: index + 1, text: line };
      index += 1;
    } else index = last.next;
  }
}

interface CsvRecord {
  /** Counted from 1. */
  readonly line: number;
  readonly fields: readonly [string, string, string];
  /** Index of the line after it. */
  readonly next: number;
}

/** Reads records up to the end of a block, or to the first that isn't whole. */
function recordsFrom(lines: readonly string[], start: number): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  let index = start;
  Papa.parse<string[]>(lines.slice(start, start + BLOCK_LINES).join("\n"), {
    delimiter: ",",
    newline: "\n",
    fastMode: false,
    step: ({ data, errors }, parser) => {
      const [date, user, message] = data;
      const isWhole =
        data.length === FIELDS &&
        RECORD_START.test(date ?? "") &&
        !errors.some(({ code }) => code === "MissingQuotes");
      if (!isWhole) {
        parser.abort();
        return;
      }
      const next = index + data.reduce((count, field) => count + field.split("\n").length - 1, 1);
      records.push({ line: index + 1, fields: [date ?? "", user ?? "", message ?? ""], next });
      index = next;
    },
  });
  return records;
}

function itemOf(
  line: number,
  [date, user, message]: CsvRecord["fields"],
  localTime: LocalTime,
): LogItem {
  const unreadable = { kind: "unreadable", line, text: `${date},${user},${message}` } as const;
  const taken = takeDateTime(date.trim());
  const { day, time } = taken?.value ?? { day: null, time: null };
  if (day === null || time === null || taken?.rest !== "") return unreadable;
  if (!isCalendarDay(day) || !isTimeOfDay(time)) return unreadable;
  const nick = user.trim();
  const text = message.trimEnd();
  const isOwnNotice = text.startsWith(nick) && isNotice(text, (name) => name === nick);
  if (nick === "" || text === "" || isOwnNotice || isDeletedMessage(text))
    return { kind: "skipped", line };
  const epoch = localTime(
    ...([day.year, day.month, day.day] as const),
    ...([time.hour, time.minute, time.second] as const),
  );
  if (Number.isNaN(epoch)) return unreadable;
  return { kind: "message", line, message: { time: epoch, nick, verb: "PRIVMSG", text } };
}
