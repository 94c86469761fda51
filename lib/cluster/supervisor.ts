import type { Subprocess } from "bun";
import { type LocalRole, roleEnvironment, type SharedPorts } from "./local-role.ts";

/** A child that dies is started again after this, and after twice as long each time that it dies at once. */
const RESTART_MS = 200;
const RESTART_MS_MAX = 5000;
/** One that ran for this long didn't die at once. */
const STEADY_MS = 10_000;
/** Signals that are passed on to all children. */
const PASSED_ON = ["SIGHUP", "SIGUSR2"] as const;

/** How a supervisor starts its children, and what it says of them. */
export interface SupervisorOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly socket: string;
  readonly ports: SharedPorts;
  readonly gateways: number;
  /** Writes a line to the server's log. */
  note(level: "info" | "warn" | "error", text: string): void;
}

type Child = Subprocess<"pipe", "inherit", "inherit">;

/**
 * Starts a leader and gateways, starts again what dies, and passes signals on. Its children hold the other end of a
 * pipe: when it is gone, however that came, they end.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children = new Map<string, Child>();
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Runs until it is told to stop, or until the leader's first start fails. Resolves to the exit code. */
  async run(): Promise<number> {
    for (const signal of PASSED_ON) process.on(signal, () => this.#signal(signal));
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => this.#stop());
    const { gateways } = this.#options;
    const watched = Array.from({ length: gateways }, (_, n) => this.#keepUp("gateway", n + 1));
    const code = await this.#keepUp("leader", 0);
    this.#isStopping = true;
    for (const child of this.#children.values()) child.kill("SIGTERM");
    await Promise.all(watched);
    return code;
  }

  /** Starts a child as often as it dies. Resolves to its exit code when it ended on purpose. */
  async #keepUp(role: LocalRole["role"], number: number): Promise<number> {
    const name = role === "leader" ? role : `${role} ${number}`;
    let waitMs = RESTART_MS;
    for (let starts = 1; ; starts += 1) {
      const startedMs = performance.now();
      const child = this.#start(role);
      this.#children.set(name, child);
      const code = await child.exited;
      this.#children.delete(name);
      const isSteady = performance.now() - startedMs >= STEADY_MS;
      const hasFailedToStart = role === "leader" && starts === 1 && !isSteady && code !== 0;
      if (this.#isStopping || (role === "leader" && code === 0) || hasFailedToStart) return code;
      if (isSteady) waitMs = RESTART_MS;
      const why = child.signalCode ?? `code ${code}`;
      this.#options.note("error", `the ${name} ended (${why}) and is started again`);
      await Bun.sleep(waitMs);
      waitMs = Math.min(waitMs * 2, RESTART_MS_MAX);
      if (this.#isStopping) return code;
    }
  }

  #start(role: LocalRole["role"]): Child {
    const { command, socket, ports } = this.#options;
    return Bun.spawn([...command], {
      env: { ...process.env, ...roleEnvironment({ role, socket, ports }) },
      stdio: ["pipe", "inherit", "inherit"],
    });
  }

  #signal(signal: NodeJS.Signals): void {
    for (const child of this.#children.values()) child.kill(signal);
  }

  /** The leader says good-bye to everybody; the gateways end when it has ended. */
  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#children.get("leader")?.kill("SIGTERM");
  }
}

/** Ends this process when its supervisor is gone: the pipe between them breaks. */
export function endWithSupervisor(): void {
  process.stdin.on("end", () => process.exit(0));
  process.stdin.on("error", () => process.exit(0));
  process.stdin.resume();
}
