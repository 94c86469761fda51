import type { Retention } from "../../chat-server/history/retention.ts";
import type { SnapshotSource } from "../../chat-server/snapshot/snapshot.ts";
import type { DataFolder } from "../data-folder.ts";

/** rooms.json is written this often at most; what happened since is replayed from the histories. */
const SAVE_MS = 60_000;

/** So many saves, an hour of them, lie between one deleting of what is too old and the next. */
const SAVES_A_PRUNE = 60;

export interface AutosaveOptions {
  /** Seconds after which what was kept outlasts a loss of power; "always": somebody else sees to it. */
  readonly fsync: number | "always";
  readonly takeSnapshot: () => SnapshotSource;
  /** Forgets what has been kept long enough, and says what the files are to forget. */
  readonly applyRetention: () => Retention;
  /** Starts an interval. */
  readonly every: (ms: number, work: () => void) => { stop(): void };
  /** Hears what went wrong, in words for the owner's log. */
  readonly onProblem: (text: string, cause: unknown) => void;
}

/** Sees to it that a data folder is on the disk now and then, and at the end. */
export class Autosave {
  readonly #data: DataFolder;
  readonly #options: AutosaveOptions;
  readonly #intervals: { stop(): void }[];
  #saving = Promise.resolve();
  /** The first is soon: a server that never runs for an hour would keep everything. */
  #savesToPrune = 1;

  constructor(data: DataFolder, options: AutosaveOptions) {
    this.#data = data;
    this.#options = options;
    this.#intervals = [options.every(SAVE_MS, () => void this.#tend())];
    if (options.fsync === "always") return;
    const sync = () => void (data.isDirty && data.sync());
    this.#intervals.push(options.every(options.fsync * 1000, sync));
  }

  /** Saves all for the last time, and gives the folder back. */
  async close(): Promise<void> {
    for (const interval of this.#intervals) interval.stop();
    await this.#save();
    await this.#data.close();
  }

  /** Never rejects. */
  #tend(): Promise<void> {
    this.#savesToPrune -= 1;
    if (this.#savesToPrune > 0) return this.#save();
    this.#savesToPrune = SAVES_A_PRUNE;
    return this.#prune();
  }

  /** Never rejects; saves one after another. */
  #save(): Promise<void> {
    this.#saving = this.#saving
      .then(() => this.#data.save(this.#options.takeSnapshot))
      .catch((error) => this.#options.onProblem("rooms.json could not be written", error));
    return this.#saving;
  }

  /** Right after a save: what a snapshot holds is needed no longer in the histories. Never rejects. */
  async #prune(): Promise<void> {
    await this.#save();
    await this.#data.prune(this.#options.applyRetention());
  }
}
