import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { fsErrorKind, fsErrorText, isMissing } from "./fs-errors.ts";

/**
 * Returns the text of a small file (a path or a descriptor) that a person wrote, or `null` when there is none that can be read. A byte
 * order mark, which editors and shells of Windows write, is no part of it; UTF-16 is known by it.
 */
export function readText(path: string | number): string | null {
  try {
    const bytes = readFileSync(path);
    const mark = bytes.toString("latin1", 0, 2);
    const encoding = mark === "\xff\xfe" ? "utf-16le" : mark === "\xfe\xff" ? "utf-16be" : "utf-8";
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Returns the text of a file that settings name, or `null` when there is no such file; `unreadable` is the
 * reason why one that is there can't be read.
 */
export function readSettings(path: string): string | null | { readonly unreadable: string } {
  try {
    return readTextIfPresent(path);
  } catch (error) {
    // Below something that is no folder there is no such file either.
    if (fsErrorKind(error) === "no-folder") return null;
    return { unreadable: fsErrorText(error) };
  }
}

/** Returns a small file's text, or `null` when there is no such file. Throws other file-system errors. */
export function readTextIfPresent(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Returns the beginning of a file, which may be large, or `null` when there is no such file. Throws other file-system errors. */
export function readHeadIfPresent(path: string, bytesMax: number): string | null {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(bytesMax);
    return bytes.toString("utf8", 0, readSync(fd, bytes, 0, bytesMax, 0));
  } finally {
    closeSync(fd);
  }
}

/**
 * Resolves to the first line of standard input without its line ending, or to all of it if it has no line feed. Reads no
 * further chunk; the rest of the last chunk is discarded.
 */
export async function readFirstLine(): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of Bun.stdin.stream()) {
    text += decoder.decode(bytes, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? "";
}
