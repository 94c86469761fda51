import type { FileSink, SinkHandlers } from "../../chat-client/files/file-ports.ts";
import type { SharedFile } from "../../protocol/file-facts.ts";
import type { Stdout } from "../../terminal/restore-on-exit.ts";

/** What may wait for a reader that is slower than the server. */
const WAITING_BYTES_MAX = 1 << 20;

/** Writes a fetched file to standard output, as fast as its reader takes it. Its hash is known when all is written. */
export class OutputSink implements FileSink {
  readonly #stdout: Stdout;
  readonly #hasher = new Bun.CryptoHasher("sha256");
  #file: SharedFile | null = null;
  #handlers: SinkHandlers | null = null;
  #waitingBytes = 0;
  #isHeld = false;
  #isOver = false;
  #onWritten: () => void = () => {};

  constructor(stdout: Stdout) {
    this.#stdout = stdout;
  }

  open(file: SharedFile, handlers: SinkHandlers): void {
    this.#file = file;
    this.#handlers = handlers;
    handlers.opened(0);
  }

  write(bytes: Uint8Array): boolean {
    this.#hasher.update(bytes);
    this.#waitingBytes += bytes.length;
    this.#stdout.write(bytes.slice(), (error) => this.#written(bytes.length, error));
    this.#isHeld = this.#waitingBytes > WAITING_BYTES_MAX;
    return !this.#isHeld;
  }

  finish(done: Parameters<FileSink["finish"]>[0]): void {
    const isRight = this.#hasher.digest("hex") === this.#file?.sha256;
    this.#onWritten = () => {
      if (!this.#isOver) done(isRight ? { path: null } : { why: "wrong-bytes" });
    };
    if (this.#waitingBytes === 0) this.#onWritten();
  }

  close(): void {
    this.#isOver = true;
  }

  #written(bytes: number, error: unknown): void {
    this.#waitingBytes -= bytes;
    if (this.#isOver) return;
    if (error !== null && error !== undefined) return this.#handlers?.failed("closed");
    if (this.#waitingBytes === 0) this.#onWritten();
    if (!this.#isHeld || this.#waitingBytes > WAITING_BYTES_MAX / 2) return;
    this.#isHeld = false;
    this.#handlers?.drained();
  }
}
