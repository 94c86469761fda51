import { replaceHarmful } from "../protocol/harmful-characters.ts";
import { agree, formatCount } from "../protocol/plural.ts";
import { hideEndText, hideTexts } from "../protocol/wire/trace-texts.ts";

/** How serious a line of the log is. */
export type LogLevel = "error" | "warn" | "info" | "debug" | "trace";

/** Writes a line for the owner: the time, the level, what happened, and below it the cause. */
export type Log = (level: LogLevel, text: string, cause?: unknown) => void;

/** The kind of a trace entry: a line read or written, a connection's beginning or end. */
export type TraceDirection = "in" | "out" | "open" | "end";

const LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug", "trace"];

/**
 * Makes the owner's log. Controls and invisible characters are removed from its lines: a name that a user chose must not
 * control the terminal that shows it.
 *
 * @param leastLevel returns the level from which on lines are written
 * @param write takes a line with its newline
 * @param now milliseconds since 1970
 */
export function makeLog(
  leastLevel: () => LogLevel,
  write: (line: string) => void,
  now: () => number,
): Log {
  return (level, text, cause) => {
    if (LEVELS.indexOf(level) > LEVELS.indexOf(leastLevel())) return;
    const detail = cause === undefined ? "" : `\n  ${describe(cause)}`;
    // A line end in a reason would begin a line that looks like the server's own, such as one for fail2ban.
    const sentence = text.replaceAll(/\s*\n\s*/g, " ");
    const line = `${new Date(now()).toISOString()} ${level}: ${sentence}${detail}\n`;
    write(replaceHarmful(line.toWellFormed(), removeSign));
  };
}

/** Owns who follows a log besides its file: the owner's consoles. */
export class LogFeed {
  readonly #write: (line: string) => void;
  readonly #followers = new Set<(line: string) => void>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Writes a line, and hands it to all followers. */
  write(line: string): void {
    this.#write(line);
    for (const send of this.#followers) send(line);
  }

  /** Calls `send` with each line from now on. Returns how to stop that. */
  follow(send: (line: string) => void): () => void {
    this.#followers.add(send);
    return () => void this.#followers.delete(send);
  }
}

/** Formats the line, with its newline, that stands in the log for lines that could not be written. */
export function lossLine(time: number, count: number, reason: string): string {
  const lines = `${formatCount(count, "line")} ${agree(count, "is", "are")}`;
  return `${new Date(time).toISOString()} warn: ${lines} missing here: ${reason}\n`;
}

/**
 * Formats one line of a trace, with its newline. Controls, invisible characters and
 * backslashes are written as `\u{…}`, so that each line can be restored exactly.
 *
 *     2026-11-29T18:00:00.123Z debug session 12 in: PRIVMSG #tea :hi
 *
 * @param time milliseconds since 1970
 * @param text what happened; its secrets must have been masked (protocol/wire/secret-params.ts)
 */
export function traceLine(
  time: number,
  session: number,
  direction: TraceDirection,
  text: string,
): string {
  const escaped = text.replaceAll(/[\\\n]/g, escapeCharacter);
  const shown = replaceHarmful(escaped, escapeCharacter);
  return `${new Date(time).toISOString()} debug session ${session} ${direction}: ${shown}\n`;
}

/**
 * Returns what a trace shows of an entry when what people wrote stays out of it: the length of each text.
 *
 * @param end which end of the connection writes the trace
 */
export function withoutTexts(
  end: "client" | "server",
  direction: TraceDirection,
  text: string,
): string {
  if (direction === "open") return text;
  if (direction === "end") return hideEndText(text);
  const isFromClient = (end === "client") === (direction === "out");
  return hideTexts(text, isFromClient ? "client" : "server");
}

/**
 * Makes the traces of a client's sessions, which it numbers from 1. At level "info" only the beginning and the end
 * of connections are written, at "debug" every line without what people wrote, at "trace" with it.
 */
export function makeSessionTraces(
  level: "info" | "debug" | "trace",
  write: (line: string) => void,
  now: () => number,
): (server: {
  readonly host: string;
  readonly port: number;
}) => (direction: TraceDirection, line: string) => void {
  let sessions = 0;
  return ({ host, port }) => {
    sessions += 1;
    const session = sessions;
    return (direction, line) => {
      const isLine = direction === "in" || direction === "out";
      if (level === "info" && isLine) return;
      const text = direction === "open" ? `${host} ${port}` : line;
      const shown = level === "trace" ? text : withoutTexts("client", direction, text);
      write(traceLine(now(), session, direction, shown));
    };
  };
}

/** The system's errors have a code, and their stack says nothing more. Any other may be a fault of ours. */
function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause).replaceAll("\n", "\n  ");
  const isRefusal = "code" in cause && "syscall" in cause;
  const text = isRefusal ? cause.message : (cause.stack ?? cause.message);
  return text.replaceAll("\n", "\n  ");
}

/** A tab stays, as a space. */
function removeSign(character: string): string {
  return character === "\t" ? " " : "";
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
