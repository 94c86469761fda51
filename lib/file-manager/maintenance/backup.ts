import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fsErrorText, isMissing } from "../disk/fs-errors.ts";
import { fieldOf, listOf, numberIn, textIn } from "../disk/json-fields.ts";
import { PRIVATE_FILE, replaceFileSync, syncFolderSync } from "../disk/replace-file.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { dayOfFile } from "../history/day-file.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";

/** What a backup is made of, and where it goes back to. */
export interface BackupPlaces {
  readonly data: string;
  readonly certs: string;
}

interface BackupFile {
  /** Within the backup: `data/rooms.json`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export type BackupResult =
  | { readonly files: number; readonly bytes: number }
  | { readonly refused: string };

/**
 * Copies a data folder and the certificate to a new folder, while the server runs or not. The order is what
 * makes the copy whole: users.json before its journal, and rooms.json before its journal and the histories,
 * since what follows is looked for behind what came first. A line that is being written this moment is left
 * out. `backup.json`, written last, says that the copy is complete, and what each file's sum is.
 */
export function backUp(places: BackupPlaces, target: string, time: string): BackupResult {
  if (!existsSync(join(places.data, "users.json"))) {
    return { refused: `${places.data} holds no data of a server. Say where it is by --data.` };
  }
  try {
    if (namesIn(target).length > 0) {
      return { refused: `${target} is not empty. Choose a folder that isn't there yet.` };
    }
    const files: BackupFile[] = [];
    const copy = (from: string, path: string): void => {
      const copied = copyFile(from, join(target, path));
      if (copied !== null) files.push({ path, ...copied });
    };
    for (const name of STATE_FILES) copy(join(places.data, name), `data/${name}`);
    const copyDays = (from: string, id: string, to: string): void => {
      for (const name of namesIn(join(places.data, from, id))) {
        if (dayOfFile(name) === null) continue;
        copy(join(places.data, from, id, name), `data/${to}/${id}/${name}`);
      }
    };
    for (const id of conversationIdsIn(join(places.data, "history"))) {
      copyDays("history", id, "history");
    }
    // What was set aside since rooms.json was copied goes where that one looks for it.
    const known = conversationsOf(join(target, "data/rooms.json"));
    for (const id of conversationIdsIn(join(places.data, "gone"))) {
      copyDays("gone", id, known.has(id) ? "history" : "gone");
    }
    for (const name of namesIn(places.certs)) {
      if (!name.startsWith(".")) copy(join(places.certs, name), `certs/${name}`);
    }
    const manifest = { format: FORMAT, time, files };
    replaceFileSync(join(target, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
    return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    return { refused: `The backup in ${target} is not complete: ${fsErrorText(error)}.` };
  }
}

/**
 * Puts a backup back, where there is nothing yet: each file is held against its sum first, and nothing is
 * copied when one is missing or another.
 */
export function restoreBackup(source: string, places: BackupPlaces): BackupResult {
  const files = readManifest(source);
  if ("refused" in files) return files;
  try {
    for (const name of ["data", "certs"] as const) {
      const folder = places[name];
      // The lock's folder is all that a refused start leaves.
      if (namesIn(folder).some((each) => each !== "lock" && !each.startsWith("."))) {
        return {
          refused: `${folder} is not empty. Move it away, or choose another place by --${name}.`,
        };
      }
    }
    for (const { path, sha256 } of files) {
      const sum = existsSync(join(source, path)) ? sumOf(join(source, path)) : null;
      if (sum === sha256) continue;
      const what = sum === null ? "is missing" : "is not what was backed up";
      return { refused: `${join(source, path)} ${what}. Nothing was restored.` };
    }
    const place = ({ path }: BackupFile): number => ACCOUNTS_LAST.indexOf(path);
    for (const { path } of files.toSorted((one, other) => place(one) - place(other))) {
      const [top = "", ...rest] = path.split("/");
      copyFile(join(source, path), join(top === "certs" ? places.certs : places.data, ...rest));
    }
    return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    return { refused: `The backup could not be put back: ${fsErrorText(error)}.` };
  }
}

/** In the order in which they must be copied. */
const STATE_FILES = ["format.json", "users.json", "users.journal", "rooms.json", "people.journal"];
/** In which they are put back: no start takes a folder with rooms and without accounts. */
const ACCOUNTS_LAST = ["data/users.journal", "data/users.json"];
const MANIFEST = "backup.json";
const FORMAT = 1;
const COPY_BYTES = 1 << 20;

function readManifest(source: string): readonly BackupFile[] | { readonly refused: string } {
  const path = join(source, MANIFEST);
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    const format = numberIn(content, "format");
    if (format !== null && format > FORMAT) {
      return { refused: `${path} was written by a newer version. Restore it with that version.` };
    }
    const files = listOf(fieldOf(content, "files"), decodeFile);
    if (format === FORMAT && files !== null) return files;
    return { refused: `${path} is damaged. Take another backup.` };
  } catch (error) {
    if (isMissing(error)) return { refused: `${source} is no backup, or was never completed.` };
    return { refused: `${path} cannot be read: ${fsErrorText(error)}.` };
  }
}

function decodeFile(value: unknown): BackupFile | null {
  const path = textIn(value, "path");
  const bytes = numberIn(value, "bytes");
  const sha256 = textIn(value, "sha256");
  if (path === null || bytes === null || sha256 === null) return null;
  // Nothing in a backup may be put outside of the two folders.
  const parts = path.split("/");
  const isInside = /^(data|certs)\//.test(path) && !parts.includes("..") && !parts.includes("");
  return isInside ? { path, bytes, sha256 } : null;
}

/**
 * Copies a file as long as it is now; of one of lines only whole ones. `null`: it has gone meanwhile, or is a folder.
 */
function copyFile(from: string, to: string): Omit<BackupFile, "path"> | null {
  let source: number;
  try {
    source = openSync(from, "r");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  let target: number | null = null;
  try {
    // Of what was opened, and not of what lies at the path by now.
    const there = fstatSync(source);
    if (there.isDirectory()) return null;
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    rmSync(to, { force: true });
    target = openSync(to, "wx", PRIVATE_FILE);
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    const size = wholeBytes(from, source, there.size);
    let bytes = 0;
    while (bytes < size) {
      const got = readSync(source, buffer, 0, Math.min(COPY_BYTES, size - bytes), bytes);
      if (got === 0) break;
      for (let at = 0; at < got; ) at += writeSync(target, buffer, at, got - at);
      hash.update(buffer.subarray(0, got));
      bytes += got;
    }
    fsyncSync(target);
    return { bytes, sha256: hash.digest("hex") };
  } finally {
    closeSync(source);
    if (target !== null) {
      closeSync(target);
      syncFolderSync(dirname(to));
    }
  }
}

function wholeBytes(path: string, fd: number, size: number): number {
  if (!/\.(jsonl|journal)$/.test(path)) return size;
  const tail = Buffer.alloc(Math.min(size, COPY_BYTES));
  readSync(fd, tail, 0, tail.length, size - tail.length);
  const end = tail.lastIndexOf(0x0a);
  return end < 0 && tail.length < size ? size : size - tail.length + end + 1;
}

function sumOf(path: string): string {
  const hash = createHash("sha256");
  const fd = openSync(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    for (let got = readSync(fd, buffer); got > 0; got = readSync(fd, buffer)) {
      hash.update(buffer.subarray(0, got));
    }
    return hash.digest("hex");
  } finally {
    closeSync(fd);
  }
}

function conversationsOf(path: string): ReadonlySet<string> {
  const read = readSnapshot(path);
  // A file that can't be used is copied as it is; whoever restores it is told.
  return new Set("refused" in read ? [] : read.snapshot.conversations.map(({ id }) => id));
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
