import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ConversationId, RoomEvent } from "../chat-server/event.ts";
import type { Retention } from "../chat-server/history/retention.ts";
import type { ProcessFacts } from "../chat-server/process-ports.ts";
import type {
  DiskQuery,
  PersonChange,
  QueryAnswers,
  Restored,
} from "../chat-server/server-ports.ts";
import type { SnapshotSource } from "../chat-server/snapshot/snapshot.ts";
import type { JournalNumbers } from "../cluster/record.ts";
import type { TurnChange } from "../cluster/turn-recorder.ts";
import type { AccountChange, AccountRecords } from "../member-server/account.ts";
import type { AccountStore } from "../member-server/account-store.ts";
import type { PasswordCost } from "../member-server/sign-up.ts";
import { PasswordQueue, TEST_COST } from "./accounts/password-queue.ts";
import { stateProblem } from "./check-folder.ts";
import type { Disk } from "./disk/disk.ts";
import { type FolderLock, lockFolder } from "./disk/lock.ts";
import { syncFolder } from "./disk/replace-file.ts";
import { backupTime, diskSpace, usageByConversation } from "./folder-facts.ts";
import { nothingRead } from "./history/history-rewriter.ts";
import { type OpenedFiles, openFiles } from "./open-files.ts";
import { type LoggedChanges, recordLogPath } from "./record-log/logged-changes.ts";
import { writeSnapshot } from "./snapshot/snapshot-file.ts";
import { StoredTurns } from "./stored-turns.ts";
import { upgradeFolder } from "./upgrade.ts";

/** Each save holds all that came before it, and the second one removes it from the journal. */
const SAVES_TO_ERASE = 2;
/** The delay between a failed sync and the next one. */
const WAIT_AFTER_REFUSAL_MS = 500;

export interface DataFolderOptions {
  /** Makes an account store; see `openUserFile`. */
  readonly makeStore: (records: AccountRecords) => AccountStore;
  /** "test" hashes as cheaply as argon2 can. */
  readonly passwordCost: PasswordCost;
  /** If `false`, messages aren't written to disk; rooms and accounts are. */
  readonly history: boolean;
  /** Called when the disk fails, with a sentence for the owner's log. */
  readonly onProblem: (text: string, cause: unknown) => void;
  /** The time of day, in ms since 1970, against which stored dates are checked; without it they aren't. */
  readonly now?: number;
  /**
   * Opens the log of records that this server writes, and returns what it has: the files are brought up to it before they
   * are read. Without it a log that another server has left is read, and removed when everything is saved.
   */
  readonly openLog?: (lock: FolderLock) => Promise<LoggedChanges | { readonly refused: string }>;
  /** For tests: a disk that fails. */
  readonly disk?: Disk;
  /** For tests: what {@link DataFolder.syncUntilSafe} waits for between two syncs. */
  readonly waitAfterRefusal?: () => Promise<void>;
}

type FolderFacts = Pick<ProcessFacts, "disk" | "backupAt" | "passwordsWaiting" | "appendFailures">;

/** The data folder of a running server. */
export interface DataFolder {
  /** The stored state when it was opened. */
  readonly restored: Restored;
  readonly accountRecords: AccountRecords;
  /** Repairs and upgrades on opening: sentences for the owner's log. */
  readonly reports: readonly string[];
  /** See `ServerPorts.append`. */
  append(event: RoomEvent): boolean;
  /** See `ServerPorts.appendPerson`. */
  appendPerson(change: PersonChange): boolean;
  /** The numbers of the journals' last lines: `TurnRecorder` goes on from them. */
  readonly numbers: JournalNumbers;
  /**
   * Stores the changes of a turn that is in the log of records already: events and person changes before it returns.
   * Resolves when all that was handed over is stored, and the account changes survive a loss of power. What the disk
   * refuses waits, in order, and is tried again by each call and each {@link sync}.
   */
  store(changes: readonly TurnChange[]): Promise<void>;
  /** Whether the disk has refused something of {@link store} that still waits: nothing new is to be accepted then. */
  readonly isFailing: boolean;
  /** Whether something of {@link store} isn't stored yet: the log must not be cut then. */
  readonly hasPending: boolean;
  /** Answers a slow query. Never rejects: a failure is an answer. */
  answer(query: DiskQuery): Promise<QueryAnswers[DiskQuery["kind"]]>;
  /** The folder's part of what the process tells of itself. */
  readonly facts: FolderFacts;
  /** Whether something was appended that no finished {@link sync} has covered. */
  readonly isDirty: boolean;
  /** Resolves to whether all that was appended before the call survives a loss of power. Never rejects. */
  sync(): Promise<boolean>;
  /** Resolves when everything appended survives a loss of power. Retries while the disk fails. */
  syncUntilSafe(): Promise<void>;
  /** Where rooms.json lies. */
  readonly snapshotPath: string;
  /** Replaces rooms.json by a snapshot. Calls must not overlap. Rejects with file-system errors. */
  save(takeSnapshot: () => SnapshotSource): Promise<void>;
  /**
   * The same with all that the journals and the pending rewrites hold, for a folder that nothing else is
   * appended to. Resolves to whether rooms.json has all of it.
   */
  saveAll(takeSnapshot: () => SnapshotSource): Promise<boolean>;
  /** Deletes the days beyond the retention, if rooms.json already includes their events. */
  prune(retention: Retention): Promise<void>;
  /** Finishes pending work, closes the files, and releases the lock. */
  close(): Promise<void>;
}

/**
 * Opens a data folder for this process alone: lock, accounts, rooms and history. A folder that is damaged or newer is
 * refused with its path and what to do; one that another process uses is refused with that one's pid (`heldBy`).
 */
export async function openDataFolder(
  path: string,
  options: DataFolderOptions,
): Promise<DataFolder | { readonly refused: string; readonly heldBy?: number }> {
  const locked = await lockFolder(path);
  if ("refused" in locked) return locked;
  if ("heldBy" in locked) {
    return {
      heldBy: locked.heldBy,
      refused: `Another server (process ${locked.heldBy}) uses the data folder ${path}. Stop it, or choose another by --data.`,
    };
  }
  const { makeStore } = options;
  const upgraded = upgradeFolder(path, undefined, (newFiles) => stateProblem(newFiles, makeStore));
  if ("refused" in upgraded) {
    locked.lock.release();
    return upgraded;
  }
  const opened = await openFiles(path, options, locked.lock, upgraded.reports);
  if ("refused" in opened) {
    locked.lock.release();
    return opened;
  }
  return new OpenDataFolder(path, opened, options, locked.lock);
}

/** Stores account changes on disk, then applies them to `accounts`. Resolves to `false` when they could not be stored. */
export async function storeAccounts(
  data: Pick<DataFolder, "answer">,
  accounts: Pick<AccountStore, "apply">,
  changes: readonly AccountChange[],
): Promise<boolean> {
  const answer = await data.answer({ kind: "save-accounts", changes });
  if (!("saved" in answer && answer.saved)) return false;
  for (const change of changes) accounts.apply(change);
  return true;
}

/** Owns the files of a data folder, and whether they are synced and saved. */
class OpenDataFolder implements DataFolder {
  readonly restored: Restored;
  readonly accountRecords: AccountRecords;
  readonly reports: readonly string[];
  readonly snapshotPath: string;
  readonly #files: OpenedFiles;
  readonly #passwords: PasswordQueue;
  readonly #hasHistory: boolean;
  readonly #waitAfterRefusal: () => Promise<void>;
  readonly #lock: FolderLock;
  readonly #turns: StoredTurns;
  /** Whether another server's log lies in the folder, to be removed when everything is saved. */
  #hasOldLog: boolean;
  #appendedCount = 0;
  #appendFailures = 0;
  /** How much of `#appendedCount` a sync has covered. */
  #syncedCount = 0;
  /** Conversations that were unreachable when the last snapshot was taken. */
  #unreachable: ReadonlySet<ConversationId>;
  /** Whether the last snapshot was written: nothing older than a minute is needed to know the rooms. */
  #isSaved: boolean;
  /** Whether something has happened that rooms.json doesn't hold. */
  #isStale: boolean;
  /** Saves until people.journal has nothing that was deleted: its lines stay for one save longer than they are needed. */
  #erasure: { readonly saves: number };

  constructor(path: string, files: OpenedFiles, options: DataFolderOptions, lock: FolderLock) {
    this.snapshotPath = join(path, "rooms.json");
    this.#files = files;
    this.restored = files.restored;
    this.#unreachable = new Set(files.unreachable);
    this.#hasOldLog = files.hasOldLog;
    this.#isStale = files.restored.later.length > 0 || files.hasOldLog;
    this.#isSaved = !this.#isStale;
    this.#erasure = { saves: files.restored.people.length > 0 ? SAVES_TO_ERASE : 0 };
    this.accountRecords = files.accountRecords;
    this.reports = files.reports;
    this.#hasHistory = options.history;
    this.#waitAfterRefusal =
      options.waitAfterRefusal ??
      (() => new Promise((resolve) => setTimeout(resolve, WAIT_AFTER_REFUSAL_MS)));
    this.#passwords = new PasswordQueue(options.passwordCost === "test" ? { cost: TEST_COST } : {});
    this.#lock = lock;
    this.#turns = new StoredTurns({
      appendLine: (change) =>
        change.kind === "event" ? this.append(change.event) : this.appendPerson(change.change),
      storeAccounts: (changes) => files.users.store(changes),
    });
  }

  get numbers(): JournalNumbers {
    const { people, users } = this.#files;
    return { people: people.lastNumber, accounts: users.lastNumber };
  }

  store(changes: readonly TurnChange[]): Promise<void> {
    return this.#turns.store(changes);
  }

  get isFailing(): boolean {
    return this.#turns.isFailing;
  }

  get hasPending(): boolean {
    return this.#turns.hasPending;
  }

  get isDirty(): boolean {
    return this.#syncedCount < this.#appendedCount;
  }

  append(event: RoomEvent): boolean {
    this.#isStale = true;
    if (!this.#hasHistory) return true;
    this.#appendedCount += 1;
    return this.#counted(this.#files.log.append(event));
  }

  appendPerson(change: PersonChange): boolean {
    this.#isStale = true;
    // Nearly every other change takes something back, or replaces it.
    if (change.kind !== "marked") this.#erasure = { saves: SAVES_TO_ERASE };
    this.#appendedCount += 1;
    const isStored = this.#files.people.append(change);
    if (isStored && change.kind === "audited") this.#files.audit.append(change);
    return this.#counted(isStored);
  }

  get facts(): FolderFacts {
    const folder = dirname(this.snapshotPath);
    return {
      ...{ disk: diskSpace(folder), backupAt: backupTime(folder) },
      ...{ passwordsWaiting: this.#passwords.waiting, appendFailures: this.#appendFailures },
    };
  }

  #counted(isStored: boolean): boolean {
    if (!isStored) this.#appendFailures += 1;
    return isStored;
  }

  async answer(query: DiskQuery): Promise<QueryAnswers[DiskQuery["kind"]]> {
    const { users, log } = this.#files;
    switch (query.kind) {
      case "hash-password":
        return { hash: await this.#passwords.hash(query.password, query.place) };
      case "verify-password":
        return { ok: await this.#verify(query) };
      case "save-accounts":
        return { saved: await users.store(query.changes) };
      case "history": {
        const read = nothingRead();
        return { events: await log.page(query.conversation, query.request, read), read };
      }
      case "search":
        return log.search(query.request, query.isWanted);
      case "rewrite": {
        const read = nothingRead();
        return { done: await log.rewrite(query.event, read), read };
      }
      case "authored-lines": {
        const read = nothingRead();
        return { lines: await log.findAuthored(query.conversation, query.who, read), read };
      }
      case "erase-unreachable": {
        const read = nothingRead();
        return { ...(await log.eraseUnreachable(query.who, query.except, read)), read };
      }
      case "audit":
        return { entries: this.#files.audit.newest(query.limit) };
      case "disk-usage":
        return { bytes: await usageByConversation(dirname(this.snapshotPath)) };
    }
  }

  #verify(query: Extract<DiskQuery, { kind: "verify-password" }>): Promise<boolean | null> {
    const { password, hash, form, place } = query;
    return this.#passwords.verify(password, hash, form, place);
  }

  async sync(): Promise<boolean> {
    this.#turns.retry();
    const isComplete = !this.#turns.isFailing;
    const count = this.#appendedCount;
    const { log, people, audit } = this.#files;
    const areSafe = await Promise.all([log.sync(), people.sync(), audit.sync()]);
    if (!isComplete || !areSafe.every(Boolean)) return false;
    this.#syncedCount = Math.max(this.#syncedCount, count);
    return true;
  }

  async syncUntilSafe(): Promise<void> {
    while (!(await this.sync())) await this.#waitAfterRefusal();
  }

  async save(takeSnapshot: () => SnapshotSource): Promise<void> {
    const { users, people, audit, log } = this.#files;
    await users.eraseDeleted();
    if (log.pendingRewrites > 0) await this.#finishRewrites();
    this.#turns.retry();
    // The snapshot has what waits, and a start would take the lines for lost: the log alone still has them.
    if (this.#turns.isFailing) return;
    // A start looks for pending rewrites only behind the snapshot's positions. So all of them must be carried out first:
    // those from before, and those that come while the snapshot is written, some of them before its own positions.
    if ((!this.#isStale && this.#erasure.saves === 0) || log.pendingRewrites > 0) return;
    this.#isStale = false;
    const erasure = this.#erasure;
    const [mark, withFiles] = [people.mark(), log.knownConversations];
    try {
      const isWanted = () => log.finishRewrites();
      const source = takeSnapshot();
      const unreachable = await writeSnapshot(
        this.snapshotPath,
        source,
        mark.number,
        withFiles,
        isWanted,
      );
      if (unreachable === null) {
        this.#isStale = true;
        return;
      }
      // The journal carries acts until the audit file has them for good.
      if (await audit.sync()) {
        await people.fold(mark);
        // Nothing else was deleted meanwhile.
        if (this.#erasure === erasure) this.#erasure = { saves: Math.max(0, erasure.saves - 1) };
      }
      // One snapshot later: a copy of the folder made meanwhile may have the previous one, which needs their files.
      await log.archive([...unreachable].filter((id) => this.#unreachable.has(id)));
      this.#unreachable = unreachable;
      this.#isSaved = true;
      if (this.#hasOldLog && (await this.sync())) await this.#removeOldLog();
    } catch (error) {
      this.#isStale = true;
      this.#isSaved = false;
      throw error;
    }
  }

  /** Rejects with file-system errors. */
  async #removeOldLog(): Promise<void> {
    const path = recordLogPath(dirname(this.snapshotPath));
    await rm(path, { force: true });
    await syncFolder(dirname(path));
    this.#hasOldLog = false;
  }

  /** Carries out what a crash has left. A sync begins it, and comes only when something happens on the server. */
  async #finishRewrites(): Promise<void> {
    await this.sync();
    await this.#files.log.finishRewrites();
  }

  async saveAll(takeSnapshot: () => SnapshotSource): Promise<boolean> {
    await this.#finishRewrites();
    this.#isStale = true;
    await this.save(takeSnapshot);
    return !this.#isStale;
  }

  async prune(retention: Retention): Promise<void> {
    const { log } = this.#files;
    if (this.#isSaved && log.pendingRewrites === 0) await log.prune(retention);
  }

  async close(): Promise<void> {
    const { users, people, audit, log } = this.#files;
    await Promise.all([users.close(), people.close(), audit.close(), log.close()]);
    this.#lock.release();
  }
}
