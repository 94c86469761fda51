export type Level = "error" | "warn" | "info";

const LEVELS: readonly Level[] = ["error", "warn", "info"];

/** Writes a line for the owner: a time, the level, what happened, and below it what caused it. */
export type Log = (level: Level, text: string, cause?: unknown) => void;

/**
 * The owner's log.
 *
 * @param least the level from which on lines are written; "warning" is "warn" in the settings' words
 * @param write takes a line with its newline
 * @param now milliseconds since 1970
 */
export function makeLog(
  least: Level | "warning",
  write: (line: string) => void,
  now: () => number,
): Log {
  const last = LEVELS.indexOf(least === "warning" ? "warn" : least);
  return (level, text, cause) => {
    if (LEVELS.indexOf(level) > last) return;
    const time = new Date(now()).toISOString();
    const detail = cause === undefined ? "" : `\n  ${describe(cause)}`;
    const line = `${time} ${level}: ${text}${detail}\n`;
    write(line.replaceAll(OBEYED, ""));
  };
}

/** What somebody asked for by name may stand in a line, and must not steer the terminal that shows it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function describe(cause: unknown): string {
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return text.replaceAll("\n", "\n  ");
}
