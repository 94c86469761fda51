import type { Snapshot } from "../chat-server/snapshot.ts";
import type { DataFolder } from "./data-folder.ts";

/** rooms.json is written this often at most; what happened since is replayed from the histories. */
const SAVE_MS = 60_000;

export interface KeeperOptions {
  /** Seconds after which what was kept outlasts a loss of power; "always": somebody else sees to it. */
  readonly fsync: number | "always";
  readonly takeSnapshot: () => Snapshot;
  /** Starts an interval. */
  readonly every: (ms: number, work: () => void) => { stop(): void };
  /** Hears what went wrong, in words for the owner's log. */
  readonly onProblem: (text: string, cause: unknown) => void;
}

/** Sees to it that a data folder is on the disk now and then, and at the end. */
export class Keeper {
  readonly #data: DataFolder;
  readonly #options: KeeperOptions;
  readonly #intervals: { stop(): void }[];
  #saving = Promise.resolve();

  constructor(data: DataFolder, options: KeeperOptions) {
    this.#data = data;
    this.#options = options;
    this.#intervals = [options.every(SAVE_MS, () => void this.#save())];
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

  /** Never rejects; saves one after another. */
  #save(): Promise<void> {
    this.#saving = this.#saving
      .then(() => this.#data.save(this.#options.takeSnapshot))
      .catch((error) => this.#options.onProblem("rooms.json could not be written", error));
    return this.#saving;
  }
}
