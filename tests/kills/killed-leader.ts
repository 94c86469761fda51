import type { RoomEvent } from "../../lib/chat-server/event.ts";
import { answerWithoutFiles, isFileQuery } from "../../lib/chat-server/files/file-queries.ts";
import { Server } from "../../lib/chat-server/server.ts";
import type { ServerOptions } from "../../lib/chat-server/server-options.ts";
import type { DiskQuery, Query, QueryAnswers } from "../../lib/chat-server/server-ports.ts";
import type { RecordLog } from "../../lib/cluster/engine.ts";
import type { LinkTakeover } from "../../lib/cluster/leader/link-takeover.ts";
import { RemoteLinks } from "../../lib/cluster/leader/remote-links.ts";
import { turnsAfter } from "../../lib/cluster/log/record-stream.ts";
import { SealedTexts } from "../../lib/cluster/log/sealed-texts.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { type DataFolder, openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { type LocalRecordLog, openLocalLog } from "../../lib/file-manager/record-log/local-log.ts";
import { recordsIn } from "../../lib/file-manager/record-log/logged-changes.ts";
import { recordLogPath } from "../../lib/file-manager/record-log/record-file.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { mapPassword, opaqueString } from "../../lib/protocol/opaque-string.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { LeaderLog, sessionTakeover } from "../../lib/server-process/leader-log.ts";
import { ConnectionPlaces } from "../../lib/transport/connection-places.ts";
import { ConnectionThrottle } from "../../lib/transport/connection-throttle.ts";
import { FlushScheduler } from "../../lib/transport/flush-scheduler.ts";
import { lineConnections } from "../../lib/transport/line-connections.ts";
import { TurnQueue } from "../../lib/transport/turn-queue.ts";
import { TurnEnd } from "../gateway-stage.ts";
import { hashOf, SCENE_OPTIONS } from "../scene.ts";
import { DyingDisk } from "./dying-disk.ts";

/** What a leader of the stage gets from outside. */
export interface KilledLeaderOptions {
  readonly folder: string;
  /** Names the gateways' service. */
  readonly service: string;
  readonly options: Partial<ServerOptions>;
  readonly hasHistory: boolean;
  /** Whether the leader before it has ended by its own fault, and wasn't killed. */
  readonly isAfterFault: boolean;
  /** See `LeaderLogOptions.node`. */
  readonly node: string;
  /** Whether nothing leaves before it survives a loss of power. */
  readonly isSynced: boolean;
  /** See `RemoteLinksContext.frameFullBytes`. */
  readonly frameFullBytes?: number;
  /** Writes to each gateway. */
  readonly downs: readonly ((frame: Uint8Array) => void)[];
  /** The time of day. */
  now(): number;
  id(): string;
  /** How much of the deadly write is done. */
  part(): number;
  /** The leader is dead: called once, before anything else happens to its folder. */
  died(): void;
}

/**
 * A leader as server-process/ makes it, of the real chat server, data folder, log and takeover: its clock, its turns and
 * the answers to its queries are by hand. It can die at any call of its disk, and at any frame.
 */
export class KilledLeader {
  readonly turnEnd = new TurnEnd();
  readonly disk: DyingDisk;
  /** Answers to queries that have come, and that the server hasn't been given. */
  readonly #answers = new Map<number, () => void>();
  /** What should never happen. */
  readonly failures: unknown[] = [];
  /** Dies when so many more frames were written. */
  framesLeft = Number.POSITIVE_INFINITY;
  /** Whether the folder is being saved, or the log cut. */
  isSaving = false;
  remotes: readonly RemoteLinks[] = [];
  #folder: DataFolder | null = null;
  #recordLog: LocalRecordLog | null = null;
  #server: Server | null = null;
  #log: LeaderLog | null = null;
  #takeover: LinkTakeover | null = null;
  readonly #options: KilledLeaderOptions;
  readonly #startedMs: number;
  readonly #turns: TurnQueue;
  readonly #texts: SealedTexts | null;
  /** What the log says of soft state. */
  readonly soft: SoftParts;
  /** What the disk is doing. */
  #underWay = 0;

  constructor(options: KilledLeaderOptions) {
    this.#options = options;
    this.#texts = options.hasHistory ? null : new SealedTexts(new Seal(RUN_KEY));
    this.soft = new SoftParts(this.#texts?.open);
    // No two processes have the same monotonic clock.
    this.#startedMs = options.now() - 1000 * (1 + Math.round(options.part() * 1000));
    this.disk = new DyingDisk(options.died, options.part);
    this.#turns = new TurnQueue(undefined, { now: () => 0, atTurnEnd: this.turnEnd.add });
  }

  get server(): Server {
    return this.#server as Server;
  }

  get log(): LeaderLog {
    return this.#log as LeaderLog;
  }

  get folder(): DataFolder {
    return this.#folder as DataFolder;
  }

  /** Opens the folder and its log, and takes over. Resolves to `false` when it has died meanwhile. */
  async start(): Promise<boolean> {
    try {
      await this.#start();
      return !this.isDead;
    } catch (error) {
      if (!this.isDead) throw error;
      return false;
    }
  }

  get isDead(): boolean {
    return this.disk.isDead;
  }

  /** Dies between two steps. */
  die(): void {
    this.disk.die();
  }

  /** Resolves when the disk has nothing to do, or waits for the end of a turn. */
  async rests(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#underWay > 0 && !this.isDead && !this.disk.isFull) quiet = -1;
    }
  }

  /** Gives the server the answer to its oldest query that has one. Returns whether there was any. */
  giveAnswer(): boolean {
    if (this.#answers.size === 0) return false;
    const id = Math.min(...this.#answers.keys());
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    answer?.();
    return true;
  }

  /** Saves the folder, and cuts the log: as `Autosave` does. */
  save(): void {
    if (this.isSaving) return;
    this.isSaving = true;
    this.log.begin();
    void this.#track(this.#saveFolder())
      .then(() => this.log.saved())
      .catch((error: unknown) => {
        if (!this.isDead && !this.disk.isFull) this.failures.push(error);
      })
      .finally(() => {
        this.isSaving = false;
      });
  }

  /** Counts as work of the disk, but for while it waits for the end of a turn. */
  #saveFolder(): Promise<void> {
    return this.folder.save(
      () => this.server.snapshotSource(),
      async () => {
        this.#underWay -= 1;
        await this.log.stored();
        this.#underWay += 1;
      },
    );
  }

  /** Closes the files of a leader that is dead, or stops. */
  async end(): Promise<void> {
    for (let n = 0; this.isSaving && n < 100; n += 1) await Bun.sleep(1);
    await this.#recordLog?.close().catch(() => {});
    await this.#folder?.close().catch(() => {});
  }

  async #start(): Promise<void> {
    const { folder: path, hasHistory, isSynced, options, downs, frameFullBytes } = this.#options;
    const onProblem = (text: string, cause: unknown): void => {
      if (!this.isDead && !this.disk.isFull) this.failures.push([text, cause]);
    };
    let last = 0;
    const folder = await openDataFolder(path, {
      makeStore: AccountStore.of,
      ...{ passwordCost: "test", history: hasHistory, onProblem, disk: this.disk },
      waitAfterRefusal: () => Promise.resolve(),
      openLog: async (lock) => {
        const opened = openLocalLog(path, lock, { isSynced, onProblem, disk: this.disk });
        if ("refused" in opened) return opened;
        this.#recordLog = opened.log;
        last = opened.last;
        const reports: string[] = [];
        const records = [...recordsIn(recordLogPath(path), reports)];
        const turns = records.filter((record) => record.kind === "turn");
        for (const turn of turns) this.soft.follow(turn);
        return { changes: turns.flatMap(({ changes }) => changes), reports };
      },
    });
    if ("refused" in folder) throw new Error(folder.refused);
    this.#folder = folder;
    for (const report of folder.reports) if (!EXPECTED.test(report)) this.failures.push(report);
    const members = AccountStore.of(folder.accountRecords);
    const server = new Server(
      { ...SCENE_OPTIONS, ...options },
      this.#ports(),
      members,
      folder.restored,
      true,
    );
    this.#server = server;
    const soft = this.soft;
    server.takeover.follow({ changes: [], parts: soft.serverParts, upMs: soft.upMs });
    const timing = {
      ...{ now: () => 0, atTurnEnd: this.turnEnd.add },
      after: (_: number, run: () => void) => this.turnEnd.add(run),
    };
    const failed = (error: unknown): void => {
      if (!this.isDead) this.failures.push(error);
    };
    const scheduler = new FlushScheduler(
      () => (this.isDead ? new Promise(() => {}) : this.#log?.beforeFlush()),
      failed,
      timing,
    );
    const places = new ConnectionPlaces({
      ...{ max: 10_000, perAddressMax: 10_000, isExempt: () => false },
      elapsed: () => this.#elapsed(),
      throttle: new ConnectionThrottle(undefined, () => this.#elapsed()),
    });
    const log = await LeaderLog.lead({
      ...{ last, soft, seal: null, server, tables: places.tables },
      log: this.#trackedLog(this.#recordLog as LocalRecordLog),
      gatewaysOf: this.#options.service,
      texts: this.#texts,
      data: this.#tracked(folder),
      takeConsumed: () => this.remotes.flatMap((remote) => remote.takeConsumed()),
      recordsAfter: (sequence) => turnsAfter(this.#recordLog as LocalRecordLog, sequence),
      heardRecord: () => this.#heardRecord(),
      tellRecord: () => {
        for (const remote of this.remotes) remote.tellRecord();
      },
      schedule: (flushable) => scheduler.schedule(flushable),
      ...{ triesInput: true, isAfterFault: this.#options.isAfterFault },
      node: this.#options.node,
      later: (_, run) => this.turnEnd.add(run),
      note: (level, text, cause) => {
        if (level === "error" && !this.isDead) this.failures.push([text, cause]);
      },
      failed: (why) => {
        if (!this.isDead && !this.disk.isFull) this.failures.push(why);
        this.die();
        // The cast: the process is gone, and what runs on isn't noticed.
        return undefined as never;
      },
    });
    this.#log = log;
    const handlers = lineConnections(
      server,
      this.#turns,
      { refused() {}, broken() {}, failed },
      sessionTakeover(server),
    );
    const takeover = log.takeover(handlers, () => "guest.test");
    this.#takeover = takeover;
    const context = {
      ...{ handlers, takeover, hostOf: () => "guest.test", owedBytes: null },
      ...{ flushScheduler: scheduler, lastRecord: () => log.lastRecord },
      places,
      ...(frameFullBytes !== undefined && { frameFullBytes }),
    };
    this.remotes = downs.map(
      (down) => new RemoteLinks(context, (frame) => this.#write(() => down(frame))),
    );
    if (!takeover.isWaiting) takeover.begin();
  }

  /** As `RemoteListeners.heardRecord`. */
  #heardRecord(): number {
    if (this.#takeover?.isOver !== true) return 0;
    return Math.min(...this.remotes.map(({ heardRecord }) => heardRecord));
  }

  #elapsed(): ElapsedMs {
    return (this.#options.now() - this.#startedMs) as ElapsedMs;
  }

  #write(write: () => void): void {
    if (this.isDead) return;
    write();
    this.framesLeft -= 1;
    if (this.framesLeft <= 0) this.die();
  }

  #ports(): ConstructorParameters<typeof Server>[1] {
    const { now, id } = this.#options;
    return {
      clock: { now, elapsed: () => this.#elapsed(), precise: () => 0 },
      random: {
        id,
        digest: (text) => new Bun.CryptoHasher("sha256").update(text).digest("hex"),
      },
      append: (event: RoomEvent) => this.log.append(event),
      appendPerson: (change) => this.log.appendPerson(change),
      ask: (queryId, query) => this.#ask(queryId, query),
      note: (level, text, cause) => {
        if (level === "error" && cause !== undefined && !this.isDead) {
          this.failures.push([text, cause]);
        }
      },
    };
  }

  #ask(id: number, query: Query): void {
    const answer = (given: QueryAnswers[Query["kind"]]): void => {
      this.#answers.set(id, () => this.server.answer(id, given));
    };
    switch (query.kind) {
      case "pause":
        return this.#turns.add(() => this.server.answer(id, {}), query.isMembers ?? false);
      case "hash-password":
        return answer({
          hash: opaqueString(query.password) && hashOf(mapPassword(query.password)),
        });
      case "verify-password":
        return answer({ ok: query.hash === hashOf(mapPassword(query.password)) });
      case "dns-listing":
        return answer({ listing: null });
      case "settings":
      case "check":
      case "process":
      case "log-level":
        throw new Error(`nobody asks for ${query.kind} here`);
      default:
        if (isFileQuery(query)) return answer(answerWithoutFiles(query));
        void this.log.answer(query as DiskQuery).then(answer);
    }
  }

  /** A folder that says when it has work. */
  #tracked(folder: DataFolder): DataFolder {
    const changed: Partial<DataFolder> = {
      store: (changes) => this.#track(folder.store(changes)),
      answer: (query) => this.#track(folder.answer(query)),
      sync: () => this.#track(folder.sync()),
    };
    return new Proxy(folder, {
      get: (_, name) => Reflect.get(changed, name) ?? Reflect.get(folder, name, folder),
    });
  }

  #trackedLog(log: LocalRecordLog): RecordLog {
    return {
      entryBytesMax: log.entryBytesMax,
      append: (request, done) => {
        this.#underWay += 1;
        log.append(request, (outcome) => {
          this.#underWay -= 1;
          done(outcome);
        });
      },
      hasRoom: (bytes) => log.hasRoom(bytes),
      follow: (after, follower) => log.follow(after, follower),
      facts: () => log.facts(),
      cut: (upTo) => this.#track(log.cut(upTo)),
      erase: (sequences) => this.#track(log.erase(sequences)),
      close: () => log.close(),
    };
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1;
    return work.finally(() => {
      this.#underWay -= 1;
    });
  }
}

const RUN_KEY = new Uint8Array(32).fill(7);
/** What a start says of a folder whose leader was killed. */
const EXPECTED = /records\.journal alone|ends at position 0|ended in half a line/;
