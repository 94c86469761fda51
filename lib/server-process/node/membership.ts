import type { ServiceStatus } from "../../chat-server/process-ports.ts";
import type { RemoteListeners } from "../../cluster/leader/remote-listeners.ts";
import type { RecordedPart } from "../../cluster/log/record.ts";
import type { LogTrim } from "../../cluster/nodes/log-trim.ts";
import type { NodeReport } from "../../cluster/nodes/node-report.ts";
import { NodeReports, REPORT_MS } from "../../cluster/nodes/node-reports.ts";
import { VERSION } from "../../settings/settings-help.ts";
import { elapsed, startTicks } from "../../transport/clock.ts";
import type { PreparedStart } from "../prepare-start.ts";
import type { ClusterSettings } from "./cluster-settings.ts";
import { type OpenedNode, ownNodeName } from "./open-node.ts";
import { clusterStatus } from "./service-status.ts";

/** What {@link Membership} needs of its node. */
interface MembershipOptions
  extends Pick<PreparedStart, "given">,
    Pick<OpenedNode, "engine" | "seal"> {
  /** The name of the process. */
  readonly name: string;
  readonly settings: ClusterSettings;
  readonly trim: LogTrim;
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
  readonly #node: string;
  #leadsSince = 0;
  #ticks: { stop(): void } | null = null;

  constructor(options: MembershipOptions) {
    const { given, engine, seal } = options;
    this.#options = options;
    this.#node = ownNodeName(given);
    this.#reports = new NodeReports({
      ...{ bus: engine, cluster: given.cluster, seal, elapsed },
      report: () => this.#report(),
    });
  }

  /** The name of the node that leads; `null` for nobody. */
  get leader(): string | null {
    return this.#reports.registry.leader?.node ?? null;
  }

  /** Whether a node that was there a moment ago says nothing any more. */
  isSilent(node: string): boolean {
    return this.#reports.registry.isSilent(node);
  }

  begin(): void {
    this.#ticks = startTicks(REPORT_MS, () => this.#tick());
    this.#tick();
  }

  /** The node leads from now on. */
  lead(): void {
    this.#leadsSince = Date.now();
    this.#options.settings.lead();
    this.#options.applySettings();
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

  /** How the cluster is. */
  async service(): Promise<ServiceStatus> {
    const { given, engine } = this.#options;
    return clusterStatus(given.cluster, this.#reports.registry, await engine.facts());
  }

  /** Says that the node leaves. */
  close(): void {
    this.#ticks?.stop();
    this.#reports.close();
  }

  #tick(): void {
    const { trim, led, saved, saveSoon } = this.#options;
    this.#reports.tick();
    const { registry } = this.#reports;
    if (trim.isSaveDue(registry.leader?.takenBack ?? 0, saved())) saveSoon();
    const listeners = led();
    if (listeners === null) return;
    if (trim.takenBack > listeners.heardRecord) listeners.tellRecord();
    void trim.trim({ savedByAll: registry.savedByAll, heard: listeners.heardRecord });
  }

  #report(): NodeReport {
    const { name, trim, settings, position, saved, led } = this.#options;
    const listeners = led();
    const isLeading = listeners !== null;
    return {
      ...{ process: name, node: this.#node, version: VERSION },
      role: isLeading ? "leader" : "standby",
      leadsSince: isLeading ? this.#leadsSince : 0,
      ...{ position: position(), saved: saved() },
      takenBack: isLeading ? trim.takenBack : 0,
      differing: settings.differing,
      gateways: (listeners?.gateways ?? []).map(({ node, number, links, isLeaving }) => ({
        ...{ node: node ?? this.#node, number, links, isLeaving },
      })),
      isLeaving: false,
    };
  }
}
