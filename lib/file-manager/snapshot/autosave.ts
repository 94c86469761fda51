import type { Retention } from "../../chat-server/history/retention.ts";
import type { SnapshotSource } from "../../chat-server/snapshot/snapshot.ts";
import type { DataFolder } from "../data-folder.ts";
import { DiskFailures } from "../disk/disk-failures.ts";

/** rooms.json is written this often at most; later events are replayed from the histories. */
const SAVE_EVERY_MS = 60_000;

/** Days beyond the retention are deleted once an hour, after this many saves. */
const SAVES_PER_PRUNE = 60;

export interface AutosaveOptions {
  /** Seconds after which appended events survive a loss of power; "always": the caller syncs before each answer. */
  readonly fsync: number | "always";
  readonly takeSnapshot: () => SnapshotSource;
  /** Drops days beyond the retention from memory, and returns the limits for the files. */
  readonly applyRetention: () => Retention;
  readonly log?: LogCut;
  /** Starts an interval. */
  readonly every: (ms: number, work: () => void) => { stop(): void };
  /** Called with a sentence for the owner's log when something failed. */
  readonly onProblem: (text: string, cause: unknown) => void;
}

/** A log from which is cut what the folder has. */
export interface LogCut {
  /** A snapshot is about to be taken. */
  begin(): void;
  /** Resolves when the log has everything that has happened so far. */
  stored(): Promise<void>;
  /** The snapshot of the last {@link begin} was saved. */
  saved(): Promise<void>;
  /** Nothing will be saved any more. */
  close(): Promise<void>;
}

/** Saves a data folder every minute and at the end, syncs it in between, and deletes old days every hour. */
export class Autosave {
  readonly #data: DataFolder;
  readonly #options: AutosaveOptions;
  readonly #intervals: { stop(): void }[];
  readonly #failures: DiskFailures;
  #saving = Promise.resolve();
  #isSaving = false;
  /** The first prune is soon: a server that never runs for an hour would keep everything. */
  #savesToPrune = 1;

  constructor(data: DataFolder, options: AutosaveOptions) {
    this.#data = data;
    this.#options = options;
    this.#failures = new DiskFailures(options.onProblem);
    this.#intervals = [options.every(SAVE_EVERY_MS, () => void this.#saveAndPrune())];
    if (options.fsync === "always") return;
    const sync = () => void (data.isDirty && data.sync());
    this.#intervals.push(options.every(options.fsync * 1000, sync));
  }

  /** Saves without waiting for the minute to end, unless a save is under way. */
  saveSoon(): void {
    if (!this.#isSaving) void this.#save();
  }

  /** Saves everything for the last time, and closes the data folder. */
  async close(): Promise<void> {
    const saved = this.#save();
    await this.release(saved);
  }

  /** Closes the data folder as it is: another process goes on with its log. */
  async release(saved = this.#saving): Promise<void> {
    for (const interval of this.#intervals) interval.stop();
    await saved;
    await this.#options.log?.close();
    await this.#data.close();
  }

  /** Deletes days right after a save, when the snapshot no longer needs them. Never rejects. */
  async #saveAndPrune(): Promise<void> {
    this.#savesToPrune -= 1;
    const isPruneDue = this.#savesToPrune <= 0;
    if (isPruneDue) this.#savesToPrune = SAVES_PER_PRUNE;
    await this.#save();
    if (isPruneDue) await this.#data.prune(this.#options.applyRetention());
  }

  /** Saves one after another. Never rejects. */
  #save(): Promise<void> {
    const { log, takeSnapshot } = this.#options;
    this.#saving = this.#saving
      .then(() => {
        this.#isSaving = true;
        log?.begin();
        return this.#data.save(takeSnapshot, log && (() => log.stored()));
      })
      .then(() => log?.saved())
      .then(() => this.#failures.succeeded())
      .catch((error) => {
        this.#failures.failed(`${this.#data.snapshotPath} cannot be written`, error);
      })
      .then(() => {
        this.#isSaving = false;
      });
    return this.#saving;
  }
}
