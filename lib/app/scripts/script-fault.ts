/** What a script threw, as a part of a sentence; and whose an error is that nobody caught. */
import type { RunningScript } from "./running-script.ts";

/** An error's text may hold anything, for example a page of HTML. */
const REASON_UNITS_MAX = 200;
/** A line of a stack: "at poll (/home/mina/.config/sodam/scripts/poll.ts:12:3)". */
const FRAME =
  /\((?:file:\/\/)?([^()\s][^()]*?)(?:\?\d+)?:(\d+):\d+\)|at (?:file:\/\/)?(\/[^()]*?)(?:\?\d+)?:(\d+):\d+$/gm;

/** Returns why a script failed: the error's own text, and the line of the script's file, where that is known. */
export function describeFault(error: unknown, path: string): string {
  const cause = firstBuildError(error);
  const text = cause instanceof Error || hasMessage(cause) ? cause.message : inspect(cause);
  const shown = text.split("\n", 1)[0]?.trim() || "?";
  const reason = shown.length > REASON_UNITS_MAX ? `${shown.slice(0, REASON_UNITS_MAX)}…` : shown;
  const line = lineOf(cause, path);
  return line === null ? reason : `${reason} (${path.split("/").at(-1)}:${line})`;
}

/** Returns the script in whose file an error came up, or that imported that file; null where none did. */
export function scriptOfFault(
  error: unknown,
  scripts: readonly RunningScript[],
): RunningScript | null {
  const paths = framesOf(error).map(({ path }) => path);
  const script = scripts.find(({ path }) => paths.includes(path));
  if (script !== undefined) return script;
  // In a file beside them: of several scripts nobody knows whose, and the first of those that are there is taken.
  const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);
  const isBeside = (folder: string): boolean => paths.some((path) => path.startsWith(folder));
  return scripts.find(({ path }) => isBeside(folderOf(path))) ?? null;
}

/** Returns whether nothing says where an error is from: a thrown text, or an error of the system. */
export function isWithoutPlace(error: unknown): boolean {
  return framesOf(error).length === 0;
}

function framesOf(error: unknown): { readonly path: string; readonly line: string }[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return [...stack.matchAll(FRAME)].map(([, inner, innerLine, path, line]) => ({
    path: decode(inner ?? path ?? ""),
    line: innerLine ?? line ?? "",
  }));
}

function lineOf(error: unknown, script: string): string | null {
  if (hasPosition(error)) return String(error.position.line);
  const frame = framesOf(error).find(({ path }) => path === script);
  return frame?.line ?? null;
}

/** What can't be read as TypeScript comes as several errors, of which the first says most. */
function firstBuildError(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

function hasMessage(error: unknown): error is { readonly message: string } {
  return (
    typeof error === "object" &&
    error !== null &&
    "message" in error &&
    typeof error.message === "string"
  );
}

function hasPosition(error: unknown): error is { readonly position: { readonly line: number } } {
  return (
    typeof error === "object" &&
    error !== null &&
    "position" in error &&
    typeof error.position === "object" &&
    error.position !== null &&
    "line" in error.position
  );
}

function inspect(value: unknown): string {
  return typeof value === "string" ? value : Bun.inspect(value);
}

function decode(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
