/** A disk that can be filled up: tests that need it run where a file system can be mounted. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const BYTES = 16 << 20;

/** A small file system in memory at a path, until the end of the `using` block. */
export class SmallDisk {
  readonly #path: string;

  constructor(path: string, bytes = BYTES) {
    this.#path = path;
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path]);
    if (mounted.status !== 0) throw new Error(String(mounted.stderr));
  }

  /** Takes all room that there is. */
  fill(): void {
    const fd = openSync(this.#filler, "a");
    for (const bytes of [1 << 20, 4096, 1]) {
      try {
        for (;;) writeSync(fd, Buffer.alloc(bytes));
      } catch {
        // The disk takes no more of that size.
      }
    }
    closeSync(fd);
  }

  /** Gives back the room that {@link fill} took. */
  empty(): void {
    rmSync(this.#filler, { force: true });
  }

  get #filler(): string {
    return join(this.#path, ".filler");
  }

  [Symbol.dispose](): void {
    spawnSync("umount", ["-l", this.#path]);
  }
}
