/** Connections of bytes, and files in memory, for plays of transfers. */
import type {
  FileFailure,
  FileSink,
  FileSource,
  FileTrouble,
  PreparedFile,
  RawConnection,
  RawHandlers,
  SinkHandlers,
} from "../../lib/chat-client/files/file-ports.ts";
import type { SharedFile } from "../../lib/protocol/file-facts.ts";

/** The server's end of one connection of bytes. */
export class RawEnd implements RawConnection {
  isClosed = false;
  isReading = true;
  readonly #handlers: RawHandlers;
  #bytes: number[] = [];

  constructor(handlers: RawHandlers) {
    this.#handlers = handlers;
  }

  /** Returns what the client has sent since the last call, as text. */
  takes(): string {
    const text = Buffer.from(this.#bytes).toString();
    this.#bytes = [];
    return text;
  }

  opens(): this {
    this.#handlers.opened();
    return this;
  }

  /** Sends bytes to the client. */
  says(text: string | Uint8Array): this {
    this.#handlers.data(typeof text === "string" ? Buffer.from(text) : text);
    return this;
  }

  drains(): this {
    this.#handlers.drained();
    return this;
  }

  breaks(): void {
    this.isClosed = true;
    this.#handlers.closed("Connection closed");
  }

  send(bytes: Uint8Array): void {
    this.#bytes.push(...bytes);
  }

  setReading(isReading: boolean): void {
    this.isReading = isReading;
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A file of this device that is in memory, read in pieces of `pieceBytes`. */
export class TextSource implements FileSource {
  readonly name: string;
  readonly size: number;
  isClosed = false;
  /** What the next piece is; null: what is in the file. */
  next: Uint8Array | FileFailure | null = null;
  #bytes: Uint8Array;
  readonly #preview: string;
  readonly #pieceBytes: number;

  constructor(name: string, text: string, { preview = "", pieceBytes = 4 } = {}) {
    this.name = name;
    this.#bytes = Buffer.from(text);
    this.size = this.#bytes.length;
    this.#preview = preview;
    this.#pieceBytes = pieceBytes;
  }

  prepare(
    progress: (bytes: number) => void,
    done: (outcome: PreparedFile | FileFailure) => void,
  ): void {
    progress(this.size);
    if (this.next !== null && "why" in this.next) return done(this.next);
    const sha256 = sha256Of(this.#bytes);
    const preview = this.#preview === "" ? null : Buffer.from(this.#preview);
    const facts = { name: this.name, size: this.size, sha256, type: "text/plain" };
    done({ facts: { ...facts, ...(preview !== null && { preview: preview.length }) }, preview });
  }

  read(offset: number, done: (outcome: Uint8Array | FileFailure) => void): void {
    done(this.next ?? this.#bytes.slice(offset, offset + this.#pieceBytes));
  }

  close(): void {
    this.isClosed = true;
  }
}

/** Where a fetched file goes, in memory. */
export class TextSink implements FileSink {
  text = "";
  /** What it has from an earlier attempt. */
  before = "";
  file: SharedFile | null = null;
  isSlow = false;
  isKept: boolean | null = null;
  problem: FileTrouble | null = null;
  handlers: SinkHandlers | null = null;

  open(file: SharedFile, handlers: SinkHandlers): void {
    this.file = file;
    this.handlers = handlers;
    this.text = this.before;
    handlers.opened(this.before.length);
  }

  write(bytes: Uint8Array): boolean {
    this.text += Buffer.from(bytes).toString();
    return !this.isSlow;
  }

  finish(done: (outcome: { readonly path: string | null } | FileFailure) => void): void {
    const isRight = this.file?.sha256 === sha256Of(Buffer.from(this.text));
    if (!isRight) this.before = "";
    if (this.problem !== null) done({ why: this.problem });
    else done(isRight ? { path: `/downloads/${this.file?.name}` } : { why: "wrong-bytes" });
  }

  close(isKept: boolean): void {
    this.isKept = isKept;
  }
}

/** Returns the SHA-256 of bytes as facts of files have it. */
export function sha256Of(bytes: Uint8Array | string): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
