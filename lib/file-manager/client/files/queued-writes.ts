import type { FileHandle } from "node:fs/promises";

const BUFFER_BYTES = 128 << 10;
/** Full buffers that may wait for the disk, before whoever fills them is to stop. */
const WAITING_MAX = 2;

interface WriteHandlers {
  /** More may be pushed, after `push` returned `false`. */
  drained(): void;
  /** The disk refused; nothing more is written. */
  failed(error: unknown): void;
}

/** Bytes on their way into a file, in order and off the event loop. Owns a few buffers, which are used again and again. */
export class QueuedWrites {
  readonly #file: FileHandle;
  readonly #handlers: WriteHandlers;
  #position: number;
  #filling = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filled = 0;
  readonly #waiting: { readonly buffer: Buffer<ArrayBuffer>; readonly length: number }[] = [];
  readonly #free: Buffer<ArrayBuffer>[] = [];
  #writing: Promise<void> | null = null;
  #isHeld = false;
  #error: unknown = null;

  constructor(file: FileHandle, position: number, handlers: WriteHandlers) {
    this.#file = file;
    this.#position = position;
    this.#handlers = handlers;
  }

  /** Copies bytes. Returns whether more may come now. */
  push(bytes: Uint8Array): boolean {
    for (let offset = 0; offset < bytes.length; ) {
      const piece = bytes.subarray(offset, offset + BUFFER_BYTES - this.#filled);
      this.#filling.set(piece, this.#filled);
      this.#filled += piece.length;
      offset += piece.length;
      if (this.#filled === BUFFER_BYTES) this.#turnOver();
    }
    this.#start();
    this.#isHeld = this.#waiting.length >= WAITING_MAX;
    return !this.#isHeld;
  }

  /** Resolves when all is written; rejects if the disk refused. */
  async end(): Promise<void> {
    await this.#writing;
    if (this.#error !== null) throw this.#error;
  }

  #turnOver(): void {
    this.#waiting.push({ buffer: this.#filling, length: this.#filled });
    this.#filling = this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#filled = 0;
  }

  #start(): void {
    if (this.#writing !== null || this.#error !== null) return;
    this.#writing = this.#writeAll()
      .catch((error) => {
        this.#error = error;
        this.#handlers.failed(error);
      })
      .finally(() => {
        this.#writing = null;
      });
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      // A disk that is idle gets what is there.
      if (this.#waiting.length === 0 && this.#filled > 0) this.#turnOver();
      const full = this.#waiting.shift();
      if (full === undefined) return;
      await this.#write(full.buffer, full.length);
      this.#free.push(full.buffer);
      if (this.#isHeld && this.#waiting.length <= WAITING_MAX / 2) {
        this.#isHeld = false;
        this.#handlers.drained();
      }
    }
  }

  async #write(buffer: Buffer, length: number): Promise<void> {
    for (let offset = 0; offset < length; ) {
      const left = length - offset;
      const { bytesWritten } = await this.#file.write(buffer, offset, left, this.#position);
      offset += bytesWritten;
      this.#position += bytesWritten;
    }
  }
}
