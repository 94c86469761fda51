import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { isThere } from "./folder-entries.ts";
import { isOnOtherDisk } from "./fs-errors.ts";
import { replaceFileSync, syncFolderSync } from "./replace-file.ts";
import { readTextIfPresent } from "./text-file.ts";

/** Holds what is staged. Named for its first use; a change that a crash interrupted is continued by this name. */
export const STAGE_FOLDER = ".upgrade";
const PLAN_FILE = "ready.json";

/** The content of the plan: which files change places, and where the old ones go. */
interface Plan {
  /** A folder for the old files; absent: they are not kept. */
  readonly old?: string;
  readonly paths: readonly string[];
  /** Those of `paths` that only go. */
  readonly removed: readonly string[];
}

/**
 * Changes many files of a folder all together. The new files are made beside the old ones; then one small
 * file, the plan, says that they are complete; then they change places. After a crash before the plan is
 * written, the folder is the old one; after a later crash, {@link finishStagedChange} continues. The folder
 * must be locked. Throws file-system errors.
 *
 * @example
 * const change = new StagedChange(folder);
 * change.put("rooms.json", text);
 * change.remove("history/tea/2026-12-01.jsonl");
 * change.apply();
 */
export class StagedChange {
  readonly #folder: string;
  readonly #old: string | null;
  /** By path: whether the file is removed. */
  readonly #removed = new Map<string, boolean>();

  /** @param old a name for a folder to which the old files are moved; `null`: they are not kept */
  constructor(folder: string, old: string | null = null) {
    finishStagedChange(folder);
    this.#folder = folder;
    this.#old = old;
  }

  /** Stages the whole new content of a file, by its path in the folder. */
  put(path: string, content: string | Uint8Array): void {
    const staged = join(this.#folder, STAGE_FOLDER, "files", path);
    mkdirSync(dirname(staged), { recursive: true, mode: 0o700 });
    replaceFileSync(staged, content);
    this.#removed.set(path, false);
  }

  /**
   * Stages all files of a folder on the same disk, which are safe there: the folder is moved. Before anything else is staged.
   *
   * @param paths of its files in the folder that is to change
   */
  take(newFiles: string, paths: readonly string[]): void {
    mkdirSync(join(this.#folder, STAGE_FOLDER), { recursive: true, mode: 0o700 });
    renameSync(newFiles, this.stagedFiles);
    for (const path of paths) this.#removed.set(path, false);
  }

  /** Stages the removal of a file. */
  remove(path: string): void {
    this.#removed.set(path, true);
  }

  /** The folder in which the staged files lie, each by its path in the folder that is to change. */
  get stagedFiles(): string {
    return join(this.#folder, STAGE_FOLDER, "files");
  }

  /** Drops what was staged. */
  cancel(): void {
    this.#removed.clear();
    rmSync(join(this.#folder, STAGE_FOLDER), { recursive: true, force: true });
  }

  /** Carries out what was staged. */
  apply(): void {
    const paths = [...this.#removed.keys()];
    if (paths.length === 0) return;
    const removed = paths.filter((path) => this.#removed.get(path) === true);
    const plan: Plan = { ...(this.#old !== null && { old: this.#old }), paths, removed };
    const stage = join(this.#folder, STAGE_FOLDER);
    mkdirSync(stage, { recursive: true, mode: 0o700 });
    replaceFileSync(join(stage, PLAN_FILE), JSON.stringify(plan));
    syncFolderSync(this.#folder);
    finishStagedChange(this.#folder);
  }
}

/** Returns whether a crash has left a folder in the middle of a change. */
export function isChangeUnfinished(folder: string): boolean {
  return existsSync(join(folder, STAGE_FOLDER, PLAN_FILE));
}

/** Completes a change whose plan was written, and drops any other. Each step may be repeated. */
export function finishStagedChange(folder: string): void {
  const stage = join(folder, STAGE_FOLDER);
  if (!isThere(stage)) return;
  const planText = readTextIfPresent(join(stage, PLAN_FILE));
  if (planText !== null) applyPlan(JSON.parse(planText) as Plan, folder, stage);
  rmSync(stage, { recursive: true, force: true });
  if (readdirSync(folder).includes(STAGE_FOLDER)) throw new Error(`${stage} can't be removed`);
  syncFolderSync(folder);
}

function applyPlan({ old, paths, removed }: Plan, folder: string, stage: string): void {
  // Whoever copied a folder from elsewhere copied its plan as well.
  for (const path of old === undefined ? paths : [...paths, old]) {
    if (!isInside(folder, path))
      throw new Error(`${PLAN_FILE} names ${path}, outside of ${folder}`);
  }
  for (const path of paths) {
    const currentPath = join(folder, path);
    const newPath = join(stage, "files", path);
    // Where no new file waits, it has changed places already.
    const isDue = isThere(newPath) || removed.includes(path);
    if (isDue && old !== undefined) keepOld(currentPath, join(folder, old, path));
    else if (removed.includes(path)) rmSync(currentPath, { force: true });
    if (!isThere(newPath)) continue;
    mkdirSync(dirname(currentPath), { recursive: true, mode: 0o700 });
    moveOver(newPath, currentPath);
  }
  for (const path of paths) {
    const parent = dirname(join(folder, path));
    if (isThere(parent)) syncFolderSync(parent);
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, join(folder, path));
  return way !== "" && !isAbsolute(way) && way.split(sep)[0] !== "..";
}

function keepOld(currentPath: string, oldPath: string): void {
  if (!existsSync(currentPath) || existsSync(oldPath)) return;
  mkdirSync(dirname(oldPath), { recursive: true, mode: 0o700 });
  renameSync(currentPath, oldPath);
}

/** A rename, or what comes near it where an owner has moved a conversation's folder to another disk. */
function moveOver(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isOnOtherDisk(error)) throw error;
    replaceFileSync(to, readFileSync(from));
    rmSync(from);
  }
}
