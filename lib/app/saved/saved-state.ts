/** What is kept between two runs, as it is read from a file that somebody may have edited. */
import type { SavedState } from "../app-ports.ts";

/** What of it can be used; anything else counts as missing, and is asked again. */
export function parseSavedState(value: unknown): SavedState {
  const { server, language, accounts, bell, receipts, muted } = recordOf(value);
  const isLists = (given: unknown) => Array.isArray(given) && given.every(isText);
  return {
    ...(isText(server) && { server }),
    ...(isText(language) && { language }),
    ...(typeof bell === "boolean" && { bell }),
    ...(typeof receipts === "boolean" && { receipts }),
    accounts: entriesOf(accounts, isText),
    muted: entriesOf(muted, (given): given is readonly string[] => isLists(given)),
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** The entries that are as they should be. */
export function entriesOf<Value>(
  value: unknown,
  isRight: (given: unknown) => given is Value,
): Readonly<Record<string, Value>> {
  const entries = Object.entries(recordOf(value));
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => isRight(entry[1])));
}
