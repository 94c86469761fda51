import type { FrameBus } from "../../cluster/engine.ts";
import type { Seal } from "../../cluster/seal.ts";
import { FileFetcher } from "../../cluster/transfer/file-fetcher.ts";
import { othersSubject } from "../../cluster/transfer/transfer-message.ts";
import type { PartialFile, TransferClock } from "../../cluster/transfer/transfer-ports.ts";
import { TransferReader } from "../../cluster/transfer/transfer-reader.ts";

/** Who gets nothing for so long stops asking: nobody has it, or nobody leads. */
const STALL_MS = 15_000;
const STALL_CHECK_MS = 5000;

/** What {@link CopyFetcher} needs of its node. */
export interface CopyFetcherOptions {
  readonly bus: FrameBus;
  /** The cluster's name. */
  readonly cluster: string;
  readonly seal: Seal;
  readonly clock: TransferClock;
  /** Returns 16 letters of a-z and 2-7, by chance. */
  newReader(): string;
}

/** Several fetches that share a window, and one of the leader's places. */
interface Fetching {
  readonly fetcher: FileFetcher;
  users: number;
  cameAtMs: number;
  close(): void;
}

/** Fetches files from the node that leads, or from the others. While nothing is fetched, it takes nobody's place. */
export class CopyFetcher {
  readonly #options: CopyFetcherOptions;
  #asksOthers = false;
  #fetching: Fetching | null = null;

  constructor(options: CopyFetcherOptions) {
    this.#options = options;
  }

  /** This node leads from now on: it asks the others. */
  askOthers(): void {
    this.close();
    this.#asksOthers = true;
  }

  /** Fetches a content. Resolves to whether it came. Rejects with the target's errors. */
  async fetchFile(name: string, size: number, target: PartialFile): Promise<boolean> {
    const { clock } = this.#options;
    const fetching = this.#fetching ?? this.#begin();
    fetching.users += 1;
    fetching.cameAtMs = clock.elapsed();
    const came = (): void => {
      fetching.cameAtMs = clock.elapsed();
    };
    try {
      const outcome = await fetching.fetcher.fetchContent({ hash: name, size }, target, came);
      return outcome === "done";
    } finally {
      fetching.users -= 1;
      if (fetching.users === 0) fetching.close();
    }
  }

  /** Ends what is under way, as if nobody had it. */
  close(): void {
    this.#fetching?.close();
  }

  #begin(): Fetching {
    const { bus, cluster, seal, clock, newReader } = this.#options;
    const asks = this.#asksOthers ? { asks: othersSubject(cluster) } : {};
    const reader = new TransferReader(bus, { cluster, seal, clock, reader: newReader(), ...asks });
    const fetcher = new FileFetcher(reader);
    const endChecks = repeat(clock, STALL_CHECK_MS, () => {
      if (clock.elapsed() - fetching.cameAtMs > STALL_MS) fetching.close();
    });
    const fetching: Fetching = {
      ...{ fetcher, users: 0, cameAtMs: clock.elapsed() },
      close: () => {
        if (this.#fetching !== fetching) return;
        this.#fetching = null;
        endChecks();
        fetcher.close();
        reader.close();
      },
    };
    this.#fetching = fetching;
    return fetching;
  }
}

/** Calls a function every `ms`. Returns what ends it. */
export function repeat(clock: TransferClock, ms: number, run: () => void): () => void {
  let cancel: () => void = () => {};
  const again = (): void => {
    cancel = clock.later(ms, () => {
      again();
      run();
    });
  };
  again();
  return () => cancel();
}
