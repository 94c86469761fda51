/** A message in a log of another program. */
export interface LoggedMessage {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly nick: string;
  readonly verb: "PRIVMSG" | "NOTICE";
  /** May have several lines, separated by `\n`. */
  readonly text: string;
  /** The log's own identifier of this message, if it has any. */
  readonly id?: string;
  /** The {@link id} of the message that this one answers, in a thread or as a quote. */
  readonly replyTo?: string;
  readonly reactions?: readonly { readonly emoji: string; readonly nick: string }[];
  readonly isEdited?: boolean;
}

/** What one line (or one record) of a log is. `line` counts from 1. */
export type LogItem =
  | { readonly kind: "message"; readonly line: number; readonly message: LoggedMessage }
  /** Understood, and no message: a join, a new day, a heading, an empty line. */
  | { readonly kind: "skipped"; readonly line: number }
  /** Not understood. `text` is the line as it stands; `file` where one reader reads several. */
  | {
      readonly kind: "unreadable";
      readonly line: number;
      readonly text: string;
      readonly file?: string;
    };

/** Returns a record of a log as JSON, for the report of what wasn't understood. */
export function shownJson(record: unknown): string {
  try {
    return JSON.stringify(record) ?? "";
  } catch {
    return "(nested too deep to be shown)";
  }
}

/**
 * Converts a local date and time of day (24 hours) to milliseconds since 1970, in the time zone in
 * which the log was written. Called in the log's order; NaN for a date or time that no calendar
 * has.
 */
export type LocalTime = (
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
) => number;
