import { createHash } from "node:crypto";
import type { FileFetcher } from "./file-fetcher.ts";
import { decodeListing } from "./folder-listing.ts";
import type { TransferAnswer } from "./transfer-message.ts";
import type { FolderListing, PartialFile } from "./transfer-ports.ts";
import type { TransferReader } from "./transfer-reader.ts";

const ASK_MS = 500;
/** While files are fetched: the leader hears that its listing is still needed, and another leader that it has none. */
const REMIND_MS = 10_000;
/** No answer that this node can read for so long, but some that it can't. */
const MISFIT_MS = 5000;
/** A listing that fails is asked for again so often: a folder may be changed while it is listed. */
const FAILURES_MAX = 3;

type Listed = Extract<TransferAnswer, { kind: "listed" }>;
type Listing = Pick<FolderListing, "files" | "sequence">;

/** Asks the leader for listings of its folder, one after the other. */
export class ListingRequest {
  readonly #reader: TransferReader;
  readonly #fetcher: FileFetcher;
  readonly #ends: (() => void)[];
  #round = 0;
  #wrong: readonly string[] = [];
  #listed: Listed | null = null;
  /** The hash of the listing that is being worked through. */
  #current: string | null = null;
  #failures = 0;
  #failure: string | null = null;
  #onListed: () => void = () => {};
  #onProgress: (files: number) => void = () => {};
  #cancelAsk: (() => void) | null = null;

  constructor(reader: TransferReader, fetcher: FileFetcher) {
    this.#reader = reader;
    this.#fetcher = fetcher;
    this.#ends = [
      reader.listen(({ answer }) => this.#hear(answer)),
      reader.onReconnected(() => this.#ask()),
    ];
  }

  /** Whether the leader that made the current listing still has it, as far as this node has heard. */
  get isCurrent(): boolean {
    return this.#listed === null || this.#listed.hash === this.#current;
  }

  /**
   * Fetches a new listing. Resolves to a sentence for the owner when that can't be used.
   *
   * @param wrong hashes that the last listing had wrong
   * @param onProgress called with how many files the leader has listed
   */
  async next(
    wrong: readonly string[],
    isFileName: (path: string) => boolean,
    onProgress: (files: number) => void,
  ): Promise<Listing | { readonly refused: string }> {
    this.#wrong = wrong;
    this.#onProgress = onProgress;
    for (;;) {
      this.#round += 1;
      this.#listed = null;
      this.#current = null;
      const listed = await this.#waitForListed();
      if ("refused" in listed) return listed;
      this.#current = listed.hash;
      const content = new ListingContent(listed.hash);
      // "missing": the leader is another one meanwhile.
      if ((await this.#fetcher.fetchContent(listed, content)) !== "done") continue;
      const decoded = decodeListing(content.text, isFileName);
      return "refused" in decoded ? decoded : { ...decoded, sequence: listed.sequence };
    }
  }

  close(): void {
    this.#cancelAsk?.();
    for (const end of this.#ends) end();
  }

  async #waitForListed(): Promise<Listed | { readonly refused: string }> {
    const startedAtMs = this.#reader.clock.elapsed();
    this.#ask();
    for (;;) {
      await new Promise<void>((resolve) => {
        this.#onListed = resolve;
      });
      if (this.#failure !== null) return { refused: this.#failure };
      if (this.#listed !== null) return this.#listed;
      const { misfit } = this.#reader;
      const waitedMs = this.#reader.clock.elapsed() - startedAtMs;
      if (misfit !== null && waitedMs > MISFIT_MS) return { refused: misfit };
    }
  }

  #ask(): void {
    this.#cancelAsk?.();
    if (this.#round === 0) return;
    if (!this.#fetcher.isBusy) {
      this.#reader.ask({ kind: "folder", round: this.#round, wrong: [...this.#wrong] });
    }
    this.#cancelAsk = this.#reader.clock.later(this.#listed === null ? ASK_MS : REMIND_MS, () => {
      this.#ask();
      this.#onListed();
    });
  }

  #hear(answer: TransferAnswer): void {
    if (!("round" in answer) || answer.round !== this.#round) return;
    if (answer.kind === "listed") {
      this.#listed = answer;
      this.#failures = 0;
    } else if (answer.kind === "preparing") {
      this.#onProgress(answer.files);
    } else if (answer.kind === "failed") {
      this.#failures += 1;
      if (this.#failures >= FAILURES_MAX) {
        this.#failure = `The leader can't list its data folder: ${answer.why}`;
      }
    }
    this.#onListed();
  }
}

/** A listing on its way, in memory. */
class ListingContent implements PartialFile {
  readonly #hash: string;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(hash: string) {
    this.#hash = hash;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get text(): string {
    return Buffer.concat(this.#pieces).toString("utf8");
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
  }

  async complete(): Promise<boolean> {
    const hash = createHash("sha256");
    for (const piece of this.#pieces) hash.update(piece);
    if (hash.digest("hex") === this.#hash) return true;
    this.#pieces = [];
    this.#bytes = 0;
    return false;
  }

  async close(): Promise<void> {}
}
