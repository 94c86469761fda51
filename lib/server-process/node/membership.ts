import type { ServiceStatus } from "../../chat-server/process-ports.ts";
import type { FrameBus, RecordLog } from "../../cluster/engine.ts";
import type { RemoteListeners } from "../../cluster/leader/remote-listeners.ts";
import type { RecordedPart } from "../../cluster/log/record.ts";
import type { TurnChange } from "../../cluster/log/turn-recorder.ts";
import type { LogTrim } from "../../cluster/nodes/log-trim.ts";
import type { NodeReport } from "../../cluster/nodes/node-report.ts";
import { NodeReports, REPORT_MS } from "../../cluster/nodes/node-reports.ts";
import type { Seal } from "../../cluster/seal.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { VERSION } from "../../settings/settings-help.ts";
import { elapsed, startTicks, type Ticks } from "../../transport/clock.ts";
import { clusterMetrics } from "./cluster-metrics.ts";
import type { ClusterSettings } from "./cluster-settings.ts";
import type { FileCopies } from "./file-copies.ts";
import { clusterStatus } from "./service-status.ts";

/**
 * After a node has started, or another one leads, it takes so long until this node has heard who leads: until then it
 * doesn't say that nobody does.
 */
const UNHEARD_MS = 3000;

/** The process's time. */
interface MembershipClock {
  /** The time of day, and of the monotonic clock. */
  now(): number;
  elapsed(): ElapsedMs;
  startTicks(ms: number, tick: () => void): Ticks;
}

/** Time, for the membership of a process. */
export const MEMBERSHIP_CLOCK: MembershipClock = { now: Date.now, elapsed, startTicks };

/** What {@link Membership} needs of its node. */
interface MembershipOptions {
  readonly cluster: string;
  readonly engine: FrameBus & Pick<RecordLog, "facts">;
  readonly seal: Seal;
  readonly clock: MembershipClock;
  /** The node's name, as its owner gave it, and that of the process. */
  readonly node: string;
  readonly name: string;
  readonly settings: ClusterSettings;
  readonly trim: LogTrim;
  /** Its files; left out where there are none. */
  readonly files?: Pick<FileCopies, "begin" | "lead" | "recorded" | "close" | "missing">;
  /** Sequence up to which the node has the log, and up to which it has saved it. */
  position(): number;
  saved(): number;
  /** The ports of a node that leads, and may do so still; `null` for any other. */
  led(): Pick<RemoteListeners, "gateways" | "heardRecord" | "tellRecord"> | null;
  /** Saves the folder without waiting for the minute to end. */
  saveSoon(): void;
  /** The settings in force have changed. */
  applySettings(): void;
}

/** What a node does for its cluster besides following and leading: says who it is, shares settings, and trims the log. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #reports: NodeReports;
  #leadsSince = 0;
  #ticks: Ticks | null = null;
  /** When somebody was last known to lead. */
  #ledElapsedMs: ElapsedMs;
  /** Those who wait until it is known who leads, or that nobody does. */
  readonly #asking: (() => void)[] = [];

  constructor(options: MembershipOptions) {
    const { cluster, engine, seal, clock } = options;
    this.#options = options;
    this.#ledElapsedMs = clock.elapsed();
    this.#reports = new NodeReports({
      ...{ bus: engine, cluster, seal, elapsed: clock.elapsed },
      report: () => this.#report(),
      heard: () => this.#answer(),
    });
  }

  /** The name of the node that leads; `null` for nobody. */
  get leader(): string | null {
    return this.#reports.registry.leader?.node ?? null;
  }

  /** How many other nodes follow that take files. One of a version without files would be waited for in vain. */
  get fileTakers(): number {
    const { nodes } = this.#reports.registry;
    return nodes.filter(
      ({ role, process, missingFiles }) =>
        role === "standby" && process !== this.#options.name && missingFiles !== undefined,
    ).length;
  }

  /** Whether a node that was there a moment ago says nothing any more. */
  isSilent(node: string): boolean {
    return this.#reports.registry.isSilent(node);
  }

  begin(): void {
    this.#ticks = this.#options.clock.startTicks(REPORT_MS, () => this.#tick());
    this.#tick();
    void this.#options.files?.begin();
  }

  /** The node leads from now on. */
  lead(): void {
    this.#leadsSince = this.#options.clock.now();
    this.#options.settings.lead();
    this.#options.files?.lead();
    this.#options.applySettings();
  }

  /** Says who this node is now, without waiting for the second to end. */
  tell(): void {
    this.#reports.tick();
    this.#answer();
  }

  /** Changes are in the log, with the sequence of their record. */
  recorded(changes: readonly TurnChange[], sequence: number): void {
    this.#options.trim.recorded(changes, sequence);
    this.#options.files?.recorded(changes);
  }

  /** Takes parts of the log. */
  follow(parts: readonly RecordedPart[]): void {
    const { settings, trim, applySettings } = this.#options;
    trim.follow(parts);
    if (settings.follow(parts)) applySettings();
  }

  /** Returns what the next record of a leader has to tell. */
  takeParts(): readonly RecordedPart[] {
    return [...this.#options.settings.takeParts(), ...this.#options.trim.takeParts()];
  }

  /** How the cluster is. Resolves when this node knows it, to its best knowledge. */
  async service(): Promise<ServiceStatus> {
    const { cluster, engine } = this.#options;
    const log = await engine.facts();
    await new Promise<void>((resolve) => {
      this.#asking.push(resolve);
      this.#answer();
    });
    return clusterStatus(cluster, this.#reports.registry, log);
  }

  /** The same as metrics. */
  async metrics(): Promise<string> {
    return clusterMetrics(this.#reports.registry, await this.#options.engine.facts());
  }

  /** Says that the node leaves. */
  close(): void {
    this.#ticks?.stop();
    this.#reports.close();
    this.#options.files?.close();
  }

  /** Answers those who wait, if there is an answer. */
  #answer(): void {
    const now = this.#options.clock.elapsed();
    const isLed = this.leader !== null;
    if (isLed) this.#ledElapsedMs = now;
    else if (now - this.#ledElapsedMs < UNHEARD_MS) return;
    for (const resolve of this.#asking.splice(0)) resolve();
  }

  #tick(): void {
    const { trim, led, saved, saveSoon } = this.#options;
    this.tell();
    const { registry } = this.#reports;
    if (trim.isSaveDue(registry.leader?.takenBack ?? 0, saved())) saveSoon();
    const listeners = led();
    if (listeners === null) return;
    if (trim.takenBack > listeners.heardRecord) listeners.tellRecord();
    void trim.trim({ savedByAll: registry.savedByAll, heard: listeners.heardRecord });
  }

  #report(): NodeReport {
    const { name, node: ownNode, trim, settings, files, position, saved, led } = this.#options;
    const listeners = led();
    const isLeading = listeners !== null;
    return {
      ...{ process: name, node: ownNode, version: VERSION },
      role: isLeading ? "leader" : "standby",
      leadsSince: isLeading ? this.#leadsSince : 0,
      ...{ position: position(), saved: saved() },
      takenBack: isLeading ? trim.takenBack : 0,
      differing: settings.differing,
      gateways: (listeners?.gateways ?? []).map(({ node, number, links, isLeaving }) => ({
        ...{ node: node ?? ownNode, number, links, isLeaving },
      })),
      ...(files === undefined ? {} : { missingFiles: files.missing }),
      isLeaving: false,
    };
  }
}
