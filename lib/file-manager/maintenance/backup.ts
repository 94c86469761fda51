import { createHash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { AccountRecords } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";
import {
  array,
  type Decoded,
  nonEmptyString,
  number,
  object,
} from "../../protocol/json-decoder.ts";
import { isAuditFile } from "../audit/audit-file.ts";
import { canSyncNow, closeQuietly, sha256OfFile } from "../disk/disk.ts";
import { isThere, namesIn } from "../disk/folder-entries.ts";
import { fsErrorText, fsErrorTextIn, isMissing } from "../disk/fs-errors.ts";
import { fieldOf, numberIn } from "../disk/json-fields.ts";
import { PRIVATE_FILE, replaceFileSync, syncFolderSync } from "../disk/replace-file.ts";
import { STAGE_FOLDER } from "../disk/staged-change.ts";
import { placedPaths } from "../files/sweep-files.ts";
import { isDataFile, isFileOfLines, isSentFile, STATE_FILES } from "../folder-files.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { dayOfFile } from "../history/day-file.ts";
import { readLoggedChanges } from "../record-log/logged-changes.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";
import { addLoggedChanges, countMissingChanges } from "./offline-log.ts";

/** Of a cluster's node: without it a restored one can't read the cluster's log. */
const KEY_FILE = "cluster.key";
/** Restored last: a start refuses a folder that has rooms and no accounts. */
const ACCOUNTS_LAST = ["data/users.journal", "data/users.json"];
/** The folder of what people sent. */
const SENT_FILES = "files";
const MANIFEST = "backup.json";
/** The format with what people sent. Without it a version can restore it that knows none. */
const FORMAT = 2;
const COPY_BYTES = 1 << 20;
const decodeFileFields = object({ path: nonEmptyString, bytes: number, sha256: nonEmptyString });

/** The folders that a backup is made of and restored to. */
interface BackupPlaces {
  readonly data: string;
  readonly certs: string;
}

/** A file of a backup; `path` is within the backup, like `data/rooms.json`. */
type BackupFile = Decoded<typeof decodeFileFields>;

/** Number and total size of the files, or a sentence that says why it failed. */
type BackupResult =
  | { readonly files: number; readonly bytes: number }
  | { readonly refused: string };

/**
 * Copies a data folder and the certificate to a new folder, or brings an earlier backup up to date: of
 * the files that people sent only new ones are copied then. The server may be running: the order of
 * copying makes the copy consistent. users.json is copied before its journal, and rooms.json before
 * its journal and the histories, since a start looks for later changes in the files that were
 * copied later. A line that is being written is left out. What the log of records has in addition is
 * written into the copy's files, and the log itself isn't copied: it knows who is connected.
 * `backup.json`, written last, marks the copy as complete and lists each file's checksum. `refused` is
 * a sentence.
 *
 * @param makeStore makes the store that the user file is read into: `AccountStore.of`
 */
export async function backUp(
  folders: BackupPlaces,
  target: string,
  time: string,
  makeStore: (records: AccountRecords) => AccountStore,
): Promise<BackupResult> {
  try {
    if (!isThere(join(folders.data, "users.json"))) {
      return { refused: `${folders.data} holds no data of a server. Say where it is by --data.` };
    }
    const earlier = namesIn(target).length === 0 ? null : readManifest(target);
    if (earlier !== null && "refused" in earlier) {
      const sentence = "Choose a folder that isn't there yet, or one with a complete backup.";
      return { refused: `${target} is not empty. ${sentence}` };
    }
    if (earlier !== null) removeOldCopies(target);
    // Opened first: what is cut off it from now on is still read.
    const logged = readLoggedChanges(folders.data);
    const copied = new Map<string, BackupFile>();
    const copy = (from: string, path: string): void => {
      const facts = copyFile(from, join(target, path));
      if (facts !== null) copied.set(path, { path, ...facts });
    };
    for (const name of [...STATE_FILES, KEY_FILE]) copy(join(folders.data, name), `data/${name}`);
    // After the journal, which carries acts until this file has them.
    for (const name of namesIn(folders.data).filter(isAuditFile)) {
      copy(join(folders.data, name), `data/${name}`);
    }
    const copyDays = (from: string, id: string, to: string): void => {
      for (const name of namesIn(join(folders.data, from, id))) {
        if (dayOfFile(name) === null) continue;
        copy(join(folders.data, from, id, name), `data/${to}/${id}/${name}`);
      }
    };
    for (const id of conversationIdsIn(join(folders.data, "history"))) {
      copyDays("history", id, "history");
    }
    // A conversation that was archived since rooms.json was copied goes where that copy of
    // rooms.json expects it.
    const known = conversationsOf(join(target, "data/rooms.json"));
    for (const id of conversationIdsIn(join(folders.data, "gone"))) {
      copyDays("gone", id, known.has(id) ? "history" : "gone");
    }
    for (const name of namesIn(folders.certs)) {
      if (!name.startsWith(".")) copy(join(folders.certs, name), `certs/${name}`);
    }
    const problem = await addLog(logged, target, copied, makeStore);
    if (problem !== null) return { refused: `The backup in ${target} is not complete: ${problem}` };
    // Last: what a message names is there before its message.
    copySentFiles(folders.data, target, copied, earlier ?? []);
    const files = [...copied.values()];
    const format = files.some(({ path }) => isSentFile(path.slice("data/".length))) ? FORMAT : 1;
    const manifest = { format, time, files };
    replaceFileSync(join(target, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
    return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    return { refused: `The backup in ${target} is not complete: ${fsErrorTextIn(target, error)}.` };
  }
}

/** Removes what a backup copies anew each time, the mark of its completeness first. */
function removeOldCopies(target: string): void {
  rmSync(join(target, MANIFEST), { force: true });
  rmSync(join(target, "certs"), { force: true, recursive: true });
  for (const name of namesIn(join(target, "data"))) {
    if (name !== SENT_FILES) rmSync(join(target, "data", name), { force: true, recursive: true });
  }
}

/**
 * Copies the files that people sent. Those that an earlier backup has stay: their bytes never change. Those that were
 * deleted since go.
 */
function copySentFiles(
  data: string,
  target: string,
  copied: Map<string, BackupFile>,
  earlier: readonly BackupFile[],
): void {
  const known = new Map(earlier.map((file) => [file.path, file]));
  for (const path of sentFilePaths(data)) {
    const [from, to] = [join(data, path), join(target, "data", path)];
    const before = known.get(`data/${path}`);
    const isKept =
      before !== undefined && sizeOf(from) === before.bytes && sizeOf(to) === before.bytes;
    const facts = isKept ? before : copyFile(from, to, false);
    if (facts !== null) copied.set(`data/${path}`, { ...facts, path: `data/${path}` });
  }
  for (const path of sentFilePaths(join(target, "data"))) {
    if (!copied.has(`data/${path}`)) rmSync(join(target, "data", path), { force: true });
  }
}

/** Returns the paths in a data folder of the files that people sent, and of their previews. */
function sentFilePaths(data: string): string[] {
  return [...placedPaths(join(data, SENT_FILES))]
    .map((path) => `${SENT_FILES}/${path}`)
    .filter(isSentFile);
}

/** Returns the size of a file; `null` if it isn't there. */
function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Adds what the log has to the copy, and notes the files that it has changed. Returns a problem. */
async function addLog(
  logged: ReturnType<typeof readLoggedChanges>,
  target: string,
  copied: Map<string, BackupFile>,
  makeStore: (records: AccountRecords) => AccountStore,
): Promise<string | null> {
  if (logged === null) return null;
  if ("refused" in logged) return logged.refused;
  const data = join(target, "data");
  const changes = [...logged.changes];
  const missing = countMissingChanges(data, changes, makeStore);
  // Files that can't be read are copied as they are: the copy is examined next.
  if (missing === 0 || typeof missing !== "number") return null;
  const added = await addLoggedChanges(data, { ...logged, changes }, makeStore);
  if ("refused" in added) return added.refused;
  const states = STATE_FILES.map((name) => join(data, name)).filter(isFile);
  for (const file of [...states, ...added.written]) {
    const path = `data/${relative(data, file).replaceAll(sep, "/")}`;
    copied.set(path, { path, bytes: statSync(file).size, sha256: sha256OfFile(file) });
  }
  return null;
}

/**
 * Restores a backup into folders that must be empty. Checks all checksums first, and copies nothing
 * if a file is missing or differs. `refused` is a sentence.
 */
export function restoreBackup(source: string, folders: BackupPlaces): BackupResult {
  const files = readManifest(source);
  if ("refused" in files) return files;
  try {
    for (const name of ["data", "certs"] as const) {
      const folder = folders[name];
      if (namesIn(folder).some(isInTheWay)) {
        return {
          refused: `${folder} is not empty. Move it away, or choose another place by --${name}.`,
        };
      }
    }
    for (const { path, sha256 } of files) {
      const sum = isFile(join(source, path)) ? sha256OfFile(join(source, path)) : null;
      if (sum === sha256) continue;
      const what = sum === null ? "is missing" : "is not what was backed up";
      return { refused: `${join(source, path)} ${what}. Nothing was restored.` };
    }
    const order = ({ path }: BackupFile): number => ACCOUNTS_LAST.indexOf(path);
    for (const { path } of files.toSorted((a, b) => order(a) - order(b))) {
      const [top = "", ...rest] = path.split("/");
      const to = join(top === "certs" ? folders.certs : folders.data, ...rest);
      copyFile(join(source, path), to, !isSentFile(rest.join("/")));
    }
    return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    return { refused: `The backup could not be put back: ${fsErrorTextIn(source, error)}.` };
  }
}

/**
 * Whether something in a folder keeps a backup from being put there. A start that was refused leaves the lock's folder, and
 * systems leave hidden files. An interrupted change would be finished over the backup.
 */
function isInTheWay(entry: string): boolean {
  return entry === STAGE_FOLDER || (entry !== "lock" && !entry.startsWith("."));
}

function readManifest(source: string): readonly BackupFile[] | { readonly refused: string } {
  const path = join(source, MANIFEST);
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    const format = numberIn(content, "format");
    if (format !== null && format > FORMAT) {
      return { refused: `${path} was written by a newer version. Restore it with that version.` };
    }
    const files = array(decodeFile)(fieldOf(content, "files"));
    if (format !== null && format >= 1 && files !== undefined) return files;
    return { refused: `${path} is damaged. Take another backup.` };
  } catch (error) {
    if (isMissing(error))
      return { refused: `${source} is no backup, or one that was interrupted.` };
    return { refused: `${path} cannot be read: ${fsErrorText(error)}.` };
  }
}

/** Also refuses files that {@link backUp} never copies: a start might obey them, or they lie outside of the folders. */
function decodeFile(value: unknown): BackupFile | undefined {
  const file = decodeFileFields(value);
  return file !== undefined && isBackedUp(file.path) ? file : undefined;
}

function isBackedUp(path: string): boolean {
  const [top = "", ...names] = path.split("/");
  const inData = names.join("/");
  if (top === "data") return isDataFile(inData) || isSentFile(inData) || inData === KEY_FILE;
  const [name = ""] = names;
  return top === "certs" && names.length === 1 && /^[^.]/.test(name) && name === basename(name);
}

/**
 * Copies a file at its current length; of a file of lines, only whole lines. Returns `null` if the
 * file disappeared or is something else, such as a folder.
 *
 * @param isOurs whether it is a file of the server's, which may be one of lines
 */
function copyFile(from: string, to: string, isOurs = true): Omit<BackupFile, "path"> | null {
  let source: number;
  try {
    // Nobody may ever write into a pipe.
    if (!isFile(from)) return null;
    source = openSync(from, "r");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  let target: number | null = null;
  try {
    // Checks the opened file, since another one may lie at the path by now.
    const stat = fstatSync(source);
    if (!stat.isFile()) return null;
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    rmSync(to, { force: true });
    target = openSync(to, "wx", PRIVATE_FILE);
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    const size = isOurs ? wholeLineBytes(from, source, stat.size) : stat.size;
    let bytes = 0;
    while (bytes < size) {
      const readBytes = readSync(source, buffer, 0, Math.min(COPY_BYTES, size - bytes), bytes);
      if (readBytes === 0) break;
      for (let offset = 0; offset < readBytes; )
        offset += writeSync(target, buffer, offset, readBytes - offset);
      hash.update(buffer.subarray(0, readBytes));
      bytes += readBytes;
    }
    canSyncNow(target);
    return { bytes, sha256: hash.digest("hex") };
  } finally {
    closeQuietly(source);
    if (target !== null) {
      closeSync(target);
      syncFolderSync(dirname(to));
    }
  }
}

function wholeLineBytes(path: string, fd: number, size: number): number {
  if (!isFileOfLines(path)) return size;
  const tail = Buffer.alloc(Math.min(size, COPY_BYTES));
  readSync(fd, tail, 0, tail.length, size - tail.length);
  const end = tail.lastIndexOf(0x0a);
  return end < 0 && tail.length < size ? size : size - tail.length + end + 1;
}

/** Whether a path leads to a file that has an end, which pipes and devices have not. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function conversationsOf(path: string): ReadonlySet<string> {
  const read = readSnapshot(path);
  // An unreadable file is copied as it is; the doctor reports it after the backup and after the
  // restore.
  return new Set("refused" in read ? [] : read.snapshot.conversations.map(({ id }) => id));
}
