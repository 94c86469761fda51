import type { OpenedLogFile } from "./input/log-files.ts";
import type { LogFormat, ReadOptions } from "./log-format.ts";
import type { LocalTime, LoggedMessage, LogItem } from "./log-item.ts";

/** Stands where bytes meant nothing in the encoding. */
const REPLACEMENT = "\ufffd";

/** The content of a log. */
export interface LogReading {
  readonly lines: number;
  /** Lines that are no messages: joins, days, empty lines. */
  readonly skipped: number;
  /** The messages, by time; those of one time in the order of the log. */
  readonly messages: readonly FiledMessage[];
  readonly unreadable: readonly UnreadableLine[];
  /** How the files were decoded, each way once. */
  readonly encodings: readonly string[];
}

/** A message with the file that it is in. */
export type FiledMessage = LoggedMessage & { readonly file: string };

/** A line that wasn't understood. */
export interface UnreadableLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/**
 * Reads all files of a log. A message whose time doesn't exist, or some bytes of which meant
 * nothing, counts as not understood. A refusal is a sentence for the owner.
 */
export function readLog(
  format: LogFormat,
  files: readonly OpenedLogFile[],
  room: string,
  makeLocalTime: () => LocalTime,
): LogReading | { readonly refused: string } {
  const messages: FiledMessage[] = [];
  const unreadable: UnreadableLine[] = [];
  let [lines, skipped] = [0, 0];
  const take = (file: string, isDamaged: () => boolean, items: Iterable<LogItem>): void => {
    for (const item of items) {
      lines += 1;
      if (item.kind === "skipped") skipped += 1;
      else if (item.kind === "unreadable") {
        unreadable.push({ file: item.file ?? file, line: item.line, text: item.text });
      } else if (isSound(item.message, isDamaged())) messages.push({ ...item.message, file });
      else
        unreadable.push({
          file,
          line: item.line,
          text: `${item.message.nick}: ${item.message.text}`,
        });
    }
  };
  const optionsOf = (): ReadOptions => ({ localTime: makeLocalTime(), room });
  if (format.reads.kind === "file") {
    for (const file of files) {
      take(file.name, () => file.decoded().isDamaged, format.reads.read(file, optionsOf()));
    }
  } else {
    const items = format.reads.read(new Map(files.map((file) => [file.name, file])), optionsOf());
    if ("refused" in items) return items;
    take("", () => false, items);
  }
  const isText = format.reads.kind === "file";
  const encodings = isText ? new Set(files.map((file) => file.decoded().encoding)) : [];
  messages.sort((a, b) => a.time - b.time);
  return { lines, skipped, messages, unreadable, encodings: [...encodings] };
}

function isSound({ time, nick, text }: LoggedMessage, isDamaged: boolean): boolean {
  if (!Number.isFinite(time)) return false;
  return !isDamaged || !(nick.includes(REPLACEMENT) || text.includes(REPLACEMENT));
}
