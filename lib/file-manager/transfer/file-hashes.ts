import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { FileContent } from "../../cluster/transfer/transfer-ports.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import type { OpenFile } from "./open-file.ts";

/** Hashing this much takes a quarter of a millisecond, or one where the processor doesn't help. */
const READ_BYTES = 256 << 10;
const NEWLINE = 10;

/** How long hashing rests after a slice: as long as it worked, so that talk has half of the thread at least. */
const REST_MS = 4;

/**
 * Hashes the first `size` bytes of an open file. Resolves to `null` when it is shorter. Rejects with file-system errors.
 *
 * @param isBeside whether a server runs in this process: it gets the thread first
 */
export async function hashOfFile(
  file: OpenFile,
  size: number,
  isBeside: boolean,
): Promise<string | null> {
  const hash = createHash("sha256");
  const slice = new TimeSlice();
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, size));
  for (let offset = 0; offset < size; ) {
    const bytes = await file.read(offset, Math.min(buffer.length, size - offset), buffer);
    if (bytes.length === 0) return null;
    hash.update(bytes);
    offset += bytes.length;
    if (!slice.isDue) continue;
    if (isBeside) await new Promise((resolve) => setTimeout(resolve, REST_MS));
    await slice.rest();
  }
  return hash.digest("hex");
}

/** Returns how much of an open file is whole lines. */
export async function wholeLineBytes(file: OpenFile, size: number): Promise<number> {
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - READ_BYTES);
    const newline = (await file.read(start, end - start)).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

/** Remembers hashes of files for as long as those don't change. */
export class FileHashes {
  readonly #known = new Map<string, FileContent & { readonly signature: string }>();

  /** Returns what is known of the file at a path, if it is still the one that was hashed. */
  get(path: string, stats: BigIntStats): FileContent | null {
    const known = this.#known.get(path);
    return known?.signature === signatureOf(stats) ? known : null;
  }

  /** @param stats of the file before it was hashed */
  set(path: string, stats: BigIntStats, { hash, size }: FileContent): void {
    this.#known.set(path, { hash, size, signature: signatureOf(stats) });
  }

  /** Forgets the hashes that proved wrong. */
  forget(hashes: readonly string[]): void {
    if (hashes.length === 0) return;
    for (const [path, { hash }] of this.#known) if (hashes.includes(hash)) this.#known.delete(path);
  }

  /** Forgets all files but those of these paths. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of this.#known.keys()) if (!paths.has(path)) this.#known.delete(path);
  }
}

function signatureOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}
