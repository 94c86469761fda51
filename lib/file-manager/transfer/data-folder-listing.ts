import { join } from "node:path";
import type { FolderListing, ListedFile } from "../../cluster/transfer/transfer-ports.ts";
import { OpenFile } from "./open-file.ts";

/** Files that readers are in the middle of. */
const OPEN_MAX = 32;

/** A listed file, and where its bytes come from. */
export interface ListedSource extends ListedFile {
  /** Open since it was listed; otherwise it is opened when it is read. */
  readonly pinned?: OpenFile;
}

/** The paths at which a listed file may lie: a conversation that nobody can reach any more is moved. */
export function placesOf(folder: string, path: string): string[] {
  const places = [join(folder, path)];
  if (path.startsWith("history/")) places.push(join(folder, path.replace("history", "gone")));
  return places;
}

/** Owns the open files of a listing. */
export class DataFolderListing implements FolderListing {
  readonly sequence: number;
  readonly files: ListedFile[] = [];
  readonly #folder: string;
  readonly #sources = new Map<string, ListedSource>();
  /** By hash, the one that was read last at the end. */
  readonly #open = new Map<string, OpenFile>();
  #isClosed = false;

  constructor(folder: string, sequence: number) {
    this.#folder = folder;
    this.sequence = sequence;
  }

  add(source: ListedSource): void {
    const { path, size, hash, mode } = source;
    this.files.push({ path, size, hash, mode });
    // A pinned file is sure to be as it was.
    if (source.pinned !== undefined || !this.#sources.has(hash)) this.#sources.set(hash, source);
  }

  async read(hash: string, offset: number, length: number): Promise<Uint8Array | null> {
    const source = this.#sources.get(hash);
    if (source === undefined || this.#isClosed) return null;
    const count = Math.min(length, source.size - offset);
    if (count <= 0) return null;
    try {
      const file = source.pinned ?? (await this.#fileOf(source));
      const bytes = await file?.read(offset, count);
      // Shorter: it was replaced, or cut.
      return bytes?.length === count ? bytes : null;
    } catch {
      return null;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const { pinned } of this.#sources.values()) pinned?.close();
    for (const file of this.#open.values()) file.close();
    this.#open.clear();
  }

  async #fileOf(source: ListedSource): Promise<OpenFile | null> {
    const { hash, path, size } = source;
    const file = this.#open.get(hash) ?? (await this.#openFile(path, size));
    if (file === null) return null;
    if (this.#isClosed) {
      file.close();
      return null;
    }
    this.#open.delete(hash);
    this.#open.set(hash, file);
    for (const [oldest, oldFile] of this.#open) {
      if (this.#open.size <= OPEN_MAX) break;
      oldFile.close();
      this.#open.delete(oldest);
    }
    return file;
  }

  async #openFile(path: string, size: number): Promise<OpenFile | null> {
    for (const place of placesOf(this.#folder, path)) {
      const opened = await OpenFile.open(place);
      if (opened === null) continue;
      if (opened.stats.size >= size) return opened.file;
      opened.file.close();
    }
    return null;
  }
}
