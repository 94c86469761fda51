import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../chat-server/event.ts";
import type { Retention } from "../chat-server/history/retention.ts";
import type {
  DiskQuery,
  PersonChange,
  QueryAnswers,
  Restored,
} from "../chat-server/server-ports.ts";
import type { SnapshotSource } from "../chat-server/snapshot/snapshot.ts";
import type { AccountChange, AccountRecords } from "../member-server/account.ts";
import type { AccountStore } from "../member-server/account-store.ts";
import { PasswordQueue, TEST_COST } from "./accounts/password-queue.ts";
import { openUserFile, type UserFile } from "./accounts/user-file.ts";
import type { Disk } from "./disk/journal.ts";
import { lockFolder } from "./disk/lock.ts";
import { openRoomLog, type RoomLog } from "./history/room-log.ts";
import { openPeopleFile, type PeopleFile } from "./snapshot/people-file.ts";
import { readSnapshot, writeSnapshot } from "./snapshot/snapshot-file.ts";
import { upgradeFolder } from "./upgrade.ts";

export interface DataFolderOptions {
  /** Makes what carries changes of members out; see `openUserFile`. */
  readonly book: (records: AccountRecords) => AccountStore;
  readonly passwordCost: "normal" | "test";
  /** Without history nothing that is said is written anywhere; rooms and members are. */
  readonly history: boolean;
  /** Hears what went wrong on the disk, in words for the owner's log. */
  readonly onProblem: (text: string, cause: unknown) => void;
  /** For tests: a disk that fails, and is left in peace as long as this takes. */
  readonly disk?: Disk;
  readonly peace?: () => Promise<void>;
}

/** The data folder of a running server: everything that the conversation asks of the disk. */
export interface DataFolder {
  readonly restored: Restored;
  readonly members: AccountRecords;
  /** What was found damaged and has been put right, for the owner's log. */
  readonly reports: readonly string[];
  /** See `ServerPorts.append`. */
  append(event: RoomEvent): boolean;
  /** See `ServerPorts.appendPerson`. */
  appendPerson(change: PersonChange): boolean;
  /** Does something slow. Never rejects: a failure is an answer. */
  answer(query: DiskQuery): Promise<QueryAnswers[DiskQuery["kind"]]>;
  /** Whether something was kept that no {@link sync} has covered; one under way has not. */
  readonly isDirty: boolean;
  /** Resolves when what was kept outlasts a loss of power; `false`: it may not. */
  sync(): Promise<boolean>;
  /** Resolves when it does, and not before: a disk that refuses is asked again and again. */
  safe(): Promise<void>;
  /** Puts the snapshot in rooms.json's place. Calls must not overlap. */
  save(takeSnapshot: () => SnapshotSource): Promise<void>;
  /** Deletes what need be kept no longer, if rooms.json holds all that can be known from it. */
  prune(retention: Retention): Promise<void>;
  /** Finishes what is under way, and gives the folder back. */
  close(): Promise<void>;
}

/**
 * Opens a data folder for this process alone: lock, accounts, rooms and history. What is damaged or newer is
 * refused with its path and what to do, and what another process has (`heldBy`) with that one's number.
 */
export async function openDataFolder(
  path: string,
  options: DataFolderOptions,
): Promise<DataFolder | { readonly refused: string; readonly heldBy?: number }> {
  const taken = await lockFolder(path);
  if ("refused" in taken) return taken;
  if ("heldBy" in taken) {
    return {
      heldBy: taken.heldBy,
      refused: `Another server (process ${taken.heldBy}) uses the data folder ${path}. Stop it, or choose another by --data.`,
    };
  }
  const upgraded = upgradeFolder(path);
  if ("refused" in upgraded) {
    taken.lock.release();
    return upgraded;
  }
  const opened = openFiles(path, options, upgraded.reports);
  if ("refused" in opened) {
    taken.lock.release();
    return opened;
  }
  return new Folder(path, opened, options, taken.lock);
}

/** Keeps changes of members, then carries them out; `false` when they could not be kept. */
export async function storeAccounts(
  data: DataFolder,
  members: Pick<AccountStore, "apply">,
  changes: readonly AccountChange[],
): Promise<boolean> {
  const answer = await data.answer({ kind: "save-accounts", changes });
  if (!("saved" in answer && answer.saved)) return false;
  for (const change of changes) members.apply(change);
  return true;
}

/** A disk that refuses is left in peace this long. */
const PEACE_MS = 500;

interface Files {
  readonly users: UserFile;
  readonly members: AccountRecords;
  readonly people: PeopleFile;
  readonly log: RoomLog;
  readonly gone: readonly ConversationId[];
  readonly restored: Restored;
  readonly reports: readonly string[];
}

function openFiles(
  path: string,
  { book, onProblem, disk: given }: DataFolderOptions,
  upgraded: readonly string[],
): Files | { readonly refused: string } {
  // Only read, and so first: a folder of a newer format is left as it is to the last byte.
  const read = readSnapshot(join(path, "rooms.json"));
  if ("refused" in read) return read;
  const disk = given === undefined ? {} : { disk: given };
  const users = openUserFile(path, book, { note: onProblem, ...disk });
  if ("refused" in users) return users;
  const people = openPeopleFile(join(path, "people.journal"), read.peopleFolded, {
    onProblem,
    ...disk,
  });
  if ("refused" in people) return people;
  const log = openRoomLog(join(path, "history"), {
    gone: join(path, "gone"),
    onProblem,
    ...disk,
  });
  if ("refused" in log) return log;
  const { later, recent, reports } = log.load(read.snapshot, read.gone);
  return {
    users: users.file,
    members: users.records,
    people: people.file,
    log,
    gone: read.gone,
    restored: { snapshot: read.snapshot, later, people: people.changes, recent },
    reports: [
      ...upgraded,
      ...tornLine("users.journal", users.torn),
      ...tornLine("people.journal", people.torn),
      ...reports,
    ],
  };
}

function tornLine(file: string, bytes: number): string[] {
  return bytes === 0 ? [] : [`${file} ended in half a line, which was cut off (${bytes} bytes)`];
}

class Folder implements DataFolder {
  readonly restored: Restored;
  readonly members: AccountRecords;
  readonly reports: readonly string[];
  readonly #snapshotPath: string;
  readonly #files: Files;
  readonly #passwords: PasswordQueue;
  readonly #history: boolean;
  readonly #peace: () => Promise<void>;
  readonly #lock: { release(): void };
  /** How much was kept, and how much of it a sync has covered. */
  #kept = 0;
  #covered = 0;
  /** Conversations that nobody could reach when the last snapshot was taken. */
  #gone: ReadonlySet<ConversationId>;
  /** The last snapshot was written: nothing older than a minute is needed to know the rooms. */
  #isSaved = false;
  /** Something has happened that rooms.json doesn't know. */
  #isStale = false;

  constructor(path: string, files: Files, options: DataFolderOptions, lock: { release(): void }) {
    this.#snapshotPath = join(path, "rooms.json");
    this.#files = files;
    this.restored = files.restored;
    this.#gone = new Set(files.gone);
    this.#isStale = files.restored.later.length > 0;
    this.#isSaved = !this.#isStale;
    this.members = files.members;
    this.reports = files.reports;
    this.#history = options.history;
    this.#peace = options.peace ?? (() => new Promise((done) => setTimeout(done, PEACE_MS)));
    this.#passwords = new PasswordQueue(options.passwordCost === "test" ? { cost: TEST_COST } : {});
    this.#lock = lock;
  }

  get isDirty(): boolean {
    return this.#covered < this.#kept;
  }

  append(event: RoomEvent): boolean {
    this.#isStale = true;
    if (!this.#history) return true;
    this.#kept += 1;
    return this.#files.log.append(event);
  }

  appendPerson(change: PersonChange): boolean {
    this.#isStale = true;
    this.#kept += 1;
    return this.#files.people.append(change);
  }

  async answer(query: DiskQuery): Promise<QueryAnswers[DiskQuery["kind"]]> {
    switch (query.kind) {
      case "hash-password":
        return { hash: await this.#passwords.hash(query.password) };
      case "verify-password":
        return { ok: await this.#passwords.verify(query.password, query.hash) };
      case "save-accounts":
        return { saved: await this.#files.users.keep(query.changes) };
      case "history":
        return { events: await this.#files.log.page(query.conversation, query.request) };
      case "search":
        return this.#files.log.search(query.request, query.isWanted);
      case "rewrite":
        return { done: await this.#files.log.rewrite(query.event) };
      case "said-by":
        return { said: await this.#files.log.saidBy(query.conversation, query.who) };
      case "forget-elsewhere":
        return this.#files.log.forgetElsewhere(query.who, query.except);
    }
  }

  async sync(): Promise<boolean> {
    const kept = this.#kept;
    const done = await Promise.all([this.#files.log.sync(), this.#files.people.sync()]);
    if (!done.every(Boolean)) return false;
    this.#covered = Math.max(this.#covered, kept);
    return true;
  }

  async safe(): Promise<void> {
    while (!(await this.sync())) await this.#peace();
  }

  async save(takeSnapshot: () => SnapshotSource): Promise<void> {
    const { people, log } = this.#files;
    // What is still owed to the files would not be looked for behind a newer snapshot: neither what was owed
    // before, nor what came while it was written, a part of it behind its own place in it.
    if (!this.#isStale || log.owed > 0) return;
    this.#isStale = false;
    const [mark, there] = [people.mark(), log.there];
    try {
      const isWanted = () => log.carriedOut();
      const source = takeSnapshot();
      const gone = await writeSnapshot(this.#snapshotPath, source, mark.folded, there, isWanted);
      if (gone === null) {
        this.#isStale = true;
        return;
      }
      await people.fold(mark);
      // One snapshot later: whoever copies the folder meanwhile may have the one before, which needs them.
      await log.setAside([...gone].filter((id) => this.#gone.has(id)));
      this.#gone = gone;
      this.#isSaved = true;
    } catch (error) {
      this.#isStale = true;
      this.#isSaved = false;
      throw error;
    }
  }

  async prune(retention: Retention): Promise<void> {
    if (this.#isSaved && this.#files.log.owed === 0) await this.#files.log.prune(retention);
  }

  async close(): Promise<void> {
    const { users, people, log } = this.#files;
    await Promise.all([users.close(), people.close(), log.close()]);
    this.#lock.release();
  }
}
