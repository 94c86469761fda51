import type { UpgradeAnswer, UpgradedPart } from "../../chat-server/process-ports.ts";
import { acceptOverBus } from "../../cluster/bus/bus-acceptor.ts";
import { systemBusTiming } from "../../cluster/bus/bus-timing.ts";
import {
  openRemoteListeners,
  type RemoteListeners,
} from "../../cluster/leader/remote-listeners.ts";
import { LogTrim } from "../../cluster/nodes/log-trim.ts";
import { ChildConnection } from "../../cluster/supervisor/child-connection.ts";
import {
  type Certificate,
  renewedCertificate,
} from "../../file-manager/certificates/certificates.ts";
import { type DataFolder, openDataFolder } from "../../file-manager/data-folder.ts";
import { fsErrorText } from "../../file-manager/disk/fs-errors.ts";
import { PositionFile } from "../../file-manager/record-log/position-file.ts";
import { Autosave } from "../../file-manager/snapshot/autosave.ts";
import { SentDataFolder } from "../../file-manager/transfer/sent-data-folder.ts";
import { AccountStore } from "../../member-server/account-store.ts";
import { elapsed, startTicks } from "../../transport/clock.ts";
import { makeCloaks, makeIds } from "../../transport/ids.ts";
import { listenHost } from "../../transport/local-addresses.ts";
import { exitWithError, stopOnSignal } from "../../transport/shutdown.ts";
import { ChatService } from "../chat-service.ts";
import { type LeaderLog, sessionTakeover } from "../leader-log.ts";
import { MetricsWriter } from "../metrics-writer.ts";
import type { PreparedStart } from "../prepare-start.ts";
import { ProcessQueries } from "../process-queries.ts";
import { type ProcessRole, runName } from "../process-role.ts";
import { reportStart } from "../report-start.ts";
import { runServer } from "../run-server.ts";
import { gatewaySettings } from "../settings-in-force.ts";
import { endToBeginAgain, fetchToBeginAgain } from "./begin-again.ts";
import { ClusterSettings } from "./cluster-settings.ts";
import { transferClock } from "./fetch-folder.ts";
import { openFileCopies } from "./file-copies.ts";
import { MEMBERSHIP_CLOCK, Membership } from "./membership.ts";
import { openNodeConsole } from "./node-console.ts";
import { noteConnections, noteLeader } from "./node-notes.ts";
import { namesOf, nodeName, type OpenedNode, openNode, ownNodeName } from "./open-node.ts";
import { Replica } from "./replica.ts";

/** How often a node looks who leads. */
const TICK_MS = 250;
/** How often a leader looks whether its disk refuses what is said. */
const DISK_MS = 2000;

/**
 * Serves as a node of a cluster: follows the log, and leads when its turn comes. The connections are held by gateways, of
 * this machine and of others.
 */
export async function serveAsNode(start: PreparedStart, role: ProcessRole): Promise<void> {
  const { given, settings, output, words } = start;
  const { log } = output;
  const supervisor = new ChildConnection(role.socket);
  const opened = await openNode(given, log, output.feed);
  if ("refused" in opened) {
    // Often after other lines, and some time.
    log("error", opened.refused);
    process.exitCode = 1;
    return;
  }
  const endReports = reportStart(
    { cluster: given.cluster, ...opened, ...namesOf(given) },
    opened.state.sequence,
  );
  const clusterSettings = new ClusterSettings({
    ...{ settings, node: ownNodeName(given), digest: makeIds().digest, note: log },
  });
  clusterSettings.follow(opened.state.parts);
  supervisor.beginLongWork();
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
  await new NodeProcess(start, role, opened, data, clusterSettings, supervisor).begin();
  endReports();
}

/** A process that is a node of a cluster. Owns its server, its folder and its place in the cluster. */
class NodeProcess {
  readonly #start: PreparedStart;
  readonly #role: ProcessRole;
  readonly #opened: OpenedNode;
  readonly #data: DataFolder;
  readonly #supervisor: ChildConnection;
  readonly #name: string;
  readonly #queries: ProcessQueries;
  readonly #service: ChatService;
  readonly #replica: Replica;
  readonly #autosave: Autosave;
  readonly #clusterSettings: ClusterSettings;
  readonly #trim: LogTrim;
  readonly #membership: Membership;
  #listeners: RemoteListeners | null = null;
  #console: { close(): void } | null = null;
  #metrics: MetricsWriter | null = null;
  /** Whether no other node followed when this one was to hand over. */
  #isLast = false;
  #ticks: { stop(): void } | null = null;
  #stopping: Promise<void> | null = null;
  /** Called when the place was handed over; `null` unless this process stops. */
  #handedOver: (() => void) | null = null;

  constructor(
    start: PreparedStart,
    role: ProcessRole,
    opened: OpenedNode,
    data: DataFolder,
    clusterSettings: ClusterSettings,
    supervisor: ChildConnection,
  ) {
    this.#start = start;
    this.#role = role;
    this.#opened = opened;
    this.#data = data;
    this.#supervisor = supervisor;
    const { given, settings, output } = start;
    const { log } = output;
    const { engine, state } = opened;
    this.#clusterSettings = clusterSettings;
    this.#trim = new LogTrim(engine, state.sequence, elapsed);
    this.#name = nodeName(given);
    const reached = new PositionFile(given.data, (error) => {
      log("error", `${given.data}/cluster.position cannot be written: ${fsErrorText(error)}.`);
    });
    this.#queries = new ProcessQueries(settings, log);
    this.#service = new ChatService({
      ...{ settings, output, stored: data, answerProcess: this.#queries.answer, storage: null },
      // Each gateway has the limit of its own machine.
      processes: Number.POSITIVE_INFINITY,
    });
    const { server, limits } = this.#service;
    const files = openFileCopies({
      ...{ ...opened, cluster: given.cluster, service: this.#service, note: log },
      ...{ data: given.data, others: () => this.#membership.fileTakers },
    });
    this.#replica = new Replica({
      ...{ ...opened, name: this.#name, cluster: given.cluster, folder: given.data, data, server },
      ...{ node: ownNodeName(given), reached, logBeginsAfter: engine.origin.after },
      ...{ sent: new SentDataFolder(given.data), tables: limits.places.tables },
      ...{ isLast: () => this.#isLast, isAfterFault: role.isAfterFault === true },
      ...{ hasHistory: settings.current.history, note: log, clock: { ...transferClock, elapsed } },
      schedule: (flushable) => limits.flushScheduler.schedule(flushable),
      openListeners: (leaderLog, term) => this.#openListeners(leaderLog, term),
      logged: (sequence, bytes) => this.#trim.entryLogged(sequence, bytes),
      recorded: (changes, sequence) => this.#membership.recorded(changes, sequence),
      readFile: (...part) => files.read(...part),
      followed: (parts) => this.#membership.follow(parts),
      takeNodeParts: () => this.#membership.takeParts(),
      following: (leader) =>
        noteLeader(leader, { process: this.#name, cluster: given.cluster }, log),
      stop: (why) => this.#stopLeading(why),
      unreadable: (why, isNewer) => void this.#endUnreadable(why, isNewer),
      lost: () => this.#lost(),
    });
    this.#autosave = new Autosave(data, {
      ...{ fsync: given.fsync, every: startTicks, log: this.#replica.saves },
      onProblem: (text, cause) => log("error", text, cause),
      takeSnapshot: () => server.snapshotSource(),
      applyRetention: () => server.retain(),
    });
    const { node } = this.#replica;
    this.#membership = new Membership({
      ...{ ...opened, cluster: given.cluster, clock: MEMBERSHIP_CLOCK, node: ownNodeName(given) },
      ...{ name: this.#name, settings: clusterSettings, trim: this.#trim, files },
      position: () => node.position,
      saved: () => this.#replica.saved,
      led: () => (node.mayAnswer ? this.#listeners : null),
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
    stopOnSignal(() => this.#stop());
    // An upgrade: another node goes on, and this one is started anew.
    process.on("SIGUSR2", () => void this.#beginAgain());
    noteConnections(this.#opened.engine, output.log);
    this.#openConsole(host);
    this.#membership.begin();
    this.#metrics = MetricsWriter.start(
      given,
      async () =>
        this.#service.server.metrics(this.#queries.facts) + (await this.#membership.metrics()),
      (text, cause) => output.log("error", text, cause),
    );
    await this.#replica.begin();
    this.#ticks = startTicks(TICK_MS, () => this.#replica.node.tick());
    startTicks(DISK_MS, () => void this.#watchDisk());
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
      ...{ isLeading: () => this.#listeners !== null, leader, reloadLocal },
      upgrade: (part) => this.#upgrade(part),
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

  #openListeners(log: LeaderLog, term: number): RemoteListeners {
    const { given, settings, output, addresses } = this.#start;
    const certificate = this.#certificateInFolder() ?? this.#start.certificate;
    const { engine } = this.#opened;
    const { limits, server } = this.#service;
    const note = output.log;
    note("info", `this node leads the cluster ${given.cluster} now`);
    this.#membership.lead();
    this.#service.storage = log;
    const hostOf = makeCloaks(certificate.key);
    const handlers = this.#service.handlers(sessionTakeover(server));
    const host = listenHost(given.host, addresses);
    const bus = { bus: engine, cluster: given.cluster, node: this.#name, term };
    const lastRecord = (): number => log.lastRecord;
    const isInTouch = (): boolean => this.#replica.node.isInTouch;
    const busNote = (text: string): void => note("warn", text);
    const listeners = openRemoteListeners({
      ...{ limits, hostOf, handlers, certificate, note, lastRecord },
      renewedCertificate: () => this.#certificateInFolder(),
      ...{ traffic: this.#queries.traffic, ports: this.#role.ports, gateways: 0 },
      run: runName(this.#role),
      accept: (frames) =>
        acceptOverBus(
          { ...bus, timing: systemBusTiming(), lastRecord, isInTouch, note: busNote },
          frames,
        ),
      takeover: log.takeover(handlers, hostOf, (node) => this.#membership.isSilent(node)),
      settings: () => ({ ...gatewaySettings(settings.current, host), leader: ownNodeName(given) }),
    });
    this.#listeners = listeners;
    this.#membership.tell();
    void this.#run(log, listeners, certificate);
    return listeners;
  }

  /** Returns the certificate that is there now: it may have been renewed since this process began. `null`: the log says why. */
  #certificateInFolder(): Certificate | null {
    const renewed = renewedCertificate(this.#start.given.certs);
    if (!("refused" in renewed)) return renewed;
    this.#start.output.log("error", renewed.refused);
    return null;
  }

  async #run(log: LeaderLog, listeners: RemoteListeners, certificate: Certificate): Promise<void> {
    await runServer({
      ...this.#start,
      ...{
        certificate,
        data: this.#data,
        service: this.#service,
        queries: this.#queries,
        listeners,
      },
      led: Object.assign(listeners, { log, allowHandover() {} }),
      node: {
        ...{ autosave: this.#autosave, metrics: this.#metrics, stop: () => this.#stop() },
        service: () => this.#membership.service(),
        reloaded: () => this.#clusterSettings.publish(),
        upgrade: (part) => this.#upgrade(part),
      },
    });
  }

  /** Another node leads, or soon will. `null`: this one is to be started anew, which its supervisor says. */
  #stopLeading(why: string | null): void {
    if (this.#handedOver !== null) return this.#handedOver();
    if (why !== null) this.#start.output.log("warn", why);
    this.#endToBeginAgain();
  }

  /** Another node goes on, and this one is started anew: its answer is that of the next process. */
  async #upgrade(part: UpgradedPart): Promise<UpgradeAnswer> {
    if (part === "gateways") return this.#supervisor.upgrade(part);
    await this.#beginAgain();
    return new Promise(() => {});
  }

  /** A leader that nobody follows has everything also when it has handed over. */
  async #lookWhoFollows(): Promise<void> {
    if (!this.#replica.node.isLeading) return;
    this.#isLast = (await this.#opened.engine.followers()) === 0;
  }

  async #beginAgain(): Promise<void> {
    await this.#lookWhoFollows();
    if (this.#replica.node.isLeading) this.#replica.node.yieldTo(null);
    else this.#replica.stop(null);
  }

  #lost(): void {
    const { output, given } = this.#start;
    output.log(
      "error",
      `the log of the cluster ${given.cluster} does not go on where this node is, which begins again`,
    );
    this.#endToBeginAgain();
  }

  /** The log has what can't be read. */
  async #endUnreadable(why: string, isNewer: boolean): Promise<void> {
    const { output, given } = this.#start;
    const { leader } = this.#membership;
    output.log("error", `${why}${isNewer ? " Upgrade this node." : ""}`);
    if (isNewer || leader === null || this.#handedOver !== null) return this.#endToBeginAgain();
    this.#console?.close();
    this.#membership.close();
    await fetchToBeginAgain(given, this.#autosave, this.#opened.engine, leader, output.log);
  }

  /** This process ends, and another one begins again; one that stops goes on with that. */
  #endToBeginAgain(): void {
    this.#console?.close();
    this.#membership.close();
    if (this.#handedOver !== null) this.#handedOver();
    else endToBeginAgain(this.#autosave);
  }

  /** Hands over while the disk refuses what is said, as soon as another node can take the place. */
  async #watchDisk(): Promise<void> {
    const { node } = this.#replica;
    if (!node.isLeading || !this.#data.isFailing) return;
    if ((await this.#opened.engine.followers()) === 0 || !this.#data.isFailing) return;
    this.#start.output.log("error", "this node hands over, since its disk refuses what is said");
    node.yieldTo(null);
  }

  /** Leaves the cluster to the others. A second call waits for the first one. */
  #stop(): Promise<void> {
    this.#stopping ??= this.#stopOnce();
    return this.#stopping;
  }

  /** Who leads hands over first, so that nobody waits for it. */
  async #stopOnce(): Promise<void> {
    const { output, words, given } = this.#start;
    output.startOutput.write(`${words.nodeStops(given.cluster)}\n`);
    this.#console?.close();
    this.#metrics?.close();
    // With its supervisor the gateways of this machine end, for which another leader would wait.
    await this.#listeners?.stopOwn();
    this.#ticks?.stop();
    this.#membership.close();
    await this.#lookWhoFollows();
    if (this.#replica.node.isLeading) {
      await new Promise<void>((resolve) => {
        this.#handedOver = resolve;
        this.#replica.node.yieldTo(null);
      });
      // What has happened here since the last record is in no log: nothing may be saved.
      await this.#autosave.release();
    } else {
      this.#replica.node.end();
      await this.#autosave.close();
    }
    await this.#opened.engine.close();
  }
}
