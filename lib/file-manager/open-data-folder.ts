import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ConversationId, RoomEvent } from "../chat-server/event.ts";
import type { Retention } from "../chat-server/history/retention.ts";
import type {
  DiskQuery,
  PersonChange,
  QueryAnswers,
  Restored,
} from "../chat-server/server-ports.ts";
import type { SnapshotSource } from "../chat-server/snapshot/snapshot.ts";
import type { JournalNumbers } from "../cluster/log/record.ts";
import type { TurnChange } from "../cluster/log/turn-recorder.ts";
import type { AccountRecords } from "../member-server/account.ts";
import { PasswordQueue, TEST_COST } from "./accounts/password-queue.ts";
import type { DataFolder, DataFolderOptions, FolderFacts } from "./data-folder.ts";
import type { FolderLock } from "./disk/lock.ts";
import { syncFolder } from "./disk/replace-file.ts";
import { backupTime, diskSpace, usageByConversation } from "./folder-facts.ts";
import { nothingRead } from "./history/history-rewriter.ts";
import type { OpenedFiles } from "./open-files.ts";
import { recordLogPath } from "./record-log/record-file.ts";
import { hasRecordLogReaders } from "./record-log/record-readers.ts";
import { SaveGate } from "./save-gate.ts";
import { writeSnapshot } from "./snapshot/snapshot-file.ts";
import { StoredTurns } from "./stored-turns.ts";

/** Each save holds all that came before it, and the second one removes it from the journal. */
const SAVES_TO_ERASE = 2;
/** The delay between a failed sync and the next one. */
const WAIT_AFTER_REFUSAL_MS = 500;

/** Owns the files of a data folder, and whether they are synced and saved. */
export class OpenDataFolder implements DataFolder {
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
  readonly #saves: SaveGate;
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
  /** How many files it lists. */
  #fileCount: number;
  /** Saves until people.journal has nothing that was deleted: its lines stay for one save longer than they are needed. */
  #erasure: { readonly saves: number };

  constructor(path: string, files: OpenedFiles, options: DataFolderOptions, lock: FolderLock) {
    this.snapshotPath = join(path, "rooms.json");
    this.#files = files;
    this.restored = files.restored;
    this.#unreachable = new Set(files.unreachable);
    this.#hasOldLog = files.hasOldLog;
    this.#isStale = files.restored.later.length > 0 || files.hasOldLog || files.isFollowed;
    this.#isSaved = !this.#isStale;
    this.#fileCount = files.restored.snapshot.files?.length ?? 0;
    this.#erasure = {
      saves: files.restored.people.length > 0 || files.isFollowed ? SAVES_TO_ERASE : 0,
    };
    this.accountRecords = files.accountRecords;
    this.reports = files.reports;
    this.#hasHistory = options.history;
    this.#waitAfterRefusal =
      options.waitAfterRefusal ??
      (() => new Promise((resolve) => setTimeout(resolve, WAIT_AFTER_REFUSAL_MS)));
    this.#passwords = new PasswordQueue(options.passwordCost === "test" ? { cost: TEST_COST } : {});
    this.#lock = lock;
    this.#saves = new SaveGate(() => hasRecordLogReaders(path));
    this.#turns = new StoredTurns({
      appendLine: (change) =>
        change.kind === "event"
          ? this.append(change.event, change.line)
          : this.appendPerson(change.change),
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

  hasEvent({ conversation, position }: Pick<RoomEvent, "conversation" | "position">): boolean {
    if (!this.#hasHistory) return false;
    const { log } = this.#files;
    try {
      return log.isArchived(conversation) || position <= log.positionOf(conversation);
    } catch {
      // The append will say why.
      return false;
    }
  }

  append(event: RoomEvent, line?: string): boolean {
    this.#isStale = true;
    if (!this.#hasHistory) return true;
    this.#appendedCount += 1;
    return this.#counted(this.#files.log.append(event, line));
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
        const { conversation, who, pinned } = query;
        return { lines: await log.findAuthored(conversation, who, pinned, read), read };
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
    const retried = this.#turns.retry();
    const count = this.#appendedCount;
    const { log, people, audit } = this.#files;
    const areSafe = await Promise.all([log.sync(), people.sync(), audit.sync()]);
    await retried;
    if (this.#turns.isFailing || !areSafe.every(Boolean)) return false;
    this.#syncedCount = Math.max(this.#syncedCount, count);
    return true;
  }

  async syncUntilSafe(): Promise<void> {
    while (!(await this.sync())) await this.#waitAfterRefusal();
  }

  save(takeSnapshot: () => SnapshotSource, stored?: () => Promise<void>): Promise<void> {
    return this.#saves.run(() => this.#save(takeSnapshot, stored));
  }

  async quiet(): Promise<void> {
    await Promise.all([this.#saves.hold(), this.#files.users.holdFolds()]);
  }

  goOn(): void {
    this.#saves.release();
    this.#files.users.releaseFolds();
  }

  async #save(takeSnapshot: () => SnapshotSource, stored?: () => Promise<void>): Promise<void> {
    const { users, people, audit, log } = this.#files;
    await users.eraseDeleted();
    if (log.pendingRewrites > 0) await this.#finishRewrites();
    await this.#turns.retry();
    // The snapshot has what waits, and a start would take the lines for lost: the log alone still has them.
    if (this.#turns.isFailing) return;
    // A start looks for pending rewrites only behind the snapshot's positions. So all of them must be carried out first:
    // those from before, and those that come while the snapshot is written, some of them before its own positions.
    if (log.pendingRewrites > 0) return;
    const source = takeSnapshot();
    const { fileCount = this.#fileCount } = source;
    if (!this.#isStale && this.#erasure.saves === 0 && fileCount === this.#fileCount) return;
    this.#isStale = false;
    const erasure = this.#erasure;
    const [mark, withFiles] = [people.mark(), log.knownConversations];
    try {
      const isWanted = async (): Promise<boolean> => {
        // Otherwise a start would miss what only the snapshot has.
        await stored?.();
        return log.finishRewrites();
      };
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
      this.#fileCount = fileCount;
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

  prune(retention: Retention): Promise<void> {
    const { log } = this.#files;
    return this.#saves.run(async () => {
      if (this.#isSaved && log.pendingRewrites === 0) await log.prune(retention);
    });
  }

  async close(): Promise<void> {
    const { users, people, audit, log } = this.#files;
    await Promise.all([users.close(), people.close(), audit.close(), log.close()]);
    this.#lock.release();
  }
}
