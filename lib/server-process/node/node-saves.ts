import type { SoftParts } from "../../cluster/log/soft-parts.ts";
import type { DataFolder } from "../../file-manager/data-folder.ts";
import { fsErrorText } from "../../file-manager/disk/fs-errors.ts";
import { writeClusterState } from "../../file-manager/record-log/cluster-state.ts";
import type { LogCut } from "../../file-manager/snapshot/autosave.ts";
import type { Log } from "../../settings/log.ts";

/** What {@link NodeSaves} needs of its node. */
interface NodeSavesOptions {
  /** Path of the data folder. */
  readonly folder: string;
  readonly cluster: string;
  readonly data: DataFolder;
  readonly soft: SoftParts;
  /** Returns the sequence up to which the server has followed or written the log. */
  position(): number;
  /** Resolves when the log has everything that has happened on this node. */
  logged(): Promise<void>;
  /** Resolves when everything up to there is in the folder's files. */
  inFiles(): Promise<void>;
  /** cluster.json names this sequence now. */
  saved(sequence: number): void;
  readonly note: Log;
}

/** Notes with each save of a node's folder up to where it holds the log. */
export class NodeSaves implements LogCut {
  readonly #options: NodeSavesOptions;
  #begunAt = 0;

  constructor(options: NodeSavesOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#begunAt = this.#options.position();
  }

  stored(): Promise<void> {
    return this.#options.logged();
  }

  async saved(): Promise<void> {
    const { folder, cluster, data, soft, inFiles, saved, note } = this.#options;
    const sequence = this.#begunAt;
    await inFiles();
    if (data.hasPending || !(await data.sync())) return;
    try {
      await writeClusterState(folder, { cluster, sequence }, soft);
      saved(sequence);
    } catch (error) {
      note("error", `${folder}/cluster.json cannot be written: ${fsErrorText(error)}.`);
    }
  }

  async close(): Promise<void> {
    this.begin();
    await this.saved();
  }
}
