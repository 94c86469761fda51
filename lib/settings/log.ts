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
    write(`${time} ${level}: ${text}${detail}\n`);
  };
}

function describe(cause: unknown): string {
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return text.replaceAll("\n", "\n  ");
}
