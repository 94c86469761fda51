import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { type ExportFailure, exportName, exportToFile, linesToFile } from "./export-file.ts";
import type { ExportFormat, ExportRecord } from "./export-format.ts";

/** What a file may hold that is made of a server's answers: a hostile one sends without end. */
const EXPORT_BYTES_MAX = 4 * 1024 ** 3;

/** The result of saving a file. */
export type SavedFile =
  | { readonly kind: "saved"; readonly path: string; readonly count: number }
  /** There is a file of that name already, and `force` was not set. */
  | { readonly kind: "exists"; readonly path: string }
  | {
      readonly kind: "failed";
      readonly path: string;
      readonly why: Exclude<ExportFailure["problem"], "taken">;
    };

export interface SaveOptions {
  /** Overwrite a file that exists. */
  readonly force: boolean;
  /** Minutes east of UTC at a moment, for times in text and Markdown. */
  readonly minutesEast: (ms: number) => number;
  /** For tests: the most that the file may hold. */
  readonly bytesMax?: number;
}

/**
 * Writes messages to a file, which appears when it is complete. Rejects only when `records` throws.
 *
 * @param path `~` stands for the home folder; null for a name made of the title
 * @param title of the room, or of the search
 */
export async function saveExport(
  path: string | null,
  title: string,
  format: ExportFormat,
  records: Iterable<ExportRecord> | AsyncIterable<ExportRecord>,
  { force, minutesEast, bytesMax = EXPORT_BYTES_MAX }: SaveOptions,
): Promise<SavedFile> {
  const target = path === null ? exportName(title, format) : expandHome(path);
  if (!force && existsSync(target)) return { kind: "exists", path: target };
  const written = await exportToFile(target, format, records, {
    ...{ force, minutesEast, bytesMax },
    title: title.trim(),
  });
  return outcomeOf(target, written);
}

/** Writes lines, each with its "\n", to a file; like {@link saveExport} otherwise. */
export async function saveLines(
  path: string,
  lines: AsyncIterable<string>,
  force: boolean,
  bytesMax = EXPORT_BYTES_MAX,
): Promise<SavedFile> {
  const target = expandHome(path);
  if (!force && existsSync(target)) return { kind: "exists", path: target };
  return outcomeOf(target, await linesToFile(target, lines, { force, bytesMax }));
}

/** The chat has no shell that expands `~`, and a shell does not expand it in `--output=~/tea.md`. */
function expandHome(path: string): string {
  return path.replace(/^~(?=[/\\]|$)/, homedir);
}

function outcomeOf(path: string, written: { readonly records: number } | ExportFailure): SavedFile {
  if ("records" in written) return { kind: "saved", path, count: written.records };
  // Another program made the file while this one was written.
  if (written.problem === "taken") return { kind: "exists", path };
  return { kind: "failed", path, why: written.problem };
}
