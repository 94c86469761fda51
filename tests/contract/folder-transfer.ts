import type { FrameBus } from "../../lib/cluster/engine.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { FolderSender } from "../../lib/cluster/transfer/folder-sender.ts";
import { type JoinOptions, joinFolder } from "../../lib/cluster/transfer/join-folder.ts";
import type {
  JoiningFolder,
  SentFolder,
  TransferClock,
} from "../../lib/cluster/transfer/transfer-ports.ts";
import { SentDataFolder } from "../../lib/file-manager/transfer/sent-data-folder.ts";
import { MemoryEngine, World } from "../memory-engine.ts";
import { Prng } from "../prng.ts";

const JOIN_MS_MAX = 600_000;

/** A leader with a data folder and a node that joins, over the bus in memory. */
export class FolderTransfer {
  readonly world = new World();
  readonly engine = new MemoryEngine(this.world, new Prng(3));
  /** What the leader has in its log. */
  sequence = 1;
  /** Why the leader could not serve somebody. */
  readonly misfits: string[] = [];
  /** Makes the connection to the bus of those that join. */
  connect: () => FrameBus = () => this.engine.connect();
  sender: FolderSender;
  #callsUnderWay = 0;
  readonly #seal = new Seal(new Uint8Array(32).fill(7));

  constructor(leader: string | SentFolder) {
    this.sender = this.#send(typeof leader === "string" ? new SentDataFolder(leader) : leader);
  }

  /** Joins. `each` is called each millisecond. */
  async join(
    folder: JoiningFolder,
    options: Partial<JoinOptions> = {},
    each: (ms: number) => void = () => {},
  ): Promise<Awaited<ReturnType<typeof joinFolder>>> {
    let outcome: Awaited<ReturnType<typeof joinFolder>> | null = null;
    const { world } = this;
    const reader = "r".repeat(16);
    const own = { cluster: "t", seal: this.#seal, reader, clock: this.#clock };
    const joining = joinFolder(this.connect(), this.#counted(folder), {
      ...own,
      ...options,
    });
    void joining.then((joined) => {
      outcome = joined;
    });
    while (outcome === null) {
      if (world.nowMs > JOIN_MS_MAX) throw new Error("it never ends");
      each(world.nowMs);
      world.run(1);
      // The disk takes no time in this world.
      do {
        await new Promise((resolve) => setImmediate(resolve));
      } while (this.#callsUnderWay > 0);
    }
    this.sender.close();
    return outcome;
  }

  /** Another server leads. */
  lead(leader: string): void {
    this.sender.close();
    this.sender = this.#send(new SentDataFolder(leader));
  }

  #send(folder: SentFolder): FolderSender {
    return new FolderSender(this.engine.connect(), {
      ...{ cluster: "t", seal: this.#seal, clock: this.#clock },
      folder: this.#counted(folder),
      sequence: () => this.sequence,
      onMisfit: (why) => void this.misfits.push(why),
    });
  }

  /** Counts calls of a folder, and of what they give, until they are answered. */
  #counted<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...words: unknown[]): unknown => {
          const result: unknown = Reflect.apply(value, target, words);
          if (!(result instanceof Promise)) return result;
          this.#callsUnderWay += 1;
          return result
            .then((given: unknown) => {
              const isPlain = typeof given !== "object" || given === null;
              return isPlain || given instanceof Uint8Array ? given : this.#counted(given);
            })
            .finally(() => {
              this.#callsUnderWay -= 1;
            });
        };
      },
    });
  }

  get #clock(): TransferClock {
    return {
      elapsed: () => this.world.nowMs,
      later: (ms, run) => {
        let isCancelled = false;
        this.world.after(ms, () => {
          if (!isCancelled) run();
        });
        return () => {
          isCancelled = true;
        };
      },
    };
  }
}
