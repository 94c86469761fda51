import { rmSync, statSync } from "node:fs";
import { mkdtemp, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import type { FileFacts } from "../../../protocol/file-facts.ts";
import { safeFileName } from "../../../protocol/safe-file-name.ts";
import { type FsErrorKind, fsErrorKind, isMissing } from "../../disk/fs-errors.ts";
import { removeOnExit } from "../../disk/remove-on-exit.ts";
import { PRIVATE_FILE } from "../../disk/replace-file.ts";
import { type FileBytes, memoryBytes, openFileBytes } from "./file-pieces.ts";

/**
 * Why a file can't be sent; "changed": it is another one since its hash was taken; "not-shrunk": a picture that was to lose
 * its place and camera data can't be read here.
 */
type ReadTrouble = FsErrorKind | "no-file" | "no-plain-file" | "empty" | "changed" | "not-shrunk";
type Failure = { readonly why: ReadTrouble };
/** What the server is told of a file, and its preview. */
type Prepared = { readonly facts: FileFacts; readonly preview: Uint8Array | null };

/** The bytes of a file that is sent. */
interface LoadedFile {
  readonly name: string;
  readonly bytes: FileBytes;
  /** Where its pictures, sounds and films are looked at: its path, or its bytes. */
  readonly content: string | Uint8Array;
}

/** A file that is sent, wherever it comes from. */
export class LocalFileSource {
  readonly name: string;
  readonly size: number;
  readonly #load: () => Promise<LoadedFile | Failure>;
  #bytes: FileBytes | null = null;
  #isClosed = false;

  /** `load` is called once, and rejects as the disk fails. */
  constructor(name: string, size: number, load: () => Promise<LoadedFile | Failure>) {
    this.name = safeFileName(name);
    this.size = size;
    this.#load = load;
  }

  /** Reads all of it for its hash, and looks at what it shows. */
  prepare(progress: (bytes: number) => void, done: (outcome: Prepared | Failure) => void): void {
    const end = (outcome: Prepared | Failure): void => {
      if (!this.#isClosed) done(outcome);
    };
    this.#prepare(progress).then(end, (error) => end({ why: readTrouble(error) }));
  }

  read(offset: number, done: (outcome: Uint8Array | Failure) => void): void {
    const end = (outcome: Uint8Array | Failure): void => {
      if (!this.#isClosed) done(outcome);
    };
    const reading = this.#bytes?.read(offset) ?? Promise.resolve({ why: "other" } as const);
    reading.then(end, (error) => end({ why: readTrouble(error) }));
  }

  close(): void {
    this.#isClosed = true;
    this.#bytes?.close();
    this.#bytes = null;
  }

  async #prepare(progress: (bytes: number) => void): Promise<Prepared | Failure> {
    const loaded = await this.#load();
    if ("why" in loaded) return loaded;
    const { bytes, content } = loaded;
    if (this.#isClosed) bytes.close();
    else this.#bytes = bytes;
    const hasher = new Bun.CryptoHasher("sha256");
    let size = 0;
    while (!this.#isClosed) {
      const piece = await bytes.read(size);
      if (piece.length === 0) break;
      hasher.update(piece);
      size += piece.length;
      progress(size);
    }
    if (size !== bytes.size) return { why: "changed" };
    if (size === 0) return { why: "empty" };
    // Imports on demand: decoders of pictures and films are large.
    const { describeFile } = await import("../pictures/describe-file.ts");
    const name = safeFileName(loaded.name);
    const { preview, ...description } = await describeFile(content, name);
    const facts = { name, size, sha256: hasher.digest("hex"), ...description };
    return { facts: { ...facts, ...(preview !== null && { preview: preview.length }) }, preview };
  }
}

/**
 * Returns a file that is to be sent.
 *
 * @param content its path, or its bytes
 * @param options.shrink whether a picture is made smaller, and loses what its camera wrote into it
 */
export function localFile(
  content: string | Uint8Array,
  { name, shrink }: { readonly name: string; readonly shrink: boolean },
): LocalFileSource {
  const size = typeof content === "string" ? sizeOf(content) : content.length;
  // How large a picture becomes isn't known before.
  return new LocalFileSource(name, shrink ? 0 : size, async () => {
    const smaller = shrink ? await shrunk(content) : null;
    if (smaller === "unreadable") return { why: "not-shrunk" };
    if (smaller !== null) return loadedMemory(renamed(name, smaller.extension), smaller.bytes);
    if (typeof content !== "string") return loadedMemory(name, content);
    const bytes = await openFileBytes(content);
    return typeof bytes === "string" ? { why: bytes } : { name, bytes, content };
  });
}

/**
 * Returns what comes from a stream, to be sent. It is written to a temporary file first, since the server is told its hash
 * before its bytes.
 *
 * @param bytesMax no more than one byte beyond this is read: more can't be sent
 */
export function fileFromStream(
  name: string,
  stream: AsyncIterable<Uint8Array | string>,
  bytesMax: number,
): LocalFileSource {
  return new LocalFileSource(name, 0, async () => {
    const folder = await mkdtemp(join(tmpdir(), "sodam-"));
    const path = join(folder, "input");
    const keepFile = removeOnExit(folder);
    const remove = (): void => {
      keepFile();
      rmSync(folder, { recursive: true, force: true });
    };
    try {
      await writeStream(path, stream, bytesMax + 1);
      const bytes = await openFileBytes(path);
      if (typeof bytes === "string") throw new Error(`${path}: ${bytes}`);
      const close = (): void => {
        bytes.close();
        remove();
      };
      return {
        name,
        bytes: { size: bytes.size, read: (at) => bytes.read(at), close },
        content: path,
      };
    } catch (error) {
      remove();
      throw error;
    }
  });
}

async function writeStream(
  path: string,
  stream: AsyncIterable<Uint8Array | string>,
  bytesMax: number,
): Promise<void> {
  const file = await open(path, "wx", PRIVATE_FILE);
  try {
    let left = bytesMax;
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk as Uint8Array).subarray(0, left);
      await file.writeFile(bytes);
      left -= bytes.length;
      if (left === 0) return;
    }
  } finally {
    await file.close();
  }
}

/** Returns `null` for what is no picture, or moves: that has no place and no camera in it. */
async function shrunk(
  content: string | Uint8Array,
): Promise<{ readonly bytes: Uint8Array; readonly extension: string } | "unreadable" | null> {
  const { shrinkPicture } = await import("../pictures/shrink-picture.ts");
  const outcome = await shrinkPicture(content);
  if (outcome.kind === "smaller") return outcome;
  return outcome.why === "unreadable" ? "unreadable" : null;
}

function loadedMemory(name: string, bytes: Uint8Array): LoadedFile {
  return { name, bytes: memoryBytes(bytes), content: bytes };
}

/** Another kind of picture has another ending: `photo.heic` becomes `photo.jpg`. */
function renamed(name: string, extension: string): string {
  const old = extname(name);
  const isSame = old.slice(1).toLowerCase().replace("jpeg", "jpg") === extension;
  return isSame ? name : `${name.slice(0, name.length - old.length)}.${extension}`;
}

/** Returns how large a file is, for the row that is shown while it waits; 0 where that can't be said. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function readTrouble(error: unknown): ReadTrouble {
  return isMissing(error) ? "no-file" : fsErrorKind(error);
}
