import type { UpgradedPart } from "../../chat-server/process-ports.ts";
import type { UpgradeOutcome } from "../frames/supervisor-entries.ts";
import {
  SupervisedGateways,
  type SupervisedGatewaysOptions,
} from "../leader/supervised-gateways.ts";
import {
  type ChildName,
  type ChildOptions,
  type ChildProcess,
  ChildProcesses,
} from "./child-processes.ts";
import { BEGINS_AGAIN, HANDED_OVER } from "./handover.ts";
import { Watchdog } from "./watchdog.ts";

/** A stop may take so long: then what still runs is killed. */
const STOP_MS = 6000;
/** How long a new leader may take until the old one has handed over. */
const CANDIDATE_MS = 60_000;
/** A leader that is silent for so long doesn't say of gateways that they are alive. */
const SILENT_MS = 3000;

/** How a supervisor starts its children, and what it says of them. */
export interface SupervisorOptions extends ChildOptions, SupervisedGatewaysOptions {
  /** Whether the leader is on other machines alone. */
  readonly isWithoutLeader?: boolean;
  /** Whether children say themselves that they are alive, as in a cluster: see {@link Supervisor.heard}. */
  readonly areSelfReporting?: boolean;
}

/**
 * Starts a leader and gateways, starts again what dies or hangs, and replaces them while people talk. It ends when the
 * leader ends by itself, or when its first start fails: the leader says why. It owns the children and nothing else.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children: ChildProcesses;
  readonly #gateways: SupervisedGateways;
  readonly #watchdog: Watchdog<ChildName>;
  #upgrade: UpgradedPart | null = null;
  /** Resolves when the leader has ended that a candidate was to replace: to whether it has handed over. */
  #leaderEnded: PromiseWithResolvers<boolean> | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#children = new ChildProcesses(options);
    this.#gateways = new SupervisedGateways(this.#children, options);
    this.#watchdog = new Watchdog(() => options.elapsed());
  }

  /** The gateways that accept no connections any more. Each leader has to know them. */
  get leaving(): readonly number[] {
    return this.#gateways.leaving;
  }

  /** Runs until the server ends. Resolves to its exit code. */
  async run(): Promise<number> {
    this.#gateways.start();
    const { isWithoutLeader = false } = this.#options;
    const code = isWithoutLeader ? await this.#stopped() : await this.#watchLeader();
    this.#children.stop();
    // They end by themselves when the leader told them to, or is gone.
    this.#children.signalAll("SIGTERM");
    await Promise.race([this.#gateways.ended(), this.#options.wait(STOP_MS)]);
    this.#children.signalAll("SIGKILL");
    await this.#gateways.ended();
    return code;
  }

  /** Passes a signal on to the leader, which tells the gateways what they have to know. */
  passOn(signal: NodeJS.Signals): void {
    this.#children.get("leader")?.kill(signal);
  }

  /** Lets the leader say good-bye to everybody and end, and the gateways when it has ended. */
  stop(): void {
    if (this.#children.isStopping) return;
    this.#children.stop();
    const signal = (name: NodeJS.Signals): void => {
      // A candidate may be taking over: then it is the one that says good-bye.
      for (const child of ["leader", "candidate"] as const) this.#children.get(child)?.kill(name);
    };
    signal("SIGTERM");
    void this.#options.wait(STOP_MS).then(() => signal("SIGKILL"));
  }

  /**
   * Replaces the leader, or the gateways, by processes that are started now: perhaps of another version. Resolves to how
   * that ended.
   */
  async upgrade(part: UpgradedPart): Promise<UpgradeOutcome> {
    const { note, isWithoutLeader = false } = this.#options;
    const hasLeader = isWithoutLeader || this.#children.get("leader") !== undefined;
    if (this.#upgrade !== null || this.#children.isStopping || !hasLeader) {
      const why = hasLeader ? "another upgrade is under way" : "the leader doesn't run";
      note("warn", `nothing is replaced: ${why}`);
      return { outcome: "busy", how: null };
    }
    this.#upgrade = part;
    const outcome = await (part === "leader" ? this.#replaceLeader() : this.#gateways.replace());
    this.#upgrade = null;
    return outcome;
  }

  /** Takes the leader's word that it is alive, and which gateways it has heard of. */
  alive(gateways: readonly number[]): void {
    this.#watchdog.heard("leader");
    for (const number of this.#gateways.numbers) {
      const name = `gateway ${number}` as const;
      // One that hangs at its start is never named.
      const isNew = this.#children.get(name) !== undefined && !this.#watchdog.isWatched(name);
      if (isNew || gateways.includes(number)) this.#watchdog.heard(name);
    }
    this.#gateways.listen(gateways);
  }

  /** Returns the child that is a process; `null` for none. */
  nameOf(pid: number): ChildName | null {
    return this.#children.nameOf(pid);
  }

  /** Takes a child's own word that it is alive: it is watched from the first one on. It may be silent now for so long. */
  heard(child: ChildName, silentMs: number): void {
    this.#watchdog.heard(child, silentMs);
  }

  /** Takes note which gateways listen. */
  listening(gateways: readonly number[]): void {
    this.#gateways.listen(gateways);
  }

  /** Ends what hangs. Call it once a second. */
  tick(): void {
    const { areSelfReporting = false, leaderName = "leader", note } = this.#options;
    const { names } = this.#children;
    // While the next leader starts, nobody tells of gateways.
    const isTold =
      areSelfReporting ||
      (this.#watchdog.isWatched("leader") && this.#watchdog.silentMs("leader") < SILENT_MS);
    for (const name of this.#watchdog.names) {
      const isUnheard = name !== "leader" && !isTold;
      if (isUnheard || !names.includes(name)) this.#watchdog.forget(name);
    }
    for (const { name, silentMsMax } of this.#watchdog.takeHanging()) {
      const [shown, seconds] = [name === "leader" ? leaderName : name, silentMsMax / 1000];
      note("error", `the ${shown} has answered nothing for ${seconds} seconds and is killed`);
      this.#children.killHanging(name);
    }
  }

  async #stopped(): Promise<number> {
    await this.#children.stopping;
    return 0;
  }

  /** Starts the leader as often as it dies. Resolves to its exit code when it ended on purpose. */
  async #watchLeader(): Promise<number> {
    const children = this.#children;
    let child = children.start("leader");
    for (let starts = 1; ; starts += 1) {
      const end = await children.ended("leader", child);
      this.#watchdog.forget("leader");
      const successor = await this.#successor(end.code === HANDED_OVER);
      if (successor !== null) {
        child = successor;
        continue;
      }
      const goesOn = end.code === HANDED_OVER || end.code === BEGINS_AGAIN;
      if (children.isStopping) return goesOn || end.signalCode !== null ? 0 : end.code;
      const isRefused = starts === 1 && !end.wasSteady && !goesOn;
      if (end.signalCode === null && (end.code === 0 || isRefused)) return end.code;
      await children.pause("leader", end);
      if (children.isStopping) return 0;
      child = children.start("leader");
    }
  }

  /** Returns the candidate, which leads now, if the leader has handed over. Otherwise it ends. */
  async #successor(hasHandedOver: boolean): Promise<ChildProcess | null> {
    const candidate = this.#children.get("candidate");
    this.#leaderEnded?.resolve(hasHandedOver);
    if (candidate === undefined) return null;
    if (hasHandedOver) {
      this.#children.rename(candidate, "candidate", "leader");
      return candidate;
    }
    // The next leader begins with all that is stored: what this one has read may be less.
    candidate.kill("SIGKILL");
    await candidate.exited;
    return null;
  }

  async #replaceLeader(): Promise<UpgradeOutcome> {
    const { wait, elapsed, note } = this.#options;
    const startedElapsedMs = elapsed();
    this.#leaderEnded = Promise.withResolvers();
    const candidate = this.#children.start("candidate");
    const ended = this.#children.ended("candidate", candidate);
    const first = await Promise.race([
      this.#leaderEnded.promise,
      ended.then(() => false),
      wait(CANDIDATE_MS).then(() => null),
    ]);
    this.#leaderEnded = null;
    if (first === true) {
      const seconds = ((elapsed() - startedElapsedMs) / 1000).toFixed(1);
      note("info", `process ${candidate.pid} leads now, ${seconds} s after its start`);
      return { outcome: "done", how: null };
    }
    if (first === null) candidate.kill("SIGKILL");
    const how = first === null ? null : (await ended).how;
    await ended;
    // If the leader was killed, another one is started.
    if (this.#children.get("leader") !== undefined && !this.#children.isStopping) {
      const what =
        how === null ? `wasn't ready in ${CANDIDATE_MS / 1000} seconds` : `ended (${how})`;
      note("error", `the new leader ${what}: the old one leads on`);
    }
    return { outcome: "failed", how };
  }
}
