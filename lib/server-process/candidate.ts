import type { Server } from "../chat-server/server.ts";
import type { Restored } from "../chat-server/server-ports.ts";
import type { StoredChange } from "../chat-server/takeover/follow.ts";
import type { RecordedPart } from "../cluster/log/record.ts";
import type { SoftParts } from "../cluster/log/soft-parts.ts";
import { followLeader, type LeaderBeside } from "../cluster/supervisor/candidate-connection.ts";
import type { DataFolder, DataFolderOptions } from "../file-manager/data-folder.ts";
import { type FolderLock, lockFolder } from "../file-manager/disk/lock.ts";
import { type FolderReader, openFolderReader } from "../file-manager/folder-reader.ts";
import { readLocalLog } from "../file-manager/record-log/local-log.ts";
import { LoggedChangesReader } from "../file-manager/record-log/logged-changes.ts";
import { recordLogPath } from "../file-manager/record-log/record-file.ts";
import type { ReadRecords } from "../file-manager/record-log/record-index.ts";
import type { RecordLogReader } from "../file-manager/record-log/record-readers.ts";
import type { AccountRecords } from "../member-server/account.ts";
import { UnreadableRecord } from "../protocol/unreadable-record.ts";
import type { Log } from "../settings/log.ts";
import { VERSION } from "../settings/settings-help.ts";

/** How long the lock may be another process's that has ended, or is about to. */
const LOCK_TRIES = 100;
const LOCK_RETRY_MS = 20;
/** What the leader has written meanwhile is followed so often, at most, before it is asked for its place. */
const ROUNDS_MAX = 10;

/** What {@link Candidate.begin} needs of its process. */
export interface CandidateOptions {
  /** The socket of the process that leads. */
  readonly socket: string;
  /** Path of the data folder. */
  readonly data: string;
  readonly folder: DataFolderOptions;
  /** Follows the log. */
  readonly soft: SoftParts;
  readonly note: Log;
  /** Opens the log for writing: it ends with what was followed, which is `read`. */
  openLog(lock: FolderLock, read: ReadRecords): { readonly refused: string } | null;
}

/** A process that is to take the leader's place. It reads the data folder beside it, and follows its log. */
export class Candidate {
  readonly restored: Restored;
  readonly accountRecords: AccountRecords;
  readonly reports: readonly string[];
  readonly #options: CandidateOptions;
  readonly #leader: LeaderBeside;
  /** Keeps the log from being cut. */
  readonly #mark: RecordLogReader;
  readonly #folder: FolderReader;
  readonly #log: LoggedChangesReader;
  #hasFollowed = false;

  private constructor(
    options: CandidateOptions,
    leader: LeaderBeside,
    mark: RecordLogReader,
    folder: FolderReader,
    log: LoggedChangesReader,
  ) {
    this.#options = options;
    this.#leader = leader;
    this.#mark = mark;
    this.#folder = folder;
    this.#log = log;
    this.restored = folder.restored;
    this.accountRecords = folder.accountRecords;
    this.reports = folder.reports;
  }

  /** Reads the folder, as soon as the leader permits it. Resolves to a sentence when that can't be. */
  static async begin(options: CandidateOptions): Promise<Candidate | { readonly refused: string }> {
    const { socket, data, folder: folderOptions, note } = options;
    const leader = await followLeader(socket, {
      version: VERSION,
      failed(why) {
        // Its supervisor ends this process, and starts a leader anew.
        if (why === null) return;
        note("error", `this process does not take over: ${why}`);
        process.exit(1);
      },
    });
    if ("refused" in leader) return leader;
    const marked = readLocalLog(data, folderOptions.onProblem);
    if ("refused" in marked) return marked;
    const folder = openFolderReader(data, folderOptions);
    if ("refused" in folder) return folder;
    const log = LoggedChangesReader.open(recordLogPath(data));
    if (log === null) return { refused: `${recordLogPath(data)} is missing.` };
    return new Candidate(options, leader, marked.reader, folder, log);
  }

  /**
   * Takes the leader's place: it ends, and this process has the data folder. Resolves to a sentence when the folder can't be
   * taken over.
   */
  async takePlace(server: Server): Promise<DataFolder | { readonly refused: string }> {
    try {
      return await this.#takePlace(server);
    } catch (error) {
      // The leader goes on, if it wasn't asked for its place yet.
      if (error instanceof UnreadableRecord) return { refused: error.message };
      throw error;
    }
  }

  async #takePlace({ takeover }: Server): Promise<DataFolder | { readonly refused: string }> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) if (this.#follow(takeover) === 0) break;
    await this.#leader.take();
    const lock = await this.#lock();
    if ("refused" in lock) return lock;
    this.#follow(takeover);
    this.#log.close();
    this.#mark.close();
    const refusal = this.#options.openLog(lock, this.#log.read);
    if (refusal === null) return this.#folder.promote(lock);
    lock.release();
    return refusal;
  }

  /** Follows what the log has got since the last call. Returns how many records that were. */
  #follow(takeover: Server["takeover"]): number {
    const { soft } = this.#options;
    const changes: StoredChange[] = [];
    const news: RecordedPart[] = [];
    let count = 0;
    for (const record of this.#log.records()) {
      if (record.kind !== "turn") continue;
      count += 1;
      soft.follow(record);
      changes.push(...this.#folder.follow(record.changes));
      if (this.#hasFollowed) news.push(...record.parts);
    }
    // At first the newest parts are enough: what the folder has is of now.
    const parts = this.#hasFollowed
      ? news.flatMap((part) => soft.serverPart(part))
      : soft.serverParts;
    this.#hasFollowed = true;
    takeover.follow({ changes, parts, upMs: soft.upMs });
    return count;
  }

  async #lock(): Promise<FolderLock | { readonly refused: string }> {
    const { data } = this.#options;
    for (let tries = 1; ; tries += 1) {
      const locked = await lockFolder(data);
      if ("lock" in locked) return locked.lock;
      if ("refused" in locked) return locked;
      if (tries === LOCK_TRIES) {
        return { refused: `Process ${locked.heldBy} still uses the data folder ${data}.` };
      }
      await Bun.sleep(LOCK_RETRY_MS);
    }
  }
}
