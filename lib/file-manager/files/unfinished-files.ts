import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import type { Upload } from "../../chat-server/files/file-queries.ts";
import { closeQuietly, DISK, type Disk, readBytes, writeAll } from "../disk/disk.ts";
import { namesIn } from "../disk/folder-entries.ts";
import { PRIVATE_FILE, removeLeftover } from "../disk/replace-file.ts";

/** How long the beginning of a file is kept after its last byte came. */
const KEPT_MS = 3_600_000;
/** How many beginnings are kept of an account: as it may send at once. More would fill the disk beside every quota. */
const KEPT_MAX = 4;
/** What was written of a file is synced after so many bytes: all of it at the end would hold up other files for seconds. */
const SYNC_BYTES = 8 << 20;
/** How much of a file's beginning is hashed at a time. */
const REHASH_BYTES = 1 << 20;
const PREVIEW = ".preview";
/** Their folder, in the folder of files. */
export const UNFINISHED = "unfinished";

/** What tells an unfinished file from others: an account goes on with its own alone. */
type UploadName = Pick<Upload, "account" | "sha256" | "size">;

/**
 * Owns the folder of files that haven't arrived whole, or have and were not placed yet: `<account>-<sha256>-<size>`, with
 * a number behind it where two connections send the same. Throws file-system errors.
 */
export class UnfinishedFiles {
  readonly #folder: string;
  readonly #disk: Disk;
  /** Those that are being written, those that are whole and wait for their place, and what can't be deleted. */
  readonly #inUse: Set<string>;

  /**
   * @param root the folder of files
   * @param waiting those that are whole, and wait for their place
   */
  constructor(root: string, waiting: readonly string[] = [], disk = DISK) {
    this.#folder = unfinishedFolder(root);
    this.#inUse = new Set(waiting);
    this.#disk = disk;
  }

  /** Returns how much is kept of a file that nobody sends at the moment. */
  find(upload: UploadName): { readonly key: string; readonly bytes: number } {
    const key = keyOf(upload);
    const bytes = this.#inUse.has(key) ? 0 : Math.min(this.sizeOf(key), upload.size);
    return bytes === 0 ? { key: "", bytes: 0 } : { key, bytes };
  }

  /** Opens a file to be written on from `upload.offset`, or from where its kept beginning ends if that is earlier. */
  open(upload: Upload): UnfinishedFile {
    const name = keyOf(upload);
    let key = name;
    for (let number = 2; this.#inUse.has(key); number += 1) key = `${name}-${number}`;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#makeRoom(upload.account, key);
    const path = this.pathOf(key);
    const offset = Math.min(key === name ? this.sizeOf(key) : 0, upload.offset, upload.size);
    const fd = openSync(path, offset > 0 ? "r+" : "w+", PRIVATE_FILE);
    try {
      ftruncateSync(fd, offset);
    } catch (error) {
      closeQuietly(fd);
      throw error;
    }
    this.#inUse.add(key);
    return new UnfinishedFile(key, path, fd, {
      ...{ offset, upload, disk: this.#disk },
      released: () => this.#inUse.delete(key),
    });
  }

  /** Returns the path of an unfinished file. */
  pathOf(key: string): string {
    if (!/^[a-z0-9]+-[0-9a-f]{64}-\d+(?:-\d+)?$/.test(key)) throw new Error("no unfinished file");
    return join(this.#folder, key);
  }

  /** Returns the bytes of what has come of a file, without its preview; 0 for nothing. */
  sizeOf(key: string): number {
    return statSync(this.pathOf(key), { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Moves a file's preview to its place, or the file. */
  move(key: string, part: "file" | "preview", path: string): void {
    renameSync(this.pathOf(key) + (part === "preview" ? PREVIEW : ""), path);
  }

  /** Somebody else may go on with a file that was whole. */
  keep(key: string): void {
    this.#inUse.delete(key);
  }

  /** Deletes what is left of a file. */
  drop(key: string): void {
    this.#inUse.delete(key);
    const path = this.pathOf(key);
    rmSync(path, { force: true });
    rmSync(path + PREVIEW, { force: true });
  }

  /** Deletes those of which nothing came for an hour, and that nobody needs. */
  sweep(nowMs: number): void {
    for (const name of namesIn(this.#folder)) {
      if (this.#inUse.has(name.replace(PREVIEW, ""))) continue;
      const path = join(this.#folder, name);
      const changedAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
      if (nowMs - changedAtMs >= KEPT_MS) removeLeftover(path);
    }
  }

  /** Deletes the oldest beginnings of an account that nobody goes on with, so that there aren't too many with this one. */
  #makeRoom(account: string, key: string): void {
    const idle = namesIn(this.#folder)
      .filter((name) => name.startsWith(`${account}-`) && !name.endsWith(PREVIEW))
      .filter((name) => name !== key && !this.#inUse.has(name))
      .map((name) => ({ name, changedAtMs: this.#changedAtMs(name) }))
      .sort((a, b) => b.changedAtMs - a.changedAtMs);
    for (const { name } of idle.slice(KEPT_MAX - 1)) this.drop(name);
  }

  #changedAtMs(name: string): number {
    return statSync(join(this.#folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }
}

/** What an {@link UnfinishedFile} needs of its folder. */
interface UnfinishedFileOptions {
  /** How much of it is there already. */
  readonly offset: number;
  readonly upload: Upload;
  readonly disk: Disk;
  /** Somebody else may go on with it. */
  released(): void;
}

/** A file that is being written, and the preview behind it. Throws file-system errors: then {@link discard} it. */
export class UnfinishedFile {
  readonly key: string;
  readonly #path: string;
  readonly #fd: number;
  readonly #upload: Upload;
  readonly #hash = new Bun.CryptoHasher("sha256");
  readonly #preview: Uint8Array;
  readonly #disk: Disk;
  readonly #released: () => void;
  /** Up to where its beginning is hashed that was there before. */
  #rehashedBytes = 0;
  #bytes: number;
  #previewBytes = 0;
  #unsyncedBytes = 0;
  #isOpen = true;

  constructor(
    key: string,
    path: string,
    fd: number,
    { offset, upload, disk, released }: UnfinishedFileOptions,
  ) {
    this.key = key;
    this.#path = path;
    this.#fd = fd;
    this.#bytes = offset;
    this.#upload = upload;
    this.#preview = new Uint8Array(upload.preview);
    this.#disk = disk;
    this.#released = released;
  }

  /** How much of the file is there. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Hashes the next piece of what was there before. Returns whether all of it is. */
  rehash(buffer: Buffer): boolean {
    const count = Math.min(buffer.length, this.#bytes - this.#rehashedBytes);
    const piece = readBytes(this.#fd, this.#rehashedBytes, count, buffer);
    if (piece.length < count) throw new Error("the file has become shorter");
    this.#hash.update(piece);
    this.#rehashedBytes += count;
    return this.#rehashedBytes === this.#bytes;
  }

  /** Takes the next bytes: the file's, and then the preview's. */
  write(bytes: Uint8Array): void {
    const ofFile = bytes.subarray(0, this.#upload.size - this.#bytes);
    if (ofFile.length > 0) {
      writeAll(this.#disk, this.#fd, ofFile, this.#bytes);
      this.#hash.update(ofFile);
      this.#bytes += ofFile.length;
      this.#unsyncedBytes += ofFile.length;
    }
    const rest = this.#preview.length - this.#previewBytes;
    const ofPreview = bytes.subarray(ofFile.length, ofFile.length + rest);
    this.#preview.set(ofPreview, this.#previewBytes);
    this.#previewBytes += ofPreview.length;
    if (this.#unsyncedBytes < SYNC_BYTES) return;
    this.#disk.syncNow(this.#fd);
    this.#unsyncedBytes = 0;
  }

  /** Checks the hash, and makes the file and its preview survive a loss of power. A wrong one is deleted. */
  finish(): "stored" | "wrong-hash" {
    const isWhole =
      this.#bytes === this.#upload.size && this.#previewBytes === this.#preview.length;
    if (!isWhole || this.#hash.digest("hex") !== this.#upload.sha256) {
      this.discard();
      return "wrong-hash";
    }
    this.#disk.syncNow(this.#fd);
    if (this.#preview.length > 0) this.#writePreview();
    this.#close();
    return "stored";
  }

  /** Closes the file; what is there of it is kept. */
  close(): void {
    if (!this.#isOpen) return;
    this.#close();
    this.#released();
  }

  /**
   * Closes the file, and deletes what is there of it. Also after the disk has refused something: then it may have lost bytes
   * that reading still shows, and the next sync would call them safe.
   */
  discard(): void {
    if (this.#isOpen) closeQuietly(this.#fd);
    this.#isOpen = false;
    try {
      rmSync(this.#path, { force: true });
      rmSync(this.#path + PREVIEW, { force: true });
    } catch {
      // It stays in use: nobody goes on with it.
      return;
    }
    this.#released();
  }

  #close(): void {
    this.#isOpen = false;
    closeSync(this.#fd);
  }

  #writePreview(): void {
    const fd = openSync(this.#path + PREVIEW, "w", PRIVATE_FILE);
    try {
      writeAll(this.#disk, fd, this.#preview);
      this.#disk.syncNow(fd);
    } finally {
      closeQuietly(fd);
    }
  }
}

/** Returns a buffer for {@link UnfinishedFile.rehash}. */
export function rehashBuffer(): Buffer {
  return Buffer.allocUnsafe(REHASH_BYTES);
}

/** Returns where the unfinished ones lie in the folder of files; it is made when there is one. */
export function unfinishedFolder(root: string): string {
  return join(root, UNFINISHED);
}

/** Returns where an unfinished file lies in the folder of files, and its preview, if that has come. */
export function unfinishedPaths(
  root: string,
  key: string,
): { readonly file: string; readonly preview: string } {
  const file = join(unfinishedFolder(root), key);
  return { file, preview: file + PREVIEW };
}

function keyOf({ account, sha256, size }: UploadName): string {
  return `${account}-${sha256}-${size}`;
}
