import { formatCount } from "../../protocol/plural.ts";
import type { LogFormat } from "./log-format.ts";
import type { FiledMessage, LogReading, UnreadableLine } from "./read-log.ts";

/** How many are shown of lines that weren't understood, of speakers, and of messages. */
const SHOWN_MAX = 5;
const SHOWN_LETTERS_MAX = 100;
/** Characters that a terminal may obey: controls, bidi marks, half surrogates. The joiner of emoji stays. */
const NOT_SHOWN = /[^\P{C}\u200d]|[\u2028\u2029]/gu;

const ACTION = "\x01ACTION ";

/** What an import read and did, or would do. */
export interface ImportSummary {
  readonly format: LogFormat;
  readonly timeZone: string;
  /** Whether the time zone is the machine's, and nobody said so. */
  readonly isOwnZone: boolean;
  /** Whether the encoding was guessed. */
  readonly isGuessed: boolean;
  readonly reading: LogReading;
  readonly files: number;
  readonly passedOver: readonly string[];
  /** Messages that a room can't have: dated before 1970, and after now. */
  readonly tooEarly: number;
  readonly future: number;
}

/** Says how a log was read: as what, how many lines, and which of them were not understood. */
export function readingLines(summary: ImportSummary): string[] {
  const { format, timeZone, isOwnZone, isGuessed, reading, files, passedOver } = summary;
  const { tooEarly, future } = summary;
  const { lines, messages, skipped, unreadable, encodings } = reading;
  const isLegacy = encodings.some((encoding) => !/UTF-8$|UTF-16/.test(encoding));
  const guess = isLegacy ? ", guessed (--encoding sets another)" : "";
  const how =
    encodings.length === 0
      ? ""
      : `${encodings.join(" and ")}${isGuessed ? guess : " as you said"}, `;
  const zoneNote = isOwnZone ? " (this machine's; --timezone sets another)" : "";
  const inFiles = files === 1 ? "" : ` in ${files} files`;
  return [
    `Read as ${format.program}: ${how}times in ${timeZone}${zoneNote}.`,
    `${formatCount(lines, "line")}${inFiles}: ${formatCount(messages.length, "message")}, ${skipped} without a message (joins, days, empty lines), ${unreadable.length} not understood.`,
    ...unreadableLines(unreadable, files > 1),
    ...(passedOver.length === 0
      ? []
      : [`${formatCount(passedOver.length, "other file")} passed over: ${listed(passedOver)}.`]),
    ...(future === 0
      ? []
      : [
          `${formatCount(future, "message")} dated in the future left out: is the time zone right?`,
        ]),
    ...(tooEarly === 0 ? [] : [`${formatCount(tooEarly, "message")} dated before 1970 left out.`]),
  ];
}

/** Says what the messages are that come in: when, whose, and how the first ones read. */
export function messageLines(messages: readonly FiledMessage[], timeZone: string): string[] {
  const [first] = messages;
  const last = messages.at(-1);
  if (first === undefined || last === undefined) return [];
  const by = [...Map.groupBy(messages, ({ nick }) => nick)].sort(
    (a, b) => b[1].length - a[1].length,
  );
  const speakers = by.map(([nick, said]) => `${shown(nick)} (${said.length})`);
  return [
    `From ${clock(first.time, timeZone)} to ${clock(last.time, timeZone)} (${timeZone}).`,
    `Speakers: ${listed(speakers)}.`,
    ...messages
      .slice(0, SHOWN_MAX)
      .map(({ time, nick, text }) => `  ${clock(time, timeZone)} ${shown(nick)}: ${shown(text)}`),
    ...(messages.length > SHOWN_MAX ? ["  …"] : []),
  ];
}

function unreadableLines(unreadable: readonly UnreadableLine[], withFile: boolean): string[] {
  const rows = unreadable.slice(0, SHOWN_MAX).map(({ file, line, text }) => {
    const place =
      (withFile || text === "") && file !== "" ? `${shown(file)} line ${line}` : `line ${line}`;
    return `  ${place}: ${shown(text)}`;
  });
  const rest = unreadable.length - rows.length;
  return rest > 0 ? [...rows, `  … and ${rest} more`] : rows;
}

function listed(items: readonly string[]): string {
  const rest = items.length - SHOWN_MAX;
  const first = items.slice(0, SHOWN_MAX).map(shown).join(", ");
  return rest > 0 ? `${first} and ${rest} more` : first;
}

/** Formats somebody else's text for one line of the owner's terminal. */
function shown(text: string): string {
  const plain = text.startsWith(ACTION)
    ? `* ${text.slice(ACTION.length).replace("\x01", "")}`
    : text;
  const safe = plain.replaceAll("\t", " ").replace(NOT_SHOWN, "·");
  const letters = [...safe];
  return letters.length > SHOWN_LETTERS_MAX
    ? `${letters.slice(0, SHOWN_LETTERS_MAX).join("")}…`
    : safe;
}

function clock(time: number, timeZone: string): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timeZone);
  return zoned.toPlainDateTime().toString({ smallestUnit: "second" }).replace("T", " ");
}
