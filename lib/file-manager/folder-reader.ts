import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../chat-server/event.ts";
import type { PersonChange, Restored } from "../chat-server/server-ports.ts";
import type { StoredChange } from "../chat-server/takeover/follow.ts";
import type { JournalNumbers } from "../cluster/log/record.ts";
import type { AccountRecords } from "../member-server/account.ts";
import { UnreadableRecord } from "../protocol/unreadable-record.ts";
import { type ReadUserFile, readUserFile } from "./accounts/user-file.ts";
import type { DataFolder, DataFolderOptions } from "./data-folder.ts";
import { fsErrorSentence } from "./disk/fs-errors.ts";
import type { FolderLock } from "./disk/lock.ts";
import { headOf } from "./history/day-file.ts";
import type { ErasureRewrite, MessageRewrite } from "./history/pending-rewrites.ts";
import { openRoomLog } from "./history/room-log.ts";
import { withSentFiles } from "./history/sent-files.ts";
import { loadHistory } from "./open-files.ts";
import { type PromotedFolder, promoteFolder } from "./promote-folder.ts";
import { type LoggedChange, LoggedChangesReader } from "./record-log/logged-changes.ts";
import { recordLogPath } from "./record-log/record-file.ts";
import { readRecordedChange } from "./record-log/recorded-changes.ts";
import { readPeopleFile } from "./snapshot/people-file.ts";
import { readSnapshot } from "./snapshot/snapshot-file.ts";
import { formatProblem } from "./upgrade.ts";

/** The data folder of a server that runs, as the process reads it that is to take its place. */
export interface FolderReader {
  /** What the folder had when the log was at some record: whatever came later is left to {@link follow}. */
  readonly restored: Restored;
  readonly accountRecords: AccountRecords;
  readonly reports: readonly string[];
  /** The numbers of the last changes that were read or followed. */
  readonly numbers: JournalNumbers;
  /**
   * Takes what the log has, from its beginning and in order. Returns what is new, for `Takeover.follow`; what was read
   * from the files is left out, but for person changes where no histories are written. Throws `UnreadableRecord`.
   */
  follow(changes: Iterable<LoggedChange>): StoredChange[];
  /**
   * Opens the folder for writing, once its server has ended and everything in the log was followed. Reads neither accounts
   * nor histories again. Refuses, and releases the lock, when the files don't end where the log does: open the folder
   * anew then. Saves wait until the log's own reader is closed.
   */
  promote(lock: FolderLock): Promise<DataFolder | { readonly refused: string }>;
}

/**
 * Reads the data folder of another process, which writes turns into the log and then into the files, and changes nothing.
 * Call it between `readLocalLog`, which keeps the log from being cut, and the following of the log; the other process must
 * have become `quiet`. Refuses what a start refuses.
 *
 * @param openLog for tests: something else happens while the log is read
 * @example
 * const { reader: log } = readLocalLog("data");
 * // the other process: await data.quiet()
 * const reader = openFolderReader("data", options);
 * log.follow(first - 1, { entry: (entry) => server.takeover.follow({ changes: reader.follow(changesOf(entry)), … }) });
 */
export function openFolderReader(
  path: string,
  options: DataFolderOptions,
  openLog: (path: string) => LoggedChangesReader | null = LoggedChangesReader.open,
): FolderReader | { readonly refused: string } {
  const problem = formatProblem(path);
  if (problem !== null) return { refused: problem };
  let log: LoggedChangesReader | null = null;
  try {
    log = openLog(recordLogPath(path));
    if (log === null) return { refused: `${recordLogPath(path)} is missing.` };
    const read = readFolder(path, options, log);
    return "refused" in read ? read : new OpenFolderReader(path, read, options);
  } catch (error) {
    const sentence = error instanceof UnreadableRecord ? error.message : fsErrorSentence(error);
    if (sentence === null) throw error;
    return { refused: sentence };
  } finally {
    log?.close();
  }
}

/** What was read of a folder, and up to where. */
interface ReadFolder {
  readonly restored: Restored;
  readonly users: Pick<ReadUserFile, "records" | "folded" | "last">;
  readonly peopleFolded: number;
  readonly people: number;
  readonly unreachable: readonly ConversationId[];
  readonly known: readonly ConversationId[];
  readonly reports: readonly string[];
}

/** The first of each kind of change that came while the files were read: the files may have it, or not yet. */
class ChangesMeanwhile {
  readonly #positions = new Map<ConversationId, number>();
  /** Number of the first person change. */
  people = Number.POSITIVE_INFINITY;
  /** Number of the first group of account changes. */
  accounts = Number.POSITIVE_INFINITY;

  add(change: LoggedChange): void {
    if (change.kind === "person") this.people = Math.min(this.people, change.number);
    else if (change.kind === "accounts") this.accounts = Math.min(this.accounts, change.number);
    else if (!this.#positions.has(change.conversation)) {
      const head = headOf(Buffer.from(change.stored));
      if (head !== null) this.#positions.set(change.conversation, head.position);
    }
  }

  isBefore = ({ conversation, position }: RoomEvent): boolean =>
    position < (this.#positions.get(conversation) ?? Number.POSITIVE_INFINITY);
}

/**
 * Reads the files while the other process goes on appending, and leaves out what came meanwhile: so all of it is of the
 * same moment. Accounts are read last, since what is read before refers to them.
 */
function readFolder(
  path: string,
  { makeStore, onProblem }: DataFolderOptions,
  log: LoggedChangesReader,
): ReadFolder | { readonly refused: string } {
  for (const _change of log.changes());
  const rooms = readSnapshot(join(path, "rooms.json"));
  if ("refused" in rooms) return rooms;
  const { peopleFolded, unreachable } = rooms;
  const { snapshot } = withSentFiles(path, rooms);
  const roomLog = openRoomLog(join(path, "history"), { isReadOnly: true, onProblem });
  if ("refused" in roomLog) return roomLog;
  const history = loadHistory(roomLog, join(path, "history"), rooms);
  if ("refused" in history) return history;
  const people = readPeopleFile(join(path, "people.journal"));
  if ("refused" in people) return people;
  const meanwhile = new ChangesMeanwhile();
  const users = readUserFile(path, makeStore, () => {
    for (const change of log.changes()) meanwhile.add(change);
    return meanwhile.accounts - 1;
  });
  if ("refused" in users) return users;
  if (log.isReplaced) return { refused: `${recordLogPath(path)} was replaced while it was read.` };
  const changes = people.lines.filter(
    ({ number }) => number > peopleFolded && number < meanwhile.people,
  );
  const restored = {
    snapshot,
    later: history.later.filter(meanwhile.isBefore),
    people: changes.map(({ content }) => content),
    recent: new Map(
      [...history.recent].map(([id, events]) => [id, events.filter(meanwhile.isBefore)]),
    ),
  };
  const gone = new Set(unreachable);
  return {
    ...{ restored, users, peopleFolded, unreachable, reports: history.reports },
    people: changes.at(-1)?.number ?? peopleFolded,
    known: roomLog.knownConversations.filter((id) => !gone.has(id)),
  };
}

/** Follows the log, and knows what the folder's files have at its end. */
class OpenFolderReader implements FolderReader {
  readonly restored: Restored;
  readonly accountRecords: AccountRecords;
  readonly reports: readonly string[];
  readonly #path: string;
  readonly #options: DataFolderOptions;
  readonly #read: ReadFolder;
  readonly #known: Set<ConversationId>;
  readonly #positions: Map<ConversationId, number>;
  /** Conversations that something has happened in since the files were read. */
  readonly #followed = new Set<ConversationId>();
  readonly #rewrites: (MessageRewrite | ErasureRewrite)[] = [];
  readonly #audited: PersonChange[] = [];
  #people: number;
  #accounts: number;

  constructor(path: string, read: ReadFolder, options: DataFolderOptions) {
    this.#path = path;
    this.#read = read;
    this.#options = options;
    this.restored = read.restored;
    this.accountRecords = read.users.records.snapshot();
    this.reports = read.reports;
    this.#people = read.people;
    this.#accounts = read.users.last;
    this.#known = new Set(read.known);
    this.#positions = new Map(read.restored.snapshot.conversations.map(({ id, at }) => [id, at]));
    for (const event of read.restored.later) this.#note(event);
    for (const change of read.restored.people) this.#notePerson(change);
  }

  get numbers(): JournalNumbers {
    return { people: this.#people, accounts: this.#accounts };
  }

  follow(changes: Iterable<LoggedChange>): StoredChange[] {
    return [...changes].flatMap((change) => this.#follow(change));
  }

  promote(lock: FolderLock): Promise<DataFolder | { readonly refused: string }> {
    const { users, peopleFolded, unreachable, restored } = this.#read;
    const followed: PromotedFolder = {
      ...{ restored, users, peopleFolded, unreachable, numbers: this.numbers },
      positions: [...this.#followed].map((id) => [id, this.#positions.get(id) ?? 0]),
      ...{ known: this.#known, rewrites: this.#rewrites, audited: this.#audited },
    };
    return promoteFolder(this.#path, followed, this.#options, lock);
  }

  #follow(change: LoggedChange): readonly StoredChange[] {
    if (change.kind === "person" && change.number <= this.#people) {
      // Without histories only the log has the rooms since rooms.json. What people.journal says of them comes again behind
      // their events: applying it twice makes no difference.
      return this.#options.history ? [] : readRecordedChange(change);
    }
    if (change.kind === "accounts" && change.number <= this.#accounts) return [];
    const read = readRecordedChange(change);
    if (change.kind === "person") this.#people = change.number;
    if (change.kind === "accounts") this.#accounts = change.number;
    return read.filter((stored) => this.#isNew(stored));
  }

  /** Notes a change; returns `false` for an event that was read. */
  #isNew(stored: StoredChange): boolean {
    switch (stored.kind) {
      case "event": {
        const { event } = stored;
        if (event.position <= (this.#positions.get(event.conversation) ?? 0)) return false;
        this.#note(event);
        this.#followed.add(event.conversation);
        return true;
      }
      case "person":
        this.#notePerson(stored.change);
        return true;
      case "account":
        this.#read.users.records.apply(stored.change);
        return true;
    }
  }

  #note(event: RoomEvent): void {
    const { kind, conversation, position } = event;
    this.#positions.set(conversation, position);
    if (kind === "created" || kind === "dropped") this.#known.add(conversation);
    if (kind === "edited" || kind === "redacted" || kind === "forgotten")
      this.#rewrites.push(event);
  }

  #notePerson(change: PersonChange): void {
    if (change.kind === "audited") this.#audited.push(change);
  }
}
