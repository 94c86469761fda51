import type { FrameBus, RecordLog } from "../../lib/cluster/engine.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import type { MemoryConnection, World } from "../memory-engine.ts";

/** A process in a world: it can sleep, and be killed. What comes for it goes through it. */
export class SimProcess {
  #isDead = false;
  #isAsleep = false;
  /** What came while it slept, and after that as long as it hasn't heard all of it: everything comes in its order. */
  readonly #held: (() => void)[] = [];
  #sleptAtMs = 0;
  /** No two processes have the same monotonic clock. */
  #offsetMs: number;
  readonly #world: World;
  readonly #stopsClock: boolean;

  /** @param stopsClock whether its clock stands still while it sleeps */
  constructor(world: World, offsetMs: number, stopsClock: boolean) {
    this.#world = world;
    this.#offsetMs = offsetMs;
    this.#stopsClock = stopsClock;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  elapsed = (): ElapsedMs => (this.#world.nowMs + this.#offsetMs) as ElapsedMs;

  kill(): void {
    this.#isDead = true;
    this.#isAsleep = false;
    this.#held.length = 0;
  }

  setAsleep(isAsleep: boolean): void {
    if (this.#isDead || isAsleep === this.isAsleep) return;
    const { nowMs } = this.#world;
    this.#isAsleep = isAsleep;
    if (isAsleep) this.#sleptAtMs = nowMs;
    else {
      if (this.#stopsClock) this.#offsetMs -= nowMs - this.#sleptAtMs;
      this.#hearNext();
    }
  }

  #hearNext(): void {
    this.#world.after(0, () => {
      if (this.#isAsleep) return;
      this.#held.shift()?.();
      if (this.#held.length > 0) this.#hearNext();
    });
  }

  /** Something comes for the process. */
  run(run: () => void): void {
    if (this.#isDead) return;
    if (this.#isAsleep || this.#held.length > 0) this.#held.push(run);
    else run();
  }

  readonly after = (ms: number, run: () => void): (() => void) => {
    let isCancelled = false;
    const runUnlessCancelled = (): void => {
      if (!isCancelled) run();
    };
    this.#world.after(ms, () => this.run(runUnlessCancelled));
    return () => {
      isCancelled = true;
    };
  };

  readonly atTurnEnd = (run: () => void): void => void this.after(0, run);

  /** Calls every `ms`, until the returned function is called. */
  readonly every = (ms: number, run: () => void): (() => void) => {
    let isEnded = false;
    const tick = (): void => {
      if (isEnded) return;
      run();
      this.after(ms, tick);
    };
    this.after(ms, tick);
    return () => {
      isEnded = true;
    };
  };
}

/** Returns a connection to the engine as a process has it. */
export function engineOf(connection: MemoryConnection, process: SimProcess): RecordLog & FrameBus {
  return {
    get entryBytesMax() {
      return connection.entryBytesMax;
    },
    get messageBytesMax() {
      return connection.messageBytesMax;
    },
    get isConnected() {
      return connection.isConnected;
    },
    append: (request, done) =>
      connection.append(request, (outcome) => process.run(() => done(outcome))),
    hasRoom: () => connection.hasRoom(),
    follow(after, follower) {
      let isEnded = false;
      const take = (run: () => void): void =>
        process.run(() => {
          if (!isEnded) run();
        });
      const end = connection.follow(after, {
        entry: (entry) => take(() => follower.entry(entry)),
        atEnd: (last) => take(() => follower.atEnd?.(last)),
        lost: (facts) => take(() => follower.lost?.(facts)),
      });
      return () => {
        isEnded = true;
        end();
      };
    },
    facts: () => connection.facts(),
    cut: (upTo) => connection.cut(upTo),
    erase: (sequences) => connection.erase(sequences),
    publish: (subject, bytes) => connection.publish(subject, bytes),
    subscribe(subject, listener) {
      let isEnded = false;
      const end = connection.subscribe(subject, (bytes) =>
        process.run(() => {
          if (!isEnded) listener(bytes);
        }),
      );
      return () => {
        isEnded = true;
        end();
      };
    },
    onConnection: (listener) =>
      connection.onConnection((isConnected) => process.run(() => listener(isConnected))),
    close: () => connection.close(),
  };
}
