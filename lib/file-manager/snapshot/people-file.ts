import { closeSync, openSync, readSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type { PersonChange } from "../../chat-server/server-ports.ts";
import type { AccountName } from "../../protocol/names.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { DISK, type Disk, Journal, openJournal } from "../disk/journal.ts";
import { fieldOf, numberIn, textIn } from "../disk/json-fields.ts";
import { PRIVATE_FILE, secondTemporaryOf, syncFolder, temporaryOf } from "../disk/replace-file.ts";
import { SyncFailures } from "../disk/sync-failures.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { decodeServerBan } from "./snapshot-record.ts";

/** A place in the journal: a snapshot taken now holds every change up to it. */
export interface PeopleMark {
  /** Number of the last change: goes into rooms.json. */
  readonly folded: number;
  readonly bytes: number;
}

export interface OpenedPeopleFile {
  readonly file: PeopleFile;
  /** What the snapshot doesn't hold, in order. */
  readonly changes: readonly PersonChange[];
  /** Bytes of a torn last line that were cut off; 0 when there was none. */
  readonly torn: number;
}

export interface PeopleFileOptions {
  /** Hears what went wrong on the disk, in words for the owner's log, with the path. */
  readonly onProblem?: (text: string, cause: unknown) => void;
  readonly disk?: Disk;
}

/**
 * Opens `people.journal`: what people did outside of rooms since the last snapshots. A damaged line is refused
 * with its number, and nothing is touched.
 *
 * @param folded number of the last change that rooms.json holds.
 */
export function openPeopleFile(
  path: string,
  folded: number,
  options: PeopleFileOptions = {},
): OpenedPeopleFile | { readonly refused: string } {
  const opened = openJournal(path, decodeLine, options.disk);
  if ("refused" in opened) return opened;
  const changes = opened.values.filter(({ n }) => n > folded).map(({ change }) => change);
  const last = Math.max(folded, opened.values.at(-1)?.n ?? 0);
  return { file: new PeopleFile(opened.journal, last, options), changes, torn: opened.torn };
}

interface Line {
  readonly n: number;
  readonly change: PersonChange;
}

/** Keeps what people did. Owns people.journal, and alone writes it. */
export class PeopleFile {
  #journal: Journal<Line>;
  #last: number;
  readonly #disk: Disk;
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #refusals: SyncFailures;
  #isDirty = false;
  /** A sync was refused: see {@link PeopleFile.#writeAnew}. */
  #isDoubtful = false;
  #syncing: Promise<boolean> = Promise.resolve(true);
  /** Where the snapshot before the last one ended: see {@link fold}. */
  #cutNext = 0;

  constructor(journal: Journal<Line>, last: number, options: PeopleFileOptions) {
    this.#journal = journal;
    this.#last = last;
    this.#disk = options.disk ?? DISK;
    this.#onProblem = options.onProblem ?? (() => {});
    this.#refusals = new SyncFailures(this.#onProblem);
  }

  /** Length of the journal: what a start has to read. */
  get bytes(): number {
    return this.#journal.bytes;
  }

  /** Keeps a change. Answers at once; `false` when it could not be kept, and then nothing of it is. */
  append(change: PersonChange): boolean {
    const failure = this.#journal.append({ n: this.#last + 1, change });
    if (failure !== null) {
      this.#report("cannot be written", failure.failed);
      return false;
    }
    this.#last += 1;
    this.#isDirty = true;
    return true;
  }

  /** Resolves when all that was kept before the call outlasts a loss of power; `false`: it may not. */
  sync(): Promise<boolean> {
    this.#syncing = this.#syncing.then(async () => {
      if (!this.#isDirty) return true;
      this.#isDirty = false;
      try {
        await this.#journal.sync();
        if (this.#isDoubtful) await this.#writeAnew();
        this.#isDoubtful = false;
        this.#refusals.mended(this.#journal.path);
        return true;
      } catch (error) {
        this.#isDirty = true;
        this.#isDoubtful = true;
        this.#refusals.refused(this.#journal.path, error);
        return false;
      }
    });
    return this.#syncing;
  }

  /** Taken in the same turn as the snapshot. */
  mark(): PeopleMark {
    return { folded: this.#last, bytes: this.#journal.bytes };
  }

  /**
   * Shortens the journal after rooms.json holds everything up to the mark and is safe. The lines between the
   * last snapshot and this one stay until the next: whoever copies the folder meanwhile may have the older
   * rooms.json. A crash on the way leaves a longer journal, whose lines say by number that they are held
   * already. Never rejects; `false` when the disk refused, and the journal goes on as it is.
   */
  async fold(mark: PeopleMark): Promise<boolean> {
    const { path } = this.#journal;
    const cut = this.#cutNext;
    if (cut === 0) {
      this.#cutNext = mark.bytes;
      return true;
    }
    const temporary = temporaryOf(path);
    let fresh: Journal<Line> | null = null;
    try {
      rmSync(temporary, { force: true });
      const fd = openSync(temporary, "ax", PRIVATE_FILE);
      fresh = new Journal<Line>(path, fd, 0, this.#disk);
      const pace = new TimeSlice();
      let copied = cut;
      // What is added meanwhile is little: after a few steps the rest fits into the last one.
      while (this.#journal.bytes - copied > COPY_BYTES) {
        copied = this.#copy(copied, fresh);
        if (pace.isDue) await pace.rest();
      }
      copied = this.#copy(copied, fresh);
      await fresh.sync();
      // A sync in hand has the old descriptor; it is waited for, and so is one that came meanwhile.
      for (let before: unknown; before !== this.#syncing; ) {
        before = this.#syncing;
        await before;
      }
      // From here to the rename nothing can be added.
      while (copied < this.#journal.bytes) copied = this.#copy(copied, fresh);
      renameSync(temporary, path);
      this.#journal.close();
      this.#journal = fresh;
      this.#isDirty = true;
      this.#cutNext = mark.bytes - cut;
      fresh = null;
      await syncFolder(dirname(path));
      return await this.sync();
    } catch (error) {
      fresh?.close();
      rmSync(temporary, { force: true });
      this.#report("cannot be shortened", error);
      return false;
    }
  }

  /** Makes all safe, and lets go of the file. */
  async close(): Promise<void> {
    await this.sync();
    this.#journal.close();
  }

  /**
   * As `AppendFiles` does it after a refused sync, and for the same reason: a copy takes the journal's place. Only
   * ever within a sync, for which `fold` waits before it does the same.
   */
  async #writeAnew(): Promise<void> {
    const { path } = this.#journal;
    const temporary = secondTemporaryOf(path);
    let fresh: Journal<Line> | null = null;
    try {
      rmSync(temporary, { force: true });
      fresh = new Journal<Line>(path, openSync(temporary, "ax", PRIVATE_FILE), 0, this.#disk);
      let copied = 0;
      while (copied < this.#journal.bytes) copied = this.#copy(copied, fresh);
      await fresh.sync();
      // From here to the rename nothing can be added.
      if (copied < this.#journal.bytes) {
        while (copied < this.#journal.bytes) copied = this.#copy(copied, fresh);
        fresh.syncNow();
      }
      renameSync(temporary, path);
      this.#journal.close();
      this.#journal = fresh;
      fresh = null;
      await syncFolder(dirname(path));
    } finally {
      fresh?.close();
      if (fresh !== null) rmSync(temporary, { force: true });
    }
  }

  /** Copies the journal from `start` on, a bounded piece of it; answers how far. */
  #copy(start: number, into: Journal<Line>): number {
    const bytes = Buffer.allocUnsafe(Math.min(COPY_BYTES, this.#journal.bytes - start));
    const fd = openSync(this.#journal.path, "r");
    try {
      for (let at = 0; at < bytes.length; ) {
        const got = readSync(fd, bytes, at, bytes.length - at, start + at);
        if (got === 0) throw new Error("the file is shorter than it was");
        at += got;
      }
    } finally {
      closeSync(fd);
    }
    const failure = bytes.length === 0 ? null : into.appendBytes(bytes);
    if (failure !== null) throw failure.failed;
    return start + bytes.length;
  }

  #report(what: string, error: unknown): void {
    this.#onProblem(`${this.#journal.path} ${what}: ${fsErrorText(error)}.`, error);
  }
}

/** A tenth of a millisecond each. */
const COPY_BYTES = 256 << 10;

function decodeLine(value: unknown): Line | null {
  const n = numberIn(value, "n");
  const change = decodePersonChange(fieldOf(value, "change"));
  return n === null || change === null ? null : { n, change };
}

/** `null`: this is no change that this version knows. */
export function decodePersonChange(value: unknown): PersonChange | null {
  const kind = fieldOf(value, "kind");
  // The casts: names were checked when the change was made.
  const account = textIn(value, "account") as AccountName | null;
  switch (kind) {
    case "marked": {
      const conversation = textIn(value, "conversation") as ConversationId | null;
      const time = numberIn(value, "time");
      const read = numberIn(value, "read");
      const at = numberIn(value, "at");
      const named = numberIn(value, "named");
      if (account === null || conversation === null || time === null) return null;
      // The first versions wrote no position, and counted otherwise.
      if (at === null) return { kind, account, conversation, time };
      if (read === null || named === null) return { kind, account, conversation, time, at };
      return { kind, account, conversation, time, at, read, named };
    }
    case "nick": {
      const nick = textIn(value, "nick");
      return account === null || nick === null ? null : { kind, account, nick };
    }
    case "modes": {
      const modes = fieldOf(value, "modes");
      return account === null || typeof modes !== "string" ? null : { kind, account, modes };
    }
    case "blocked": {
      const mask = textIn(value, "mask");
      const on = fieldOf(value, "on");
      if (account === null || mask === null || typeof on !== "boolean") return null;
      return { kind, account, mask, on };
    }
    case "metadata": {
      const of = textIn(value, "of");
      const key = textIn(value, "key");
      const set = fieldOf(value, "value");
      if (of === null || key === null) return null;
      if (set !== null && typeof set !== "string") return null;
      return { kind, of, key, value: set };
    }
    case "forgotten":
      return account === null ? null : { kind, account };
    case "ranked": {
      const conversation = textIn(value, "conversation") as ConversationId | null;
      const ranks = fieldOf(value, "ranks");
      if (account === null || conversation === null || typeof ranks !== "string") return null;
      return { kind, account, conversation, ranks };
    }
    case "banned": {
      const ban = decodeServerBan(fieldOf(value, "ban"));
      return ban === null ? null : { kind, ban };
    }
    case "unbanned": {
      const of = fieldOf(value, "of");
      const target = textIn(value, "target");
      return target === null || (of !== "mask" && of !== "address") ? null : { kind, of, target };
    }
    default:
      return null;
  }
}
