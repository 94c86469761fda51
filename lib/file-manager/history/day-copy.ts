import { writeSync } from "node:fs";
import type { Disk } from "../disk/journal.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import type { DayFile } from "./day-file.ts";

/** About a tenth of a millisecond each. */
const COPY_BYTES = 256 << 10;
/** In a room where somebody writes in every gap, the last sync holds the thread: once, for a few lines. */
const ROUNDS_MAX = 8;

/** Copies a day forward, a bounded piece at a step, while it may grow. */
export class DayCopy {
  /** How far the old file has been copied. */
  from = 0;
  written = 0;
  readonly #old: DayFile;
  readonly #fd: number;
  readonly #disk: Disk;

  /** @param fd the new file, open for adding; its owner closes it */
  constructor(old: DayFile, fd: number, disk: Disk) {
    this.#old = old;
    this.#fd = fd;
    this.#disk = disk;
  }

  /** Copies on towards `end`; whether it has been reached. */
  stepTo(end: number): boolean {
    if (this.from >= end) return true;
    const bytes = this.#old.read(this.from, Math.min(COPY_BYTES, end - this.from));
    if (bytes.length === 0) throw new Error("the file is shorter than it was");
    this.#write(bytes);
    this.from += bytes.length;
    return this.from >= end;
  }

  /** Writes other bytes in place of the old ones up to `end`. */
  put(bytes: Uint8Array, end: number): void {
    this.#write(bytes);
    this.from = end;
  }

  /** Copies and makes safe what is there and what is added meanwhile, until little is left or nothing. */
  async follow(end: () => number): Promise<void> {
    const pace = new TimeSlice();
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      while (!this.stepTo(end())) if (pace.isDue) await pace.rest();
      await this.#disk.sync(this.#fd);
      if (this.from === end()) return;
    }
  }

  /** The rest at once: in the same turn the copy can take the file's place. */
  finish(end: number): void {
    if (this.from >= end) return;
    while (!this.stepTo(end));
    this.#disk.syncNow(this.#fd);
  }

  #write(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) at += writeSync(this.#fd, bytes, at);
    this.written += bytes.length;
  }
}
