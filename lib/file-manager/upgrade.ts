import { existsSync } from "node:fs";
import { join } from "node:path";
import { fsErrorText } from "./disk/fs-errors.ts";
import { numberIn } from "./disk/json-fields.ts";
import { finishStagedChange, isChangeUnfinished, StagedChange } from "./disk/staged-change.ts";
import { readHeadIfPresent, readTextIfPresent } from "./disk/text-file.ts";
import { dropReplacement, isJoining, joiningProblem } from "./transfer/joining-marker.ts";
import { ACCOUNT_IDS } from "./upgrades/account-ids.ts";

const FIRST_FORMAT = 1;
const FORMAT_FILE = "format.json";
/** A file that says its format says it first. */
const HEAD_BYTES = 4096;

/** How a data folder of one format becomes one of the next. */
export interface Upgrade {
  /** The format that it reads. It makes the format after it. */
  readonly fromFormat: number;
  /**
   * Yields the files that change, by their path in the folder, with their whole new content; `null` removes a file. Reads
   * the folder through `read`, which shows what earlier upgrades made of it, and writes nothing.
   */
  readonly run: (read: ReadInFolder) => Iterable<readonly [path: string, content: string | null]>;
}

/** Returns the text of a file in the folder, or `null` when there is none. */
export type ReadInFolder = (path: string) => string | null;

const UPGRADES: readonly Upgrade[] = [ACCOUNT_IDS];

/**
 * Brings a data folder to the newest format before anything else reads it, and continues a change that a
 * crash has interrupted. All files change together; the old ones stay in `before-format-N/`. A failure
 * changes nothing.
 *
 * Returns sentences for the owner's log, or why the folder can't be used.
 *
 * @param problemOf reads the new files, in a folder of their own, and returns a sentence if they can't be used: a damaged
 *   folder stays of its old format, since its owner mends it by copies of the old files
 */
export function upgradeFolder(
  folder: string,
  upgrades: readonly Upgrade[] = UPGRADES,
  problemOf: (newFiles: string) => string | null = () => null,
): { readonly reports: readonly string[] } | { readonly refused: string } {
  try {
    const incomplete = joiningProblem(folder);
    if (incomplete !== null) return { refused: incomplete };
    finishStagedChange(folder);
    dropReplacement(folder);
    const newest = FIRST_FORMAT + upgrades.length;
    const format = formatOf(folder, newest);
    if (format > newest) return { refused: tooNew(folder, format, newest) };
    if (format === newest) return { reports: [] };
    const oldName = freeFolderName(folder, format);
    const problem = upgradeFiles(folder, format, upgrades, oldName, problemOf);
    if (problem !== null) return { refused: problem };
    const oldFolder = join(folder, oldName);
    return {
      reports: [
        `${folder} was brought to format ${newest}. The files as they were are in ${oldFolder}.`,
      ],
    };
  } catch (error) {
    return {
      refused: `${folder} could not be brought to the new format: ${fsErrorText(error)}. The old files are as they were.`,
    };
  }
}

/**
 * Returns why a folder can't be used as it is, for callers that don't upgrade it first; `null` when it can. Changes
 * nothing.
 */
export function formatProblem(
  folder: string,
  upgrades: readonly Upgrade[] = UPGRADES,
): string | null {
  try {
    const incomplete = joiningProblem(folder);
    if (incomplete !== null) return incomplete;
    if (isChangeUnfinished(folder)) {
      return `A change of ${folder} was interrupted. Start the server once: it finishes it.`;
    }
    const newest = FIRST_FORMAT + upgrades.length;
    const format = formatOf(folder, newest);
    if (format === newest) return null;
    if (format > newest) return tooNew(folder, format, newest);
    return `${folder} is of format ${format}. Start the server once: it brings it to format ${newest}.`;
  } catch (error) {
    return `${join(folder, FORMAT_FILE)} cannot be read: ${fsErrorText(error)}. Put it back from a copy.`;
  }
}

/** Whether a folder has a format that {@link upgradeFolder} brings to the newest one, as far as that can be read. */
export function isOlderFormat(folder: string, upgrades: readonly Upgrade[] = UPGRADES): boolean {
  const newest = FIRST_FORMAT + upgrades.length;
  try {
    return !isJoining(folder) && !isChangeUnfinished(folder) && formatOf(folder, newest) < newest;
  } catch {
    return false;
  }
}

function tooNew(folder: string, format: number, newest: number): string {
  return `${folder} was written by a newer version (format ${format}; this one knows ${newest}). Start that version, or put back a copy made before it; nothing was changed.`;
}

/** Returns a free name for the folder of the old files. After going back to an older version, there is one already. */
function freeFolderName(folder: string, format: number): string {
  const name = `before-format-${format + 1}`;
  let free = name;
  for (let n = 2; existsSync(join(folder, free)); n += 1) free = `${name}-${n}`;
  return free;
}

/**
 * Returns the format of a folder. One that has never been upgraded has no format.json: there users.json says it, or
 * rooms.json if that is missing or damaged. A folder without both is for its readers to judge.
 */
function formatOf(folder: string, newest: number): number {
  const text = readTextIfPresent(join(folder, FORMAT_FILE));
  if (text === null) {
    const isFirst = ["users.json", "rooms.json"].some((name) =>
      /^\s*\{\s*"format"\s*:\s*1\b/.test(readHeadIfPresent(join(folder, name), HEAD_BYTES) ?? ""),
    );
    return isFirst ? FIRST_FORMAT : newest;
  }
  const format = numberIn(JSON.parse(text), "format");
  if (format === null) throw new Error(`${join(folder, FORMAT_FILE)} names no format`);
  return format;
}

/** Makes all new files, and lets them change places with the old ones. Returns why not, with nothing changed. */
function upgradeFiles(
  folder: string,
  format: number,
  upgrades: readonly Upgrade[],
  oldName: string,
  problemOf: (newFiles: string) => string | null,
): string | null {
  const changed = new Map<string, string | null>();
  const read: ReadInFolder = (path) =>
    changed.has(path) ? (changed.get(path) ?? null) : readTextIfPresent(join(folder, path));
  let reached = format;
  for (const upgrade of upgrades.filter(({ fromFormat }) => fromFormat >= format)) {
    if (upgrade.fromFormat !== reached) throw new Error(`there is no way from format ${reached}`);
    for (const [path, content] of upgrade.run(read)) changed.set(path, content);
    reached += 1;
  }
  changed.set(FORMAT_FILE, `${JSON.stringify({ format: reached })}\n`);
  const change = new StagedChange(folder, oldName);
  for (const [path, content] of changed) {
    if (content === null) change.remove(path);
    else change.put(path, content);
  }
  const { stagedFiles } = change;
  const problem = problemOf(stagedFiles);
  if (problem === null) change.apply();
  else change.cancel();
  return problem?.replaceAll(stagedFiles, folder) ?? null;
}
