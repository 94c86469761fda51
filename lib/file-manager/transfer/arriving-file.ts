import { createHash, type Hash } from "node:crypto";
import { copyFile, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { ListedFile, PartialFile } from "../../cluster/transfer/transfer-ports.ts";
import { syncHandle } from "../disk/disk.ts";
import { fsErrorText, isOnOtherDisk } from "../disk/fs-errors.ts";
import { PRIVATE_FILE, removeLeftover, temporaryOf } from "../disk/replace-file.ts";
import { TimeSlice } from "../disk/time-slice.ts";

const READ_BYTES = 256 << 10;

/** Rejects with a sentence for the owner when a call on files fails. */
export async function orSentence<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new Error(
      `${path} cannot be used: ${fsErrorText(error)}. Put that right, then start again: what is there isn't fetched again.`,
      { cause: error },
    );
  }
}

/** A file on its way into a data folder. */
export class ArrivingFile implements PartialFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: ListedFile;
  readonly #handle: FileHandle;
  readonly #onComplete: () => void;
  #hash: Hash = createHash("sha256");
  #bytes = 0;
  #isClosed = false;

  private constructor(
    [path, temporary]: readonly [string, string],
    file: ListedFile,
    handle: FileHandle,
    onComplete: () => void,
  ) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#handle = handle;
    this.#onComplete = onComplete;
  }

  /** Opens a file with what is there at its temporary path; more than it can have is cut off. */
  static open(
    [path, temporary]: readonly [string, string],
    file: ListedFile,
    onComplete: () => void,
  ): Promise<ArrivingFile> {
    return orSentence(temporary, async () => {
      const handle = await open(temporary, "a+", PRIVATE_FILE);
      const arriving = new ArrivingFile([path, temporary], file, handle, onComplete);
      try {
        await arriving.#readBeginning();
      } catch (error) {
        await arriving.close();
        throw error;
      }
      return arriving;
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(bytes: Uint8Array): Promise<void> {
    return orSentence(this.#path, async () => {
      let written = 0;
      while (written < bytes.length) {
        written += (await this.#handle.write(bytes, written)).bytesWritten;
      }
      this.#hash.update(bytes);
      this.#bytes += bytes.length;
    });
  }

  complete(): Promise<boolean> {
    return orSentence(this.#path, async () => {
      if (this.#bytes !== this.#file.size || this.#hash.digest("hex") !== this.#file.hash) {
        await this.#handle.truncate(0);
        this.#hash = createHash("sha256");
        this.#bytes = 0;
        return false;
      }
      await this.#setMode(this.#handle);
      await syncHandle(this.#handle);
      await this.close();
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await this.#move();
      this.#onComplete();
      return true;
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#handle.close();
  }

  async #setMode(file: FileHandle): Promise<void> {
    // Whatever it is at the leader's, the owner must be able to read and write it.
    const mode = (this.#file.mode & 0o777) | PRIVATE_FILE;
    if (mode === PRIVATE_FILE) return;
    // On a disk without permissions, a start says so.
    await file.chmod(mode).catch(() => {});
  }

  async #move(): Promise<void> {
    try {
      await rename(this.#temporary, this.#path);
    } catch (error) {
      if (!isOnOtherDisk(error)) throw error;
      // Owners move folders off a full disk, and leave a symbolic link.
      const near = temporaryOf(this.#path);
      try {
        await this.#copyTo(near);
        await rename(near, this.#path);
      } catch (failure) {
        removeLeftover(near);
        throw failure;
      }
      await rm(this.#temporary);
    }
  }

  async #copyTo(path: string): Promise<void> {
    await copyFile(this.#temporary, path);
    const copy = await open(path, "r+");
    try {
      await this.#setMode(copy);
      await syncHandle(copy);
    } finally {
      await copy.close();
    }
  }

  async #readBeginning(): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size > this.#file.size) await this.#handle.truncate(this.#file.size);
    const end = Math.min(size, this.#file.size);
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const slice = new TimeSlice();
    while (this.#bytes < end) {
      const count = Math.min(buffer.length, end - this.#bytes);
      const { bytesRead } = await this.#handle.read(buffer, 0, count, this.#bytes);
      if (bytesRead === 0) break;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#bytes += bytesRead;
      if (slice.isDue) await slice.rest();
    }
  }
}
