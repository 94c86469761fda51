import { describe, expect, test } from "bun:test";
import { COALESCE_MS_MAX } from "../../lib/transport/coalesce-window.ts";
import {
  type Flushable,
  FlushScheduler,
  type FlushTiming,
} from "../../lib/transport/flush-scheduler.ts";

/** An event loop whose clock moves only by the test. */
class FakeLoop implements FlushTiming {
  nowMs = 1000;
  /** How long the scheduler asked to wait, each time: 0 for the end of the turn. */
  readonly waitsMs: number[] = [];
  readonly #queue: (() => void)[] = [];

  now = (): number => this.nowMs;

  atTurnEnd = (run: () => void): void => {
    this.waitsMs.push(0);
    this.#queue.push(run);
  };

  after = (ms: number, run: () => void): void => {
    this.waitsMs.push(ms);
    this.#queue.push(() => {
      this.nowMs += ms;
      run();
    });
  };

  /** Runs everything that is due, its waiting included. */
  run(): void {
    for (const run of this.#queue.splice(0)) run();
  }
}

/** A reader whose flush takes `tookMs` on the loop's clock, and sends what was queued since the last one. */
class Reader implements Flushable {
  readonly isMembers: boolean;
  isFiles = false;
  readonly calls: string[] = [];
  queuedChunks = 0;
  readonly #loop: FakeLoop;
  readonly #tookMs: number;

  constructor(loop: FakeLoop, tookMs: number, isMembers = true) {
    this.isMembers = isMembers;
    this.#loop = loop;
    this.#tookMs = tookMs;
  }

  seal(): void {
    this.calls.push("seal");
  }

  flush(): number {
    this.calls.push("flush");
    this.#loop.nowMs += this.#tookMs;
    const chunks = this.queuedChunks;
    this.queuedChunks = 0;
    return chunks;
  }

  flushed(): void {
    this.calls.push("flushed");
    // The next piece of a file is got ready.
    if (this.isFiles) this.#loop.nowMs += this.#tookMs;
  }
}

/** Queues chunks and flushes them, `count` times with `idleMs` in between. */
function flushOften(
  loop: FakeLoop,
  scheduler: FlushScheduler,
  reader: Reader,
  count: number,
  idleMs: number,
): void {
  for (let i = 0; i < count; i += 1) {
    // Waiting gathers more chunks, as in a busy room.
    reader.queuedChunks = (loop.waitsMs.at(-1) ?? 0) > 0 ? 5 : 1;
    loop.nowMs += idleMs;
    scheduler.schedule(reader);
    loop.run();
  }
}

describe("the flush scheduler", () => {
  test("flushes everything that was scheduled in one turn at its end, in three passes", () => {
    const loop = new FakeLoop();
    const scheduler = new FlushScheduler(undefined, undefined, loop);
    const calls: string[] = [];
    for (const name of ["mina", "jun"]) {
      scheduler.schedule({
        isMembers: false,
        seal: () => calls.push(`seal ${name}`),
        flush: () => calls.push(`flush ${name}`),
        flushed: () => calls.push(`flushed ${name}`),
      });
    }
    expect(calls).toEqual([]);
    expect(loop.waitsMs).toEqual([0]);
    loop.run();
    const passes = ["seal", "flush", "flushed"];
    expect(calls).toEqual(passes.flatMap((pass) => [`${pass} mina`, `${pass} jun`]));
  });

  test("never waits while flushing is a small part of the time", () => {
    const loop = new FakeLoop();
    const scheduler = new FlushScheduler(undefined, undefined, loop);
    flushOften(loop, scheduler, new Reader(loop, 0.2), 100, 5);
    expect(loop.waitsMs.every((ms) => ms === 0)).toBe(true);
  });

  test("doesn't wait for files, however long they take: nothing is gained by gathering them", () => {
    const loop = new FakeLoop();
    const scheduler = new FlushScheduler(undefined, undefined, loop);
    const reader = new Reader(loop, 20);
    reader.isFiles = true;
    flushOften(loop, scheduler, reader, 40, 0);
    expect(loop.waitsMs.every((ms) => ms === 0)).toBe(true);
  });

  test("waits between flushes under load, at most for the window since the last flush ended", () => {
    const loop = new FakeLoop();
    const scheduler = new FlushScheduler(undefined, undefined, loop);
    flushOften(loop, scheduler, new Reader(loop, 20), 40, 0);
    expect(loop.waitsMs[0]).toBe(0);
    expect(loop.waitsMs.at(-1)).toBeCloseTo(COALESCE_MS_MAX);
    // Of the window 4 ms have passed when the next bytes are queued.
    flushOften(loop, scheduler, new Reader(loop, 20), 1, 4);
    expect(loop.waitsMs.at(-1)).toBeCloseTo(COALESCE_MS_MAX - 4);
    // The whole window has passed.
    flushOften(loop, scheduler, new Reader(loop, 20), 1, COALESCE_MS_MAX);
    expect(loop.waitsMs.at(-1)).toBe(0);
  });

  test("stops waiting after a pause", () => {
    const loop = new FakeLoop();
    const scheduler = new FlushScheduler(undefined, undefined, loop);
    flushOften(loop, scheduler, new Reader(loop, 20), 40, 0);
    flushOften(loop, scheduler, new Reader(loop, 20), 1, 100);
    flushOften(loop, scheduler, new Reader(loop, 0.1), 1, 0);
    expect(loop.waitsMs.slice(-2)).toEqual([0, 0]);
  });

  test("empties the cache of joined chunks at the end of each flush", () => {
    const loop = new FakeLoop();
    const scheduler = new FlushScheduler(undefined, undefined, loop);
    const chunks = [Buffer.from("a"), Buffer.from("b")];
    const joined: Uint8Array[] = [];
    const reader = (): Flushable => ({
      isMembers: false,
      seal() {},
      flush: () => joined.push(scheduler.coalescer.coalesce(chunks)),
      flushed() {},
    });
    for (const readers of [2, 1]) {
      for (let i = 0; i < readers; i += 1) scheduler.schedule(reader());
      loop.run();
    }
    expect(joined[0]).toBe(joined[1] as Uint8Array);
    expect(joined[0]).not.toBe(joined[2] as Uint8Array);
  });

  test("holds a turn's bytes until beforeFlush settles, and for ever when it rejects", async () => {
    const loop = new FakeLoop();
    const failures: unknown[] = [];
    const stored = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let calls = 0;
    const scheduler = new FlushScheduler(
      () => stored[calls++]?.promise,
      (error) => failures.push(error),
      loop,
    );
    const first = new Reader(loop, 1);
    const second = new Reader(loop, 1);
    scheduler.schedule(first);
    loop.run();
    scheduler.schedule(second);
    loop.run();
    expect([scheduler.isHolding, first.calls, second.calls]).toEqual([true, ["seal"], []]);
    stored[0]?.resolve();
    await stored[0]?.promise;
    expect([scheduler.isHolding, first.calls]).toEqual([false, ["seal", "flush", "flushed"]]);
    loop.run();
    stored[1]?.reject(new Error("disk full"));
    await stored[1]?.promise.catch(() => {});
    loop.run();
    expect([scheduler.isHolding, second.calls]).toEqual([true, ["seal"]]);
    expect(failures).toEqual([new Error("disk full")]);
  });

  test("lets nothing leave any more when beforeFlush throws", () => {
    const loop = new FakeLoop();
    const failures: unknown[] = [];
    const scheduler = new FlushScheduler(
      () => {
        throw new Error("no record");
      },
      (error) => failures.push(error),
      loop,
    );
    const readers = [new Reader(loop, 1), new Reader(loop, 1)] as const;
    scheduler.schedule(readers[0]);
    loop.run();
    scheduler.schedule(readers[1]);
    loop.run();
    expect(readers.map(({ calls }) => calls)).toEqual([["seal"], []]);
    expect(failures).toEqual([new Error("no record")]);
  });

  test("flushes members' links in their turn, and those of others a few in each turn when they take long", () => {
    const loop = new FakeLoop();
    const scheduler = new FlushScheduler(undefined, undefined, loop);
    const others = Array.from({ length: 20 }, () => new Reader(loop, 1, false));
    const members = [new Reader(loop, 1), new Reader(loop, 1)];
    const flushedCount = (): number => others.filter(({ calls }) => calls.includes("flush")).length;
    for (const reader of [...others, ...members]) scheduler.schedule(reader);
    loop.run();
    expect(members.map(({ calls }) => calls)).toEqual(Array(2).fill(["seal", "flush", "flushed"]));
    expect(flushedCount()).toBe(2);
    // Whoever comes next doesn't wait for those that are late.
    const next = new Reader(loop, 1);
    scheduler.schedule(next);
    loop.run();
    expect(next.calls).toEqual(["seal", "flush", "flushed"]);
    expect(flushedCount()).toBeLessThan(10);
    for (let turns = 0; turns < 20; turns += 1) loop.run();
    expect(flushedCount()).toBe(20);
    expect(others.every(({ calls }) => calls.join() === "seal,flush,flushed")).toBe(true);
  });

  test("writes nothing late while a turn's bytes are not on disk", async () => {
    const loop = new FakeLoop();
    const stored = Promise.withResolvers<void>();
    let isSlow = false;
    const scheduler = new FlushScheduler(
      () => (isSlow ? stored.promise : undefined),
      undefined,
      loop,
    );
    const others = Array.from({ length: 12 }, () => new Reader(loop, 1, false));
    for (const reader of others) scheduler.schedule(reader);
    loop.run();
    isSlow = true;
    for (const reader of others.slice(6)) scheduler.schedule(reader);
    loop.run();
    const late = others.filter(({ calls }) => !calls.includes("flush"));
    expect(late.length).toBeGreaterThan(2);
    loop.run();
    loop.run();
    expect(late.some(({ calls }) => calls.includes("flush"))).toBe(false);
    stored.resolve();
    await stored.promise;
    for (let turns = 0; turns < 20; turns += 1) loop.run();
    expect(late.every(({ calls }) => calls.includes("flush"))).toBe(true);
  });
});
