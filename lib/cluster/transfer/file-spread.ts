import type { AccountId } from "../../protocol/account-id.ts";
import type { FrameBus } from "../engine.ts";
import type { Seal } from "../seal.ts";
import { copiesSubject, type TransferRequest, TransferSeal } from "./transfer-message.ts";
import type { TransferClock } from "./transfer-ports.ts";

/** Between two times that nodes are asked to fetch a file. */
const ASK_MS = 500;
/** Of nodes that say nothing for so long, none takes the file. */
const SILENT_MS = 5000;

/** What the leader has of a file before its message is there. */
export interface SpreadFile {
  /** By which it is fetched: 64 hexadecimal digits, by chance. */
  readonly name: string;
  /** Who sends it. */
  readonly account: AccountId;
  readonly sha256: string;
  /** Bytes of the file, and of the preview behind it; 0 for none. */
  readonly size: number;
  readonly preview: number;
}

export interface FileSpreadOptions {
  /** The cluster's name. */
  readonly cluster: string;
  readonly seal: Seal;
  /** See `ReaderOptions.reader`: this node's own, for what it says. */
  readonly reader: string;
  readonly clock: TransferClock;
  /** Returns how many other nodes are there now that take files. */
  others(): number;
}

/** A file that is spread now. */
interface Spread {
  readonly refused: Set<string>;
  heardAtMs: number;
  readonly end: (isCopied: boolean) => void;
}

type Told = Extract<TransferRequest, { kind: "copying" | "copied" | "uncopied" }>;

/**
 * Has other nodes fetch a file that somebody sends, before its message is there. So whoever takes over has what the log
 * names, or another node has it.
 */
export class FileSpread {
  readonly #bus: FrameBus;
  readonly #options: FileSpreadOptions;
  readonly #seal: TransferSeal;
  readonly #spreads = new Map<string, Spread>();
  readonly #endListening: () => void;

  constructor(bus: FrameBus, options: FileSpreadOptions) {
    this.#bus = bus;
    this.#options = options;
    this.#seal = new TransferSeal(options.seal);
    this.#endListening = bus.subscribe(copiesSubject(options.cluster), (bytes) => {
      const opened = this.#seal.openRequest(bytes);
      if (opened === null || "misfit" in opened) return;
      const { reader, request } = opened;
      if (request.kind === "copying" || request.kind === "copied" || request.kind === "uncopied") {
        this.#hear(reader, request);
      }
    });
  }

  /** Resolves to whether another node has the file: `false` when there is none, or none takes it. */
  spread(file: SpreadFile): Promise<boolean> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      this.#spreads.set(file.name, {
        ...{ refused: new Set(), heardAtMs: clock.elapsed() },
        end: (isCopied) => {
          this.#spreads.delete(file.name);
          resolve(isCopied);
        },
      });
      this.#ask(file);
    });
  }

  /** Ends what is under way. Who waits hears no more: a message must not be sent whose file may be here alone. */
  close(): void {
    this.#endListening();
    this.#spreads.clear();
  }

  #ask(file: SpreadFile): void {
    const spread = this.#spreads.get(file.name);
    if (spread === undefined) return;
    const { cluster, reader, clock, others } = this.#options;
    const isSilent = clock.elapsed() - spread.heardAtMs > SILENT_MS;
    if (isSilent || spread.refused.size >= others()) return spread.end(false);
    this.#bus.publish(
      copiesSubject(cluster),
      this.#seal.request(reader, { kind: "copy", ...file }),
    );
    clock.later(ASK_MS, () => this.#ask(file));
  }

  #hear(reader: string, { kind, name }: Told): void {
    const spread = this.#spreads.get(name);
    if (spread === undefined) return;
    spread.heardAtMs = this.#options.clock.elapsed();
    if (kind === "copied") return spread.end(true);
    if (kind === "uncopied") spread.refused.add(reader);
    if (spread.refused.size >= this.#options.others()) spread.end(false);
  }
}
