import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { SharedFile } from "../../protocol/file-facts.ts";
import { type ExportFailure, exportName, exportToFile, linesToFile } from "./export-file.ts";
import type { ExportFormat, ExportRecord } from "./export-format.ts";
import { PictureFolder } from "./export-pictures.ts";

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
  /** Fetches a picture to a path. Resolves to whether it is there; never rejects. Left out where none is fetched. */
  readonly fetchPicture?: ((file: SharedFile, path: string) => Promise<boolean>) | undefined;
  /** For tests: the most that the file may hold. */
  readonly bytesMax?: number;
}

/**
 * Writes messages to a file, which appears when it is complete. Rejects only when `records` throws. An HTML page has its
 * pictures in a folder beside it.
 *
 * @param path `~` stands for the home folder; null for a name made of the title
 * @param title of the room, or of the search
 */
export async function saveExport(
  path: string | null,
  title: string,
  format: ExportFormat,
  records: Iterable<ExportRecord> | AsyncIterable<ExportRecord>,
  { force, minutesEast, fetchPicture, bytesMax = EXPORT_BYTES_MAX }: SaveOptions,
): Promise<SavedFile> {
  const target = path === null ? exportName(title, format) : expandHome(path);
  if (!force && existsSync(target)) return { kind: "exists", path: target };
  const shown =
    format === "html" && fetchPicture !== undefined
      ? withPictures(records, new PictureFolder(target), fetchPicture)
      : records;
  const written = await exportToFile(target, format, shown, {
    ...{ force, minutesEast, bytesMax },
    title: title.trim(),
  });
  return outcomeOf(target, written);
}

async function* withPictures(
  records: Iterable<ExportRecord> | AsyncIterable<ExportRecord>,
  folder: PictureFolder,
  fetchPicture: NonNullable<SaveOptions["fetchPicture"]>,
): AsyncGenerator<ExportRecord> {
  for await (const record of records) {
    const { file } = record;
    const place = file === undefined ? null : folder.placeOf(file.id, file.type);
    const isThere =
      file !== undefined &&
      place !== null &&
      (await isFetched(folder, place.name, file, fetchPicture));
    yield isThere ? { ...record, picture: place.url } : record;
  }
}

/** An earlier export may have left it there: an id names the same bytes for ever. */
async function isFetched(
  folder: PictureFolder,
  name: string,
  file: SharedFile,
  fetchPicture: NonNullable<SaveOptions["fetchPicture"]>,
): Promise<boolean> {
  const path = join(folder.path, name);
  if (existsSync(path)) return true;
  try {
    folder.make();
  } catch {
    // The page itself tells what its folder is like.
    return false;
  }
  return fetchPicture(file, path);
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
