import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { atPath, fsErrorText, isMissing } from "../disk/fs-errors.ts";
import { PRIVATE_FILE, replaceFileSync } from "../disk/replace-file.ts";
import { type DoctorWords, ENGLISH_DOCTOR } from "./doctor-words.ts";

/** A violated rule that the doctor found. */
export interface Finding {
  readonly path: string;
  /** The problem, as a sentence without its full stop. */
  readonly problem: string;
  /** How to repair it; `null` if only a person can. */
  readonly repair: Repair | null;
  /** A whole sentence: what a person can do about it. Absent: nothing but putting back a copy. */
  readonly advice?: string;
}

/** A repair for a finding. */
interface Repair {
  /** The repair's effect, as a sentence without its full stop. */
  readonly summary: string;
  /** Carries it out. Throws file system errors. */
  readonly run: () => void;
}

/** Makes a finding that only a person can repair. */
export function notRepairable(path: string, problem: string): Finding {
  return { path, problem, repair: null };
}

/**
 * Reads something at a path. If reading fails, adds a finding and returns nothing; a path that disappeared since it
 * was listed, as happens while a server runs, is no finding.
 */
export function readOr<T>(
  path: string,
  findings: Finding[],
  read: () => T[],
  words: DoctorWords = ENGLISH_DOCTOR,
): T[] {
  try {
    return read();
  } catch (error) {
    if (!isMissing(error)) findings.push(notRepairable(path, words.unreadable(fsErrorText(error))));
    return [];
  }
}

/** Returns the folder for lines that a repair removes, `mended/`; creates it if missing. */
export function repairedFolder(data: string): string {
  const path = join(data, "mended");
  if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/**
 * Reads a text file as lines, each with its "\n"; the last line may have none.
 *
 * @param encoding "latin1": one character per byte, so that bytes that aren't UTF-8 survive
 */
export function linesOf(path: string, encoding: "utf8" | "latin1" = "utf8"): string[] {
  const text = atPath(path, () => readFileSync(path, encoding));
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * The repairs of one file's lines, which are carried out together: a day may have thousands of wrong lines. `run` of
 * each may be called; the first call does the work of all, and a failure is that of each.
 */
export class LineRepairs {
  readonly #path: string;
  /** Where removed lines are copied to. */
  readonly #copyTo: () => string;
  /** Line number → what becomes of the line; "" removes it. */
  readonly #changes = new Map<number, (line: string) => string>();
  readonly #copies: string[] = [];
  #result: { readonly failure: unknown } | null = null;

  constructor(path: string, copyTo: () => string) {
    this.#path = path;
    this.#copyTo = copyTo;
  }

  /** Adds the removal of a line, of which a copy is kept. */
  remove(number: number, line: string): () => void {
    this.#copies.push(`${this.#path}, line ${number}: ${line.trimEnd()}\n`);
    return this.change(number, () => "");
  }

  /** Adds the change of a line. */
  change(number: number, change: (line: string) => string): () => void {
    this.#changes.set(number, change);
    return () => this.#run();
  }

  #run(): void {
    this.#result ??= { failure: this.#rewrite() };
    if (this.#result.failure !== null) throw this.#result.failure;
  }

  #rewrite(): unknown {
    try {
      if (this.#copies.length > 0) {
        appendFileSync(this.#copyTo(), this.#copies.join(""), { mode: PRIVATE_FILE });
      }
      rewriteLines(this.#path, (line, number) => this.#changes.get(number)?.(line) ?? line);
      return null;
    } catch (error) {
      return error;
    }
  }
}

/**
 * Replaces a file atomically, each line by what `change` returns; "" removes it. Unchanged lines keep their bytes,
 * also those that aren't UTF-8.
 */
export function rewriteLines(path: string, change: (line: string, number: number) => string): void {
  const lines = linesOf(path, "latin1").map((bytes, index) => {
    const line = Buffer.from(bytes, "latin1").toString("utf8");
    const changed = change(line, index + 1);
    return changed === line ? bytes : Buffer.from(changed).toString("latin1");
  });
  atPath(path, () => replaceFileSync(path, Buffer.from(lines.join(""), "latin1")));
}
