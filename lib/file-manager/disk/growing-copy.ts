import { openSync, renameSync } from "node:fs";
import { closeQuietly, type Disk, writeAll } from "./disk.ts";
import { PRIVATE_FILE, removeLeftover } from "./replace-file.ts";
import { TimeSlice } from "./time-slice.ts";

/** Copying this much takes about a tenth of a millisecond. */
const COPY_BYTES = 256 << 10;
/** Where something is appended during every sync, the last sync holds the thread: once, for a few lines. */
const ROUNDS_MAX = 8;

/** A file that is read at offsets. */
export interface ByteSource {
  /** Returns `count` bytes from offset `start` on; fewer at the end of the file. */
  read(start: number, count: number): Uint8Array;
}

/** How {@link replaceGrowingFile} is to replace a file. */
export interface GrowingReplacement {
  readonly path: string;
  /** The path of the copy, in the same folder. A file there is removed first. */
  readonly temporary: string;
  readonly source: ByteSource;
  readonly disk: Disk;
  /** Returns how long the file is now, in bytes: it grows while it is copied. */
  readonly length: () => number;
  /** Offset in the old file at which the copy begins; 0 when left out. */
  readonly start?: number;
  /** Writes the part that is to differ. The rest is copied unchanged. */
  readonly change?: (copy: GrowingCopy) => Promise<void>;
  /** Returns what must end before the last step, such as a sync of the old file; asked until it returns `null`. */
  readonly inProgress?: () => Promise<unknown> | null;
  /** Whether the copy may still take the file's place; asked right before it does. */
  readonly isWanted?: () => boolean;
  /**
   * Called in the same turn as the rename, with the new file open for reading and appending, and its length. Returns
   * whether it has taken over the descriptor, which is closed otherwise.
   */
  readonly adopt: (fd: number, bytes: number) => boolean;
}

/**
 * Replaces a file by a changed or shortened copy while lines are being appended to it. They are copied behind the rest,
 * the last of them in the same turn as the rename. A crash leaves the old file or the new one whole, and what a sync
 * had made safe in the old one is safe in the new one. The caller syncs the folder afterwards.
 *
 * Returns whether it was replaced: `isWanted` may say no. Rejects with file-system errors; the old file stays then, and
 * the temporary one is removed.
 */
export async function replaceGrowingFile(replacement: GrowingReplacement): Promise<boolean> {
  const { path, temporary, source, disk, length, start = 0 } = replacement;
  removeLeftover(temporary);
  let fd: number | null = openSync(temporary, "ax+", PRIVATE_FILE);
  let isReplaced = false;
  try {
    const copy = new GrowingCopy(source, fd, disk, start);
    await replacement.change?.(copy);
    await copy.follow(length);
    const inProgress = replacement.inProgress ?? (() => null);
    for (let work = inProgress(); work !== null; work = inProgress()) await work;
    if (replacement.isWanted?.() === false) return false;
    copy.finish(length());
    renameSync(temporary, path);
    isReplaced = true;
    if (replacement.adopt(fd, copy.written)) fd = null;
    return true;
  } finally {
    if (fd !== null) closeQuietly(fd);
    if (!isReplaced) removeLeftover(temporary);
  }
}

/** Copies a file forward into a new one, a bounded piece at a step, while the old one may grow. */
export class GrowingCopy {
  /** Bytes in the new file. */
  written = 0;
  /** Offset in the old file up to which it is copied. */
  #copied: number;
  readonly #source: ByteSource;
  readonly #fd: number;
  readonly #disk: Disk;

  /** @param fd the new file, open for appending; its owner closes it */
  constructor(source: ByteSource, fd: number, disk: Disk, start = 0) {
    this.#source = source;
    this.#fd = fd;
    this.#disk = disk;
    this.#copied = start;
  }

  /** Copies the next piece towards the offset `end`. Returns whether `end` is reached. */
  stepTo(end: number): boolean {
    if (this.#copied >= end) return true;
    const count = Math.min(COPY_BYTES, end - this.#copied);
    const bytes = this.#source.read(this.#copied, count);
    if (bytes.length < count) throw new Error("the file is shorter than it was");
    this.#write(bytes);
    this.#copied += count;
    return this.#copied >= end;
  }

  /** Writes `bytes` in place of the old ones up to the offset `end`. */
  put(bytes: Uint8Array, end: number): void {
    this.#write(bytes);
    this.#copied = end;
  }

  /** Copies and syncs the file and bytes appended meanwhile, until nothing is left, or {@link ROUNDS_MAX} times. */
  async follow(length: () => number): Promise<void> {
    const slice = new TimeSlice();
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      while (!this.stepTo(length())) if (slice.isDue) await slice.rest();
      await this.#disk.sync(this.#fd);
      if (this.#copied === length()) return;
    }
  }

  /** Copies and syncs the rest up to `end` at once, so that the copy can take the file's place in the same turn. */
  finish(end: number): void {
    if (this.#copied >= end) return;
    while (!this.stepTo(end));
    this.#disk.syncNow(this.#fd);
  }

  #write(bytes: Uint8Array): void {
    writeAll(this.#disk, this.#fd, bytes);
    this.written += bytes.length;
  }
}
