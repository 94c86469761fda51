import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { AccountChange, AccountRecords } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";
import type { Disk } from "../disk/disk.ts";
import { DiskFailures } from "../disk/disk-failures.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import {
  formatJournalLine,
  type Journal,
  type JournalFormat,
  type JournalLine,
  type JournalMark,
  openJournal,
  readJournal,
} from "../disk/journal.ts";
import { replaceFile, replaceFileSync } from "../disk/replace-file.ts";
import { decodeAccountChanges } from "./user-record.ts";
import { readUsersJson, usersJsonPieces } from "./users-json.ts";

/** A journal of 3000 sign-ups, which a start reads in 10 ms. A longer one is folded into users.json. */
const FOLD_AT_BYTES = 1 << 20;
const FOLDS_TO_ERASE = 2;
/** How many changes wait for the disk at most. A disk that is so far behind has failed. */
export const CHANGES_WAITING_MAX = 10_000;

/** Each line of users.journal holds changes that were made together. */
const CHANGES: JournalFormat<readonly AccountChange[]> = {
  key: "changes",
  decode: decodeAccountChanges,
};

export interface UserFileOptions {
  /** The journal is folded into users.json whenever it has grown by this much. */
  readonly foldAtBytes?: number;
  /** Called with what went wrong on the disk, for the owner's log. */
  readonly note?: (text: string, cause: unknown) => void;
  /** Whether another process reads the files, so that folds have to wait. */
  readonly hasReaders?: () => boolean;
  readonly disk?: Disk;
}

/** A user file that was read and is ready for more. */
export interface OpenedUserFile {
  readonly file: UserFile;
  /** Accounts and invitations, with the journal's changes applied. */
  readonly records: AccountRecords;
  /** Bytes of a torn last line that were cut off the journal; 0 when there was none. */
  readonly torn: number;
}

/**
 * Opens `users.json` and `users.journal` in the data folder, and creates them when there are none. Returns a refusal, with
 * a sentence for the owner, when a file is damaged or of a newer format, and changes nothing then.
 *
 * @param makeStore makes an account store that applies changes. The file has its own store, so that it writes only
 *   synced changes, and not those that the server has applied already
 * @example
 * const opened = openUserFile("data", AccountStore.of);
 * if ("refused" in opened) return opened;
 * if (await opened.file.store(changes)) answer();
 */
export function openUserFile(
  folder: string,
  makeStore: (records: AccountRecords) => AccountStore,
  options: UserFileOptions = {},
): OpenedUserFile | { readonly refused: string } {
  const read = readUserFile(folder, makeStore);
  if ("refused" in read) return read;
  const { records, folded, last, lines, torn } = read;
  const paths = pathsIn(folder);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // First the records, then the journal without what the records held before: see `Journal.fold`. Lines that are all in
    // users.json since an earlier start go, too: a deleted account's email must not stay in them.
    if (last > folded || read.hasFoldedLines || !existsSync(paths.json)) {
      replaceFileSync(paths.json, [...usersJsonPieces(records.snapshot(), last)].join(""));
      const texts = lines.map((line) => formatJournalLine(CHANGES, line.number, line.content));
      replaceFileSync(paths.journal, texts.join(""));
    }
  } catch (error) {
    return {
      refused: `${folder} cannot be written: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
  const opened = openJournal(paths.journal, CHANGES, last, options.disk);
  if ("refused" in opened) return opened;
  const file = new UserFile(paths.json, opened.journal, records, options, lines.length > 0);
  return { file, records: records.snapshot(), torn };
}

/**
 * Opens the user file for a process that has followed it, without reading the accounts again. Returns `null` when its
 * journal doesn't end at the last change that was followed.
 *
 * @param read what was read, with the changes applied that were followed
 * @param last number of the last change that was followed
 */
export function resumeUserFile(
  folder: string,
  { records, folded }: Pick<ReadUserFile, "records" | "folded">,
  last: number,
  options: UserFileOptions = {},
): UserFile | { readonly refused: string } | null {
  const paths = pathsIn(folder);
  const opened = openJournal(paths.journal, CHANGES, folded, options.disk);
  if ("refused" in opened) return opened;
  const { journal, lines } = opened;
  if (journal.mark().number === last) {
    return new UserFile(paths.json, journal, records, options, lines.length > 0);
  }
  journal.close();
  return null;
}

/** The result of {@link readUserFile}. */
export interface ReadUserFile {
  /** Accounts and invitations, with the journal's changes applied. */
  readonly records: AccountStore;
  /** Number of the last journal line whose changes users.json holds. */
  readonly folded: number;
  /** Number of the journal's last line. */
  readonly last: number;
  /** The lines after `folded`. */
  readonly lines: readonly JournalLine<readonly AccountChange[]>[];
  /** Whether the journal has lines whose changes users.json holds. */
  readonly hasFoldedLines: boolean;
  /** Bytes of a torn last line of the journal; 0 when there is none. */
  readonly torn: number;
}

/**
 * Reads the user file and changes nothing: for a check, and for looking from outside. Refuses what {@link openUserFile}
 * refuses.
 *
 * @param makeStore see {@link openUserFile}
 * @param limit asked when both files were read: number of the last line whose changes count
 */
export function readUserFile(
  folder: string,
  makeStore: (records: AccountRecords) => AccountStore,
  limit: () => number = () => Number.POSITIVE_INFINITY,
): ReadUserFile | { readonly refused: string } {
  const paths = pathsIn(folder);
  const users = readUsersJson(paths.json);
  if ("refused" in users) return users;
  const journal = readJournal(paths.journal, CHANGES);
  if ("refused" in journal) return journal;
  // A first start writes the accounts before there is a room. A start without accounts would take everybody out of all
  // rooms, which then end.
  const isLost = journal.lines.length === 0 && !existsSync(paths.json);
  if (isLost && existsSync(join(folder, "rooms.json"))) {
    return {
      refused: `${paths.json} is missing, and rooms.json is there: everybody in it would be put out. Put both back from one copy, then start again; nothing was changed.`,
    };
  }
  const records = makeStore(users.records);
  const upTo = limit();
  const lines = journal.lines.filter(({ number }) => number > users.folded && number <= upTo);
  let last = users.folded;
  for (const { number, content } of lines) {
    if (number !== last + 1) {
      return {
        refused: `${paths.journal} goes on at change ${number}, but ${paths.json} and the journal before it end at ${last}: they don't belong together. Put back both from one copy, then start again; nothing was changed.`,
      };
    }
    for (const change of content) records.apply(change);
    last = number;
  }
  const hasFoldedLines = lines.length < journal.lines.length;
  return { records, folded: users.folded, last, lines, hasFoldedLines, torn: journal.torn };
}

interface Waiting {
  readonly changes: readonly AccountChange[];
  readonly answer: (isStored: boolean) => void;
}

/**
 * Stores changes of accounts and invitations. Owns users.json and users.journal, and alone writes them. All changes that
 * wait go to the disk together, by one write and one fdatasync, and are answered after it.
 */
export class UserFile {
  readonly #jsonPath: string;
  readonly #journal: Journal<readonly AccountChange[]>;
  /** The records that are synced. */
  readonly #records: AccountStore;
  readonly #foldAtBytes: number;
  readonly #failures: DiskFailures;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #folding: Promise<void> | null = null;
  /** users.json holds everything up to here, and the journal has yet to be shortened. */
  #shortenDue: JournalMark | null = null;
  #foldNextAtBytes: number;
  readonly #hasReaders: () => boolean;
  #areFoldsHeld = false;
  /** Those who wait until no fold is under way. */
  #waitingForFold: (() => void)[] = [];
  #isClosed = false;
  /**
   * Folds until the journal has nothing that was deleted, and the number of the last line that deleted something. Two,
   * since lines stay in the journal for one fold longer than they are needed.
   */
  #erasure: { readonly folds: number; readonly number: number };

  /** Use {@link openUserFile}. */
  constructor(
    jsonPath: string,
    journal: Journal<readonly AccountChange[]>,
    records: AccountStore,
    options: UserFileOptions,
    hasLines: boolean,
  ) {
    this.#erasure = { folds: hasLines ? FOLDS_TO_ERASE : 0, number: 0 };
    this.#jsonPath = jsonPath;
    this.#journal = journal;
    this.#records = records;
    this.#foldAtBytes = options.foldAtBytes ?? FOLD_AT_BYTES;
    this.#foldNextAtBytes = journal.bytes + this.#foldAtBytes;
    this.#hasReaders = options.hasReaders ?? (() => false);
    this.#failures = new DiskFailures(options.note ?? (() => undefined));
  }

  /** Number of the last line of users.journal. */
  get lastNumber(): number {
    return this.#journal.mark().number;
  }

  /** Returns the accounts and invitations that are synced. */
  snapshot(): AccountRecords {
    return this.#records.snapshot();
  }

  /**
   * Stores changes, all of them or none. Resolves to `true` when they survive a loss of power; to `false` on a
   * file-system error, and the file is unchanged then.
   */
  store(changes: readonly AccountChange[]): Promise<boolean> {
    if (this.#isClosed || this.#waiting.length >= CHANGES_WAITING_MAX) {
      return Promise.resolve(false);
    }
    return new Promise((answer) => {
      this.#waiting.push({ changes, answer });
      this.#writing ??= this.#writeAll();
    });
  }

  /**
   * Removes what was deleted (accounts, addresses, certificates, hashes of passwords, invitations) from the journal, which
   * takes two calls. Does nothing when nothing was. Never rejects.
   */
  async eraseDeleted(): Promise<void> {
    if (this.#erasure.folds === 0 || this.#isClosed || !this.#mayFold()) return;
    await this.#writing;
    this.#folding ??= this.#fold();
    await this.#folding;
    await this.#writing;
  }

  /** Lets no fold start, and resolves when none is under way: another process reads the files. */
  holdFolds(): Promise<void> {
    this.#areFoldsHeld = true;
    if (this.#folding === null && this.#shortenDue === null) return Promise.resolve();
    return new Promise((resolve) => this.#waitingForFold.push(resolve));
  }

  /** Lets folds start again after {@link holdFolds}. */
  releaseFolds(): void {
    this.#areFoldsHeld = false;
  }

  #mayFold(): boolean {
    return !this.#areFoldsHeld && !this.#hasReaders();
  }

  /** Resolves when all earlier changes are synced, and the files are closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#writing !== null || this.#folding !== null) {
      await this.#writing;
      await this.#folding;
    }
    this.#journal.close();
  }

  /** Writes one group after the other, until nothing waits. Never rejects. */
  async #writeAll(): Promise<void> {
    // The rest of this turn may hand in more.
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#shortenDue !== null) {
      // Between two groups, since a fold must not overlap a rewind.
      if (this.#shortenDue !== null) await this.#shortenJournal(this.#shortenDue);
      const group = this.#waiting;
      this.#waiting = [];
      const isStored = await this.#write(group);
      for (const { answer } of group) answer(isStored);
      const isLong = this.#journal.bytes >= this.#foldNextAtBytes;
      // Shortened first: a copy of the folder may be one fold behind, but not two.
      if (isLong && this.#shortenDue === null && this.#mayFold()) this.#folding ??= this.#fold();
    }
    this.#writing = null;
  }

  async #write(group: readonly Waiting[]): Promise<boolean> {
    if (group.length === 0) return true;
    const before = this.#journal.mark();
    const failure = this.#journal.append(...group.map(({ changes }) => changes));
    if (failure !== null) return this.#failed(failure.failed);
    try {
      await this.#journal.sync();
    } catch (error) {
      this.#journal.rewind(before);
      return this.#failed(error);
    }
    for (const { changes } of group) for (const change of changes) this.#records.apply(change);
    if (group.some(({ changes }) => changes.some(isDeletion))) {
      this.#erasure = { folds: FOLDS_TO_ERASE, number: this.#journal.mark().number };
    }
    this.#failures.succeeded();
    return true;
  }

  #failed(error: unknown): false {
    this.#failures.failed(`${this.#journal.path} cannot be written`, error);
    return false;
  }

  /**
   * Writes users.json anew while changes are still appended to the journal. users.json has the number of the last line
   * that it includes, so a crash before the journal is shortened repeats no change. Never rejects.
   */
  async #fold(): Promise<void> {
    const mark = this.#journal.mark();
    try {
      await replaceFile(this.#jsonPath, usersJsonPieces(this.#records.snapshot(), mark.number));
      this.#shortenDue = mark;
      const { folds, number } = this.#erasure;
      if (mark.number >= number) this.#erasure = { folds: Math.max(0, folds - 1), number };
      this.#writing ??= this.#writeAll();
    } catch (error) {
      this.#foldNextAtBytes = this.#journal.bytes + this.#foldAtBytes;
      this.#failures.failed(`${this.#jsonPath} cannot be written`, error);
    }
    this.#folding = null;
    if (this.#shortenDue === null) this.#tellNoFold();
  }

  /** Never rejects. */
  async #shortenJournal(mark: JournalMark): Promise<void> {
    try {
      await this.#journal.fold(mark);
    } catch (error) {
      this.#failures.failed(`${this.#journal.path} cannot be shortened`, error);
    }
    this.#foldNextAtBytes = this.#journal.bytes + this.#foldAtBytes;
    this.#shortenDue = null;
    this.#tellNoFold();
  }

  #tellNoFold(): void {
    for (const resolve of this.#waitingForFold.splice(0)) resolve();
  }
}

/** Whether a change makes an earlier line hold what no longer is. A hash that renews another is of the same password. */
function isDeletion(change: AccountChange): boolean {
  switch (change.kind) {
    case "deleted":
    case "email":
    case "certificate-removed":
    case "devices-withdrawn":
    case "reset-made":
    case "reset-used":
    case "reset-withdrawn":
    // The former key, codes and token.
    case "second-factor-off":
    case "second-factor-codes":
    case "bot-changed":
    case "bot-tokens-withdrawn":
    // The reason.
    case "unsuspended":
    case "name-freed":
    case "invitation-withdrawn":
      return true;
    case "password":
      return change.renews === undefined;
    default:
      return false;
  }
}

function pathsIn(folder: string): { readonly json: string; readonly journal: string } {
  return { json: join(folder, "users.json"), journal: join(folder, "users.journal") };
}
