import type { FileAnswers, Upload } from "../../chat-server/files/file-queries.ts";
import type { PartialFile } from "../../cluster/transfer/transfer-ports.ts";
import { replaceFile } from "../../file-manager/disk/replace-file.ts";
import type { FileStore } from "../../file-manager/files/file-store.ts";
import type { IncomingFile } from "../../file-manager/files/incoming-file.ts";

/** What is needed of the files that people have sent. */
export type CopyStore = Pick<FileStore, "receive" | "ask" | "sweep">;

/** A file with its preview on its way from another node: it becomes an unfinished one, as if its sender had sent it here. */
export class CopiedFile implements PartialFile {
  /** Names the unfinished file, for its place; known when it is complete. */
  key = "";
  readonly #store: CopyStore;
  readonly #upload: Upload;
  #file: IncomingFile;
  #bytes = 0;

  private constructor(store: CopyStore, upload: Upload) {
    this.#store = store;
    this.#upload = upload;
    this.#file = store.receive(upload);
  }

  /** Opens it with what was kept of it before. Rejects if the disk refuses. */
  static async open(store: CopyStore, upload: Omit<Upload, "offset">): Promise<CopiedFile> {
    const copied = new CopiedFile(store, { ...upload, offset: upload.size });
    await copied.#opened();
    return copied;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#file.write(bytes);
    this.#bytes += bytes.length;
    while (this.#file.freeBytes === 0 && this.#file.failure === null) {
      await new Promise<void>((resolve) => {
        this.#file.onFree = resolve;
      });
    }
    if (this.#file.failure !== null) throw new Error("a file of another node can't be written");
  }

  async complete(): Promise<boolean> {
    const { key } = this.#file;
    const outcome = await this.#file.finish();
    if (outcome === "full" || outcome === "disk")
      throw new Error("a file of another node can't be written");
    this.key = key;
    if (outcome === "stored") return true;
    this.#file = this.#store.receive(this.#upload);
    await this.#opened();
    return false;
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  async #opened(): Promise<void> {
    if (!(await this.#file.opened)) throw new Error("a file of another node can't be written");
    this.#bytes = this.#file.offset;
  }
}

/** A preview on its way from another node, whose file is here already: what comes behind the file's bytes. */
export class CopiedPreview implements PartialFile {
  readonly #path: string;
  readonly #size: number;
  readonly #previewBytes: number;
  readonly #parts: Uint8Array[] = [];
  #bytes: number;

  /**
   * @param path where it is to lie
   * @param size bytes of the file before it
   */
  constructor(path: string, size: number, previewBytes: number) {
    this.#path = path;
    this.#size = size;
    this.#previewBytes = previewBytes;
    this.#bytes = size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
  }

  async complete(): Promise<boolean> {
    if (this.#bytes !== this.#size + this.#previewBytes) return false;
    await replaceFile(this.#path, this.#parts);
    return true;
  }

  async close(): Promise<void> {}
}

/** Puts a complete file into its place. Resolves to whether it is there. */
export async function placeCopy(
  store: CopyStore,
  key: string,
  { path, previewPath }: { readonly path: string; readonly previewPath: string | null },
): Promise<boolean> {
  const answer = await store.ask({ kind: "place-file", key, path, previewPath });
  // The cast: an answer has the kind of its query.
  return (answer as FileAnswers["place-file"]).done;
}
