import type { ElapsedMs } from "../../protocol/time.ts";
import { BEGINS_AGAIN } from "./handover.ts";

/** A child that dies is started again after this, and after twice as long each time that it dies at once. */
const RESTART_MS = 50;
const RESTART_MS_MAX = 5000;
/** One that ran for this long didn't die at once. */
const STEADY_MS = 10_000;

/** The children of a supervisor. A candidate is to be the leader. */
export type ChildName = "leader" | "candidate" | `gateway ${number}`;

/** A process, as its supervisor sees it. */
export interface ChildProcess {
  readonly pid: number;
  /** Resolves to the exit code. */
  readonly exited: Promise<number>;
  /** The signal that ended it; `null` if none did. */
  readonly signalCode: string | null;
  kill(signal: NodeJS.Signals): void;
}

/** What {@link ChildProcesses} needs of the supervisor's process. */
export interface ChildOptions {
  /** What the log calls the leader: a node of a cluster may be a standby. */
  readonly leaderName?: "leader" | "node";
  /**
   * Starts a process, which ends when this one does.
   *
   * @param isAfterFault whether the last one of that name has ended by its own fault
   */
  start(child: ChildName, isAfterFault: boolean): ChildProcess;
  /** Reads the monotonic clock. */
  elapsed(): ElapsedMs;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<void>;
  /** Writes a line to the server's log. */
  note(level: "info" | "warn" | "error", text: string): void;
}

/** The code of a process that has crashed: see `crash`. */
const CRASHED = 70;
/** Those that somebody else sends. Whom the system kills for lack of memory gets SIGKILL, too. */
const SENT_SIGNALS = ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"];
/** Who was killed at once so often, one after the other, wasn't by chance. */
const KILLS_MAX = 3;

/** How a process ended. */
export interface ChildEnd {
  readonly code: number;
  readonly signalCode: string | null;
  /** Whether it had run for a while. */
  readonly wasSteady: boolean;
  /** In words: "SIGKILL", "code 1". */
  readonly how: string;
}

/** Owns the processes of a supervisor that run. */
export class ChildProcesses {
  readonly #options: ChildOptions;
  readonly #children = new Map<ChildName, ChildProcess>();
  readonly #pausesMs = new Map<ChildName, number>();
  /** How often each was killed at once, one after the other. */
  readonly #kills = new Map<ChildName, number>();
  /** Those whose last process ended by its own fault, or hung. */
  readonly #faulty = new Set<ChildName>();
  readonly #stopping = Promise.withResolvers<void>();
  #isStopping = false;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** Whether none is started again. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Resolves when none is started again. */
  get stopping(): Promise<void> {
    return this.#stopping.promise;
  }

  /** The names of those that run. */
  get names(): readonly ChildName[] {
    return [...this.#children.keys()];
  }

  /** Starts none again from now on. */
  stop(): void {
    this.#isStopping = true;
    this.#stopping.resolve();
  }

  start(name: ChildName): ChildProcess {
    const child = this.#options.start(name, this.#faulty.delete(name));
    this.#children.set(name, child);
    return child;
  }

  /** Ends a child that hangs: that is its own fault. */
  killHanging(name: ChildName): void {
    this.#faulty.add(name);
    this.#children.get(name)?.kill("SIGKILL");
  }

  /** Returns the one of that name, if it runs. */
  get(name: ChildName): ChildProcess | undefined {
    return this.#children.get(name);
  }

  /** Returns the name of a process, if it is one of these. */
  nameOf(pid: number): ChildName | null {
    for (const [name, child] of this.#children) if (child.pid === pid) return name;
    return null;
  }

  /** Gives a child that runs another name. */
  rename(child: ChildProcess, from: ChildName, to: ChildName): void {
    this.#children.delete(from);
    this.#children.set(to, child);
  }

  signalAll(signal: NodeJS.Signals): void {
    for (const child of this.#children.values()) child.kill(signal);
  }

  /** Resolves when a child has ended. */
  async ended(name: ChildName, child: ChildProcess): Promise<ChildEnd> {
    const { elapsed } = this.#options;
    const startedElapsedMs = elapsed();
    const code = await child.exited;
    if (this.#children.get(name) === child) this.#children.delete(name);
    const { signalCode } = child;
    const wasSteady = elapsed() - startedElapsedMs >= STEADY_MS;
    const isKilled = signalCode !== null && SENT_SIGNALS.includes(signalCode);
    const kills = isKilled && !wasSteady ? (this.#kills.get(name) ?? 0) + 1 : 0;
    this.#kills.set(name, kills);
    const isFault = signalCode === null ? code === CRASHED : !isKilled;
    if (isFault || kills >= KILLS_MAX) this.#faulty.add(name);
    return { code, signalCode, wasSteady, how: signalCode ?? `code ${code}` };
  }

  /** Resolves when a child that has ended may be started again. The caller looks then whether {@link isStopping}. */
  async pause(name: ChildName, { wasSteady, how, code }: ChildEnd): Promise<void> {
    const { wait, note, leaderName = "leader" } = this.#options;
    const pauseMs = wasSteady ? RESTART_MS : (this.#pausesMs.get(name) ?? RESTART_MS);
    this.#pausesMs.set(name, Math.min(pauseMs * 2, RESTART_MS_MAX));
    await Promise.race([wait(pauseMs), this.stopping]);
    if (this.#isStopping) return;
    const shown = name === "leader" ? leaderName : name;
    // It has said why.
    if (code === BEGINS_AGAIN) note("info", `the ${shown} is started anew`);
    else note("error", `the ${shown} ended (${how}) and is started again`);
  }
}
