import type { BigIntStats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type {
  FolderListing,
  ListedFile,
  ListingProgress,
  SentFolder,
} from "../../cluster/transfer/transfer-ports.ts";
import { isAuditFile } from "../audit/audit-file.ts";
import { fsErrorKind, fsErrorText, isMissing } from "../disk/fs-errors.ts";
import { HISTORIES, isDataFile, isFileOfLines, STATE_FILES } from "../folder-files.ts";
import { DataFolderListing, type ListedSource, placesOf } from "./data-folder-listing.ts";
import { FileHashes, hashOfFile, wholeLineBytes } from "./file-hashes.ts";
import { OpenFile } from "./open-file.ts";

/** A snapshot each minute, and names that are read in less than a second. */
const PIN_TRIES_MAX = 5;
const ROOMS = "rooms.json";

/** A file of state, open since the moment that the listing is of. */
interface PinnedFile {
  readonly path: string;
  readonly file: OpenFile;
  readonly stats: BigIntStats;
}

/**
 * The data folder of this process, to be sent to other nodes. rooms.json and the other files of state are opened together,
 * since each is replaced now and then, and is of no use beside another's older copy. The rest is listed after them: a
 * start looks there for what came later, as in a backup.
 */
export class SentDataFolder implements SentFolder {
  readonly #folder: string;
  readonly #hashes = new FileHashes();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(
    sequence: () => number,
    wrong: readonly string[],
    onProgress: (progress: ListingProgress) => void,
  ): Promise<FolderListing | { readonly failed: string }> {
    this.#hashes.forget(wrong);
    let pinned: readonly PinnedFile[] = [];
    try {
      for (let tries = 1; ; tries += 1) {
        pinned = this.#pin();
        const sequenceThen = sequence();
        const names = await this.#names();
        // A conversation that was moved to gone/ meanwhile is where the old rooms.json says, or where the new one does.
        if (this.#isPinned(pinned) || tries === PIN_TRIES_MAX) {
          return await this.#hashAll(pinned, names, sequenceThen, onProgress);
        }
        for (const { file } of pinned) file.close();
      }
    } catch (error) {
      for (const { file } of pinned) file.close();
      return { failed: `${this.#folder} cannot be read: ${fsErrorText(error)}.` };
    }
  }

  #pin(): PinnedFile[] {
    const pinned: PinnedFile[] = [];
    try {
      for (const path of STATE_FILES) {
        const opened = OpenFile.openNow(join(this.#folder, path));
        if (opened !== null) pinned.push({ path, ...opened });
      }
    } catch (error) {
      for (const { file } of pinned) file.close();
      throw error;
    }
    return pinned;
  }

  /** Whether rooms.json is still the one that was opened. */
  #isPinned(pinned: readonly PinnedFile[]): boolean {
    const now = OpenFile.openNow(join(this.#folder, ROOMS));
    now?.file.close();
    const then = pinned.find(({ path }) => path === ROOMS);
    return now?.stats.ino === then?.stats.ino && now?.stats.mtimeNs === then?.stats.mtimeNs;
  }

  /** Lists the other files, by the path that they have now. */
  async #names(): Promise<string[]> {
    const audit = (await namesLater(this.#folder)).filter(isAuditFile);
    const names = new Map<string, string>();
    for (const root of HISTORIES) {
      for (const id of await namesLater(join(this.#folder, root))) {
        for (const day of await namesLater(join(this.#folder, root, id))) {
          // Moved while it was listed, it is in both.
          if (isDataFile(`${root}/${id}/${day}`)) names.set(`${id}/${day}`, root);
        }
      }
    }
    return [...audit, ...[...names].map(([path, root]) => `${root}/${path}`)];
  }

  async #hashAll(
    pinned: readonly PinnedFile[],
    names: readonly string[],
    sequence: number,
    onProgress: (progress: ListingProgress) => void,
  ): Promise<FolderListing> {
    const listing = new DataFolderListing(this.#folder, sequence);
    let bytes = 0;
    const add = (source: ListedSource): void => {
      listing.add(source);
      bytes += source.size;
      onProgress({ files: listing.files.length, bytes });
    };
    try {
      // The large and old ones first: what is fetched last is what changes most.
      for (const path of names) {
        const listed = await this.#listLater(path);
        if (listed !== null) add(listed);
      }
      for (const { path, file, stats } of pinned) {
        const listed = await this.#listOpen(path, file, stats);
        if (listed !== null) add({ ...listed, pinned: file });
      }
    } catch (error) {
      listing.close();
      throw error;
    }
    this.#hashes.keep(new Set(listing.files.map(({ path }) => path)));
    return listing;
  }

  /** Lists a file; `null` when it was removed meanwhile. */
  async #listLater(path: string): Promise<ListedFile | null> {
    for (const place of placesOf(this.#folder, path)) {
      const stats = await statIfPresent(place);
      // Nobody may ever write into a pipe.
      if (stats === null || !stats.isFile()) continue;
      // Most files are of days that are over.
      const known = this.#hashes.get(path, stats);
      if (known !== null) return { path, ...known, mode: modeOf(stats) };
      const opened = await OpenFile.open(place);
      if (opened === null) continue;
      try {
        return await this.#listOpen(path, opened.file, opened.stats);
      } finally {
        opened.file.close();
      }
    }
    return null;
  }

  async #listOpen(path: string, file: OpenFile, stats: BigIntStats): Promise<ListedFile | null> {
    const known = this.#hashes.get(path, stats);
    if (known !== null) return { path, ...known, mode: modeOf(stats) };
    const length = Number(stats.size);
    const size = isFileOfLines(path) ? await wholeLineBytes(file, length) : length;
    const hash = await hashOfFile(file, size, true);
    if (hash === null) return null;
    this.#hashes.set(path, stats, { hash, size });
    return { path, hash, size, mode: modeOf(stats) };
  }
}

function modeOf(stats: BigIntStats): number {
  return Number(stats.mode & 0o777n);
}

async function statIfPresent(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Resolves to the names in a folder; none when it doesn't exist, or is a file. */
async function namesLater(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (fsErrorKind(error) === "no-folder") return [];
    throw error;
  }
}
