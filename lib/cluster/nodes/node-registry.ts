import type { ElapsedMs } from "../../protocol/time.ts";
import type { NodeReport } from "./node-report.ts";

/** Who was silent for so long is gone. */
const GONE_MS = 5000;
/** Who has missed three reports has ended, hangs, or is cut off. */
const SILENT_MS = 3000;
/** A node that is started anew comes back within this: what it needs of the log stays there until then. */
const AWAY_MS_MAX = 45_000;
/** So far back it is known when the leader was where: ten minutes of reports. */
const LEADER_POSITIONS_MAX = 600;

/** A node that lives. */
export interface LivingNode extends NodeReport {
  /** How many records of the leader it didn't have when it reported. */
  readonly behindRecords: number;
  /** For how long the leader has had the first of them, in seconds. */
  readonly behindSeconds: number;
}

interface HeardNode {
  readonly node: LivingNode;
  heardAtMs: ElapsedMs;
  /** Whether another process of the same node has come since. */
  isReplaced: boolean;
}

/** The nodes of a cluster, as one of them hears of them. */
export class NodeRegistry {
  readonly #elapsed: () => ElapsedMs;
  /** By their processes. */
  readonly #heard = new Map<string, HeardNode>();
  /** When the leader first said that it is there, oldest first. */
  #leaderPositions: { readonly position: number; readonly atMs: ElapsedMs }[] = [];

  /** @param elapsed reads the monotonic clock */
  constructor(elapsed: () => ElapsedMs) {
    this.#elapsed = elapsed;
  }

  /** The nodes that live, by name. Two that were given the same name are both there; a process that was replaced is not. */
  get nodes(): readonly LivingNode[] {
    return this.#within(GONE_MS, ({ node, isReplaced }) => !node.isLeaving && !isReplaced).sort(
      (a, b) => a.node.localeCompare(b.node),
    );
  }

  /** The node that leads, as far as it lives; `null` for none. */
  get leader(): LivingNode | null {
    const leaders = this.nodes.filter(({ role }) => role === "leader");
    // One that was replaced may not know it yet.
    return leaders.reduce<LivingNode | null>(
      (newest, each) => (newest === null || each.leadsSince > newest.leadsSince ? each : newest),
      null,
    );
  }

  /** Whether a node was there a moment ago, and no process of it is heard any more. */
  isSilent(name: string): boolean {
    const isOf = ({ node }: LivingNode): boolean => node === name;
    return this.#within(AWAY_MS_MAX).some(isOf) && !this.#within(SILENT_MS).some(isOf);
  }

  /** Sequence up to which no node needs the log any more, with those that were there a moment ago. */
  get savedByAll(): number {
    return Math.min(...this.#within(AWAY_MS_MAX).map(({ saved }) => saved));
  }

  /** Takes a report. */
  heard(report: NodeReport): void {
    const now = this.#elapsed();
    const isNew = !this.#heard.has(report.process);
    for (const [process, heard] of this.#heard) {
      const { node, heardAtMs } = heard;
      // If it goes on reporting, it isn't: then two nodes have the same name.
      if (isNew && node.node === report.node) heard.isReplaced = true;
      const isGone = node.isLeaving || now - heardAtMs > GONE_MS;
      // It was started anew, or it is gone for good.
      const isReplaced = node.node === report.node && process !== report.process;
      if (isGone && (isReplaced || now - heardAtMs > AWAY_MS_MAX)) this.#heard.delete(process);
    }
    if (report.role === "leader") this.#noteLeader(report, now);
    const lag = this.#lagOf(report, now);
    const node = { ...report, ...lag };
    this.#heard.set(report.process, { node, heardAtMs: now, isReplaced: false });
  }

  /** This process slept, or was cut off: what the others said meanwhile isn't read, so nobody's silence counts. */
  forgiveSilence(): void {
    for (const heard of this.#heard.values()) heard.heardAtMs = this.#elapsed();
  }

  #within(ms: number, isMeant: (heard: HeardNode) => boolean = () => true): LivingNode[] {
    const now = this.#elapsed();
    return [...this.#heard.values()].flatMap((heard) =>
      now - heard.heardAtMs <= ms && isMeant(heard) ? heard.node : [],
    );
  }

  #noteLeader({ position }: NodeReport, atMs: ElapsedMs): void {
    const last = this.#leaderPositions.at(-1);
    if (position === last?.position) return;
    // The log of a cluster only grows, unless it was made anew.
    if (last !== undefined && position < last.position) this.#leaderPositions = [];
    this.#leaderPositions.push({ position, atMs });
    if (this.#leaderPositions.length > LEADER_POSITIONS_MAX) this.#leaderPositions.shift();
  }

  #lagOf(
    { role, position }: NodeReport,
    now: ElapsedMs,
  ): Pick<LivingNode, "behindRecords" | "behindSeconds"> {
    const newest = this.#leaderPositions.at(-1)?.position ?? 0;
    const first = this.#leaderPositions.find((noted) => noted.position > position);
    if (role === "leader" || first === undefined) return { behindRecords: 0, behindSeconds: 0 };
    return { behindRecords: newest - position, behindSeconds: (now - first.atMs) / 1000 };
  }
}
