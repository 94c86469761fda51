import type { FrameBus } from "../engine.ts";
import { type FetchOutcome, FileFetcher } from "./file-fetcher.ts";
import { ListingRequest } from "./listing-request.ts";
import { WRONG_HASHES_MAX } from "./transfer-message.ts";
import type { FolderListing, JoiningFolder, ListedFile } from "./transfer-ports.ts";
import { type TransferProgress, TransferSpeed, type TransferStage } from "./transfer-progress.ts";
import { type ReaderOptions, TransferReader } from "./transfer-reader.ts";

/** Small files take one answer each: so many of them share the way there and back. */
const FILES_AT_ONCE = 24;
const REPORT_MS = 1000;
/** Between two listings when nothing came by the first one. */
const PAUSE_MS = 2000;

export interface JoinOptions extends ReaderOptions {
  /** Called each second or so. */
  readonly onProgress?: (progress: TransferProgress) => void;
  /**
   * Whether the log still has everything after a sequence. When it doesn't, the folder is listed once more, and what has
   * changed is fetched. Without it, it does.
   */
  readonly canFollow?: (sequence: number) => Promise<boolean>;
  /** How many bytes may be under way. */
  readonly windowBytesMax?: number;
}

/**
 * Fetches the leader's whole data folder: lists it, fetches what the folder doesn't have, and does it again until every
 * file is as the leader lists it. Waits as long as no leader answers. Resolves to the log's sequence up to which everything
 * is in the files, or to a sentence for the owner. After a kill, the next call goes on where it stopped.
 *
 * @example
 * const joined = await joinFolder(engine, opened.folder, { cluster, seal, reader, clock, onProgress });
 * if ("refused" in joined) return joined;
 * engine.follow(joined.sequence, follower);
 */
export async function joinFolder(
  bus: FrameBus,
  folder: JoiningFolder,
  options: JoinOptions,
): Promise<{ readonly sequence: number } | { readonly refused: string }> {
  const join = new FolderJoin(bus, folder, options);
  try {
    return await join.run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // The folder's errors are sentences.
    return { refused: error.message };
  } finally {
    join.close();
  }
}

type Listing = Pick<FolderListing, "files" | "sequence">;

/** What came of working through a listing. */
interface Round {
  /** Whether everything is as it is listed. */
  readonly isWhole: boolean;
  readonly wrong: readonly string[];
  readonly hasNews: boolean;
}

/** One node that joins. */
class FolderJoin {
  readonly #folder: JoiningFolder;
  readonly #options: JoinOptions;
  readonly #reader: TransferReader;
  readonly #fetcher: FileFetcher;
  readonly #listings: ListingRequest;
  #speed = new TransferSpeed();
  #stage: TransferStage = "waiting";
  #files = 0;
  #filesInAll = 0;
  #bytes = 0;
  #bytesInAll = 0;
  /** Bytes that came from the leader. */
  #received = 0;
  /** After a failure, files that are waiting aren't begun. */
  #isStopped = false;
  #cancelReport: (() => void) | null = null;

  constructor(bus: FrameBus, folder: JoiningFolder, options: JoinOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#reader = new TransferReader(bus, options);
    this.#fetcher = new FileFetcher(this.#reader, options.windowBytesMax);
    this.#listings = new ListingRequest(this.#reader, this.#fetcher);
    this.#reportLater();
  }

  async run(): Promise<{ readonly sequence: number } | { readonly refused: string }> {
    let wrong: readonly string[] = [];
    for (;;) {
      const listing = await this.#list(wrong);
      if ("refused" in listing) return listing;
      const fetched = await this.#fetchAll(listing);
      wrong = fetched.wrong;
      const canFollow = async (): Promise<boolean> =>
        (await this.#options.canFollow?.(listing.sequence)) ?? true;
      if (!fetched.isWhole || !(await canFollow())) {
        // A leader whose disk refuses to be read isn't asked over and over.
        if (!fetched.hasNews) await this.#pause();
        continue;
      }
      this.#stage = "finishing";
      this.#report();
      await this.#folder.finish(listing.files);
      return { sequence: listing.sequence };
    }
  }

  close(): void {
    this.#isStopped = true;
    this.#cancelReport?.();
    this.#listings.close();
    this.#fetcher.close();
    this.#reader.close();
  }

  async #list(wrong: readonly string[]): Promise<Listing | { readonly refused: string }> {
    this.#stage = "waiting";
    this.#files = 0;
    this.#filesInAll = 0;
    const listing = await this.#listings.next(
      wrong,
      (path) => this.#folder.isFileName(path),
      (files) => {
        this.#stage = "listing";
        this.#files = files;
      },
    );
    if ("refused" in listing) return listing;
    this.#stage = "fetching";
    this.#speed = new TransferSpeed();
    this.#files = 0;
    this.#filesInAll = listing.files.length;
    this.#bytes = 0;
    this.#bytesInAll = listing.files.reduce((sum, { size }) => sum + size, 0);
    return listing;
  }

  /** Fetches what isn't there yet. */
  async #fetchAll({ files }: Listing): Promise<Round> {
    const receivedBefore = this.#received;
    const wrong: string[] = [];
    let isWhole = true;
    let failure: { readonly error: unknown } | null = null;
    // Those with the same content come one after the other: the second is a copy of the first.
    const groups = [...Map.groupBy(files, ({ hash }) => hash).values()].values();
    const work = async (): Promise<void> => {
      for (const group of groups) {
        for (const file of group) {
          if (this.#isStopped || !this.#listings.isCurrent) {
            isWhole = false;
            return;
          }
          const outcome = await this.#fetchFile(file).catch((error: unknown) => {
            // The other workers end first: they must not touch the folder any more.
            failure ??= { error };
            this.close();
            return "missing" as const;
          });
          if (outcome === "done") continue;
          isWhole = false;
          if (outcome === "wrong" && wrong.length < WRONG_HASHES_MAX) wrong.push(file.hash);
        }
      }
    };
    await Promise.all(Array.from({ length: FILES_AT_ONCE }, work));
    // The cast: TypeScript doesn't see that a worker sets it.
    if (failure !== null) throw (failure as { readonly error: unknown }).error;
    return { isWhole, wrong, hasNews: this.#received > receivedBefore };
  }

  async #fetchFile(file: ListedFile): Promise<FetchOutcome> {
    if (await this.#folder.has(file)) {
      this.#files += 1;
      this.#bytes += file.size;
      return "done";
    }
    const problem = this.#folder.spaceProblem(file.size);
    if (problem !== null) throw new Error(problem);
    const partial = await this.#folder.open(file);
    this.#bytes += partial.bytes;
    let outcome: FetchOutcome | null = null;
    try {
      outcome = await this.#fetcher.fetchContent(file, partial, (bytes) => {
        this.#bytes += bytes;
        this.#received += Math.max(0, bytes);
      });
    } finally {
      if (outcome === "done") this.#files += 1;
      else this.#bytes -= partial.bytes;
      if (outcome !== "done") await partial.close();
    }
    return outcome;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.later(PAUSE_MS, resolve));
  }

  #reportLater(): void {
    this.#cancelReport = this.#options.clock.later(REPORT_MS, () => {
      this.#report();
      this.#reportLater();
    });
  }

  #report(): void {
    if (this.#stage === "fetching") {
      this.#speed.note(this.#options.clock.elapsed(), this.#received);
    }
    const left = this.#bytesInAll - this.#bytes;
    this.#options.onProgress?.({
      stage: this.#stage === "waiting" && this.#fetcher.isBusy ? "busy" : this.#stage,
      ...{ files: this.#files, filesInAll: this.#filesInAll },
      ...{ bytes: this.#bytes, bytesInAll: this.#bytesInAll, msLeft: this.#speed.msFor(left) },
    });
  }
}
