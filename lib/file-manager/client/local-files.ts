/** This device's files, as a person names them to send them. */
import { accessSync, constants, opendirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import { MEDIA_TYPE_HEAD_BYTES } from "../../protocol/media-type.ts";
import { fsErrorKind } from "../disk/fs-errors.ts";

/** Entries of a folder that Tab looks at: somebody who has more types more of the name. */
const ENTRIES_MAX = 10_000;

/** What is at a path: a file with its name without folders and its absolute path, or why it can't be sent. */
type FileLook =
  | {
      readonly kind: "file";
      readonly file: { readonly name: string; readonly size: number; readonly content: string };
    }
  | { readonly kind: "none" | "folder" | "special" | "forbidden" | "empty"; readonly path: string };

/** Returns what is at a path. */
export function lookAtFile(typed: string, home: string): FileLook {
  const path = existing(absolute(typed, home));
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return { kind: "folder", path };
    if (!stats.isFile()) return { kind: "special", path };
    accessSync(path, constants.R_OK);
    if (stats.size === 0) return { kind: "empty", path };
    const name = basename(path).normalize("NFC");
    return { kind: "file", file: { name, size: stats.size, content: path } };
  } catch (error) {
    return { kind: fsErrorKind(error) === "forbidden" ? "forbidden" : "none", path };
  }
}

/** Returns a folder's entries; those of links are what they lead to. */
export function listFolder(
  typed: string,
  home: string,
): readonly { readonly name: string; readonly isFolder: boolean }[] {
  const folder = existing(absolute(typed === "" ? "." : typed, home));
  const entries: { name: string; isFolder: boolean }[] = [];
  try {
    const opened = opendirSync(folder);
    try {
      for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
        const { name } = entry;
        const isFolder =
          entry.isDirectory() || (entry.isSymbolicLink() && leadsToFolder(folder, name));
        entries.push({ name, isFolder });
        if (entries.length >= ENTRIES_MAX) break;
      }
    } finally {
      opened.closeSync();
    }
  } catch {
    return [];
  }
  return entries;
}

/** Resolves to what a file begins with; to nothing where it can't be read. */
export async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const head = new Uint8Array(MEDIA_TYPE_HEAD_BYTES);
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return new Uint8Array();
  }
}

function absolute(typed: string, home: string): string {
  const isBelowHome = typed === "~" || typed.startsWith("~/") || typed.startsWith(`~${sep}`);
  return resolve(isBelowHome ? join(home, typed.slice(1)) : typed);
}

/** Names that come from a Mac may have their letters in parts (NFD), which nobody types. */
function existing(path: string): string {
  const inParts = path.normalize("NFD");
  return inParts !== path && !isThere(path) && isThere(inParts) ? inParts : path;
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function leadsToFolder(folder: string, name: string): boolean {
  try {
    return statSync(join(folder, name)).isDirectory();
  } catch {
    return false;
  }
}
