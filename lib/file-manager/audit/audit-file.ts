import { closeSync, fstatSync, openSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PersonChange, ServerAuditEntry } from "../../chat-server/server-ports.ts";
import { harmlessJson } from "../../protocol/harmful-characters.ts";
import { nonEmptyString, object } from "../../protocol/json-decoder.ts";
import { formatTime, parseTime } from "../../protocol/time.ts";
import {
  type AppendState,
  appendOrCutBack,
  closeQuietly,
  DISK,
  type Disk,
  readBytes,
} from "../disk/disk.ts";
import { DiskFailures } from "../disk/disk-failures.ts";
import { namesIn } from "../disk/folder-entries.ts";
import { isMissing } from "../disk/fs-errors.ts";
import { PRIVATE_FILE } from "../disk/replace-file.ts";
import { SyncFailures } from "../disk/sync-failures.ts";
import { auditAccounts, auditFields } from "../snapshot/people-file.ts";

/** The name of the file that is appended to, in the data folder. */
const AUDIT_FILE = "audit.jsonl";
/** Names of files that were full. They are never removed: that is for the owner to decide. */
const FULL_FILE = /^audit-[0-9TZ-]+\.jsonl$/;
/** Holds some 80,000 acts. A file of this size is searched by `grep` at once, and editors open it. */
const FILE_BYTES_MAX = 16 << 20;
/** How much of the file's end is looked through for the newest acts: some 5,000. */
const READ_BYTES_MAX = 1 << 20;
/** Acts that wait for a disk that refuses them. They are also in the log. */
const WAITING_MAX = 1000;

/** A line has the time of day in a form that people read, first. */
const decodeLine = object({ ...auditFields, time: nonEmptyString }, auditAccounts);

/** Returns whether a file of the data folder holds acts. */
export function isAuditFile(name: string): boolean {
  return name === AUDIT_FILE || FULL_FILE.test(name);
}

/**
 * Owns audit.jsonl: who did what when, one JSON object a line, only appended to. The people's journal carries each act
 * until the next snapshot, and what a crash kept out of the file comes from there.
 */
export class AuditFile {
  readonly #path: string;
  readonly #disk: Disk;
  readonly #failures: DiskFailures;
  readonly #syncFailures: SyncFailures;
  /** Acts that the disk refused, oldest first. */
  readonly #waiting: ServerAuditEntry[] = [];
  #fd: number | null = null;
  #state: AppendState = { bytes: 0, isRagged: false };
  #isDirty = false;

  /** @param folder the data folder; the file is made with its first act */
  constructor(
    folder: string,
    onProblem: (text: string, cause: unknown) => void,
    disk: Disk = DISK,
  ) {
    this.#path = join(folder, AUDIT_FILE);
    this.#disk = disk;
    this.#failures = new DiskFailures(onProblem);
    this.#syncFailures = new SyncFailures(onProblem);
  }

  /** Appends those acts that the file doesn't have. For the start, with the acts of the people's journal. */
  recover(changes: readonly PersonChange[]): void {
    const entries = changes.filter((change) => change.kind === "audited");
    if (entries.length === 0) return;
    const written = new Set((this.newest(Number.POSITIVE_INFINITY) ?? []).map(({ id }) => id));
    for (const entry of entries) if (!written.has(entry.id)) this.append(entry);
  }

  /** Appends an act. One that the disk refuses waits for the next act or sync. */
  append(entry: ServerAuditEntry): void {
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push(entry);
    this.#write();
  }

  /** Resolves to whether all acts survive a loss of power. Never rejects. */
  async sync(): Promise<boolean> {
    if (this.#waiting.length > 0) this.#write();
    if (this.#fd !== null && this.#isDirty) {
      try {
        this.#isDirty = false;
        await this.#disk.sync(this.#fd);
        this.#syncFailures.resolved(this.#path);
      } catch (error) {
        this.#isDirty = true;
        this.#syncFailures.refused(this.#path, error);
      }
    }
    return !this.#isDirty && this.#waiting.length === 0;
  }

  /** Returns the newest acts, oldest first; `null` when a file can't be read. Lines that are no acts are left out. */
  newest(limit: number): ServerAuditEntry[] | null {
    try {
      const current = readEnd(this.#path, READ_BYTES_MAX);
      // Right after a file was put aside, nearly all of them are in that one.
      const full = current.bytes < READ_BYTES_MAX ? this.#lastFullFile() : null;
      const before = full === null ? null : readEnd(full, READ_BYTES_MAX - current.bytes);
      const entries = [...(before?.entries ?? []), ...current.entries];
      return limit === Number.POSITIVE_INFINITY ? entries : entries.slice(-limit);
    } catch (error) {
      this.#failures.failed(`${this.#path} cannot be read`, error);
      return null;
    }
  }

  #lastFullFile(): string | null {
    const folder = dirname(this.#path);
    // Their dates are in the order of their names.
    const name = namesIn(folder).findLast((each) => FULL_FILE.test(each));
    return name === undefined ? null : join(folder, name);
  }

  /** Makes everything safe, and closes the file. */
  async close(): Promise<void> {
    await this.sync();
    if (this.#fd !== null) closeQuietly(this.#fd);
    this.#fd = null;
  }

  #write(): void {
    try {
      for (let entry = this.#waiting[0]; entry !== undefined; entry = this.#waiting[0]) {
        const line = formatLine(entry);
        const fd = this.#openFile(entry.time, line.length);
        this.#isDirty = true;
        appendOrCutBack(this.#disk, fd, this.#state, line);
        this.#waiting.shift();
      }
      this.#failures.succeeded();
    } catch (error) {
      this.#failures.failed(`${this.#path} cannot be written`, error);
    }
  }

  /** Returns the open file; begins another one when it would become too long. */
  #openFile(time: number, bytes: number): number {
    if (this.#fd !== null && this.#isReplaced(this.#fd)) this.#closeFile(this.#fd);
    if (this.#fd !== null && this.#state.bytes + bytes > FILE_BYTES_MAX) this.#putAside(time);
    if (this.#fd !== null) return this.#fd;
    const fd = openSync(this.#path, "a+", PRIVATE_FILE);
    try {
      const { size } = fstatSync(fd);
      this.#state = { bytes: size, isRagged: false };
      // A crash, or an editor, left the last line without its end.
      const isTorn = size > 0 && readBytes(fd, size - 1, 1)[0] !== 10;
      if (isTorn) appendOrCutBack(this.#disk, fd, this.#state, Buffer.from("\n"));
    } catch (error) {
      closeQuietly(fd);
      throw error;
    }
    this.#fd = fd;
    return fd;
  }

  #putAside(time: number): void {
    if (this.#fd === null) return;
    const stamp = formatTime(time).replaceAll(/[:.]/g, "-");
    try {
      renameSync(this.#path, join(dirname(this.#path), `audit-${stamp}.jsonl`));
    } catch {
      // An owner may have made it append-only (chattr +a): then it grows on.
      return;
    }
    this.#closeFile(this.#fd);
  }

  /** Whether somebody moved or removed the open file, as programs that rotate logs do. */
  #isReplaced(fd: number): boolean {
    const own = fstatSync(fd);
    const there = statSync(this.#path, { throwIfNoEntry: false });
    return there?.ino !== own.ino || there.dev !== own.dev;
  }

  #closeFile(fd: number): void {
    this.#disk.syncNow(fd);
    this.#fd = null;
    closeSync(fd);
  }
}

/** Reads the acts at the end of a file, of which there may be none. Throws other file-system errors. */
function readEnd(path: string, bytesMax: number): { entries: ServerAuditEntry[]; bytes: number } {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (isMissing(error)) return { entries: [], bytes: 0 };
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(0, size - bytesMax);
    const lines = readBytes(fd, start, size - start)
      .toString("utf8")
      .split("\n");
    // The first line may be cut.
    const entries = (start === 0 ? lines : lines.slice(1)).flatMap(parseEntry);
    return { entries, bytes: size - start };
  } finally {
    closeQuietly(fd);
  }
}

function formatLine({
  id,
  time,
  by,
  act,
  target,
  reason,
  ...accounts
}: ServerAuditEntry): Uint8Array {
  const { byAccount, targetAccount } = accounts;
  const line = { time: formatTime(time), by, act, target, reason, byAccount, targetAccount, id };
  // For owners who look at it with "tail -f".
  return Buffer.from(`${harmlessJson(line)}\n`);
}

function parseEntry(line: string): ServerAuditEntry[] {
  try {
    const entry = decodeLine(JSON.parse(line));
    const time = parseTime(entry?.time ?? "");
    return entry === undefined || time === null ? [] : [{ ...entry, time }];
  } catch {
    return [];
  }
}
