import { acceptOverBus } from "../cluster/bus/bus-acceptor.ts";
import { systemBusTiming } from "../cluster/bus/bus-timing.ts";
import { ClusterNode } from "../cluster/cluster-node.ts";
import { BEGINS_AGAIN } from "../cluster/handover.ts";
import { openRemoteListeners, type RemoteListeners } from "../cluster/remote-listeners.ts";
import { SealedTexts } from "../cluster/sealed-texts.ts";
import { SoftParts } from "../cluster/soft-parts.ts";
import { FolderSender } from "../cluster/transfer/folder-sender.ts";
import { type DataFolder, openDataFolder } from "../file-manager/data-folder.ts";
import { fsErrorText } from "../file-manager/disk/fs-errors.ts";
import { PositionFile } from "../file-manager/record-log/position-file.ts";
import { Autosave } from "../file-manager/snapshot/autosave.ts";
import { SentDataFolder } from "../file-manager/transfer/sent-data-folder.ts";
import { AccountStore } from "../member-server/account-store.ts";
import { elapsed, startTicks } from "../transport/clock.ts";
import { makeCloaks } from "../transport/ids.ts";
import { listenHost } from "../transport/local-addresses.ts";
import { exitWithError, stopOnSignal } from "../transport/shutdown.ts";
import { ChatService } from "./chat-service.ts";
import { Follower } from "./follower.ts";
import { LeaderLog, sessionTakeover } from "./leader-log.ts";
import { NodeSaves } from "./node-saves.ts";
import { nodeName, type OpenedNode, openNode, transferClock } from "./open-node.ts";
import type { PreparedStart } from "./prepare-start.ts";
import { ProcessQueries } from "./process-queries.ts";
import type { ProcessRole } from "./process-role.ts";
import { runServer } from "./run-server.ts";
import { gatewaySettings } from "./settings-in-force.ts";

/** How often a node looks who leads. */
const TICK_MS = 250;

/**
 * Serves as a node of a cluster: follows the log, and leads when its turn comes. The connections are held by gateways, of
 * this machine and of others.
 */
export async function serveAsNode(start: PreparedStart, role: ProcessRole): Promise<void> {
  const { given, output, words } = start;
  const { log } = output;
  const opened = await openNode(given, log);
  if ("refused" in opened) return exitWithError([opened.refused], 1);
  const data = await openDataFolder(given.data, {
    ...{ ...given, makeStore: AccountStore.of, now: Date.now() },
    onProblem: (text, cause) => log("error", text, cause),
  });
  if ("refused" in data) {
    await opened.engine.close();
    const { refused, heldBy } = data;
    return exitWithError([heldBy === undefined ? refused : words.dataInUse(heldBy, given.data)], 1);
  }
  for (const report of data.reports) log("warn", report);
  await new NodeProcess(start, role, opened, data).begin();
}

/** How often a leader looks whether its disk refuses what is said. */
const DISK_MS = 2000;
/** What the files lack may take so long at the end of a process. */
const RELEASE_MS = 3000;

/** What a node has while it leads. */
interface Leading {
  readonly log: LeaderLog;
  readonly listeners: RemoteListeners;
}

/** A process that is a node of a cluster. Owns its server, its folder and its place in the cluster. */
class NodeProcess {
  readonly #start: PreparedStart;
  readonly #role: ProcessRole;
  readonly #opened: OpenedNode;
  readonly #data: DataFolder;
  readonly #name: string;
  readonly #queries: ProcessQueries;
  readonly #service: ChatService;
  /** Seals what no disk may have; `null` where messages are written to disk. */
  readonly #texts: SealedTexts | null;
  readonly #soft: SoftParts;
  readonly #follower: Follower;
  readonly #node: ClusterNode;
  readonly #fileSaves: NodeSaves;
  readonly #autosave: Autosave;
  readonly #reached: PositionFile;
  #leading: Leading | null = null;
  /** Whether no other node followed when this one was to hand over. */
  #isLast = false;
  #sender: FolderSender | null = null;
  /** Up to where cluster.json has the log. */
  #saved: number;
  #ticks: { stop(): void } | null = null;
  /** Called when the place was handed over; `null` unless this process stops. */
  #handedOver: (() => void) | null = null;

  constructor(start: PreparedStart, role: ProcessRole, opened: OpenedNode, data: DataFolder) {
    this.#start = start;
    this.#role = role;
    this.#opened = opened;
    this.#data = data;
    const { given, settings, output } = start;
    const { log } = output;
    const { engine, seal, state } = opened;
    this.#texts = given.history ? null : new SealedTexts(seal);
    this.#soft = new SoftParts(this.#texts?.open);
    this.#name = nodeName(given);
    this.#reached = new PositionFile(given.data, (error) => {
      log("error", `${given.data}/cluster.position cannot be written: ${fsErrorText(error)}.`);
    });
    this.#saved = state.sequence;
    this.#queries = new ProcessQueries(settings, log);
    this.#service = new ChatService({
      ...{ settings, output, stored: data, answerProcess: this.#queries.answer, storage: null },
      // Each gateway has the limit of its own machine.
      processes: Number.POSITIVE_INFINITY,
    });
    const { server } = this.#service;
    this.#soft.follow({ ...state, upMs: 0 });
    this.#follower = new Follower({ server, data, soft: this.#soft, note: log, elapsed });
    this.#node = new ClusterNode(this.#name, engine, seal, state.sequence, {
      now: () => performance.now(),
      follow: (record, sequence) => this.#follow(record, sequence),
      passed: (sequence) => this.#followed(sequence),
      lead: (term) => void this.#lead(term),
      beat: () => this.#leading?.log.beat(),
      finish: () => this.#finish(),
      stop: (why, isReplaced) => this.#stopLeading(why, isReplaced),
      lost: () => this.#lost(),
    });
    this.#fileSaves = this.#saves();
    this.#autosave = new Autosave(data, {
      ...{ fsync: given.fsync, every: startTicks, log: this.#fileSaves },
      onProblem: (text, cause) => log("error", text, cause),
      takeSnapshot: () => server.snapshotSource(),
      applyRetention: () => server.retain(),
    });
  }

  /** Follows the log, until this process ends. */
  async begin(): Promise<void> {
    const { given, output, words, addresses } = this.#start;
    const host = listenHost(given.host, addresses);
    output.startOutput.write(`${words.node(given.cluster, host, this.#role.ports.tls)}\n`);
    // A node that joins finds what it needs, also in the first minute.
    this.#fileSaves.begin();
    await this.#fileSaves.saved();
    const { engine } = this.#opened;
    stopOnSignal(() => this.#stop());
    // An upgrade: another node goes on, and this one is started anew.
    process.on("SIGUSR2", () => void this.#beginAgain());
    engine.onConnection((isConnected) => this.#node.connectionChanged(isConnected));
    this.#ticks = startTicks(TICK_MS, () => this.#node.tick());
    startTicks(DISK_MS, () => void this.#watchDisk());
    this.#node.begin();
  }

  #follow(record: Parameters<Follower["follow"]>[0], sequence: number): void {
    this.#follower.follow(record, sequence);
    this.#followed(sequence);
  }

  #followed(sequence: number): void {
    void this.#follower.stored.then(() => this.#reached.write({ sequence, led: false }));
  }

  #saves(): NodeSaves {
    const { given, output } = this.#start;
    return new NodeSaves({
      ...{ folder: given.data, cluster: given.cluster, data: this.#data, soft: this.#soft },
      position: () => this.#node.position,
      logged: async () => {
        if (this.#node.isLeading) await this.#leading?.log.stored();
      },
      inFiles: () => this.#leading?.log.inFiles ?? this.#follower.stored,
      saved: (sequence) => {
        this.#saved = sequence;
      },
      note: output.log,
    });
  }

  async #lead(term: number): Promise<void> {
    const { given, settings, output, certificate, addresses } = this.#start;
    const { engine, seal } = this.#opened;
    const [node, data, service] = [this.#node, this.#data, this.#service];
    const { server, limits } = service;
    const note = output.log;
    void this.#follower.stored.then(() => this.#reached.write({ sequence: term, led: true }));
    note("info", `this node leads the cluster ${given.cluster} now`);
    const log = LeaderLog.of(
      {
        ...{ log: node.log, last: term, soft: this.#soft, seal, data, server },
        ...{ texts: this.#texts, gatewaysOf: given.cluster },
        stored: (sequence) => this.#reached.write({ sequence, led: true }),
        recordsAfter: (sequence) => this.#follower.turnsAfter(sequence),
        takeConsumed: () => this.#leading?.listeners.takeConsumed() ?? [],
        heardRecord: () => this.#leading?.listeners.heardRecord ?? 0,
        tellRecord: () => this.#leading?.listeners.tellRecord(),
        schedule: (flushable) => limits.flushScheduler.schedule(flushable),
        mayAnswer: () => node.mayAnswer,
        // The node has been told, and ends.
        failed: () => new Promise<never>(() => {}) as never,
      },
      term,
    );
    service.storage = log;
    const hostOf = makeCloaks(certificate.key);
    const handlers = service.handlers(sessionTakeover(server));
    const host = listenHost(given.host, addresses);
    const bus = { bus: engine, cluster: given.cluster, node: this.#name, term };
    const lastRecord = (): number => log.lastRecord;
    const listeners = openRemoteListeners({
      ...{ limits, hostOf, handlers, certificate, note, lastRecord },
      ...{ traffic: this.#queries.traffic, ports: this.#role.ports, gateways: 0 },
      accept: (frames) => acceptOverBus({ ...bus, timing: systemBusTiming(), lastRecord }, frames),
      takeover: log.takeover(handlers, hostOf),
      settings: () => gatewaySettings(settings.current, host),
    });
    this.#leading = { log, listeners };
    this.#sender = new FolderSender(engine, {
      ...{ cluster: given.cluster, seal, clock: transferClock },
      ...{ folder: new SentDataFolder(given.data), sequence: () => this.#saved },
    });
    await runServer({
      ...this.#start,
      ...{ data, service, queries: this.#queries, listeners },
      led: Object.assign(listeners, { log, allowHandover() {} }),
      node: { autosave: this.#autosave, stop: () => this.#stop() },
    });
  }

  /** Writes what the last turn has changed. What gateways say from now on is for the next leader. */
  async #finish(): Promise<void> {
    this.#sender?.close();
    this.#leading?.listeners.stopHearing();
    await this.#leading?.log.finish();
  }

  /** Another node leads, or soon will. */
  #stopLeading(why: string, isReplaced: boolean): void {
    const { position } = this.#node;
    const stored = this.#leading?.log.inFiles ?? this.#follower.stored;
    if (isReplaced)
      void stored.then(() => this.#reached.write({ sequence: position, led: this.#isLast }));
    if (this.#handedOver !== null) return this.#handedOver();
    this.#start.output.log("warn", why);
    this.#exit();
  }

  /** A leader that nobody follows has everything also when it has handed over. */
  async #lookWhoFollows(): Promise<void> {
    if (this.#node.isLeading) this.#isLast = (await this.#opened.engine.followers()) === 0;
  }

  #exit(): void {
    // A disk that refuses would keep this process, and what it lacks is in the log.
    const released = Promise.race([this.#autosave.release(), Bun.sleep(RELEASE_MS)]);
    void released.then(() => process.exit(BEGINS_AGAIN));
  }

  async #beginAgain(): Promise<void> {
    await this.#lookWhoFollows();
    if (this.#node.isLeading) this.#node.yieldTo(null);
    else this.#stopLeading("This node is started anew.", true);
  }

  #lost(): void {
    const { output, given } = this.#start;
    output.log(
      "error",
      `the log of the cluster ${given.cluster} does not go on where this node is, which begins again`,
    );
    this.#exit();
  }

  /** Hands over while the disk refuses what is said, as soon as another node can take the place. */
  async #watchDisk(): Promise<void> {
    if (!this.#node.isLeading || !this.#data.isFailing) return;
    if ((await this.#opened.engine.followers()) === 0 || !this.#data.isFailing) return;
    this.#start.output.log("error", "this node hands over, since its disk refuses what is said");
    this.#node.yieldTo(null);
  }

  /** Leaves the cluster to the others. Who leads hands over first, so that nobody waits for it. */
  async #stop(): Promise<void> {
    const { output, words, given } = this.#start;
    output.startOutput.write(`${words.nodeStops(given.cluster)}\n`);
    this.#ticks?.stop();
    await this.#lookWhoFollows();
    if (this.#node.isLeading) {
      await new Promise<void>((resolve) => {
        this.#handedOver = resolve;
        this.#node.yieldTo(null);
      });
    } else this.#node.end();
    await this.#autosave.close();
    await this.#opened.engine.close();
  }
}
