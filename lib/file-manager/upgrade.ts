import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fsErrorText, isMissing } from "./disk/fs-errors.ts";
import { numberIn } from "./disk/json-fields.ts";
import { replaceFileSync, syncFolderSync } from "./disk/replace-file.ts";

/** How a data folder of one format becomes one of the next. */
export interface Upgrade {
  /** The format that it can read. The result is of the format after it. */
  readonly fromFormat: number;
  /**
   * Gives the files that change, by their path in the folder, whole; `null` takes a file away. Reads the
   * folder through `read`, which shows what upgrades before it made of it, and writes nothing.
   */
  readonly run: (read: ReadInFolder) => Iterable<readonly [path: string, content: string | null]>;
}

/** A file's text, or `null` when there is none. */
export type ReadInFolder = (path: string) => string | null;

/** None yet: the first format is the only one. */
const UPGRADES: readonly Upgrade[] = [];

/**
 * Brings a data folder to the newest format before anything else reads it. All new files are made beside the
 * old ones first; then one small file says that they are complete; then they change places, and the old ones
 * stay in `before-format-N/`. A crash before the small file leaves the old folder, one after it is gone on
 * with at the next start, and a failure changes nothing.
 *
 * @returns sentences for the owner's log
 */
export function upgradeFolder(
  folder: string,
  upgrades: readonly Upgrade[] = UPGRADES,
): { readonly reports: readonly string[] } | { readonly refused: string } {
  try {
    finish(folder);
    const newest = FIRST_FORMAT + upgrades.length;
    const format = formatOf(folder);
    if (format > newest) return { refused: tooNew(folder, format, newest) };
    if (format === newest) return { reports: [] };
    stage(folder, format, upgrades);
    finish(folder);
    const old = join(folder, oldName(format));
    return {
      reports: [`${folder} was brought to format ${newest}. The files as they were are in ${old}.`],
    };
  } catch (error) {
    const why = fsErrorText(error);
    return {
      refused: `${folder} could not be brought to the new format: ${why}. The old files are as they were.`,
    };
  }
}

/**
 * Why a folder can't be used as it lies there, by whoever doesn't bring it to the newest format first; `null` when
 * it can. Nothing is changed.
 */
export function formatProblem(
  folder: string,
  upgrades: readonly Upgrade[] = UPGRADES,
): string | null {
  try {
    const newest = FIRST_FORMAT + upgrades.length;
    const format = formatOf(folder);
    if (format === newest) return null;
    if (format > newest) return tooNew(folder, format, newest);
    return `${folder} is of format ${format}. Start the server once: it brings it to format ${newest}.`;
  } catch (error) {
    return `${join(folder, FORMAT_FILE)} cannot be read: ${fsErrorText(error)}. Put it back from a copy.`;
  }
}

function tooNew(folder: string, format: number, newest: number): string {
  return `${folder} was written by a newer version (format ${format}; this one knows ${newest}). Start that version, or put back a copy made before it; nothing was changed.`;
}

const FIRST_FORMAT = 1;
const FORMAT_FILE = "format.json";
const STAGE = ".upgrade";
const READY = "ready.json";

function oldName(format: number): string {
  return `before-format-${format + 1}`;
}

function formatOf(folder: string): number {
  const text = readText(join(folder, FORMAT_FILE));
  if (text === null) return FIRST_FORMAT;
  const format = numberIn(JSON.parse(text), "format");
  if (format === null) throw new Error(`${join(folder, FORMAT_FILE)} names no format`);
  return format;
}

/** Makes all new files, and then the one that says so. */
function stage(folder: string, format: number, upgrades: readonly Upgrade[]): void {
  const changed = new Map<string, string | null>();
  const read: ReadInFolder = (path) =>
    changed.has(path) ? (changed.get(path) ?? null) : readText(join(folder, path));
  let at = format;
  for (const upgrade of upgrades.filter(({ fromFormat: from }) => from >= format)) {
    if (upgrade.fromFormat !== at) throw new Error(`there is no way from format ${at}`);
    for (const [path, content] of upgrade.run(read)) changed.set(path, content);
    at += 1;
  }
  changed.set(FORMAT_FILE, `${JSON.stringify({ format: at })}\n`);
  const place = join(folder, STAGE);
  for (const [path, content] of changed) {
    if (content === null) continue;
    mkdirSync(dirname(join(place, "files", path)), { recursive: true, mode: 0o700 });
    replaceFileSync(join(place, "files", path), content);
  }
  const removed = [...changed].flatMap(([path, content]) => (content === null ? [path] : []));
  const ready = { old: oldName(format), paths: [...changed.keys()], removed };
  replaceFileSync(join(place, READY), JSON.stringify(ready));
  syncFolderSync(folder);
}

/** What the small file says: which files change places, and where the old ones go. */
interface Ready {
  readonly old: string;
  readonly paths: readonly string[];
  readonly removed: readonly string[];
}

/** Lets complete files change places; what is not complete goes. Each step may be done a second time. */
function finish(folder: string): void {
  const place = join(folder, STAGE);
  if (!existsSync(place)) return;
  const ready = readText(join(place, READY));
  if (ready !== null) {
    const { old, paths, removed } = JSON.parse(ready) as Ready;
    for (const path of paths) {
      const [now, kept, next] = [
        join(folder, path),
        join(folder, old, path),
        join(place, "files", path),
      ];
      // Where no new one waits, it lies there already.
      const isDue = existsSync(next) || removed.includes(path);
      if (isDue && existsSync(now) && !existsSync(kept)) {
        mkdirSync(dirname(kept), { recursive: true, mode: 0o700 });
        renameSync(now, kept);
      }
      if (!existsSync(next)) continue;
      mkdirSync(dirname(now), { recursive: true, mode: 0o700 });
      renameSync(next, now);
    }
    for (const path of paths) {
      const parent = dirname(join(folder, path));
      if (existsSync(parent)) syncFolderSync(parent);
    }
  }
  rmSync(place, { recursive: true, force: true });
  if (readdirSync(folder).includes(STAGE)) throw new Error(`${place} can't be removed`);
  syncFolderSync(folder);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
