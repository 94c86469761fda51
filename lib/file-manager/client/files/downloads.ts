/** Where fetched files are written: under a temporary name first, so that no file is ever half or another one's. */
import { constants } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { FILE_NAME_BYTES_MAX, type SharedFile } from "../../../protocol/file-facts.ts";
import { safeFileName } from "../../../protocol/safe-file-name.ts";
import { utf8Bytes } from "../../../protocol/utf8.ts";
import { syncHandle } from "../../disk/disk.ts";
import { alreadyExists, cannotLink, type FsErrorKind, fsErrorKind } from "../../disk/fs-errors.ts";
import { syncFolder } from "../../disk/replace-file.ts";
import { QueuedWrites } from "./queued-writes.ts";

/** What the name of a file that isn't whole yet ends with. */
const PART = ".part";
/** Of the hash, in the name of a file that isn't whole: another file of the same name is another one. */
const HASH_LETTERS = 8;
/** Room behind a name for a number, the hash and {@link PART}. */
const SUFFIX_BYTES = 24;
/** Files of one name, in one folder. */
const SAME_NAMES_MAX = 1000;
const READ_BYTES = 256 << 10;

/** Why a fetched file can't be written. */
type DownloadTrouble = FsErrorKind | "exists" | "wrong-bytes";

interface DownloadHandlers {
  opened(offset: number): void;
  drained(): void;
  failed(why: DownloadTrouble): void;
}

type Finished = { readonly path: string } | { readonly why: DownloadTrouble };

/** Makes the places where fetched files go, and knows which temporary files are in use. */
export class Downloads {
  readonly #openParts = new Set<string>();

  /** Returns a place in a folder, which is made if it isn't there. A name that is taken gets a number: `a (2).png`. */
  into(folder: string): Download {
    return new Download({ folder, name: null, isForced: false }, this.#openParts);
  }

  /** Returns a place under this very path. `isForced`: a file that is there is replaced. */
  as(path: string, isForced: boolean): Download {
    const place = { folder: dirname(path), name: basename(path), isForced };
    return new Download(place, this.#openParts);
  }
}

/** `name` null: the one that the file has. */
interface Place {
  readonly folder: string;
  readonly name: string | null;
  readonly isForced: boolean;
}

/** One file that is fetched into a folder. What was fetched of it before goes on where it ends. */
export class Download {
  readonly #place: Place;
  readonly #openParts: Set<string>;
  #file: SharedFile | null = null;
  #part: string | null = null;
  #handle: FileHandle | null = null;
  #writes: QueuedWrites | null = null;
  #hasher = new Bun.CryptoHasher("sha256");
  #bytes = 0;
  #isClosed = false;

  constructor(place: Place, openParts: Set<string>) {
    this.#place = place;
    this.#openParts = openParts;
  }

  open(file: SharedFile, handlers: DownloadHandlers): void {
    this.#file = file;
    this.#open(file).then(
      (outcome) => {
        if (this.#isClosed) return;
        if (typeof outcome === "string") return handlers.failed(outcome);
        this.#writes = new QueuedWrites(outcome, this.#bytes, {
          drained: () => {
            if (!this.#isClosed) handlers.drained();
          },
          failed: (error) => {
            if (!this.#isClosed) handlers.failed(fsErrorKind(error));
          },
        });
        handlers.opened(this.#bytes);
      },
      (error) => {
        if (!this.#isClosed) handlers.failed(fsErrorKind(error));
      },
    );
  }

  write(bytes: Uint8Array): boolean {
    this.#hasher.update(bytes);
    this.#bytes += bytes.length;
    return this.#writes?.push(bytes) ?? false;
  }

  finish(done: (outcome: Finished) => void): void {
    const end = (outcome: Finished): void => {
      if (!this.#isClosed) done(outcome);
    };
    this.#finish().then(end, (error) => end({ why: fsErrorKind(error) }));
  }

  close(isKept: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // What can't be closed or removed is lost with the transfer that was given up.
    this.#release(isKept && this.#bytes > 0).catch(() => {});
  }

  async #open(file: SharedFile): Promise<FileHandle | DownloadTrouble> {
    const { folder, name, isForced } = this.#place;
    if (name === null) await mkdir(folder, { recursive: true });
    else {
      const facts = await lstat(join(folder, name)).catch(() => null);
      if (facts?.isDirectory() === true) return "is-folder";
      if (facts !== null && !isForced) return "exists";
    }
    const part = this.#reservePart(file);
    // No link that somebody has put there leads elsewhere.
    const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
    const handle = await open(part, flags, 0o666);
    this.#handle = handle;
    const facts = await handle.stat();
    if (!facts.isFile()) return "bad-name";
    this.#hasher = new Bun.CryptoHasher("sha256");
    this.#bytes = 0;
    if (facts.size > file.size) await handle.truncate(0);
    else await this.#hashPart(handle, facts.size);
    if (this.#isClosed) await this.#release(true);
    return handle;
  }

  #reservePart({ name, sha256 }: SharedFile): string {
    const { folder, name: chosen } = this.#place;
    const stem = safeFileName(chosen ?? name, FILE_NAME_BYTES_MAX - SUFFIX_BYTES);
    for (let number = 1; ; number += 1) {
      const digits = number === 1 ? "" : `-${number}`;
      const part = join(folder, `${stem}.${sha256.slice(0, HASH_LETTERS)}${digits}${PART}`);
      if (this.#openParts.has(part)) continue;
      this.#openParts.add(part);
      this.#part = part;
      return part;
    }
  }

  async #hashPart(handle: FileHandle, size: number): Promise<void> {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    while (this.#bytes < size && !this.#isClosed) {
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, this.#bytes);
      if (bytesRead === 0) return;
      this.#hasher.update(buffer.subarray(0, bytesRead));
      this.#bytes += bytesRead;
    }
  }

  async #finish(): Promise<Finished> {
    await this.#writes?.end();
    const [handle, part, file] = [this.#handle, this.#part, this.#file];
    if (handle === null || part === null || file === null) return { why: "other" };
    if (this.#hasher.digest("hex") !== file.sha256 || this.#bytes !== file.size) {
      await this.#release(false);
      return { why: "wrong-bytes" };
    }
    await syncHandle(handle);
    this.#handle = null;
    await handle.close();
    const path = await this.#nameIt(part, file);
    this.#openParts.delete(part);
    this.#part = null;
    if (path === null) return { why: "exists" };
    await syncFolder(this.#place.folder);
    return { path };
  }

  /** Gives the file its name, which takes no other file's. Resolves to its path; null where it can't have one. */
  async #nameIt(part: string, file: SharedFile): Promise<string | null> {
    const { folder, name, isForced } = this.#place;
    if (name !== null) {
      const path = join(folder, name);
      if (isForced) await rename(part, path);
      return isForced || (await moveToFree(part, path)) ? path : null;
    }
    for (let number = 1; number <= SAME_NAMES_MAX; number += 1) {
      const path = join(folder, numbered(safeFileName(file.name), number));
      if (await moveToFree(part, path)) return path;
    }
    return null;
  }

  async #release(isKept: boolean): Promise<void> {
    await this.#writes?.end().catch(() => {});
    this.#writes = null;
    const [handle, part] = [this.#handle, this.#part];
    this.#handle = null;
    this.#part = null;
    await handle?.close();
    if (part === null) return;
    if (!isKept) await rm(part, { force: true });
    this.#openParts.delete(part);
  }
}

/** Moves a file to a name that nothing has. Resolves to `false` if something has it. */
async function moveToFree(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    if (alreadyExists(error)) return false;
    if (!cannotLink(error)) throw error;
    return moveWithoutLinks(from, to);
  }
  await rm(from);
  return true;
}

/** On a disk without hard links: the name is taken by an empty file first. */
async function moveWithoutLinks(from: string, to: string): Promise<boolean> {
  try {
    await (await open(to, "wx")).close();
  } catch (error) {
    if (alreadyExists(error)) return false;
    throw error;
  }
  await rename(from, to);
  return true;
}

/** `a.tar.gz` → `a.tar (2).gz`, cut where that is too long. */
function numbered(name: string, number: number): string {
  if (number === 1) return name;
  const extension = extname(name);
  const end = ` (${number})${extension}`;
  const stem = name.slice(0, name.length - extension.length);
  return `${safeFileName(stem, FILE_NAME_BYTES_MAX - utf8Bytes(end))}${end}`;
}
