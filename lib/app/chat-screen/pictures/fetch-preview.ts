/** Fetches a preview, the beginning of a file, or a small file into memory. */
import type { FilePart } from "../../../chat-client/files/file-download.ts";
import type { FileSink } from "../../../chat-client/files/file-ports.ts";
import type { ChatSession } from "../../../chat-client/session-interface.ts";
import type { SharedFile } from "../../../protocol/file-facts.ts";
import type { Fetch } from "./file-previews.ts";

/** Fetches a part of a file, or all of it, whose hash is then checked. */
export function fetchPreview(
  { files }: Pick<ChatSession, "files">,
  file: SharedFile,
  part: FilePart,
): Fetch {
  if (files.sizeMax === null) return { bytes: Promise.resolve(null), cancel: () => {} };
  const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
  const sink = new MemorySink(part === "file" ? file : null);
  const key = files.get(file, sink, {
    ...{ part, isHidden: true },
    onEnd: ({ state }) => resolve(state === "done" ? sink.bytes : null),
  });
  return { bytes: promise, cancel: () => files.cancel(key) };
}

/** Collects bytes. */
class MemorySink implements FileSink {
  /** The file that the bytes have to be; null: a part, of which nothing is known. */
  readonly #expected: SharedFile | null;
  #sink = new Bun.ArrayBufferSink();
  #hash = new Bun.CryptoHasher("sha256");
  /** All of them, once they have come. */
  bytes = new Uint8Array();

  constructor(expected: SharedFile | null) {
    this.#expected = expected;
  }

  open(_file: SharedFile, { opened }: Parameters<FileSink["open"]>[1]): void {
    this.#sink = new Bun.ArrayBufferSink();
    // In one piece: of pieces that are joined there would be twice as much in memory.
    this.#sink.start({ asUint8Array: true, highWaterMark: this.#expected?.size ?? 0 });
    this.#hash = new Bun.CryptoHasher("sha256");
    opened(0);
  }

  write(bytes: Uint8Array): boolean {
    // They are valid during this call only. No more come than were announced.
    this.#sink.write(bytes);
    this.#hash.update(bytes);
    return true;
  }

  finish(done: Parameters<FileSink["finish"]>[0]): void {
    this.bytes = this.#sink.end() as Uint8Array<ArrayBuffer>;
    const isRight = this.#expected === null || this.#hash.digest("hex") === this.#expected.sha256;
    done(isRight ? { path: null } : { why: "wrong-bytes" });
  }

  close(): void {}
}
