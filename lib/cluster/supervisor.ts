import type { ElapsedMs } from "../protocol/time.ts";

/** A child that dies is started again after this, and after twice as long each time that it dies at once. */
const RESTART_MS = 50;
const RESTART_MS_MAX = 5000;
/** One that ran for this long didn't die at once. */
const STEADY_MS = 10_000;
/** A stop may take so long: then what still runs is killed. */
const STOP_MS = 6000;

/** The children of a supervisor. */
export type ChildName = "leader" | `gateway ${number}`;

/** A process, as its supervisor sees it. */
export interface ChildProcess {
  /** Resolves to the exit code. */
  readonly exited: Promise<number>;
  /** The signal that ended it; `null` if none did. */
  readonly signalCode: string | null;
  kill(signal: NodeJS.Signals): void;
}

/** How a supervisor starts its children, and what it says of them. */
export interface SupervisorOptions {
  readonly gateways: number;
  /** Starts a process, which ends when this one does. */
  start(child: ChildName): ChildProcess;
  /** Reads the monotonic clock. */
  elapsed(): ElapsedMs;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<void>;
  /** Writes a line to the server's log. */
  note(level: "error", text: string): void;
}

/**
 * Starts a leader and gateways, and starts again what dies. It ends when the leader ends by itself, or when its first
 * start fails: the leader says why. It owns the children and nothing else.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children = new Map<ChildName, ChildProcess>();
  readonly #stopping = Promise.withResolvers<void>();
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Runs until the server ends. Resolves to its exit code. */
  async run(): Promise<number> {
    const { gateways, wait } = this.#options;
    const watched = Array.from({ length: gateways }, (_, n) => this.#watch(`gateway ${n + 1}`));
    const code = await this.#watch("leader");
    this.#stop();
    // They end by themselves when the leader told them to, or is gone.
    this.#signalAll("SIGTERM");
    await Promise.race([Promise.all(watched), wait(STOP_MS)]);
    this.#signalAll("SIGKILL");
    await Promise.all(watched);
    return code;
  }

  /** Passes a signal on to the leader, which tells the gateways what they have to know. */
  passOn(signal: NodeJS.Signals): void {
    this.#children.get("leader")?.kill(signal);
  }

  /** Lets the leader say good-bye to everybody and end, and the gateways when it has ended. */
  stop(): void {
    if (this.#isStopping) return;
    this.#stop();
    const leader = this.#children.get("leader");
    leader?.kill("SIGTERM");
    void this.#options.wait(STOP_MS).then(() => this.#children.get("leader")?.kill("SIGKILL"));
  }

  #stop(): void {
    this.#isStopping = true;
    this.#stopping.resolve();
  }

  #signalAll(signal: NodeJS.Signals): void {
    for (const child of this.#children.values()) child.kill(signal);
  }

  /** Starts a child as often as it dies. Resolves to its exit code when it ended on purpose. */
  async #watch(name: ChildName): Promise<number> {
    const { start, elapsed, wait, note } = this.#options;
    let waitMs = RESTART_MS;
    for (let starts = 1; ; starts += 1) {
      const startedElapsedMs = elapsed();
      const child = start(name);
      this.#children.set(name, child);
      const code = await child.exited;
      this.#children.delete(name);
      const { signalCode } = child;
      const isSteady = elapsed() - startedElapsedMs >= STEADY_MS;
      if (this.#isStopping) return signalCode === null ? code : 0;
      if (name === "leader" && signalCode === null) {
        if (code === 0 || (starts === 1 && !isSteady)) return code;
      }
      if (isSteady) waitMs = RESTART_MS;
      await Promise.race([wait(waitMs), this.#stopping.promise]);
      // A gateway that the leader told to stop may have ended before the leader.
      if (this.#isStopping) return 0;
      note("error", `the ${name} ended (${signalCode ?? `code ${code}`}) and is started again`);
      waitMs = Math.min(waitMs * 2, RESTART_MS_MAX);
    }
  }
}
