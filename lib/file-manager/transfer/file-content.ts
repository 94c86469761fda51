import { existsSync } from "node:fs";
import { isFileId } from "../../protocol/file-facts.ts";
import { OpenFile } from "./open-file.ts";

/*
 * Files that people have sent, as contents that nodes fetch from each other: the bytes of a file, and behind them those of
 * its preview. A content has a name of 64 hexadecimal digits, as one that is fetched by its hash.
 */

/** Where the bytes of a content lie. */
export interface ContentSource {
  readonly path: string;
  readonly size: number;
  /** Of the preview; `bytes` is 0 for none. */
  readonly preview: { readonly path: string; readonly bytes: number };
}

const NAME_DIGITS = 64;

/** Returns the name of the content of a message's file, of which that has the id. `null`: it is too long for one. */
export function contentNameOf(id: string): string | null {
  const digits = Buffer.from(id, "latin1").toString("hex");
  return digits.length > NAME_DIGITS ? null : digits.padEnd(NAME_DIGITS, "0");
}

/** Returns the id of the file whose content has a name; `null` for other names. */
export function fileIdOf(name: string): string | null {
  const id = Buffer.from(name, "hex").toString("latin1").replace(/\0+$/, "");
  return isFileId(id) ? id : null;
}

/** Returns whether a file that somebody has sent is in its place: it gets there whole. */
export function isInPlace(path: string): boolean {
  return existsSync(path);
}

/** Reads bytes of a content. `null`: it isn't there, or not so long. Never rejects. */
export async function bytesOfContent(
  { path, size, preview }: ContentSource,
  offset: number,
  length: number,
): Promise<Uint8Array | null> {
  const ofFile = Math.min(length, Math.max(0, size - offset));
  const previewOffset = Math.max(0, offset - size);
  const ofPreview = Math.min(length - ofFile, preview.bytes - previewOffset);
  try {
    const parts = [
      ...(ofFile > 0 ? [await readPart(path, offset, ofFile)] : []),
      ...(ofPreview > 0 ? [await readPart(preview.path, previewOffset, ofPreview)] : []),
    ];
    const [first = null] = parts;
    if (first === null || parts.includes(null)) return null;
    return parts.length === 1 ? first : Buffer.concat(parts.flatMap((part) => part ?? []));
  } catch {
    return null;
  }
}

/** Opened for each part: a file that is deleted meanwhile must not stay on the disk. */
async function readPart(path: string, offset: number, length: number): Promise<Buffer | null> {
  const opened = await OpenFile.open(path);
  if (opened === null) return null;
  try {
    const bytes = await opened.file.read(offset, length);
    return bytes.length === length ? bytes : null;
  } finally {
    opened.file.close();
  }
}
