import type { FileAnswers, FileQuery, Upload } from "../lib/chat-server/files/file-queries.ts";

/** Where a play's files are: in memory, with the answers that lib/server-process gives. */
export class StageFiles {
  /** What the next connection sends: a file from its offset on, and its preview. */
  incoming = Buffer.alloc(0);
  /** How that ends, if not as it should. */
  ends: "cut" | "slow" | "full" | "disk" | "off" | null = null;
  freeBytes: number | null = null;
  /** Whether what isn't there comes from another node. */
  hasLater = false;
  /** While set, nothing but previews can be put into its place. */
  hasNoPlaces = false;
  /** The bytes by path, of files and previews. */
  readonly placed = new Map<string, Buffer>();
  readonly #unfinished = new Map<string, Buffer>();

  /** The keys of what has arrived, and has no place yet. */
  get unfinished(): readonly string[] {
    return [...this.#unfinished.keys()];
  }

  /** Answers a query as soon as it is asked. */
  answer(query: FileQuery): FileAnswers[FileQuery["kind"]] {
    switch (query.kind) {
      case "receive-file":
        query.link.send(Buffer.from(`:${query.server} FILE READY ${query.upload.offset}\r\n`));
        return this.#receive(query.upload);
      case "place-file":
        return { done: this.#place(query) };
      case "drop-file":
        return { done: this.#unfinished.delete(query.key) };
      case "keep-file":
        return { done: true };
      case "send-file": {
        const bytes = this.placed.get(query.path)?.subarray(query.offset);
        if (bytes === undefined) return { outcome: this.hasLater ? "later" : "missing", bytes: 0 };
        query.link.send(
          Buffer.from(`:${query.server} FILE DATA ${bytes.length}\r\n${bytes.toString()}\r\n`),
        );
        return { outcome: "sent", bytes: bytes.length };
      }
      case "unfinished-file": {
        const key = keyOf(query);
        const bytes = this.#unfinished.get(key)?.length ?? 0;
        return { bytes, key: bytes === 0 ? "" : key };
      }
      case "remove-files":
        for (const path of query.paths) this.placed.delete(path);
        return { done: true };
      case "file-space":
        return { freeBytes: this.freeBytes };
    }
  }

  #receive(upload: Upload): FileAnswers["receive-file"] {
    const { incoming, ends } = this;
    const key = keyOf(upload);
    const before = this.#unfinished.get(key)?.subarray(0, upload.offset) ?? Buffer.alloc(0);
    const bytes = Buffer.concat([before, incoming]);
    this.#unfinished.set(key, bytes);
    this.incoming = Buffer.alloc(0);
    this.ends = null;
    if (ends !== null) return { outcome: ends, key, bytes: incoming.length };
    if (bytes.length < upload.size + upload.preview) {
      return { outcome: "slow", key, bytes: incoming.length };
    }
    if (sha256Of(bytes.subarray(0, upload.size)) !== upload.sha256) {
      this.#unfinished.delete(key);
      return { outcome: "wrong-hash", key: "", bytes: incoming.length };
    }
    return { outcome: "stored", key, bytes: incoming.length };
  }

  #place({ key, path, previewPath }: Extract<FileQuery, { kind: "place-file" }>): boolean {
    const bytes = this.#unfinished.get(key);
    if (bytes === undefined) return false;
    const size = Number(key.slice(key.lastIndexOf("-") + 1));
    if (previewPath !== null) this.placed.set(previewPath, bytes.subarray(size));
    if (this.hasNoPlaces) return false;
    this.placed.set(path, bytes.subarray(0, size));
    return this.#unfinished.delete(key);
  }
}

function keyOf({ account, sha256, size }: Pick<Upload, "account" | "sha256" | "size">): string {
  return `${account}-${sha256}-${size}`;
}

/** Returns the hash of bytes, as an offer has it. */
export function sha256Of(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
