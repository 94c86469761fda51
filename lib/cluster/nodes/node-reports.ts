import type { ElapsedMs } from "../../protocol/time.ts";
import { SleepWatch } from "../awake-time.ts";
import type { FrameBus } from "../engine.ts";
import type { Seal } from "../seal.ts";
import { NodeRegistry } from "./node-registry.ts";
import { type NodeReport, nodesSubject, readNodeReport, writeNodeReport } from "./node-report.ts";

/** How often a node says who it is. */
export const REPORT_MS = 1000;

/** What {@link NodeReports} needs of its node. */
export interface NodeReportsOptions {
  readonly bus: FrameBus;
  readonly cluster: string;
  readonly seal: Seal;
  /** Reads the monotonic clock. */
  elapsed(): ElapsedMs;
  /** Returns what the node says of itself now. */
  report(): NodeReport;
  /** Another node, or this one, has reported. */
  heard?(): void;
}

/** Says who a node is, and hears the others. */
export class NodeReports {
  readonly registry: NodeRegistry;
  readonly #options: NodeReportsOptions;
  readonly #sleep: SleepWatch;
  readonly #ending: (() => void)[];

  constructor(options: NodeReportsOptions) {
    const { bus, cluster, seal, elapsed } = options;
    this.#options = options;
    this.registry = new NodeRegistry(elapsed);
    this.#sleep = new SleepWatch(elapsed(), 3 * REPORT_MS);
    this.#ending = [
      bus.subscribe(nodesSubject(cluster), (bytes) => {
        const report = readNodeReport(bytes, seal);
        if (report === null) return;
        this.registry.heard(report);
        this.#options.heard?.();
      }),
      bus.onConnection((isConnected) => {
        if (isConnected) this.registry.forgiveSilence();
      }),
    ];
  }

  /** Says who this node is. Call it every {@link REPORT_MS}. */
  tick(): void {
    const { elapsed, report } = this.#options;
    if (this.#sleep.hasSlept(elapsed())) this.registry.forgiveSilence();
    this.#say(report());
  }

  /** Says that the node leaves, and nothing more. */
  close(): void {
    for (const end of this.#ending) end();
    this.#say({ ...this.#options.report(), isLeaving: true });
  }

  #say(report: NodeReport): void {
    const { bus, cluster, seal } = this.#options;
    // Others may be out of reach: this node knows itself all the same.
    this.registry.heard(report);
    bus.publish(nodesSubject(cluster), writeNodeReport(report, seal));
  }
}
