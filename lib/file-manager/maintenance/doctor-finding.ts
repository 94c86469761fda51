import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fsErrorText, isMissing } from "../disk/fs-errors.ts";

/** Something that is not as it should be. */
export interface Finding {
  readonly path: string;
  /** What is wrong, as a sentence. */
  readonly problem: string;
  /** What mending it would do, as a sentence; `null` when a person must. */
  readonly mending: string | null;
  /** Does it. Throws what the disk throws. */
  readonly mend: (() => void) | null;
}

/** What only a person can put right. */
export function notRepairable(path: string, problem: string): Finding {
  return { path, problem, mending: null, mend: null };
}

/**
 * What there is to read at a path. What can't be read is a finding; what has gone since it was listed, as a running
 * server lets things go, is nothing.
 */
export function readOr<T>(path: string, findings: Finding[], read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (!isMissing(error))
      findings.push(notRepairable(path, `it cannot be read: ${fsErrorText(error)}`));
    return [];
  }
}

/** The folder for what mending takes out. */
export function repairedFolder(data: string): string {
  const path = join(data, "mended");
  if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/**
 * A text file as its lines with their ends; the last may have none.
 *
 * @param encoding "latin1": a letter stands for a byte, so that bytes that are no UTF-8 stay what they are
 */
export function linesOf(path: string, encoding: "utf8" | "latin1" = "utf8"): string[] {
  return readFileSync(path, encoding).match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
