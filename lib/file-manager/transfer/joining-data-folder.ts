import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { copyFile, link, mkdir, readdir, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type {
  JoiningFolder,
  ListedFile,
  PartialFile,
} from "../../cluster/transfer/transfer-ports.ts";
import { namesIn } from "../disk/folder-entries.ts";
import { fsErrorKind, fsErrorText, isMissing } from "../disk/fs-errors.ts";
import { type FolderLock, lockFolder } from "../disk/lock.ts";
import { syncFolder, syncFolderSync } from "../disk/replace-file.ts";
import { finishStagedChange, STAGE_FOLDER, StagedChange } from "../disk/staged-change.ts";
import { diskSpace } from "../folder-facts.ts";
import { HISTORIES, isDataFile, isFileOfLines } from "../folder-files.ts";
import { ArrivingFile, orSentence } from "./arriving-file.ts";
import { hashOfFile } from "./file-hashes.ts";
import { isJoining, JOINING_FOLDER, REPLACEMENT_FOLDER } from "./joining-marker.ts";
import { OpenFile } from "./open-file.ts";

/** What a node without data may have in its folder. */
const NO_DATA = ["lock", "cluster.key", JOINING_FOLDER];
const OLD_LOG = "records.journal";
/** Belongs to the data that was there before. */
const OF_OLD_DATA = [OLD_LOG, STAGE_FOLDER, REPLACEMENT_FOLDER];
const NAME_DIGITS = 32;
/** Of the disk: what a server needs to go on. */
const SPARE_BYTES = 64 << 20;

/**
 * Locks a data folder that is to be fetched. Resolves to a sentence for the owner when it can't be used. A folder that was
 * being fetched goes on. Never rejects.
 *
 * @param replaces whether a folder that has data is fetched anew: what is there is used where it fits, and removed otherwise
 * @param keepsOld whether all of it stays in use until the new data is complete. That takes room for what differs
 * @param setAside with `keepsOld`: names a folder in it to which the old data goes then; `null`: it is removed
 */
export async function openJoiningFolder(
  folder: string,
  {
    replaces = false,
    keepsOld = false,
    setAside = null,
  }: {
    readonly replaces?: boolean;
    readonly keepsOld?: boolean;
    readonly setAside?: string | null;
  } = {},
): Promise<{ readonly folder: JoiningDataFolder } | { readonly refused: string }> {
  let lock: FolderLock | null = null;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const locked = await lockFolder(folder);
    if ("refused" in locked) return locked;
    if ("heldBy" in locked) {
      return {
        refused: `Another server (process ${locked.heldBy}) uses the data folder ${folder}. Stop it, or choose another by --data.`,
      };
    }
    lock = locked.lock;
    const isInTheWay = (name: string): boolean =>
      name === STAGE_FOLDER || !(NO_DATA.includes(name) || name.startsWith("."));
    if (!replaces && !isJoining(folder) && namesIn(folder).some(isInTheWay)) {
      lock.release();
      return {
        refused: `${folder} is not empty, and so it isn't fetched from the leader. Move it away, or choose another by --data.`,
      };
    }
    // Of a folder that is half fetched nothing can be kept.
    const isBeside = keepsOld && !isJoining(folder);
    if (isBeside) finishStagedChange(folder);
    return { folder: new JoiningDataFolder(folder, lock, isBeside, setAside) };
  } catch (error) {
    lock?.release();
    return { refused: `${folder} cannot be used: ${fsErrorText(error)}.` };
  }
}

/**
 * Owns a data folder that is being fetched, until it is closed. With its first change it is marked: no server starts on it
 * until all of it is there.
 */
export class JoiningDataFolder implements JoiningFolder {
  readonly #folder: string;
  readonly #lock: FolderLock;
  /** Where the new files come together: the data folder itself, or a folder in it while the old files stay. */
  readonly #root: string;
  readonly #setAside: string | null;
  /** Hashes of files that are in their places, by path. */
  readonly #hashes = new Map<string, string>();
  readonly #paths = new Map<string, string>();
  readonly #arriving = new Set<ArrivingFile>();
  #isMarked = false;

  /**
   * @param isBeside whether the old data stays until the new is complete
   * @param setAside see {@link openJoiningFolder}
   */
  constructor(folder: string, lock: FolderLock, isBeside = false, setAside: string | null = null) {
    this.#folder = folder;
    this.#lock = lock;
    this.#setAside = setAside;
    this.#root = isBeside ? join(folder, REPLACEMENT_FOLDER) : folder;
  }

  get #keepsOld(): boolean {
    return this.#root !== this.#folder;
  }

  isFileName(path: string): boolean {
    return isDataFile(path);
  }

  spaceProblem(bytes: number): string | null {
    const space = diskSpace(this.#folder);
    if (space === null || space.freeBytes >= bytes + SPARE_BYTES) return null;
    const beside = this.#keepsOld ? " beside the old, which stays until then" : "";
    const instead = this.#keepsOld
      ? " Or give up the old first: bun server.ts restore --from-leader, with the settings of this start."
      : "";
    return `The disk of ${this.#folder} has no room for all of the leader's data${beside}. Make room, then start again: what is there isn't fetched again.${instead}`;
  }

  async has(file: ListedFile): Promise<boolean> {
    const { path, size, hash } = file;
    const known = this.#hashes.get(path);
    if (known !== undefined) return known === hash;
    return orSentence(join(this.#root, path), async () => {
      const actual = await hashAt(join(this.#root, path), size);
      if (actual !== null) this.#note(path, actual);
      if (actual === hash) return true;
      // Old data that is set aside doesn't change with the new.
      return this.#keepsOld && this.#setAside === null && (await this.#takeOld(file));
    });
  }

  async open(file: ListedFile): Promise<PartialFile> {
    this.#mark();
    const path = join(this.#root, file.path);
    const temporary = join(this.#root, JOINING_FOLDER, temporaryName(file));
    await orSentence(path, async () => {
      if (!existsSync(temporary)) await this.#begin(file, temporary);
    });
    const arriving = await ArrivingFile.open([path, temporary], file, () => {
      this.#arriving.delete(arriving);
      this.#note(file.path, file.hash);
    });
    this.#arriving.add(arriving);
    return arriving;
  }

  async finish(files: readonly ListedFile[]): Promise<void> {
    this.#mark();
    const root = this.#root;
    await orSentence(this.#folder, async () => {
      await this.#removeOthers(new Set(files.map(({ path }) => path.normalize())));
      const folders = new Set(files.map(({ path }) => dirname(join(root, path))));
      for (const each of HISTORIES) {
        if (existsSync(join(root, each))) folders.add(join(root, each));
      }
      for (const each of folders) await syncFolder(each);
      await syncFolder(root);
      const marker = join(root, JOINING_FOLDER);
      for (const name of await readdir(marker)) await rm(join(marker, name), { recursive: true });
      // The last step.
      await rmdir(marker);
      await syncFolder(root);
      if (this.#keepsOld) await this.#takePlace(files.map(({ path }) => path));
    });
  }

  /** Closes what is open, and lets others use the folder. */
  async close(): Promise<void> {
    for (const arriving of this.#arriving) await arriving.close().catch(() => {});
    this.#lock.release();
  }

  /** Before the first change, so that an old folder is as it was when no leader answers. */
  #mark(): void {
    if (this.#isMarked) return;
    try {
      mkdirSync(join(this.#root, JOINING_FOLDER), { recursive: true, mode: 0o700 });
      syncFolderSync(this.#root);
    } catch (error) {
      throw new Error(`${this.#folder} cannot be used: ${fsErrorText(error)}.`, {
        cause: error,
      });
    }
    this.#isMarked = true;
  }

  #note(path: string, hash: string): void {
    this.#hashes.set(path, hash);
    this.#paths.set(hash, path);
  }

  /** Takes a file of the old data that is as the new one has to be, without its bytes where the disk can. */
  async #takeOld({ path, size, hash }: ListedFile): Promise<boolean> {
    const old = join(this.#folder, path);
    if ((await hashAt(old, size)) !== hash) return false;
    this.#mark();
    const taken = join(this.#root, path);
    await mkdir(dirname(taken), { recursive: true, mode: 0o700 });
    await rm(taken, { force: true });
    try {
      await link(old, taken);
    } catch {
      // It is copied when it is opened.
      return false;
    }
    this.#note(path, hash);
    return true;
  }

  /** Puts to the temporary path what the folder has of a file already. */
  async #begin({ path, hash, size }: ListedFile, temporary: string): Promise<void> {
    const paths = isFileOfLines(path) ? [path] : [];
    const [, ...names] = path.split("/");
    // Since then, everybody has left the conversation.
    if (names.length > 0) paths.push(...HISTORIES.map((each) => [each, ...names].join("/")));
    const roots = this.#keepsOld ? [this.#root, this.#folder] : [this.#root];
    const sources = roots.flatMap((root) => paths.map((each) => join(root, each)));
    const twin = this.#paths.get(hash);
    if (twin !== undefined) sources.unshift(join(this.#root, twin));
    for (const from of sources) {
      try {
        if ((await stat(from)).size > size) continue;
        await copyFile(from, temporary);
        return;
      } catch (error) {
        // What can't be copied is fetched.
        await rm(temporary, { force: true });
        if (!isMissing(error) && fsErrorKind(error) === "full") throw error;
      }
    }
  }

  /** Removes data that the leader doesn't have. */
  async #removeOthers(listed: ReadonlySet<string>): Promise<void> {
    for (const path of await othersIn(this.#root, listed)) await rm(join(this.#root, path));
    await removeEmptyHistories(this.#root);
    for (const name of OF_OLD_DATA) {
      await rm(join(this.#root, name), { recursive: true, force: true });
    }
  }

  /** The new data, which is complete, takes the old one's place: all of it, also after a crash in the middle. */
  async #takePlace(paths: readonly string[]): Promise<void> {
    const others = await othersIn(this.#folder, new Set(paths.map((path) => path.normalize())));
    const change = new StagedChange(this.#folder, this.#setAside);
    change.take(this.#root, paths);
    for (const path of others) change.remove(path);
    // A server that was one of its own before has left it.
    if (existsSync(join(this.#folder, OLD_LOG))) change.remove(OLD_LOG);
    change.apply();
    await removeEmptyHistories(this.#folder);
  }
}

/** Resolves to the hash of a file; `null` when there is none of this size. Rejects with file-system errors. */
async function hashAt(path: string, size: number): Promise<string | null> {
  const opened = await OpenFile.open(path);
  if (opened === null) return null;
  try {
    if (Number(opened.stats.size) !== size) return null;
    return await hashOfFile(opened.file, size, false);
  } finally {
    opened.file.close();
  }
}

/** Returns the data of a folder that isn't listed, by paths. Rejects with file-system errors. */
async function othersIn(folder: string, listed: ReadonlySet<string>): Promise<string[]> {
  const paths = namesIn(folder);
  for (const root of HISTORIES) {
    for (const id of namesIn(join(folder, root))) {
      const names = await namesInFolder(join(folder, root, id));
      paths.push(...names.map((name) => `${root}/${id}/${name}`));
    }
  }
  // Some disks decompose the letters of names.
  return paths.filter((path) => isDataFile(path) && !listed.has(path.normalize()));
}

async function removeEmptyHistories(folder: string): Promise<void> {
  for (const root of HISTORIES) {
    for (const id of namesIn(join(folder, root))) {
      // One with files stays, and so does what isn't a folder.
      await rmdir(join(folder, root, id)).catch(() => {});
    }
  }
}

/** A file of lines grows: what is there of an earlier one is its beginning. Any other is of use as long as it is the same. */
function temporaryName({ path, hash }: ListedFile): string {
  const name = isFileOfLines(path) ? path : `${path} ${hash}`;
  return `${createHash("sha256").update(name).digest("hex").slice(0, NAME_DIGITS)}.part`;
}

async function namesInFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (fsErrorKind(error) === "no-folder") return [];
    throw error;
  }
}
