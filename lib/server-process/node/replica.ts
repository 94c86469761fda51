import type { Server } from "../../chat-server/server.ts";
import { ClusterNode } from "../../cluster/cluster-node.ts";
import type { FrameBus, RecordLog } from "../../cluster/engine.ts";
import type { RemoteListeners } from "../../cluster/leader/remote-listeners.ts";
import type { RecordedPart, TurnRecord } from "../../cluster/log/record.ts";
import { turnsBetween } from "../../cluster/log/record-stream.ts";
import { SealedTexts } from "../../cluster/log/sealed-texts.ts";
import { SoftParts } from "../../cluster/log/soft-parts.ts";
import type { TurnChange } from "../../cluster/log/turn-recorder.ts";
import type { Seal } from "../../cluster/seal.ts";
import { FolderSender } from "../../cluster/transfer/folder-sender.ts";
import type { SentFolder, TransferClock } from "../../cluster/transfer/transfer-ports.ts";
import type { DataFolder } from "../../file-manager/data-folder.ts";
import type { ClusterState } from "../../file-manager/record-log/cluster-state.ts";
import type { PositionFile } from "../../file-manager/record-log/position-file.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import type { Log } from "../../settings/log.ts";
import type { Flushable } from "../../transport/flush-scheduler.ts";
import { LeaderLog, type LeaderLogOptions } from "../leader-log.ts";
import { NodeSaves } from "./node-saves.ts";
import { Standby } from "./standby.ts";

/** What a {@link Replica} needs of its process. */
export interface ReplicaOptions {
  /** The process's name in the cluster, which no other has. */
  readonly name: string;
  /** The node's name, which its processes have one after the other. */
  readonly node: string;
  readonly cluster: string;
  readonly engine: RecordLog & FrameBus;
  readonly seal: Seal;
  /** Path of the data folder. */
  readonly folder: string;
  /** What the folder has of the cluster. */
  readonly state: ClusterState;
  /** The sequence before the log's first entry: see `LogOrigin.after`. */
  readonly logBeginsAfter: number;
  readonly data: DataFolder;
  /** The same folder, for nodes that join. */
  readonly sent: SentFolder;
  /** Reads files that people have sent, for nodes that lack them: see `FileCopies.read`. Left out where there are none. */
  readFile?(name: string, offset: number, length: number): Promise<Uint8Array | null>;
  /** Where the folder has got to is noted with each record. */
  readonly reached: Pick<PositionFile, "write">;
  /** Whether the last process of this node has ended by its own fault. */
  readonly isAfterFault?: boolean;
  /** Whether no other node followed when this one handed over. */
  isLast(): boolean;
  /** A server that follows. */
  readonly server: Server;
  /** See `LeaderLogOptions.tables`. */
  readonly tables: LeaderLogOptions["tables"];
  /** Whether messages are written to disk. */
  readonly hasHistory: boolean;
  /** The process's time, without the time of day. */
  readonly clock: Pick<TransferClock, "later"> & { elapsed(): ElapsedMs };
  readonly note: Log;
  /** Calls a flushable at the end of this turn: `FlushScheduler.schedule`. */
  schedule(flushable: Flushable): void;
  /** Opens the way for the gateways: this node leads. What it stores goes to `log`. */
  openListeners(log: LeaderLog, term: number): RemoteListeners;
  /** See `NodeWork.logged`. */
  logged(sequence: number, bytes: number): void;
  /** Changes are in the log, with the sequence of their record: this node's, or those that it follows. */
  recorded(changes: readonly TurnChange[], sequence: number): void;
  /** Takes the parts of each record that is followed. */
  followed(parts: readonly RecordedPart[]): void;
  /** See `LeaderLogOptions.takeNodeParts`. */
  takeNodeParts(): readonly RecordedPart[];
  /** See `NodeWork.following`. */
  following(leader: string): void;
  /** See `NodeWork.stop`. */
  stop(why: string | null): void;
  /** See `NodeWork.unreadable`; left out by those who stop then. */
  unreadable?(why: string, isNewer: boolean): void;
  /** See `NodeWork.lost`. */
  lost(): void;
}

/** What a node has while it leads. */
interface Leading {
  readonly log: LeaderLog;
  readonly listeners: RemoteListeners;
  readonly sender: FolderSender;
}

/**
 * A node's copy of the service: its chat server, its data folder and its soft state, which follow the log, and lead when
 * their turn comes. Its time and its process are given.
 */
export class Replica {
  readonly node: ClusterNode;
  /** For the folder's autosave. */
  readonly saves: NodeSaves;
  readonly #options: ReplicaOptions;
  /** Seals what no disk may have; `null` where messages are written to disk. */
  readonly #texts: SealedTexts | null;
  readonly #soft: SoftParts;
  readonly #standby: Standby;
  #leading: Leading | null = null;
  /** Up to where cluster.json has the log. */
  #saved: number;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    const { name, cluster, engine, seal, folder, state, data, server, clock, note } = options;
    this.#texts = options.hasHistory ? null : new SealedTexts(seal);
    this.#soft = new SoftParts(this.#texts?.open);
    this.#soft.follow(state);
    this.#saved = state.sequence;
    const elapsed = (): ElapsedMs => clock.elapsed();
    const recorded = options.recorded.bind(options);
    this.#standby = new Standby({
      ...{ server, data, soft: this.#soft, position: state.sequence, elapsed, recorded },
    });
    this.node = new ClusterNode(name, engine, seal, state.sequence, {
      now: elapsed,
      follow: (record, sequence) => {
        this.#standby.follow(record, sequence);
        options.followed(record.parts);
        this.#noteReached(sequence, false);
      },
      logged: (sequence, bytes) => options.logged(sequence, bytes),
      passed: (sequence) => this.#noteReached(sequence, false),
      following: (leader) => options.following(leader),
      lead: (term) => this.#lead(term),
      beat: () => this.#leading?.log.beat(),
      finish: () => this.#finish(),
      stop: (why, isReplaced) => {
        // The node that led last has everything, unless another one has more.
        if (isReplaced) this.#noteReached(this.node.position, options.isLast());
        options.stop(why);
      },
      unreadable: (why, isNewer) => {
        if (options.unreadable === undefined) options.stop(why);
        else options.unreadable(why, isNewer);
      },
      lost: () => options.lost(),
    });
    this.saves = new NodeSaves({
      ...{ folder, cluster, data, soft: this.#soft, note },
      // Of a leader: up to a whole record. The node also counts the pieces of one that is under way.
      position: () => this.#leading?.log.lastRecord ?? this.node.position,
      // Also when it leads no more: what the log didn't take must not get into the folder.
      logged: async () => this.#leading?.log.stored(),
      inFiles: () => this.#inFiles,
      saved: (sequence) => {
        this.#saved = sequence;
      },
    });
  }

  /** Up to where cluster.json has the log. */
  get saved(): number {
    return this.#saved;
  }

  /** Follows the log from now on. Call `node.tick` some times a second. */
  async begin(): Promise<void> {
    // A node that joins finds what it needs, also in the first minute.
    this.saves.begin();
    await this.saves.saved();
    const { engine } = this.#options;
    engine.onConnection((isConnected) => this.node.connectionChanged(isConnected));
    this.node.begin();
  }

  /** Follows no more, and begins again as a new node. */
  stop(why: string | null): void {
    this.node.end();
    this.#noteReached(this.node.position, false);
    this.#options.stop(why);
  }

  get #inFiles(): Promise<void> {
    return this.#leading?.log.inFiles ?? this.#standby.stored;
  }

  #noteReached(sequence: number, led: boolean): void {
    void this.#inFiles.then(() => this.#options.reached.write({ sequence, led }));
  }

  #lead(term: number): void {
    this.#noteReached(term, true);
    const { engine, seal, cluster, clock, data, sent, server, note } = this.#options;
    const { schedule, openListeners, tables, isAfterFault = false, node } = this.#options;
    const log = LeaderLog.of(
      {
        ...{ log: this.node.log, last: term, soft: this.#soft, seal, data, server, note },
        ...{ texts: this.#texts, gatewaysOf: cluster, schedule, tables },
        // How a leader ended on another machine is not known, unless it handed over.
        ...{ triesInput: isAfterFault || !this.node.isHandedOver, isAfterFault, node },
        later: (ms, run) => void clock.later(ms, run),
        numbers: this.#standby.numbers,
        recorded: (changes, sequence) => this.#options.recorded(changes, sequence),
        takeNodeParts: () => this.#options.takeNodeParts(),
        stored: (sequence) => this.#options.reached.write({ sequence, led: true }),
        recordsAfter: (sequence) => this.#turnsAfter(sequence),
        recall: (sequence) => this.#recall(sequence),
        takenOver: () => this.#standby.forget(),
        takeConsumed: () => this.#leading?.listeners.takeConsumed() ?? [],
        heardRecord: () => this.#leading?.listeners.heardRecord ?? 0,
        tellRecord: () => this.#leading?.listeners.tellRecord(),
        mayAnswer: () => this.node.mayAnswer,
        // The node has been told, and ends.
        failed: () => new Promise<never>(() => {}) as never,
      },
      term,
    );
    const listeners = openListeners(log, term);
    const sender = new FolderSender(engine, {
      ...{ cluster, seal, clock },
      ...{ folder: sent, sequence: () => this.#saved },
      readOther: async (_, ...part) => (await this.#options.readFile?.(...part)) ?? null,
      onMisfit: (why) => note("error", why),
    });
    this.#leading = { log, listeners, sender };
  }

  /** Whether a gateway may miss turns that aren't remembered. What it heard in a log that NATS has lost says nothing. */
  #hasForgotten(sequence: number): boolean {
    const { remembersAfter } = this.#standby;
    return sequence > this.#options.logBeginsAfter && sequence < remembersAfter;
  }

  #turnsAfter(sequence: number): TurnRecord<unknown, unknown>[] | null {
    return this.#hasForgotten(sequence) ? null : this.#standby.turnsAfter(sequence);
  }

  /** Reads in the log what was there before this process: it has begun where its folder ended. */
  #recall(sequence: number): Promise<void> | null {
    if (!this.#hasForgotten(sequence)) return null;
    const { remembersAfter } = this.#standby;
    const { seal } = this.#options;
    return turnsBetween(this.node.log, seal, sequence, remembersAfter).then((turns) => {
      if (turns !== null) this.#standby.recall(sequence, turns);
    });
  }

  /** Writes what the last turn has changed. What gateways say from now on is for the next leader. */
  async #finish(): Promise<void> {
    this.#leading?.sender.close();
    this.#leading?.listeners.stopHearing();
    await this.#leading?.log.finish();
  }
}
