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
  #chunks: Uint8Array[] = [];

  constructor(expected: SharedFile | null) {
    this.#expected = expected;
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  open(_file: SharedFile, { opened }: Parameters<FileSink["open"]>[1]): void {
    this.#chunks = [];
    opened(0);
  }

  write(bytes: Uint8Array): boolean {
    // They are valid during this call only. No more come than were announced.
    this.#chunks.push(Buffer.from(bytes));
    return true;
  }

  finish(done: Parameters<FileSink["finish"]>[0]): void {
    const hash = new Bun.CryptoHasher("sha256");
    for (const chunk of this.#chunks) hash.update(chunk);
    const isRight = this.#expected === null || hash.digest("hex") === this.#expected.sha256;
    done(isRight ? { path: null } : { why: "wrong-bytes" });
  }

  close(): void {}
}
