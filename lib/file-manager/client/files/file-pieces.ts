/** Reads a file that is sent in pieces: one is read while the one before it leaves. */
import { type FileHandle, open, stat } from "node:fs/promises";

/** More than a connection sends at once without saying when it has left, and little enough for a bar that moves. */
const PIECE_BYTES = 256 << 10;

/** The bytes of a file, on the disk or in memory. */
export interface FileBytes {
  readonly size: number;
  /**
   * Reads a piece from `offset` on; an empty one behind the end. It doesn't change until the next but one call.
   * Rejects as the disk fails.
   */
  read(offset: number): Promise<Uint8Array>;
  close(): void;
}

/** Opens a file on the disk. Rejects if that can't be, and resolves to why not for a folder, a pipe or a device. */
export async function openFileBytes(
  path: string,
): Promise<FileBytes | "is-folder" | "no-plain-file"> {
  // Before it is opened: that would wait until somebody writes into a pipe.
  const facts = await stat(path);
  if (!facts.isFile()) return facts.isDirectory() ? "is-folder" : "no-plain-file";
  return new DiskBytes(await open(path, "r"), facts.size);
}

/** Returns the bytes of something in memory. */
export function memoryBytes(bytes: Uint8Array): FileBytes {
  return {
    size: bytes.length,
    // Each on a turn of its own: a large picture is hashed meanwhile.
    read: (offset) =>
      new Promise((resolve) => {
        setImmediate(() => resolve(bytes.subarray(offset, offset + PIECE_BYTES)));
      }),
    close() {},
  };
}

class DiskBytes implements FileBytes {
  readonly size: number;
  readonly #handle: FileHandle;
  /** They take turns. */
  readonly #buffers = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)];
  #turn = 0;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  async read(offset: number): Promise<Uint8Array> {
    this.#turn = 1 - this.#turn;
    const buffer = this.#buffers[this.#turn] as Buffer;
    let length = 0;
    const fill = async (): Promise<void> => {
      while (length < PIECE_BYTES) {
        const left = PIECE_BYTES - length;
        const { bytesRead } = await this.#handle.read(buffer, length, left, offset + length);
        if (bytesRead === 0) return;
        length += bytesRead;
      }
    };
    const reading = fill();
    this.#reading = reading.catch(() => {});
    await reading;
    return buffer.subarray(0, length);
  }

  close(): void {
    // Not under a read that runs: its descriptor could be another file's by then.
    this.#reading.then(() => this.#handle.close()).catch(() => {});
  }
}
