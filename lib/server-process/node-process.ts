import { acceptOverBus } from "../cluster/bus/bus-acceptor.ts";
import { systemBusTiming } from "../cluster/bus/bus-timing.ts";
import { ClusterNode } from "../cluster/cluster-node.ts";
import { BEGINS_AGAIN } from "../cluster/handover.ts";
import { LogTrim } from "../cluster/nodes/log-trim.ts";
import { openRemoteListeners, type RemoteListeners } from "../cluster/remote-listeners.ts";
import { SealedTexts } from "../cluster/sealed-texts.ts";
import { SoftParts } from "../cluster/soft-parts.ts";
import { FolderSender } from "../cluster/transfer/folder-sender.ts";
import { type DataFolder, openDataFolder } from "../file-manager/data-folder.ts";
import { Autosave } from "../file-manager/snapshot/autosave.ts";
import { SentDataFolder } from "../file-manager/transfer/sent-data-folder.ts";
import { AccountStore } from "../member-server/account-store.ts";
import { elapsed, startTicks } from "../transport/clock.ts";
import { makeCloaks, makeIds } from "../transport/ids.ts";
import { listenHost } from "../transport/local-addresses.ts";
import { exitWithError, stopOnSignal } from "../transport/shutdown.ts";
import { ChatService } from "./chat-service.ts";
import { ClusterSettings } from "./cluster-settings.ts";
import { Follower } from "./follower.ts";
import { LeaderLog, sessionTakeover } from "./leader-log.ts";
import { Membership } from "./membership.ts";
import { openNodeConsole } from "./node-console.ts";
import { NodeSaves } from "./node-saves.ts";
import { type OpenedNode, openNode, transferClock } from "./open-node.ts";
import type { PreparedStart } from "./prepare-start.ts";
import { ProcessQueries } from "./process-queries.ts";
import type { ProcessRole } from "./process-role.ts";
import { nodeName, ownNodeName, reportStart } from "./report-start.ts";
import { runServer } from "./run-server.ts";
import { gatewaySettings } from "./settings-in-force.ts";

/** How often a node looks who leads. */
const TICK_MS = 250;

/**
 * Serves as a node of a cluster: follows the log, and leads when its turn comes. The connections are held by gateways, of
 * this machine and of others.
 */
export async function serveAsNode(start: PreparedStart, role: ProcessRole): Promise<void> {
  const { given, settings, output, words } = start;
  const { log } = output;
  const opened = await openNode(given, log);
  if ("refused" in opened) return exitWithError([opened.refused], 1);
  const endReports = reportStart(given, opened, opened.state.sequence);
  const clusterSettings = new ClusterSettings({
    ...{ settings, node: ownNodeName(given), digest: makeIds().digest, note: log },
  });
  clusterSettings.follow(opened.state.parts);
  const data = await openDataFolder(given.data, {
    ...{ ...given, makeStore: AccountStore.of, now: Date.now(), history: settings.current.history },
    onProblem: (text, cause) => log("error", text, cause),
  });
  if ("refused" in data) {
    endReports();
    await opened.engine.close();
    const { refused, heldBy } = data;
    return exitWithError([heldBy === undefined ? refused : words.dataInUse(heldBy, given.data)], 1);
  }
  for (const report of data.reports) log("warn", report);
  await new NodeProcess(start, role, opened, data, clusterSettings).begin();
  endReports();
}

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
  readonly #clusterSettings: ClusterSettings;
  readonly #trim: LogTrim;
  readonly #membership: Membership;
  #console: { close(): void } | null = null;
  #leading: Leading | null = null;
  #sender: FolderSender | null = null;
  /** Up to where cluster.json has the log. */
  #saved: number;
  #ticks: { stop(): void } | null = null;
  /** Called when the place was handed over; `null` unless this process stops. */
  #handedOver: (() => void) | null = null;

  constructor(
    start: PreparedStart,
    role: ProcessRole,
    opened: OpenedNode,
    data: DataFolder,
    clusterSettings: ClusterSettings,
  ) {
    this.#start = start;
    this.#role = role;
    this.#opened = opened;
    this.#data = data;
    const { given, settings, output } = start;
    const { log } = output;
    const { engine, seal, state } = opened;
    this.#clusterSettings = clusterSettings;
    this.#texts = settings.current.history ? null : new SealedTexts(seal);
    this.#soft = new SoftParts(this.#texts?.open);
    this.#name = nodeName(given);
    this.#saved = state.sequence;
    this.#queries = new ProcessQueries(settings, log);
    this.#service = new ChatService({
      ...{ settings, output, stored: data, answerProcess: this.#queries.answer, storage: null },
      // Each gateway has the limit of its own machine.
      processes: Number.POSITIVE_INFINITY,
    });
    const { server } = this.#service;
    this.#soft.follow({ ...state, upMs: 0 });
    this.#trim = new LogTrim(engine, state.sequence, elapsed);
    const recorded = this.#trim.recorded.bind(this.#trim);
    this.#follower = new Follower({ server, data, soft: this.#soft, note: log, elapsed, recorded });
    this.#node = new ClusterNode(this.#name, engine, seal, state.sequence, {
      now: () => performance.now(),
      logged: (sequence, bytes) => this.#trim.entryLogged(sequence, bytes),
      follow: (record, sequence) => {
        this.#follower.follow(record, sequence);
        this.#membership.follow(record.parts);
      },
      lead: (term) => void this.#lead(term),
      beat: () => this.#leading?.log.beat(),
      finish: () => this.#finish(),
      stop: (why) => this.#stopLeading(why),
      lost: () => this.#lost(),
    });
    this.#fileSaves = this.#saves();
    this.#autosave = new Autosave(data, {
      ...{ fsync: given.fsync, every: startTicks, log: this.#fileSaves },
      onProblem: (text, cause) => log("error", text, cause),
      takeSnapshot: () => server.snapshotSource(),
      applyRetention: () => server.retain(),
    });
    this.#membership = new Membership({
      ...{ given, engine, seal, name: this.#name, settings: clusterSettings, trim: this.#trim },
      position: () => this.#node.position,
      saved: () => this.#saved,
      led: () => (this.#node.mayAnswer ? (this.#leading?.listeners ?? null) : null),
      saveSoon: () => this.#autosave.saveSoon(),
      applySettings: () => this.#service.applySettings(),
    });
    this.#trim.follow(state.parts);
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
    process.on("SIGUSR2", () => this.#beginAgain());
    engine.onConnection((isConnected) => this.#node.connectionChanged(isConnected));
    this.#ticks = startTicks(TICK_MS, () => this.#node.tick());
    this.#openConsole(host);
    this.#membership.begin();
    this.#node.begin();
  }

  #openConsole(host: string): void {
    const { given, settings, output, certificate, onSighup } = this.#start;
    const { fingerprint } = certificate;
    this.#queries.begin({
      ...{ data: this.#data, address: { host, port: this.#role.ports.tls, fingerprint } },
      gateways: () => [],
      service: () => this.#membership.service(),
      reload: () => ({ options: null, messages: [] }),
      applyLogLevel: () => this.#service.applyLogLevel(),
    });
    const reloadLocal = () => {
      const { logLevel } = settings.current;
      const reload = settings.reloadLocal();
      if (settings.current.logLevel !== logLevel) this.#service.applyLogLevel();
      this.#clusterSettings.reread();
      return reload;
    };
    const leader = (): string | null => this.#membership.leader;
    this.#console = openNodeConsole({
      ...{ folder: given.data, server: this.#service.server, feed: output.feed, note: output.log },
      ...{ isLeading: () => this.#leading !== null, leader, reloadLocal },
      setLogLevel: (level) => {
        settings.setLogLevel(level);
        this.#service.applyLogLevel();
      },
    });
    // A leader sets its own.
    onSighup(() => {
      const { isApplied, messages } = reloadLocal();
      for (const sentence of messages) output.log("warn", sentence);
      const text = isApplied
        ? `only what is about this node is read again: the cluster's settings are read by ${leader() ?? "the node that leads"}`
        : "Everything stays as it was";
      output.log("info", text);
    });
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
    note("info", `this node leads the cluster ${given.cluster} now`);
    this.#membership.lead();
    const log = LeaderLog.of(
      {
        ...{ log: node.log, last: term, soft: this.#soft, seal, data, server },
        ...{ texts: this.#texts, gatewaysOf: given.cluster },
        recordsAfter: (sequence) => this.#follower.turnsAfter(sequence),
        takeConsumed: () => this.#leading?.listeners.takeConsumed() ?? [],
        heardRecord: () => this.#leading?.listeners.heardRecord ?? 0,
        tellRecord: () => this.#leading?.listeners.tellRecord(),
        schedule: (flushable) => limits.flushScheduler.schedule(flushable),
        mayAnswer: () => node.mayAnswer,
        takeNodeParts: () => this.#membership.takeParts(),
        recorded: (changes, sequence) => this.#trim.recorded(changes, sequence),
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
      node: {
        ...{ autosave: this.#autosave, stop: () => this.#stop() },
        service: () => this.#membership.service(),
        reloaded: () => this.#clusterSettings.publish(),
      },
    });
  }

  /** Writes what the last turn has changed. What gateways say from now on is for the next leader. */
  async #finish(): Promise<void> {
    this.#sender?.close();
    this.#leading?.listeners.stopHearing();
    await this.#leading?.log.finish();
  }

  /** Another node leads, or soon will. */
  #stopLeading(why: string): void {
    if (this.#handedOver !== null) return this.#handedOver();
    this.#start.output.log("warn", why);
    this.#console?.close();
    this.#membership.close();
    void this.#autosave.release().then(() => process.exit(BEGINS_AGAIN));
  }

  #beginAgain(): void {
    if (this.#node.isLeading) this.#node.yieldTo(null);
    else this.#stopLeading("This node is started anew.");
  }

  #lost(): void {
    const { output, given } = this.#start;
    output.log(
      "error",
      `the data folder ${given.data} is too old for the log of the cluster ${given.cluster}`,
    );
    void this.#autosave.release().then(() => process.exit(BEGINS_AGAIN));
  }

  /** Leaves the cluster to the others. Who leads hands over first, so that nobody waits for it. */
  async #stop(): Promise<void> {
    const { output, words, given } = this.#start;
    output.startOutput.write(`${words.nodeStops(given.cluster)}\n`);
    this.#ticks?.stop();
    this.#console?.close();
    this.#membership.close();
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
