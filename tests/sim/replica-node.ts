import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import { answerWithoutFiles, isFileQuery } from "../../lib/chat-server/files/file-queries.ts";
import { Server } from "../../lib/chat-server/server.ts";
import type { DiskQuery, Query, QueryAnswers } from "../../lib/chat-server/server-ports.ts";
import { acceptOverBus } from "../../lib/cluster/bus/bus-acceptor.ts";
import { TICK_MS } from "../../lib/cluster/bus/bus-timing.ts";
import {
  openRemoteListeners,
  type RemoteListeners,
} from "../../lib/cluster/leader/remote-listeners.ts";
import type { TurnChange } from "../../lib/cluster/log/turn-recorder.ts";
import { LogTrim } from "../../lib/cluster/nodes/log-trim.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { joinFolder } from "../../lib/cluster/transfer/join-folder.ts";
import { type DataFolder, openDataFolder } from "../../lib/file-manager/data-folder.ts";
import {
  type ClusterState,
  readClusterState,
} from "../../lib/file-manager/record-log/cluster-state.ts";
import { openJoiningFolder } from "../../lib/file-manager/transfer/joining-data-folder.ts";
import { isJoining } from "../../lib/file-manager/transfer/joining-marker.ts";
import { SentDataFolder } from "../../lib/file-manager/transfer/sent-data-folder.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { mapPassword, opaqueString } from "../../lib/protocol/opaque-string.ts";
import { type LeaderLog, sessionTakeover } from "../../lib/server-process/leader-log.ts";
import { ClusterSettings } from "../../lib/server-process/node/cluster-settings.ts";
import { Membership } from "../../lib/server-process/node/membership.ts";
import { Replica } from "../../lib/server-process/node/replica.ts";
import { SettingsInForce } from "../../lib/server-process/settings-in-force.ts";
import { parseServerArguments } from "../../lib/settings/server-settings.ts";
import { ConnectionPlaces } from "../../lib/transport/connection-places.ts";
import { FlushScheduler } from "../../lib/transport/flush-scheduler.ts";
import { lineConnections } from "../../lib/transport/line-connections.ts";
import { Traffic } from "../../lib/transport/traffic.ts";
import { TurnQueue } from "../../lib/transport/turn-queue.ts";
import { KEY_ALONE } from "../cluster/bus/certificates.ts";
import { DyingDisk } from "../kills/dying-disk.ts";
import type { MemoryConnection, MemoryEngine, World } from "../memory-engine.ts";
import type { Prng } from "../prng.ts";
import { hashOf, OPENING_TIME, SCENE_OPTIONS } from "../scene.ts";
import type { DiskWork } from "./disk-work.ts";
import type { ReplicaMutation } from "./replica-mutations.ts";
import { engineOf, SimProcess } from "./sim-process.ts";

/** The name of the cluster that is played. */
export const CLUSTER = "tea";
/** Its key. */
export const KEY = new Uint8Array(32).fill(7);

/** Returns the name of the node with an index. */
export function nodeNameOf(index: number): string {
  return String.fromCharCode("a".charCodeAt(0) + index);
}

const NODE_TICK_MS = 250;
const SERVER_TICK_MS = 500;
/** Until a process that has ended is started again. */
const RESTART_MS = 500;
/** What people feel of the settings, and nobody is to be closed by. */
const OPTIONS = { ...SCENE_OPTIONS, pingAfterMs: 1e9, passwordCost: "test" } as const;
const SETTINGS = {
  ...{ host: "127.0.0.1", plainHost: null, proxyHost: null },
  ...{ maxConnections: 10_000, maxConnectionsPerAddress: 10_000, floodControl: false },
  ...{ exemptNetworks: [], trustedProxies: [] },
};

/** What the nodes of a cluster share. */
export interface ClusterContext {
  readonly world: World;
  readonly engine: MemoryEngine;
  readonly prng: Prng;
  readonly disk: DiskWork;
  readonly hasHistory: boolean;
  /** Where the nodes have their folders. */
  readonly root: string;
  readonly mutation: ReplicaMutation | null;
}

/** A process of a node that serves. */
interface Serving {
  readonly server: Server;
  readonly data: DataFolder;
  readonly disk: DyingDisk;
  readonly replica: Replica;
  readonly places: ConnectionPlaces;
  readonly settings: SettingsInForce;
  listeners: RemoteListeners | null;
}

/** A node: a real server and data folder, over an engine in memory. It can be killed, and start again. */
export class ReplicaNode {
  readonly name: string;
  readonly #context: ClusterContext;
  /** Whether it begins the cluster. */
  readonly #isFirst: boolean;
  #process: SimProcess | null = null;
  /** What its process does on the disk. */
  #work: DiskWork;
  #connection: MemoryConnection | null = null;
  #serving: Serving | null = null;
  #isCutOff = false;
  #isSaving = false;
  #folders = 0;
  #starts = 0;
  #ids = 0;
  /** The log has no more what comes after its folder. */
  #isLost = false;
  /** Closes the files of the last process, and removes a folder that was copied. */
  #bury: () => Promise<unknown> = () => Promise.resolve();

  constructor(name: string, context: ClusterContext, isFirst: boolean) {
    this.name = name;
    this.#context = context;
    this.#isFirst = isFirst;
    this.#work = context.disk.part();
    this.start();
  }

  get folder(): string {
    return join(this.#context.root, `${this.name}-${this.#folders}`);
  }

  get isDead(): boolean {
    return this.#process === null;
  }

  get isAsleep(): boolean {
    return this.#process?.isAsleep === true;
  }

  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  get isLeading(): boolean {
    return this.#serving?.replica.node.isLeading === true;
  }

  /** Its server and what belongs to it; `null` while it joins, or is dead. */
  get serving(): Omit<Serving, "disk"> | null {
    return this.#serving;
  }

  start(): void {
    if (this.#process !== null) return;
    const { world, engine, prng, disk } = this.#context;
    this.#work = disk.part();
    const process = new SimProcess(world, 1000 * prng.below(1e6), prng.chance(50));
    this.#process = process;
    this.#starts += 1;
    this.#connection = engine.connect();
    this.#connection.setConnected(!this.#isCutOff);
    this.#work.begin(() => this.#open(process));
  }

  /** Kills it at once, or at one of the next calls of its disk. */
  kill(callsLeft = 0): void {
    const { disk } = this.#serving ?? {};
    if (disk === undefined) this.#died();
    else if (callsLeft > 0) disk.callsLeft = callsLeft;
    else disk.die();
  }

  /** Ends all faults. */
  heal(): void {
    if (this.#serving !== null) this.#serving.disk.callsLeft = Number.POSITIVE_INFINITY;
    this.setAsleep(false);
    this.setCutOff(false, true);
    this.start();
  }

  setAsleep(isAsleep: boolean): void {
    this.#process?.setAsleep(isAsleep);
  }

  /** @param isNoticed whether the process hears of it, or nothing comes any more */
  setCutOff(isCutOff: boolean, isNoticed: boolean): void {
    this.#isCutOff = isCutOff;
    const connection = this.#connection;
    if (connection === null) return;
    if (isNoticed) connection.setConnected(!isCutOff);
    else connection.isCutOff = isCutOff;
  }

  /** Hands over, if it leads. */
  handOver(to: string | null): void {
    this.#process?.run(() => this.#serving?.replica.node.yieldTo(to));
  }

  /** Saves its folder, as `Autosave` does. */
  save(): void {
    const serving = this.#serving;
    if (this.#isSaving || this.isAsleep || serving === null) return;
    const { server, data, replica, disk } = serving;
    this.#isSaving = true;
    const work = this.#work;
    work.begin(async () => {
      try {
        replica.saves.begin();
        await data.save(
          () => server.snapshotSource(),
          () => work.paused(() => replica.saves.stored()),
        );
        await replica.saves.saved();
      } catch (error) {
        if (!disk.isDead) throw error;
      } finally {
        if (this.#serving === serving) this.#isSaving = false;
      }
    });
  }

  /** Removes everything. */
  async end(): Promise<void> {
    this.kill();
    await this.#bury();
  }

  async #open(process: SimProcess): Promise<void> {
    const buried = this.#bury();
    this.#bury = () => buried;
    await buried;
    // It may have been killed meanwhile: the next one has the folder.
    if (process.isDead) return;
    this.#bury = () => Promise.resolve();
    const { folder } = this;
    mkdirSync(folder, { recursive: true });
    const keyPath = join(folder, "cluster.key");
    if (!existsSync(keyPath)) writeFileSync(keyPath, Buffer.from(KEY).toString("hex"));
    const read = readClusterState(folder);
    if ("refused" in read) throw new Error(read.refused);
    const { state } = read;
    const { first, last } = this.#context.engine.facts;
    const isOld = state !== null && (state.sequence + 1 < first || state.sequence > last);
    const isNew = state === null && !(this.#isFirst && this.#starts === 1);
    const replaces = isOld || this.#isLost;
    if (replaces || isNew || isJoining(folder)) return this.#beginJoin(process, replaces);
    await this.#serve(process, state ?? newState(0));
  }

  async #beginJoin(process: SimProcess, replaces: boolean): Promise<void> {
    const { prng, engine } = this.#context;
    const work = this.#work;
    const path = this.folder;
    const opened = await openJoiningFolder(path, { replaces });
    if ("refused" in opened) throw new Error(opened.refused);
    const { folder } = opened;
    if (process.isDead) return folder.close();
    this.#bury = () => folder.close();
    const joined = joinFolder(
      engineOf(this.#connection as MemoryConnection, process),
      work.tracked(folder),
      {
        ...{ cluster: CLUSTER, seal: new Seal(KEY), reader: prng.letters(16) },
        clock: { elapsed: process.elapsed, later: process.after },
        canFollow: async (sequence) => engine.facts.first <= sequence + 1,
      },
    );
    // It takes as long as the leader takes.
    void joined.then((outcome) => {
      if (process.isDead) return;
      work.begin(async () => {
        if ("refused" in outcome) throw new Error(outcome.refused);
        await folder.close();
        if (process.isDead) return;
        this.#bury = () => Promise.resolve();
        this.#isLost = false;
        const read = readClusterState(path);
        if ("refused" in read) throw new Error(read.refused);
        const state = read.state ?? newState(outcome.sequence);
        const ahead = this.#context.mutation?.joinsAhead === true ? 2 : 0;
        await this.#serve(process, { ...state, sequence: state.sequence + ahead });
      });
    });
  }

  async #serve(process: SimProcess, state: ClusterState): Promise<void> {
    const { prng, hasHistory, mutation } = this.#context;
    const { folder } = this;
    const disk = new DyingDisk(
      // A process that has ended may still be closing its files: the next one doesn't die of it.
      () => process.isDead || this.#died(),
      () => prng.pick([0, prng.unit(), 1]),
    );
    const failed = (text: string, cause?: unknown): void => {
      if (!process.isDead) this.#context.disk.failures.push(`${this.name}: ${text}`, cause);
    };
    const data = await openDataFolder(folder, {
      makeStore: AccountStore.of,
      ...{ passwordCost: "test", history: hasHistory, disk, onProblem: failed },
      waitAfterRefusal: () => Promise.resolve(),
    });
    if ("refused" in data) throw new Error(data.refused);
    const close = (): Promise<void> => data.close().catch(() => {});
    if (process.isDead) return close();
    this.#bury = close;
    const turns = new TurnQueue(undefined, { now: () => 0, atTurnEnd: process.atTurnEnd });
    let log: LeaderLog | null = null;
    let isRecording = false;
    const server = new Server(
      OPTIONS,
      this.#ports(process, turns, () => log as LeaderLog),
      AccountStore.of(data.accountRecords),
      data.restored,
      true,
    );
    const flushScheduler = new FlushScheduler(
      () => {
        if (process.isDead) return new Promise(() => {});
        if (mutation?.speaksBeforeAck !== true) return log?.beforeFlush();
        if (isRecording) return undefined;
        isRecording = true;
        void (log?.beforeFlush() ?? Promise.resolve()).then(() => {
          isRecording = false;
        });
        return undefined;
      },
      (error) => failed("a flush failed", error),
      { now: process.elapsed, atTurnEnd: process.atTurnEnd, after: process.after },
    );
    const places = new ConnectionPlaces({
      ...{ max: 10_000, perAddressMax: 10_000, isExempt: () => false },
      elapsed: process.elapsed,
    });
    const limits = { flushScheduler, places, owedBytes: null, later: (job: () => void) => job() };
    const noteError = (level: string, text: string): void => {
      if (level === "error") failed(text);
    };
    const engine = engineOf(this.#connection as MemoryConnection, process);
    const settings = settingsOf(this.name);
    const clusterSettings = new ClusterSettings({
      ...{ settings, node: this.name, digest, note() {} },
    });
    clusterSettings.follow(state.parts);
    const trim = new LogTrim(engine, state.sequence, process.elapsed);
    trim.follow(state.parts);
    const serving: Serving = {
      ...{ server, data, disk, places, settings, listeners: null },
      replica: new Replica({
        ...{ name: `${this.name}${this.#starts}`, cluster: CLUSTER, engine, seal: new Seal(KEY) },
        ...{ folder, state, server, hasHistory, logBeginsAfter: 0, note: noteError },
        ...{ node: this.name, tables: places.tables },
        data: this.#tracked(data, process, server),
        sent: this.#work.tracked(new SentDataFolder(folder)),
        clock: { elapsed: process.elapsed, later: process.after },
        schedule: (flushable) => flushScheduler.schedule(flushable),
        openListeners: (leaderLog, term) => {
          log = leaderLog;
          const handlers = lineConnections(
            server,
            turns,
            { refused() {}, broken() {}, failed: (error) => failed("a connection failed", error) },
            sessionTakeover(server),
          );
          const lastRecord = (): number => leaderLog.lastRecord;
          const isInTouch = (): boolean => serving.replica.node.isInTouch;
          const timing = {
            ...{ elapsed: process.elapsed, atTurnEnd: process.atTurnEnd },
            startTicks: (tick: () => void) => process.every(TICK_MS, tick),
          };
          const bus = { bus: engine, cluster: CLUSTER, node: this.name, term };
          const hostOf = (): string => "guest.test";
          serving.listeners = openRemoteListeners({
            accept(frames) {
              const listener = acceptOverBus(
                { ...bus, timing, lastRecord, isInTouch, note: failed },
                frames,
              );
              if (mutation?.hurriesTakeover)
                listener.onceReachableFor = (_, run) => process.atTurnEnd(run);
              return listener;
            },
            ...{ ports: { tls: 6697, plain: null, proxy: null }, gateways: 0, limits, handlers },
            ...{ certificate: KEY_ALONE, traffic: new Traffic(), lastRecord, hostOf },
            takeover: leaderLog.takeover(handlers, hostOf, (node) => membership.isSilent(node)),
            settings: () => SETTINGS,
            note: noteError,
          });
          process.every(SERVER_TICK_MS, () => {
            server.tick();
            leaderLog.tick();
          });
          membership.lead();
          return serving.listeners;
        },
        ...{ reached: { write() {} }, isLast: () => false, following() {} },
        logged: (sequence, bytes) => trim.entryLogged(sequence, bytes),
        recorded: (changes, sequence) => trim.recorded(changes, sequence),
        followed: (parts) => membership.follow(parts),
        takeNodeParts: () => membership.takeParts(),
        stop: () => void process.after(prng.below(200), () => this.#exit(process, data)),
        lost: () => {
          this.#isLost = true;
          this.#exit(process, data);
        },
      }),
    };
    const { node } = serving.replica;
    const membership = new Membership({
      ...{ engine, cluster: CLUSTER, seal: new Seal(KEY), settings: clusterSettings, trim },
      ...{ node: this.name, name: `${this.name}${this.#starts}` },
      clock: {
        ...{ now: () => this.#context.world.nowMs, elapsed: process.elapsed },
        startTicks: (ms, tick) => ({ stop: process.every(ms, tick) }),
      },
      position: () => node.position,
      saved: () => serving.replica.saved,
      led: () => (node.mayAnswer ? serving.listeners : null),
      saveSoon: () => this.save(),
      applySettings() {},
    });
    this.#serving = serving;
    membership.begin();
    await serving.replica.begin();
    process.every(NODE_TICK_MS, () => node.tick());
  }

  /** The process ends as it ends by itself, and is started again. */
  #exit(process: SimProcess, data: DataFolder): void {
    // It may have several reasons: the next process has begun.
    if (this.#process !== process) return;
    process.kill();
    this.#leave();
    this.#bury = () => data.close().catch(() => {});
    this.#context.world.after(RESTART_MS, () => this.start());
  }

  /** The process was killed: the next one has its folder as it is now. */
  #died(): void {
    if (this.#process === null) return;
    const { folder } = this;
    this.#process.kill();
    this.#leave();
    this.#folders += 1;
    if (existsSync(folder)) {
      cpSync(folder, this.folder, {
        recursive: true,
        filter: (path) => !path.endsWith("/lock") && !path.includes("/lock/"),
      });
    }
    const close = this.#bury;
    this.#bury = async () => {
      await close();
      rmSync(folder, { recursive: true, force: true });
    };
  }

  #leave(): void {
    this.#context.disk.abandon(this.#work);
    this.#process = null;
    this.#isSaving = false;
    this.#serving = null;
    this.#connection?.kill();
    this.#connection = null;
  }

  /** A folder whose work is waited for. */
  #tracked(data: DataFolder, process: SimProcess, server: Server): DataFolder {
    const work = this.#work;
    const { mutation, prng, hasHistory } = this.#context;
    const { failures } = this.#context.disk;
    const conversations = hasHistory ? [...server.state.rooms.conversations()] : [];
    const positions = new Map(conversations.map(({ id, position }) => [id, position]));
    const changed: Partial<DataFolder> = {
      store: (changes) => {
        const isOther = mutation?.storesOther === true && prng.chance(5);
        const gap = process.isDead ? null : gapIn(changes, positions);
        if (gap !== null) {
          failures.push(new Error(gap));
          // The process would crash.
          return new Promise(() => {});
        }
        return work.track(data.store(isOther ? changes.map(withOtherTime) : changes));
      },
      answer: (query) => work.track(data.answer(query)),
      sync: () => work.track(data.sync()),
      hasEvent: (event) => data.hasEvent(event),
    };
    return new Proxy(data, {
      get: (_, name) => Reflect.get(changed, name) ?? Reflect.get(data, name, data),
    });
  }

  #ports(
    process: SimProcess,
    turns: TurnQueue,
    log: () => LeaderLog,
  ): ConstructorParameters<typeof Server>[1] {
    const { world, disk } = this.#context;
    return {
      clock: { now: () => OPENING_TIME + world.nowMs, elapsed: process.elapsed, precise: () => 0 },
      random: {
        id: () => {
          this.#ids += 1;
          return `${this.name}${String(this.#ids).padStart(15, "0")}`;
        },
        digest,
      },
      append: (event) => log().append(event),
      appendPerson: (change) => log().appendPerson(change),
      ask: (id, query) => {
        const { server } = this.#serving ?? {};
        if (query.kind === "pause") {
          return turns.add(() => server?.answer(id, {}), query.isMembers ?? false);
        }
        void answerTo(query, log()).then((answer) =>
          process.after(0, () => server?.answer(id, answer)),
        );
      },
      note: (level, text, cause) => {
        if (level === "error" && cause !== undefined && !process.isDead) {
          disk.failures.push(`${this.name}: ${text}`, cause);
        }
      },
    };
  }
}

function digest(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** Returns a node's settings, which differ from those of any other. */
function settingsOf(name: string): SettingsInForce {
  const parsed = parseServerArguments([], () => null);
  if (!("settings" in parsed)) throw new Error(JSON.stringify(parsed));
  return new SettingsInForce({ ...parsed.settings, motd: [`The tea of ${name}`] }, []);
}

function newState(sequence: number): ClusterState {
  return { cluster: CLUSTER, sequence, parts: [], consumed: [], upMs: 0 };
}

/** Returns what is missing before a change, and notes up to where conversations are stored. `null`: nothing is missing. */
function gapIn(
  changes: readonly TurnChange[],
  positions: Map<ConversationId, number>,
): string | null {
  for (const change of changes) {
    if (change.kind !== "event") continue;
    const { conversation, position, kind } = change.event;
    const last = positions.get(conversation) ?? (kind === "created" ? 0 : null);
    if (last !== null && position !== last + 1) {
      return `the folder would get ${position} of ${conversation} after ${last}`;
    }
    positions.set(conversation, position);
  }
  return null;
}

function withOtherTime(change: TurnChange): TurnChange {
  if (change.kind !== "event") return change;
  return { kind: "event", event: { ...change.event, time: change.event.time + 1 } };
}

async function answerTo(query: Query, log: LeaderLog): Promise<QueryAnswers[Query["kind"]]> {
  switch (query.kind) {
    case "hash-password":
      return { hash: opaqueString(query.password) && hashOf(mapPassword(query.password)) };
    case "verify-password":
      return { ok: query.hash === hashOf(mapPassword(query.password)) };
    case "dns-listing":
      return { listing: null };
    default:
      if (isFileQuery(query)) return answerWithoutFiles(query);
      return log.answer(query as DiskQuery);
  }
}
