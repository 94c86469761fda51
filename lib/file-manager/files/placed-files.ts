import { fstatSync, mkdirSync, openSync, rmSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { closeQuietly, readBytes } from "../disk/disk.ts";
import { isThere, removeIfEmpty } from "../disk/folder-entries.ts";
import { isMissing } from "../disk/fs-errors.ts";
import { syncFolderSync } from "../disk/replace-file.ts";
import type { UnfinishedFiles } from "./unfinished-files.ts";

/** The sweep removes empty folders by another thread, one of them once. */
const TRIES_MAX = 3;

/** The files that messages name, by their paths below a folder. Throws file-system errors. */
export class PlacedFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Puts a file that has arrived, and its preview, where they belong; they stay there after a loss of power. A file of this
   * size that is there already stays. After an error either may be there: see {@link remove}.
   */
  place(
    unfinished: Pick<UnfinishedFiles, "sizeOf" | "move" | "drop">,
    key: string,
    file: string,
    preview: string | null,
  ): void {
    const changed = new Set<string>();
    for (const [part, path] of [
      ["preview", preview],
      ["file", file],
    ] as const) {
      if (path === null) continue;
      const target = this.#pathOf(path);
      const isKept = part === "file" && sizeOf(target) === unfinished.sizeOf(key);
      if (!isKept) this.#move(unfinished, key, part, target, changed);
    }
    for (const folder of changed) syncFolderSync(folder);
    unfinished.drop(key);
  }

  /** Opens a file to be read from an offset; `null` if it isn't there. */
  open(path: string, offset: number): GivenFile | null {
    let fd: number;
    try {
      fd = openSync(this.#pathOf(path), "r");
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    return new GivenFile(fd, offset);
  }

  /** Deletes files, and the folders that are empty then. */
  remove(paths: readonly string[]): void {
    for (const path of paths) {
      rmSync(this.#pathOf(path), { force: true });
      for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
        if (!removeIfEmpty(this.#pathOf(folder))) break;
      }
    }
  }

  /** Returns how much the disk can still take. */
  get freeBytes(): number {
    mkdirSync(this.#root, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = statfsSync(this.#root);
    return bavail * bsize;
  }

  #move(
    unfinished: Pick<UnfinishedFiles, "move">,
    key: string,
    part: "file" | "preview",
    target: string,
    changed: Set<string>,
  ): void {
    const folder = dirname(target);
    for (let tries = 1; ; tries += 1) {
      try {
        this.#makeFolder(folder, changed);
        return unfinished.move(key, part, target);
      } catch (error) {
        if (!isMissing(error) || tries === TRIES_MAX || isThere(folder)) throw error;
      }
    }
  }

  #pathOf(path: string): string {
    const isBelow = path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
    if (!isBelow || /[\0\\]/.test(path)) throw new Error("not a path below the folder of files");
    return join(this.#root, path);
  }

  /** Makes a folder; a new one is an entry of its parent, which has to be synced as well. */
  #makeFolder(folder: string, changed: Set<string>): void {
    changed.add(folder);
    const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (let made = folder; first !== undefined; made = dirname(made)) {
      changed.add(dirname(made));
      if (made === first) return;
    }
  }
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** A file that is read from an offset to its end. Throws file-system errors. */
export class GivenFile {
  readonly #fd: number;
  #offset: number;
  readonly #end: number;

  constructor(fd: number, offset: number) {
    this.#fd = fd;
    this.#end = fstatSync(fd).size;
    this.#offset = Math.min(offset, this.#end);
  }

  /** How much of it is left. */
  get bytes(): number {
    return this.#end - this.#offset;
  }

  /** Fills a buffer with the next bytes, and returns how many they are. */
  read(buffer: Buffer): number {
    const count = Math.min(buffer.length, this.bytes);
    const { length } = readBytes(this.#fd, this.#offset, count, buffer);
    if (length < count) throw new Error("the file has become shorter");
    this.#offset += count;
    return count;
  }

  close(): void {
    closeQuietly(this.#fd);
  }
}
