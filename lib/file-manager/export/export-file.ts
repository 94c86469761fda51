import { randomBytes } from "node:crypto";
import { realpathSync, type Stats, statSync } from "node:fs";
import { type FileHandle, link, open, rename } from "node:fs/promises";
import { syncHandle } from "../disk/disk.ts";
import { fileNameOf } from "../disk/file-name.ts";
import {
  alreadyExists,
  cannotLink,
  type FsErrorKind,
  fsErrorKind,
  fsErrorText,
} from "../disk/fs-errors.ts";
import { removeOnExit } from "../disk/remove-on-exit.ts";
import { PRIVATE_FILE, removeLeftover, temporaryOf } from "../disk/replace-file.ts";
import {
  type ExportFormat,
  type ExportOptions,
  type ExportRecord,
  exportFormatter,
} from "./export-format.ts";

/** File name extension of each format, without the dot. */
export const EXPORT_EXTENSIONS = {
  html: "html",
  markdown: "md",
  text: "txt",
  jsonl: "jsonl",
} as const satisfies Readonly<Record<ExportFormat, string>>;

/** Lines are gathered into chunks of about this size, so that each is worth a write. */
const CHUNK_LETTERS = 64 << 10;

/**
 * An export that failed: an English sentence with the path, and the kind, for a caller that words it itself.
 */
export interface ExportFailure {
  readonly refused: string;
  /** "taken": the file exists already; "endless": there was more than `bytesMax`. */
  readonly problem: FsErrorKind | "taken" | "endless";
}

/** How a file is written. */
interface WriteOptions {
  readonly force: boolean;
  /** The most that it may hold, in bytes; left out where the records are our own. */
  readonly bytesMax?: number;
}

/** Thrown when there is more than a file may hold. */
class EndlessExport extends Error {}

/**
 * Writes records to a new file as they arrive. The file appears when it is complete; an existing file is left
 * alone unless `force` is set. A device or a pipe is written to, and not replaced. Rejects only with an error
 * that `records` threw.
 *
 * @returns how many records were written
 * @example await exportToFile("tea.md", "markdown", records, { force: false });
 */
export async function exportToFile(
  path: string,
  format: ExportFormat,
  records: Iterable<ExportRecord> | AsyncIterable<ExportRecord>,
  options: ExportOptions & WriteOptions,
): Promise<{ readonly records: number } | ExportFailure> {
  const { start, record, end } = exportFormatter(format, options);
  return writeNewFile(
    path,
    new Chunks(records, record, start, end, options.bytesMax),
    options.force,
  );
}

/** Writes ready-made lines (each with its "\n") to a new file. Otherwise like {@link exportToFile}. */
export function linesToFile(
  path: string,
  lines: AsyncIterable<string>,
  { force, bytesMax }: WriteOptions,
): Promise<{ readonly records: number } | ExportFailure> {
  return writeNewFile(path, new Chunks(lines, (line) => line, "", "", bytesMax), force);
}

/**
 * Returns the file name of an export with this title: the name of a room or person; after a search that name,
 * a space and the searched words; after a search everywhere a space and the words. No two titles share a file
 * name: see {@link fileNameOf}.
 *
 * @example exportName("#tea green leaves", "markdown") // "tea+green+leaves.md"
 * @example exportName("jun", "text") // "@jun.txt"
 */
export function exportName(title: string, format: ExportFormat): string {
  const mark = /^[# ]/.test(title) ? "" : "@";
  return `${mark}${fileNameOf(title.replace(/^#/, ""))}.${EXPORT_EXTENSIONS[format]}`;
}

async function writeNewFile<Item>(
  path: string,
  chunks: Chunks<Item>,
  force: boolean,
): Promise<{ readonly records: number } | ExportFailure> {
  try {
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing !== undefined && !force) return isTaken(path);
    if (existing !== undefined && isStream(existing)) await writeInto(path, chunks);
    // A symbolic link stays one, and the file that it leads to is replaced.
    else await writeWhole(existing === undefined ? path : realpathSync(path), chunks, force);
    return { records: chunks.records };
  } catch (error) {
    if (chunks.failure === error) throw error;
    if (alreadyExists(error)) return isTaken(path);
    if (error instanceof EndlessExport) {
      return { refused: `${path} was not written: there was no end to it.`, problem: "endless" };
    }
    return {
      refused: `${path} cannot be written: ${fsErrorText(error)}. Choose another place, or put that right.`,
      problem: fsErrorKind(error),
    };
  }
}

async function writeWhole<Item>(path: string, chunks: Chunks<Item>, force: boolean): Promise<void> {
  // The temporary file has a random name, since two exports to one path must not finish each other's file.
  // So no later export overwrites a leftover, and it must be removed if this process exits.
  const temporary = temporaryOf(`${path}.${randomBytes(4).toString("hex")}`);
  const finished = removeOnExit(temporary);
  try {
    await writeAndClose(await open(temporary, "wx", PRIVATE_FILE), chunks, syncHandle);
    await (force ? rename(temporary, path) : moveToNew(temporary, path));
  } catch (error) {
    removeLeftover(temporary);
    throw error;
  } finally {
    finished();
  }
}

/** Whether it is /dev/stdout, another device, a pipe or a socket: nothing may take its place. */
function isStream(stat: Stats): boolean {
  return !stat.isFile() && !stat.isDirectory();
}

async function writeInto<Item>(path: string, chunks: Chunks<Item>): Promise<void> {
  await writeAndClose(await open(path, "w"), chunks, async () => {});
}

async function writeAndClose<Item>(
  file: FileHandle,
  chunks: Chunks<Item>,
  beforeClose: (file: FileHandle) => Promise<void>,
): Promise<void> {
  try {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += Buffer.byteLength(chunk);
      if (bytes > chunks.bytesMax) throw new EndlessExport();
      await file.appendFile(chunk);
    }
    await beforeClose(file);
  } finally {
    await file.close();
  }
}

/**
 * Formats records into large chunks. Stores an error of the source, to distinguish it from one of the disk.
 */
class Chunks<Item> {
  records = 0;
  failure: unknown = undefined;
  readonly bytesMax: number;
  readonly #source: Iterable<Item> | AsyncIterable<Item>;
  readonly #format: (item: Item) => string;
  readonly #start: string;
  readonly #end: string;

  constructor(
    source: Iterable<Item> | AsyncIterable<Item>,
    format: (item: Item) => string,
    start: string,
    end: string,
    bytesMax = Number.POSITIVE_INFINITY,
  ) {
    this.bytesMax = bytesMax;
    this.#source = source;
    this.#format = format;
    this.#start = start;
    this.#end = end;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    let chunk = this.#start;
    try {
      for await (const item of this.#source) {
        chunk += this.#format(item);
        this.records += 1;
        if (chunk.length < CHUNK_LETTERS) continue;
        yield chunk;
        chunk = "";
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
    yield chunk + this.#end;
  }
}

/** Moves a file to a path that is free, and fails if another file appeared there meanwhile. */
async function moveToNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (!cannotLink(error)) throw error;
    // Without hard links (memory cards, some network folders), an empty file of our own holds the name.
    const reserved = await open(path, "wx", PRIVATE_FILE);
    try {
      await reserved.close();
      await rename(temporary, path);
    } catch (failure) {
      removeLeftover(path);
      throw failure;
    }
    return;
  }
  removeLeftover(temporary);
}

function isTaken(path: string): ExportFailure {
  return { refused: `${path} exists already. Choose another name.`, problem: "taken" };
}
