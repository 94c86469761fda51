import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { copyFile, readdir, rm, rmdir, stat } from "node:fs/promises";
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
import { STAGE_FOLDER } from "../disk/staged-change.ts";
import { diskSpace } from "../folder-facts.ts";
import { HISTORIES, isDataFile, isFileOfLines } from "../folder-files.ts";
import { ArrivingFile, orSentence } from "./arriving-file.ts";
import { hashOfFile } from "./file-hashes.ts";
import { isJoining, JOINING_FOLDER } from "./joining-marker.ts";
import { OpenFile } from "./open-file.ts";

/** What a node without data may have in its folder. */
const NO_DATA = ["lock", "cluster.key", JOINING_FOLDER];
/** Belongs to the data that was there before. */
const OF_OLD_DATA = ["records.journal", STAGE_FOLDER];
const NAME_DIGITS = 32;
/** Of the disk: what a server needs to go on. */
const SPARE_BYTES = 64 << 20;

/**
 * Locks a data folder that is to be fetched. Resolves to a sentence for the owner when it can't be used. A folder that was
 * being fetched goes on. Never rejects.
 *
 * @param replaces whether a folder that has data is fetched anew: what is there is used where it fits, and removed otherwise
 */
export async function openJoiningFolder(
  folder: string,
  { replaces = false }: { readonly replaces?: boolean } = {},
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
    return { folder: new JoiningDataFolder(folder, lock) };
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
  /** Hashes of files that are in their places, by path. */
  readonly #hashes = new Map<string, string>();
  readonly #paths = new Map<string, string>();
  readonly #arriving = new Set<ArrivingFile>();
  #isMarked = false;

  constructor(folder: string, lock: FolderLock) {
    this.#folder = folder;
    this.#lock = lock;
  }

  isFileName(path: string): boolean {
    return isDataFile(path);
  }

  spaceProblem(bytes: number): string | null {
    const space = diskSpace(this.#folder);
    if (space === null || space.freeBytes >= bytes + SPARE_BYTES) return null;
    return `The disk of ${this.#folder} has no room for all of the leader's data. Make room, then start again: what is there isn't fetched again.`;
  }

  async has({ path, size, hash }: ListedFile): Promise<boolean> {
    const known = this.#hashes.get(path);
    if (known !== undefined) return known === hash;
    return orSentence(join(this.#folder, path), async () => {
      const opened = await OpenFile.open(join(this.#folder, path));
      if (opened === null) return false;
      try {
        if (Number(opened.stats.size) !== size) return false;
        const actual = await hashOfFile(opened.file, size, false);
        if (actual !== null) this.#note(path, actual);
        return actual === hash;
      } finally {
        opened.file.close();
      }
    });
  }

  async open(file: ListedFile): Promise<PartialFile> {
    this.#mark();
    const path = join(this.#folder, file.path);
    const temporary = join(this.#folder, JOINING_FOLDER, temporaryName(file));
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
    await orSentence(this.#folder, async () => {
      await this.#removeOthers(new Set(files.map(({ path }) => path.normalize())));
      const folders = new Set(files.map(({ path }) => dirname(join(this.#folder, path))));
      for (const root of HISTORIES) {
        if (existsSync(join(this.#folder, root))) folders.add(join(this.#folder, root));
      }
      for (const each of folders) await syncFolder(each);
      await syncFolder(this.#folder);
      const marker = join(this.#folder, JOINING_FOLDER);
      for (const name of await readdir(marker)) await rm(join(marker, name), { recursive: true });
      // The last step.
      await rmdir(marker);
      await syncFolder(this.#folder);
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
      mkdirSync(join(this.#folder, JOINING_FOLDER), { recursive: true, mode: 0o700 });
      syncFolderSync(this.#folder);
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

  /** Puts to the temporary path what the folder has of a file already. */
  async #begin({ path, hash, size }: ListedFile, temporary: string): Promise<void> {
    const twin = this.#paths.get(hash);
    const sources = twin === undefined ? [] : [twin];
    if (isFileOfLines(path)) sources.push(path);
    const [, ...names] = path.split("/");
    // Since then, everybody has left the conversation.
    if (names.length > 0) sources.push(...HISTORIES.map((each) => [each, ...names].join("/")));
    for (const source of sources) {
      try {
        const from = join(this.#folder, source);
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
    const removeOther = async (path: string): Promise<void> => {
      // Some disks decompose the letters of names.
      if (listed.has(path.normalize()) || !isDataFile(path)) return;
      await rm(join(this.#folder, path));
    };
    for (const name of namesIn(this.#folder)) await removeOther(name);
    for (const root of HISTORIES) {
      for (const id of namesIn(join(this.#folder, root))) {
        const folder = join(this.#folder, root, id);
        for (const name of await namesInFolder(folder)) await removeOther(`${root}/${id}/${name}`);
        // One with files stays, and so does what isn't a folder.
        await rmdir(folder).catch(() => {});
      }
    }
    for (const name of OF_OLD_DATA) {
      await rm(join(this.#folder, name), { recursive: true, force: true });
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
