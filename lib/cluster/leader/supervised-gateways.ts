import type { UpgradeOutcome } from "../frames/supervisor-entries.ts";
import type { ChildName, ChildOptions, ChildProcesses } from "../supervisor/child-processes.ts";
import { ENDS_WITH_LEADER } from "../supervisor/handover.ts";

/** How long a leader may take for its end when it has ended its gateways. */
const LEADER_END_MS = 6000;
/** How long new gateways may take until they listen. */
const JOIN_MS = 20_000;

/**
 * - `accepting`: is started again when it dies;
 * - `joining`: was started by an upgrade, and is not known to listen yet;
 * - `leaving`: accepts no connections any more, and is not started again.
 */
type GatewayStage = "accepting" | "joining" | "leaving";

/** What {@link SupervisedGateways} needs of the supervisor. */
export interface SupervisedGatewaysOptions extends Pick<ChildOptions, "wait" | "note"> {
  /** How many accept connections. */
  readonly gateways: number;
  /** Tells the leader which gateways are to accept no connections any more. */
  retire(gateways: readonly number[]): void;
}

/** Owns the gateways of a supervisor, by their numbers: those that accept connections, and those that run empty. */
export class SupervisedGateways {
  readonly #options: SupervisedGatewaysOptions;
  readonly #children: ChildProcesses;
  readonly #stages = new Map<number, GatewayStage>();
  readonly #watches = new Set<Promise<void>>();
  #lastNumber = 0;
  /** Resolves when those that join listen (`true`), or to how one of them ended. */
  #joined: PromiseWithResolvers<true | string> | null = null;
  readonly #listening = new Set<number>();

  constructor(children: ChildProcesses, options: SupervisedGatewaysOptions) {
    this.#children = children;
    this.#options = options;
  }

  /** Those that accept no connections any more, and whose people stay. Each leader has to know them. */
  get leaving(): readonly number[] {
    return this.#numbersIn("leaving");
  }

  get numbers(): readonly number[] {
    return [...this.#stages.keys()];
  }

  /** Starts the first ones. */
  start(): void {
    for (let n = 0; n < this.#options.gateways; n += 1) this.#add("accepting");
  }

  /** Resolves when all have ended. Call it when none is started again. */
  async ended(): Promise<void> {
    await Promise.all(this.#watches);
  }

  /** Notes which gateways listen, as the leader says. */
  listen(numbers: readonly number[]): void {
    for (const number of numbers) if (this.#stages.has(number)) this.#listening.add(number);
    if (this.#numbersIn("joining").every((number) => this.#listening.has(number))) {
      this.#joined?.resolve(true);
    }
  }

  /**
   * Starts as many others, and lets those that accept connections run empty when the others listen. If one of them can't,
   * everything stays as it was.
   */
  async replace(): Promise<UpgradeOutcome> {
    const { gateways, wait, retire, note } = this.#options;
    const replaced = this.#numbersIn("accepting");
    this.#joined = Promise.withResolvers();
    for (let n = 0; n < gateways; n += 1) this.#add("joining");
    const joined = await Promise.race([
      this.#joined.promise,
      this.#children.stopping.then(() => null),
      wait(JOIN_MS).then(() => null),
    ]);
    this.#joined = null;
    const joining = this.#numbersIn("joining");
    if (joined === true) {
      for (const number of joining) this.#stages.set(number, "accepting");
      for (const number of replaced) this.#stages.set(number, "leaving");
      retire(this.leaving);
      note("info", "new gateways take new connections, and the old ones run empty");
      return { outcome: "done", how: null };
    }
    for (const number of joining) {
      this.#stages.set(number, "leaving");
      // The others may have people already, who stay.
      if (!this.#listening.has(number)) this.#children.get(nameOf(number))?.kill("SIGKILL");
    }
    retire(this.leaving);
    if (!this.#children.isStopping) {
      const what = joined === null ? "did not listen in time" : `ended (${joined})`;
      note("error", `a new gateway ${what}: the old ones go on`);
    }
    return { outcome: "failed", how: joined };
  }

  #numbersIn(stage: GatewayStage): number[] {
    return [...this.#stages].flatMap(([number, its]) => (its === stage ? [number] : []));
  }

  #add(stage: GatewayStage): void {
    this.#lastNumber += 1;
    this.#stages.set(this.#lastNumber, stage);
    const watch = this.#watch(this.#lastNumber).finally(() => this.#watches.delete(watch));
    this.#watches.add(watch);
  }

  /** Resolves when none is started again, and after so many ms. */
  #stopping(ms: number): Promise<void> {
    return Promise.race([this.#children.stopping, this.#options.wait(ms)]);
  }

  /** Starts a gateway as often as it dies, unless it is to end. */
  async #watch(number: number): Promise<void> {
    const name = nameOf(number);
    for (;;) {
      const end = await this.#children.ended(name, this.#children.start(name));
      this.#listening.delete(number);
      if (this.#children.isStopping) return;
      const stage = this.#stages.get(number);
      if (stage !== "accepting") {
        this.#stages.delete(number);
        if (stage === "joining") this.#joined?.resolve(end.how);
        else this.#options.note("info", `the ${name} has left (${end.how})`);
        return;
      }
      if (end.code === ENDS_WITH_LEADER) await this.#stopping(LEADER_END_MS);
      if (this.#children.isStopping) return;
      await this.#children.pause(name, end);
      if (this.#children.isStopping) return;
    }
  }
}

function nameOf(number: number): ChildName {
  return `gateway ${number}`;
}
