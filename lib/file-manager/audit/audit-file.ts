import { closeSync, fstatSync, openSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PersonChange, ServerAuditEntry } from "../../chat-server/server-ports.ts";
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

  /** Returns the newest acts, oldest first; `null` when the file can't be read. Lines that are no acts are left out. */
  newest(limit: number): ServerAuditEntry[] | null {
    try {
      const fd = openSync(this.#path, "r");
      try {
        const { size } = fstatSync(fd);
        const start = Math.max(0, size - READ_BYTES_MAX);
        const lines = readBytes(fd, start, size - start)
          .toString("utf8")
          .split("\n");
        // The first line may be cut.
        const entries = (start === 0 ? lines : lines.slice(1)).flatMap(parseEntry);
        return limit === Number.POSITIVE_INFINITY ? entries : entries.slice(-limit);
      } finally {
        closeQuietly(fd);
      }
    } catch (error) {
      if (isMissing(error)) return [];
      this.#failures.failed(`${this.#path} cannot be read`, error);
      return null;
    }
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
    renameSync(this.#path, join(dirname(this.#path), `audit-${stamp}.jsonl`));
    this.#disk.syncNow(this.#fd);
    closeSync(this.#fd);
    this.#fd = null;
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
  return Buffer.from(`${JSON.stringify(line)}\n`);
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
