import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { AccountChange, AccountRecords } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";
import { fold } from "../../protocol/names.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { DISK, type Disk, Journal, openJournal, readJournal } from "../disk/journal.ts";
import { fieldOf, listOf, numberIn } from "../disk/json-fields.ts";
import { PRIVATE_FILE, replaceFile, replaceFileSync } from "../disk/replace-file.ts";
import {
  damaged,
  type RefusedFile,
  readVersionedJson,
  wrongEntry,
} from "../disk/versioned-json.ts";
import { decodeAccount, decodeInvitation, decodeMemberChange } from "./user-record.ts";

/**
 * A journal of 3000 sign-ups, read in 10 ms at a start. Beyond it the changes are folded into users.json.
 */
const FOLD_AT_BYTES = 1 << 20;
/** What waits for the disk at most. A disk that is so far behind has failed. */
export const CHANGES_WAITING_MAX = 10_000;

/** What became of the user file while the server runs, for the owner's log. */
export type UserFileNote = (text: string, cause: unknown) => void;

export interface UserFileOptions {
  readonly foldAtBytes?: number;
  readonly note?: UserFileNote;
  readonly disk?: Disk;
}

/** A user file that was read and is ready for more. */
export interface OpenedUserFile {
  readonly file: UserFile;
  /** Everything that was kept, the journal's changes carried out. */
  readonly records: AccountRecords;
  /** Bytes of a torn last line that were cut off the journal; 0 when there was none. */
  readonly torn: number;
}

/**
 * Opens `users.json` and `users.journal` in the data folder, and makes them when there are none. A file that
 * is damaged, or written by a newer version, is refused with its path and what to do, and nothing is touched.
 *
 * @param book makes what carries changes out: `(records) => new AccountStore(records.accounts, …)`. The file
 * follows the changes on its own, so that what it writes is what it has kept and not what is known elsewhere.
 * @example
 * const opened = openUserFile("data", (r) => new AccountStore(r.accounts, r.invitations));
 * if ("refused" in opened) return opened;
 * if (await opened.file.keep(changes)) answer();
 */
export function openUserFile(
  folder: string,
  book: (records: AccountRecords) => AccountStore,
  options: UserFileOptions = {},
): OpenedUserFile | { readonly refused: string } {
  const read = readUserFile(folder, book);
  if ("refused" in read) return read;
  const { records, folded, last, lines, torn } = read;
  const paths = pathsIn(folder);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // First the records, then the journal without what the records held before: see `#shortenJournal`.
    if (last > folded || folded === 0) {
      replaceFileSync(paths.json, [...piecesOf(records.snapshot(), last)].join(""));
      replaceFileSync(paths.journal, lines.map(formatLine).join(""));
    }
  } catch (error) {
    return {
      refused: `${folder} cannot be written: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
  const opened = openJournal(paths.journal, decodeLine, options.disk);
  if ("refused" in opened) return opened;
  const file = new UserFile(paths, opened.journal, records, last, options);
  return { file, records: records.snapshot(), torn };
}

/** Reads the user file and leaves it as it is: for a check, and for looking from outside. */
export function readUserFile(
  folder: string,
  book: (records: AccountRecords) => AccountStore,
): ReadUserFile | { readonly refused: string } {
  const paths = pathsIn(folder);
  const kept = readRecords(paths.json);
  if ("refused" in kept) return kept;
  const journal = readJournal(paths.journal, decodeLine);
  if ("refused" in journal) return journal;
  // A first start writes the accounts before there is a room. Without them it would take everybody out of all
  // rooms, which are gone then.
  const isLost = journal.values.length === 0 && !existsSync(paths.json);
  if (isLost && existsSync(join(folder, "rooms.json"))) {
    return {
      refused: `${paths.json} is missing, and rooms.json is there: everybody in it would be put out. Put both back from one copy, then start again; nothing was changed.`,
    };
  }
  const records = book(kept.records);
  const lines: Line[] = [];
  let last = kept.folded;
  for (const line of journal.values) {
    if (line.n <= kept.folded) continue;
    if (line.n !== last + 1) {
      return {
        refused: `${paths.journal} goes on at change ${line.n}, but ${paths.json} and the journal before it end at ${last}: they don't belong together. Put back both from one copy, then start again; nothing was changed.`,
      };
    }
    for (const change of line.changes) records.apply(change);
    lines.push(line);
    last = line.n;
  }
  return { records, folded: kept.folded, last, lines, torn: journal.torn };
}

/** What {@link readUserFile} found. */
export interface ReadUserFile {
  readonly records: AccountStore;
  /** Number of the last line whose changes users.json holds. */
  readonly folded: number;
  /** Number of the journal's last line. */
  readonly last: number;
  /** The lines after `folded`. */
  readonly lines: readonly Line[];
  readonly torn: number;
}

/** One line of the journal: changes that were made together. Its numbers leave none out. */
interface Line {
  readonly n: number;
  readonly changes: readonly AccountChange[];
}

interface Paths {
  readonly json: string;
  readonly journal: string;
}

interface Waiting {
  readonly changes: readonly AccountChange[];
  readonly answer: (kept: boolean) => void;
}

/**
 * Keeps changes of members. Owns users.json and users.journal, and alone writes them. Everything that waits
 * goes to the disk together, by one write and one fdatasync, and is answered after it.
 */
export class UserFile {
  readonly #paths: Paths;
  readonly #records: AccountStore;
  readonly #foldAtBytes: number;
  readonly #note: UserFileNote;
  readonly #disk: Disk;
  #journal: Journal<Line>;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #folding: Promise<void> | null = null;
  #closed = false;
  /** Number of the last line that is safe. */
  #last: number;
  /** Where in the journal the lines end that users.json holds. */
  #foldedBytes: number;
  /** What the journal's next shortening takes off: as many bytes of its beginning. */
  #cutBytes: number | null = null;
  /** Set: the open journal may not be the one that lies at its path. */
  #moved: Moved | null = null;
  #foldNextAtBytes: number;

  constructor(
    paths: Paths,
    journal: Journal<Line>,
    records: AccountStore,
    last: number,
    options: UserFileOptions,
  ) {
    this.#paths = paths;
    this.#journal = journal;
    this.#records = records;
    this.#last = last;
    this.#foldedBytes = journal.bytes;
    this.#foldAtBytes = options.foldAtBytes ?? FOLD_AT_BYTES;
    this.#foldNextAtBytes = journal.bytes + this.#foldAtBytes;
    this.#note = options.note ?? (() => undefined);
    this.#disk = options.disk ?? DISK;
  }

  /**
   * Keeps changes, all of them or none. `true` when they outlast a loss of power; `false` when the disk
   * refused, and the file is as it was.
   */
  keep(changes: readonly AccountChange[]): Promise<boolean> {
    if (this.#closed || this.#waiting.length >= CHANGES_WAITING_MAX) return Promise.resolve(false);
    return new Promise((answer) => {
      this.#waiting.push({ changes, answer });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when everything that was handed in before is safe, and the files are closed. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#writing !== null || this.#folding !== null) {
      await this.#writing;
      await this.#folding;
    }
    this.#journal.close();
  }

  /** One turn for each group, until nothing waits. Never rejects. */
  async #writeAll(): Promise<void> {
    // The rest of this turn may have more to keep.
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#cutBytes !== null) {
      if (this.#cutBytes !== null) await this.#shortenJournal(this.#cutBytes);
      const group = this.#waiting;
      this.#waiting = [];
      const kept = await this.#write(group);
      for (const { answer } of group) answer(kept);
      const isLong = this.#journal.bytes >= this.#foldNextAtBytes;
      // Shortened first: whoever copies the folder may be one fold behind, and not two.
      if (isLong && this.#cutBytes === null) this.#folding ??= this.#fold();
    }
    this.#writing = null;
  }

  async #write(group: readonly Waiting[]): Promise<boolean> {
    if (group.length === 0) return true;
    if (this.#moved !== null && !this.#reopen(this.#moved)) return false;
    const before = this.#journal.bytes;
    const lines = group.map(({ changes }, i) => ({ n: this.#last + 1 + i, changes }));
    const failure = this.#journal.appendText(lines.map(formatLine).join(""));
    if (failure !== null) return this.#failed(failure.failed);
    try {
      await this.#journal.sync();
    } catch (error) {
      this.#journal.cutBack(before);
      return this.#failed(error);
    }
    this.#last += lines.length;
    for (const { changes } of lines) for (const change of changes) this.#records.apply(change);
    return true;
  }

  #failed(error: unknown): false {
    this.#note(`${this.#paths.journal} cannot be written: ${fsErrorText(error)}`, error);
    return false;
  }

  /**
   * Writes users.json anew while changes go on into the journal. It says up to which line it holds the
   * changes, so a crash between it and the journal's shortening repeats none. Never rejects.
   */
  async #fold(): Promise<void> {
    const [upTo, bytes] = [this.#last, this.#journal.bytes];
    try {
      await replaceFile(this.#paths.json, piecesOf(this.#records.snapshot(), upTo));
      this.#cutBytes = this.#foldedBytes;
      this.#foldedBytes = bytes;
      this.#writing ??= this.#writeAll();
    } catch (error) {
      this.#foldNextAtBytes = this.#journal.bytes + this.#foldAtBytes;
      this.#note(`${this.#paths.json} cannot be written: ${fsErrorText(error)}`, error);
    }
    this.#folding = null;
  }

  /**
   * Takes lines off the journal's beginning while nothing is written to it. It keeps what the last users.json
   * did not hold: whoever copies the folder meanwhile may have that one. What stays is copied as bytes: reading
   * a megabyte of lines would hold the thread for 30 ms.
   */
  async #shortenJournal(cut: number): Promise<void> {
    this.#cutBytes = null;
    const { path, bytes } = this.#journal;
    this.#foldNextAtBytes = bytes + this.#foldAtBytes;
    if (cut === 0) return;
    try {
      await replaceFile(path, bytesOf(path, cut, bytes));
    } catch (error) {
      this.#note(`${path} cannot be shortened: ${fsErrorText(error)}`, error);
    }
    // Even where it failed the new one may lie there: what is open might be nobody's file any more.
    this.#moved = { whole: bytes, cut };
    if (this.#reopen(this.#moved)) this.#foldNextAtBytes = this.#journal.bytes + this.#foldAtBytes;
  }

  /** Opens the journal that lies at the path. Whichever it is, it holds everything that is to be kept. */
  #reopen({ whole, cut }: Moved): boolean {
    const { path } = this.#journal;
    try {
      const fd = openSync(path, "a", PRIVATE_FILE);
      const { size } = fstatSync(fd);
      const isShortened = size === whole - cut;
      if (!isShortened && size < whole) {
        closeSync(fd);
        throw new Error(`it has ${size} bytes, and should have ${whole - cut}`);
      }
      this.#journal.close();
      this.#journal = new Journal<Line>(path, fd, isShortened ? size : whole, this.#disk);
      // What a failed write left behind the old one's lines.
      if (size > whole) this.#journal.cutBack(whole);
      if (isShortened) this.#foldedBytes -= cut;
      this.#moved = null;
      return true;
    } catch (error) {
      this.#note(`${path} cannot be opened: ${fsErrorText(error)}`, error);
      return false;
    }
  }
}

/** How long a journal was, and what was to be taken off it. */
interface Moved {
  readonly whole: number;
  readonly cut: number;
}

/** A part of a file, a piece at a time. */
function* bytesOf(path: string, from: number, to: number): Generator<Uint8Array> {
  const fd = openSync(path, "r");
  try {
    for (let at = from; at < to; ) {
      const bytes = Buffer.allocUnsafe(Math.min(COPY_BYTES, to - at));
      const got = readSync(fd, bytes, 0, bytes.length, at);
      if (got === 0) throw new Error("the file is shorter than it was");
      yield bytes.subarray(0, got);
      at += got;
    }
  } finally {
    closeSync(fd);
  }
}

/** The format that is written; a newer one is refused. */
const FORMAT = 1;
/** 60 kB, which take some 1 ms: a piece holds the thread no longer. Figures are in docs/benchmarks.md. */
const ACCOUNTS_A_PIECE = 200;
/** A tenth of a millisecond each. */
const COPY_BYTES = 256 << 10;

function pathsIn(folder: string): Paths {
  return { json: join(folder, "users.json"), journal: join(folder, "users.journal") };
}

function readRecords(path: string): { records: AccountRecords; folded: number } | RefusedFile {
  const read = readVersionedJson(path, FORMAT);
  if (read === null) return { records: { accounts: [], invitations: [] }, folded: 0 };
  if ("refused" in read) return read;
  const { content } = read;
  const accounts = listOf(fieldOf(content, "accounts"), decodeAccount);
  if (accounts === null) return damaged(path, wrongEntry(content, "accounts", decodeAccount));
  const invitations = listOf(fieldOf(content, "invitations"), decodeInvitation);
  if (invitations === null) {
    return damaged(path, wrongEntry(content, "invitations", decodeInvitation));
  }
  const names = new Set<string>();
  for (const { name } of accounts) {
    const folded = fold(name);
    if (names.has(folded)) return damaged(path, `it has two accounts named ${name}`);
    names.add(folded);
  }
  return { records: { accounts, invitations }, folded: numberIn(content, "folded") ?? 0 };
}

function* piecesOf(records: AccountRecords, folded: number): Generator<string> {
  yield `{\n  "format": ${FORMAT},\n  "folded": ${folded},\n  "accounts": [`;
  yield* entriesOf(records.accounts);
  yield '],\n  "invitations": [';
  yield* entriesOf(records.invitations);
  yield "]\n}\n";
}

function* entriesOf(entries: readonly unknown[]): Generator<string> {
  let isFirst = true;
  yield* groupsOf(entries, ACCOUNTS_A_PIECE, (entry) => {
    const text = JSON.stringify(entry, null, 2).replaceAll("\n", "\n    ");
    const comma = isFirst ? "" : ",";
    isFirst = false;
    return `${comma}\n    ${text}`;
  });
  if (entries.length > 0) yield "\n  ";
}

function* groupsOf<T>(entries: readonly T[], size: number, format: (entry: T) => string) {
  for (let at = 0; at < entries.length; at += size) {
    yield entries
      .slice(at, at + size)
      .map(format)
      .join("");
  }
}

function formatLine(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

function decodeLine(value: unknown): Line | null {
  const n = numberIn(value, "n");
  const changes = listOf(fieldOf(value, "changes"), decodeMemberChange);
  return n === null || changes === null ? null : { n, changes };
}
