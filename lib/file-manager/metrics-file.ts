import { rmSync } from "node:fs";
import { chmod, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DiskFailures } from "./disk/disk-failures.ts";

/** The program that collects it usually runs as another user. */
const READABLE_FILE = 0o644;

/** Owns the metrics file: writes it whole, by a rename, so that nobody ever reads half of it. */
export class MetricsFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #failures: DiskFailures;
  #isWriting = false;
  #isClosed = false;

  constructor(path: string, onProblem: (text: string, cause: unknown) => void) {
    this.#path = path;
    // A collector reads *.prom alone.
    this.#temporary = join(dirname(path), `.${basename(path)}.new`);
    this.#failures = new DiskFailures(onProblem);
  }

  /**
   * Replaces the file. Does nothing while the disk is still busy with the one before. It is not synced: after a loss of
   * power it would be out of date anyway. Never rejects.
   */
  async write(text: string): Promise<void> {
    if (this.#isWriting || this.#isClosed) return;
    this.#isWriting = true;
    try {
      await rm(this.#temporary, { force: true });
      await writeFile(this.#temporary, text, { flag: "wx" });
      // Whatever the umask is: a hardened unit's leaves files to the server alone. Not every disk has modes.
      await chmod(this.#temporary, READABLE_FILE).catch(() => {});
      await rename(this.#temporary, this.#path);
      if (this.#isClosed) this.#remove();
      this.#failures.succeeded();
    } catch (error) {
      this.#failures.failed(`${this.#path} cannot be written`, error);
    } finally {
      this.#isWriting = false;
    }
  }

  /** Removes the file: a server that has stopped must not look like one that runs. */
  close(): void {
    this.#isClosed = true;
    this.#remove();
  }

  #remove(): void {
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // Its date tells that it is old.
    }
  }
}
