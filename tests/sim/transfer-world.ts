import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FrameBus, Subject } from "../../lib/cluster/engine.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { FolderSender } from "../../lib/cluster/transfer/folder-sender.ts";
import { joinFolder } from "../../lib/cluster/transfer/join-folder.ts";
import type {
  FolderListing,
  JoiningFolder,
  ListedFile,
  PartialFile,
  SentFolder,
  TransferClock,
} from "../../lib/cluster/transfer/transfer-ports.ts";
import {
  type JoiningDataFolder,
  openJoiningFolder,
} from "../../lib/file-manager/transfer/joining-data-folder.ts";
import { SentDataFolder } from "../../lib/file-manager/transfer/sent-data-folder.ts";
import { type MemoryConnection, MemoryEngine, World } from "../memory-engine.ts";
import { Prng } from "../prng.ts";
import { readFolder, TalkedFolders } from "./transfer-folders.ts";

/*
 * A node that joins, in a world of chance: real folders, the engine in memory. Time goes on when no call on files is
 * under way, so that a seed plays the same each time.
 */

const SEAL = new Seal(new Uint8Array(32).fill(7));
const LEADERS = 2;
const STEP_MS = 20;
const MINUTES_MAX = 60;
const CALM_AFTER_MS = 2 * 60_000;

/** What happened in a play. */
export interface TransferSums {
  kills: number;
  leaders: number;
  rounds: number;
  files: number;
}

/** Rules that a test breaks. */
export type TransferMutation =
  /** The sequence is asked when the listing is ready, and not when the files of state are opened. */
  | "late sequence"
  /** A file that is there isn't looked at. */
  | "unread files"
  /** What the leader doesn't have stays. */
  | "old files stay";

/** Plays a seed. Throws when something is wrong. */
export async function playTransfer(
  seed: number,
  sums: TransferSums,
  mutation: TransferMutation | null = null,
): Promise<void> {
  const play = new TransferPlay(new Prng(seed), sums, mutation);
  try {
    await play.run();
  } finally {
    play.remove();
  }
}

/** Counts calls on files, and kills the process that made them. */
class Calls {
  underWay = 0;
  /** The n-th call from now on is the last. */
  left = Number.POSITIVE_INFINITY;
  isDead = false;
  readonly #disk: { last: Promise<unknown> };

  constructor(disk: { last: Promise<unknown> }) {
    this.#disk = disk;
  }

  /** Makes a call. One of a process that is killed never returns, and was made or not. */
  async make<T>(call: () => Promise<T>, isMade: () => boolean): Promise<T> {
    if (this.isDead) return new Promise(() => {});
    this.left -= 1;
    const isLast = this.left <= 0;
    if (isLast) this.isDead = true;
    if (isLast && !isMade()) return new Promise(() => {});
    this.underWay += 1;
    const result = this.#inTurn(call).finally(() => {
      this.underWay -= 1;
    });
    const value = await result;
    return this.isDead ? new Promise(() => {}) : value;
  }

  /** One after the other: the disk's order would be another one each time. */
  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#disk.last.then(call);
    this.#disk.last = result.catch(() => {});
    return result;
  }
}

/** A bus on which messages come twice, and overtake each other. */
class UnrulyBus implements FrameBus {
  readonly #connection: MemoryConnection;
  readonly #play: TransferPlay;

  constructor(connection: MemoryConnection, play: TransferPlay) {
    this.#connection = connection;
    this.#play = play;
  }

  get messageBytesMax(): number {
    return this.#connection.messageBytesMax;
  }

  get isConnected(): boolean {
    return this.#connection.isConnected;
  }

  publish(subject: Subject, bytes: Uint8Array): boolean {
    const { prng, world, unruly } = this.#play;
    if (!this.isConnected) return false;
    const copy = bytes.slice();
    const again = (): void => void this.#connection.publish(subject, copy);
    if (prng.chance(unruly)) world.after(prng.below(3000), again);
    if (!prng.chance(unruly)) return this.#connection.publish(subject, bytes);
    world.after(prng.below(300), again);
    return true;
  }

  subscribe(subject: Subject, listener: (bytes: Uint8Array) => void): () => void {
    return this.#connection.subscribe(subject, listener);
  }

  onConnection(listener: (isConnected: boolean) => void): () => void {
    return this.#connection.onConnection(listener);
  }
}

class TransferPlay {
  readonly prng: Prng;
  readonly world = new World();
  /** In percent: messages that come twice, and such that overtake. */
  unruly: number;
  readonly #engine: MemoryEngine;
  readonly #root = mkdtempSync(join(tmpdir(), "sodam-transfer-"));
  readonly #folders: TalkedFolders;
  readonly #sums: TransferSums;
  readonly #mutation: TransferMutation | null;
  /** Of those who lead or led, and of the joiner. */
  readonly #calls = new Set<Calls>();
  readonly #connections: MemoryConnection[] = [];
  /** All processes have one: calls on it have an order. */
  readonly #disk: { last: Promise<unknown> } = { last: Promise.resolve() };
  #leader: { sender: FolderSender; connection: MemoryConnection; calls: Calls } | null = null;
  #outcome: { readonly sequence: number } | { readonly refused: string } | null = null;
  #failure: unknown = null;
  #joiner: { folder: JoiningDataFolder; connection: MemoryConnection; calls: Calls } | null = null;

  constructor(prng: Prng, sums: TransferSums, mutation: TransferMutation | null) {
    this.prng = prng;
    this.#mutation = mutation;
    this.#sums = sums;
    this.#engine = new MemoryEngine(this.world, prng);
    Object.assign(this.#engine.faults, {
      ...{ delayMs: prng.below(200), lost: prng.pick([0, 5, 20]) },
      bytesMax: prng.pick([900, 2000, 64 << 10]),
    });
    this.unruly = prng.pick([0, 10]);
    const roots = Array.from({ length: LEADERS }, (_, index) =>
      join(this.#root, `leader-${index}`),
    );
    for (const root of roots)
      for (const name of ["", "history", "lock"]) mkdirSync(join(root, name));
    this.#folders = new TalkedFolders(roots, prng);
    const changes = prng.below(150);
    for (let n = 0; n < changes; n += 1) this.#folders.changeByChance();
  }

  async run(): Promise<void> {
    this.#lead();
    await this.#join();
    while (this.#outcome === null) {
      if (this.world.nowMs > MINUTES_MAX * 60_000) throw new Error("it never ends");
      this.#happen();
      await this.#step();
      if (this.#failure !== null) throw this.#failure;
      if (this.#joiner?.calls.isDead) await this.#joinAgain();
    }
    if ("refused" in this.#outcome) throw new Error(this.#outcome.refused);
    await this.#joiner?.folder.close();
    const folder = join(this.#root, "joiner");
    const problem = this.#folders.problemOf(folder, this.#outcome.sequence);
    if (problem !== null) throw new Error(problem);
  }

  remove(): void {
    this.#leader?.sender.close();
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Something that people, or fate, do. After a while fate has had enough. */
  #happen(): void {
    const { prng } = this;
    if (prng.chance(10)) this.#folders.changeByChance();
    if (this.world.nowMs > CALM_AFTER_MS) {
      Object.assign(this.#engine.faults, { lost: 0 });
      this.unruly = 0;
      for (const connection of this.#connections) connection.setConnected(true);
      if (this.#leader === null) this.#lead();
      return;
    }
    if (prng.below(400) > 0) return;
    const connection = prng.pick(this.#connections);
    switch (prng.below(4)) {
      case 0:
        return this.#lead();
      case 1:
        return connection.setConnected(false);
      case 2:
        connection.isCutOff = true;
        return;
      default:
        for (const each of this.#connections) each.setConnected(true);
    }
  }

  async #step(): Promise<void> {
    this.world.run(STEP_MS);
    do {
      await new Promise((resolve) => setImmediate(resolve));
    } while ([...this.#calls].some(({ underWay }) => underWay > 0));
  }

  /** Another server leads, or one does for the first time. The earlier one was killed, or hands over. */
  #lead(): void {
    this.#sums.leaders += 1;
    if (this.#leader !== null) {
      const { sender, connection, calls } = this.#leader;
      if (this.prng.chance(50)) {
        connection.kill();
        calls.isDead = true;
      }
      sender.close();
      this.#forget(connection);
    }
    const connection = this.#connect();
    const calls = new Calls(this.#disk);
    this.#calls.add(calls);
    const sender = new FolderSender(new UnrulyBus(connection, this), {
      ...{ cluster: "sim", seal: SEAL, clock: this.#clock(calls) },
      folder: this.#sent(this.prng.pick(this.#folders.roots), calls),
      sequence: () => this.#folders.sequence,
    });
    this.#leader = { sender, connection, calls };
  }

  #sent(root: string, calls: Calls): SentFolder {
    const folder = new SentDataFolder(root);
    const isMade = (): boolean => true;
    return {
      list: (sequence, wrong, onProgress) =>
        calls.make(async () => {
          this.#sums.rounds += 1;
          // People talk while the leader reads.
          const listing = await folder.list(sequence, wrong, (progress) => {
            if (this.prng.chance(10)) this.#folders.changeByChance();
            onProgress(progress);
          });
          return "failed" in listing ? listing : this.#counted(listing, calls);
        }, isMade),
    };
  }

  #counted(listing: FolderListing, calls: Calls): FolderListing {
    return {
      files: listing.files,
      sequence: this.#mutation === "late sequence" ? this.#folders.sequence : listing.sequence,
      read: (...request) =>
        calls.make(
          () => listing.read(...request),
          () => true,
        ),
      close: () => listing.close(),
    };
  }

  async #join(): Promise<void> {
    const calls = new Calls(this.#disk);
    if (this.prng.chance(60) && this.world.nowMs < CALM_AFTER_MS) {
      calls.left = 1 + this.prng.below(this.prng.pick([5, 40, 200]));
    }
    this.#calls.add(calls);
    const connection = this.#connect();
    const opened = await openJoiningFolder(join(this.#root, "joiner"));
    if ("refused" in opened) throw new Error(opened.refused);
    const { folder } = opened;
    this.#joiner = { folder, connection, calls };
    const joining = joinFolder(new UnrulyBus(connection, this), this.#arriving(folder, calls), {
      ...{ cluster: "sim", seal: SEAL, reader: this.prng.letters(16), clock: this.#clock(calls) },
      ...{ windowBytesMax: this.prng.pick([1, 10_000, 1 << 20]) },
      onProgress: ({ files, filesInAll, bytes, bytesInAll }) => {
        if (files > filesInAll && filesInAll > 0) throw new Error("more files than there are");
        if (bytes < 0 || bytes > bytesInAll) throw new Error("more bytes than there are");
      },
    });
    joining.then(
      (outcome) => {
        if (!calls.isDead) this.#outcome = outcome;
      },
      (error: unknown) => {
        this.#failure = error;
      },
    );
  }

  /** The joiner was killed: another process goes on. */
  async #joinAgain(): Promise<void> {
    if (this.#joiner === null) return;
    const { folder, connection } = this.#joiner;
    connection.kill();
    this.#forget(connection);
    // The system closes what it had open.
    await folder.close();
    this.#sums.kills += 1;
    await this.#join();
  }

  #arriving(folder: JoiningDataFolder, calls: Calls): JoiningFolder {
    const path = join(this.#root, "joiner");
    const make = <T>(call: () => Promise<T>): Promise<T> =>
      calls.make(call, () => this.prng.chance(50));
    const countedFile = (file: PartialFile): PartialFile => ({
      get bytes() {
        return file.bytes;
      },
      append: (bytes) => make(() => file.append(bytes)),
      complete: () =>
        make(async () => {
          const isComplete = await file.complete();
          if (isComplete) this.#sums.files += 1;
          return isComplete;
        }),
      close: () => make(() => file.close()),
    });
    return {
      isFileName: (path) => folder.isFileName(path),
      spaceProblem: (bytes) => folder.spaceProblem(bytes),
      has: (file) =>
        make(async () => {
          if (this.#mutation === "unread files" && existsSync(join(path, file.path))) return true;
          return folder.has(file);
        }),
      open: (file) => make(async () => countedFile(await folder.open(file))),
      finish: (files) =>
        make(() => {
          const there = [...readFolder(path).keys()].map((each) => ({ ...files[0], path: each }));
          const listed = this.#mutation === "old files stay" ? [...files, ...there] : files;
          // The cast: only the path of what stays is looked at.
          return folder.finish(listed as readonly ListedFile[]);
        }),
    };
  }

  #connect(): MemoryConnection {
    const connection = this.#engine.connect();
    this.#connections.push(connection);
    return connection;
  }

  #forget(connection: MemoryConnection): void {
    this.#connections.splice(this.#connections.indexOf(connection), 1);
  }

  #clock(calls: Calls): TransferClock {
    return {
      elapsed: () => this.world.nowMs,
      later: (ms, run) => {
        let isCancelled = false;
        this.world.after(ms, () => {
          if (!isCancelled && !calls.isDead) run();
        });
        return () => {
          isCancelled = true;
        };
      },
    };
  }
}
