import { type BigIntStats, close, fstat, fstatSync, open, openSync, read } from "node:fs";
import { promisify } from "node:util";
import { atPath, isMissing } from "../disk/fs-errors.ts";

const openLater = promisify(open);
const statLater = (fd: number): Promise<BigIntStats> =>
  new Promise((resolve, reject) =>
    fstat(fd, { bigint: true }, (error, stats) => (error ? reject(error) : resolve(stats))),
  );

/** A file that is open for reading, without holding the thread. It stays whole when another one takes its place. */
export class OpenFile {
  readonly #path: string;
  readonly #fd: number;
  #readsUnderWay = 0;
  #isClosed = false;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** Resolves to `null` when there is no such file, or something else, such as a pipe. Rejects with file-system errors. */
  static async open(path: string): Promise<{ file: OpenFile; stats: BigIntStats } | null> {
    let fd: number;
    try {
      fd = await openLater(path, "r");
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    const file = new OpenFile(path, fd);
    try {
      const stats = await statLater(fd);
      if (stats.isFile()) return { file, stats };
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return null;
  }

  /** {@link open}, holding the thread. */
  static openNow(path: string): { file: OpenFile; stats: BigIntStats } | null {
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    const file = new OpenFile(path, fd);
    try {
      return { file, stats: atPath(path, () => fstatSync(fd, { bigint: true })) };
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Reads `count` bytes from an offset on; fewer at the file's end. Rejects with file-system errors. */
  async read(offset: number, count: number, buffer = Buffer.allocUnsafe(count)): Promise<Buffer> {
    this.#readsUnderWay += 1;
    try {
      let filled = 0;
      while (filled < count) {
        const bytes = await this.#readOnce(buffer, filled, count - filled, offset + filled);
        if (bytes === 0) break;
        filled += bytes;
      }
      return buffer.subarray(0, filled);
    } finally {
      this.#readsUnderWay -= 1;
      if (this.#isClosed) this.#closeIdle();
    }
  }

  /** Closes it when nobody reads any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeIdle();
  }

  #readOnce(buffer: Buffer, start: number, count: number, offset: number): Promise<number> {
    return new Promise((resolve, reject) =>
      read(this.#fd, buffer, start, count, offset, (error, bytes) => {
        if (error === null) return resolve(bytes);
        reject(Object.assign(error, { path: this.#path }));
      }),
    );
  }

  #closeIdle(): void {
    // Another file might have the number by the time that a read begins. Freeing a large file's blocks takes a while.
    if (this.#readsUnderWay === 0) close(this.#fd, () => {});
  }
}
