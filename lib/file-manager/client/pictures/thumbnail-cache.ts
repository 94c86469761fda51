import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isFileId } from "../../../protocol/file-facts.ts";
import { serverFolderName } from "../../disk/file-name.ts";

/** The server that a file is on; ids are unique there, and another server might know one of them. */
type FileServer = Parameters<typeof serverFolderName>[0];

/** All thumbnails of all servers: those of some two thousand pictures. With more, the ones that were unseen longest go. */
const CACHE_BYTES_MAX = 64 << 20;
/** What a file counts besides its bytes. */
const FILE_COST_BYTES = 4 << 10;

/**
 * Owns the small pictures of files that were shown, in `<folder>/<host>_<port>/<file id>`, so that they aren't fetched
 * again. Everything here may be deleted at any time: what can't be read or written is fetched anew.
 */
export class ThumbnailCache {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #bytesMax: number;
  /** What all of them take; null until they were counted. */
  #bytes: number | null = null;

  /** `now`: the time of day, in milliseconds since 1970. */
  constructor(folder: string, now: () => number, bytesMax = CACHE_BYTES_MAX) {
    this.#folder = folder;
    this.#now = now;
    this.#bytesMax = bytesMax;
  }

  /** Resolves to the bytes that were stored for a file; null for none. Never rejects. */
  async read(server: FileServer, id: string): Promise<Uint8Array | null> {
    try {
      const path = this.#pathOf(server, id);
      const bytes = await readFile(path);
      const now = new Date(this.#now());
      await utimes(path, now, now);
      return bytes;
    } catch {
      return null;
    }
  }

  /** Stores the bytes for a file. Never rejects. */
  async write(server: FileServer, id: string, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(server, id);
    // Left behind by a client that is killed, it goes as the others go.
    const temporary = `${path}.${randomBytes(4).toString("hex")}.new`;
    try {
      await mkdir(this.#folderOf(server), { recursive: true, mode: 0o700 });
      await writeFile(temporary, bytes, { mode: 0o600 });
      await rename(temporary, path);
      this.#bytes = (this.#bytes ?? (await this.#count())) + bytes.length + FILE_COST_BYTES;
      if (this.#bytes > this.#bytesMax) await this.#prune();
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  /** Removes what is stored for a file that can't be drawn, or whose message was deleted. Never rejects. */
  async drop(server: FileServer, id: string): Promise<void> {
    await rm(this.#pathOf(server, id), { force: true }).catch(() => {});
  }

  /** Removes all that is stored of a server. Never rejects. */
  async forget(server: FileServer): Promise<void> {
    this.#bytes = null;
    await rm(this.#folderOf(server), { recursive: true, force: true }).catch(() => {});
  }

  async #count(): Promise<number> {
    return (await this.#files()).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Removes those that were unseen longest, until a quarter is free. */
  async #prune(): Promise<void> {
    const files = (await this.#files()).sort((a, b) => a.seenAtMs - b.seenAtMs);
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of files) {
      if (bytes <= this.#bytesMax * 0.75) break;
      await rm(file.path, { force: true });
      bytes -= file.bytes;
    }
    this.#bytes = bytes;
  }

  async #files() {
    const files: { readonly path: string; readonly bytes: number; readonly seenAtMs: number }[] =
      [];
    for (const folder of await readdir(this.#folder)) {
      for (const name of await readdir(join(this.#folder, folder))) {
        const path = join(this.#folder, folder, name);
        const { size, mtimeMs } = await stat(path);
        files.push({ path, bytes: size + FILE_COST_BYTES, seenAtMs: mtimeMs });
      }
    }
    return files;
  }

  #folderOf(server: FileServer): string {
    return join(this.#folder, serverFolderName(server));
  }

  #pathOf(server: FileServer, id: string): string {
    // Whoever parsed it has looked already: this is the last place where it could be a path.
    if (!isFileId(id)) throw new Error(`no file id: ${id}`);
    return join(this.#folderOf(server), id);
  }
}
