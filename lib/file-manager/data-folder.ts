import type { RoomEvent } from "../chat-server/event.ts";
import type { Retention } from "../chat-server/history/retention.ts";
import type { ProcessFacts } from "../chat-server/process-ports.ts";
import type {
  DiskQuery,
  PersonChange,
  QueryAnswers,
  Restored,
} from "../chat-server/server-ports.ts";
import type { SnapshotSource } from "../chat-server/snapshot/snapshot.ts";
import type { JournalNumbers } from "../cluster/log/record.ts";
import type { TurnChange } from "../cluster/log/turn-recorder.ts";
import type { AccountChange, AccountRecords } from "../member-server/account.ts";
import type { AccountStore } from "../member-server/account-store.ts";
import type { PasswordCost } from "../member-server/sign-up.ts";
import { stateProblem } from "./check-folder.ts";
import type { Disk } from "./disk/disk.ts";
import { type FolderLock, lockFolder } from "./disk/lock.ts";
import { OpenDataFolder } from "./open-data-folder.ts";
import { openFiles } from "./open-files.ts";
import type { LoggedChanges } from "./record-log/logged-changes.ts";
import { upgradeFolder } from "./upgrade.ts";

/** How {@link openDataFolder} opens a folder. */
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

/** What a data folder tells of its process. */
export type FolderFacts = Pick<
  ProcessFacts,
  "disk" | "backupAt" | "passwordsWaiting" | "appendFailures"
>;

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
  /** Whether the files have an event, also one of a conversation that has ended. */
  hasEvent(event: Pick<RoomEvent, "conversation" | "position">): boolean;
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
  /**
   * Resolves when no save, fold or removal of days is under way, and keeps new ones from starting until {@link goOn}, for
   * a process that reads the folder. They also wait while one reads the log of records.
   */
  quiet(): Promise<void>;
  /** Lets saves, folds and removals go on after {@link quiet}. */
  goOn(): void;
  /** Where rooms.json lies. */
  readonly snapshotPath: string;
  /**
   * Replaces rooms.json by a snapshot; or does nothing, while somebody reads the folder or the disk refuses what is in the
   * log. Calls must not overlap. Rejects with file-system errors.
   *
   * @param stored resolves when what the snapshot has is stored elsewhere, too; left out where that is so at once
   */
  save(takeSnapshot: () => SnapshotSource, stored?: () => Promise<void>): Promise<void>;
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
