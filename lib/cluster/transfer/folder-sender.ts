import { createHash } from "node:crypto";
import type { FrameBus } from "../engine.ts";
import type { Seal } from "../seal.ts";
import { FileSender, type ReadContent } from "./file-sender.ts";
import { encodeListing } from "./folder-listing.ts";
import type { TransferRequest } from "./transfer-message.ts";
import type {
  FolderListing,
  ListingProgress,
  SentFolder,
  TransferClock,
} from "./transfer-ports.ts";

const READERS_MAX = 4;
/** Between two pieces of a listing's text. */
const REST_MS = 1;

export interface FolderSenderOptions {
  /** The cluster's name. */
  readonly cluster: string;
  readonly seal: Seal;
  readonly clock: TransferClock;
  readonly folder: SentFolder;
  /** Returns the log's sequence up to which everything is in the folder's files. */
  readonly sequence: () => number;
  /** Reads other contents that readers may fetch by their hashes; see {@link ReadContent}. */
  readonly readOther?: ReadContent;
  readonly readersMax?: number;
  /** See {@link FileSenderOptions.onMisfit}. */
  readonly onMisfit?: (why: string) => void;
}

type FolderRequest = Extract<TransferRequest, { kind: "folder" }>;

/** The listing that a reader asked for last. */
interface Listed {
  readonly round: number;
  progress: ListingProgress;
  listing: FolderListing | null;
  /** The text of the listing, a content like the files. */
  content: { readonly hash: string; readonly bytes: Buffer } | null;
  failure: string | null;
}

/**
 * Sends the leader's data folder to nodes that join, while people talk. Attach one to the bus when a node begins to lead,
 * and close it when it no longer does.
 *
 * @example
 * const sender = new FolderSender(engine, { cluster, seal, clock, folder, sequence: () => stored });
 */
export class FolderSender {
  readonly #options: FolderSenderOptions;
  readonly #sender: FileSender;
  readonly #listed = new Map<string, Listed>();
  /** Listings are made one at a time. */
  #lastMaking: Promise<void> = Promise.resolve();

  constructor(bus: FrameBus, options: FolderSenderOptions) {
    this.#options = options;
    const { cluster, seal, clock, readersMax = READERS_MAX } = options;
    this.#sender = new FileSender(bus, {
      ...{ cluster, seal, clock, readersMax },
      read: (...request) => this.#read(...request),
      onRequest: (reader, request) => {
        if (request.kind === "folder") this.#list(reader, request);
      },
      onEnd: (reader) => this.#forget(reader),
      onMisfit: (why) => options.onMisfit?.(why),
    });
  }

  /** How many nodes are being served. */
  get readers(): number {
    return this.#sender.readers.length;
  }

  close(): void {
    this.#sender.close();
  }

  /** Answers how far the reader's listing is, and begins it when its round is new. */
  #list(reader: string, { round, wrong }: FolderRequest): void {
    const earlier = this.#listed.get(reader);
    // A late copy of a request of an earlier round changes nothing.
    if (earlier !== undefined && round < earlier.round) return;
    if (earlier?.round === round) return this.#report(reader, earlier);
    this.#forget(reader);
    const listed: Listed = {
      ...{ round, progress: { files: 0, bytes: 0 }, listing: null, content: null, failure: null },
    };
    this.#listed.set(reader, listed);
    this.#report(reader, listed);
    this.#lastMaking = this.#lastMaking.then(() => this.#make(reader, listed, wrong));
  }

  #report(reader: string, listed: Listed): void {
    const { round, listing, content, failure, progress } = listed;
    if (failure !== null) {
      this.#sender.answer(reader, { kind: "failed", round, why: failure });
      // Asked again, it is tried again.
      this.#forget(reader);
    } else if (listing === null || content === null) {
      this.#sender.answer(reader, { kind: "preparing", round, ...progress });
    } else {
      const { sequence } = listing;
      const [hash, size] = [content.hash, content.bytes.length];
      this.#sender.answer(reader, { kind: "listed", round, sequence, hash, size });
    }
  }

  async #make(reader: string, listed: Listed, wrong: readonly string[]): Promise<void> {
    const isWanted = (): boolean => this.#listed.get(reader) === listed;
    if (!isWanted()) return;
    const { folder, sequence } = this.#options;
    const listing = await folder.list(sequence, wrong, (progress) => {
      listed.progress = progress;
    });
    if ("failed" in listing) listed.failure = listing.failed;
    else if (isWanted()) {
      listed.listing = listing;
      listed.content = await this.#textOf(listing);
    } else listing.close();
    if (isWanted()) this.#report(reader, listed);
  }

  async #textOf({ files }: FolderListing): Promise<Listed["content"]> {
    const hash = createHash("sha256");
    const pieces: Buffer[] = [];
    for (const text of encodeListing(files)) {
      const piece = Buffer.from(text);
      hash.update(piece);
      pieces.push(piece);
      await new Promise<void>((resolve) => void this.#options.clock.later(REST_MS, resolve));
    }
    return { hash: hash.digest("hex"), bytes: Buffer.concat(pieces) };
  }

  async #read(
    ...[reader, hash, offset, length]: Parameters<ReadContent>
  ): Promise<Uint8Array | null> {
    const listed = this.#listed.get(reader);
    if (listed?.content?.hash === hash) {
      return listed.content.bytes.subarray(offset, offset + length);
    }
    const bytes = await listed?.listing?.read(hash, offset, length);
    return bytes ?? (await this.#options.readOther?.(reader, hash, offset, length)) ?? null;
  }

  #forget(reader: string): void {
    this.#listed.get(reader)?.listing?.close();
    this.#listed.delete(reader);
  }
}
