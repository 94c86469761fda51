import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";

/** Thrown by a disk whose process is dead: what runs on must not be noticed. */
export class Died extends Error {}

/**
 * A disk whose process dies at one of its calls: before it, in the middle of a write, or after it. `died` is called then,
 * and sees the files as a kill leaves them.
 */
export class DyingDisk implements Disk {
  /** Dies at so many calls from now on. */
  callsLeft = Number.POSITIVE_INFINITY;
  /** While set, writes fail as on a full disk. */
  isFull = false;
  readonly #died: () => void;
  readonly #part: () => number;
  #isDead = false;

  /** @param part returns how much of the deadly write is done: from 0 to 1 */
  constructor(died: () => void, part: () => number) {
    this.#died = died;
    this.#part = part;
  }

  /** Whether its process is dead: nothing is written any more. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** The process dies between two calls. */
  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#died();
  }

  write(fd: number, bytes: Uint8Array, start: number, offset?: number): number {
    const isDeadly = this.#counts();
    if (this.isFull) throw fullDisk();
    if (!isDeadly) return DISK.write(fd, bytes, start, offset);
    const end = start + Math.round((bytes.length - start) * this.#part());
    if (end > start) DISK.write(fd, bytes.subarray(0, end), start, offset);
    return this.#end();
  }

  truncate(fd: number, bytes: number): void {
    const isDeadly = this.#counts();
    if (!isDeadly || this.#part() > 0.5) DISK.truncate(fd, bytes);
    if (isDeadly) this.#end();
  }

  async sync(fd: number): Promise<void> {
    if (this.#counts()) this.#end();
    await DISK.sync(fd);
  }

  syncNow(fd: number): void {
    if (this.#counts()) this.#end();
    DISK.syncNow(fd);
  }

  /** Counts a call. Returns whether the process dies at it. */
  #counts(): boolean {
    if (this.#isDead) throw new Died();
    this.callsLeft -= 1;
    return this.callsLeft <= 0;
  }

  #end(): never {
    this.die();
    throw new Died();
  }
}

function fullDisk(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device, write"), {
    code: "ENOSPC",
    syscall: "write",
  });
}
