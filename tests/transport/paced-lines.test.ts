import { expect, test } from "bun:test";
import type { WireLine } from "../../lib/protocol/wire/lines.ts";
import { LineTurns } from "../../lib/transport/line-turns.ts";
import { PacedLines } from "../../lib/transport/paced-lines.ts";

function linesFrom(first: number, count: number): WireLine[] {
  return Array.from({ length: count }, (_, index) => ({ kind: "text", text: `${first + index}` }));
}

/** Each line takes a millisecond. `turn` is the next turn of the event loop. */
function stage() {
  const handled: string[] = [];
  const pauses: boolean[] = [];
  const later: (() => void)[] = [];
  let now = 0;
  const paced = new PacedLines({
    line(line) {
      now += 1;
      if (line.kind === "text") handled.push(line.text);
    },
    pause: (isPaused) => void pauses.push(isPaused),
    elapsed: () => now,
    later: (action) => void later.push(action),
  });
  return { paced, handled, pauses, later, turn: () => later.shift()?.() };
}

test("lines are handled in slices of 8 ms, in order, and nothing is read while some wait", () => {
  const { paced, handled, pauses, later, turn } = stage();
  paced.push(linesFrom(0, 3));
  expect([handled.length, pauses.at(-1), later.length]).toEqual([3, false, 0]);
  paced.push(linesFrom(3, 20));
  expect([handled.length, pauses.at(-1), later.length]).toEqual([11, true, 1]);
  // What the kernel had read already.
  paced.push(linesFrom(23, 4));
  expect([handled.length, later.length]).toEqual([11, 1]);
  turn();
  expect([handled.length, pauses.at(-1), later.length]).toEqual([19, true, 1]);
  turn();
  expect([handled.length, pauses.at(-1), later.length]).toEqual([27, false, 0]);
  expect(handled).toEqual(Array.from({ length: 27 }, (_, index) => `${index}`));
});

test("the end of a connection comes after its last line", () => {
  const { paced, handled, turn } = stage();
  let ended = 0;
  paced.whenEmpty(() => (ended += 1));
  expect(ended).toBe(1);
  paced.push(linesFrom(0, 10));
  paced.whenEmpty(() => (ended += 1));
  expect(ended).toBe(1);
  turn();
  expect([ended, handled.length]).toEqual([2, 10]);
});

test("held lines wait, and nothing is read, until they are let go", () => {
  const { paced, handled, pauses, turn } = stage();
  paced.hold(true);
  paced.push(linesFrom(0, 4));
  expect([handled.length, pauses.at(-1)]).toEqual([0, true]);
  paced.hold(false);
  turn();
  expect([handled.length, pauses.at(-1)]).toEqual([4, false]);
});

test("lines that wait are dropped when the connection is closed here", () => {
  const { paced, handled, turn } = stage();
  paced.push(linesFrom(0, 12));
  paced.clear();
  turn();
  expect(handled.length).toBe(8);
});

test("connections share a turn: each of those that wait gets a part, and a calm one waits for one turn", () => {
  const later: (() => void)[] = [];
  let now = 0;
  const turns = new LineTurns((action) => void later.push(action));
  const handled: string[] = [];
  const connection = (name: string) =>
    new PacedLines({
      line() {
        now += 1;
        handled.push(name);
      },
      ...{ pause: () => {}, elapsed: () => now, turns },
    });
  const [first, second, calm] = [connection("a"), connection("b"), connection("c")];
  first?.push(linesFrom(0, 100));
  second?.push(linesFrom(0, 100));
  // One turn's time is over, so that the others wait.
  calm?.push(linesFrom(0, 1));
  expect(handled.splice(0).join("")).toBe("aaaa");
  later.shift()?.();
  expect(handled.splice(0).join("")).toBe("aabbc");
  later.shift()?.();
  expect(handled.splice(0).join("")).toBe("aabb");
  expect(later.length).toBe(1);
});

test("a calm connection wakes nothing, and what one took is paid back by the time that passes", () => {
  const later: (() => void)[] = [];
  let now = 0;
  const turns = new LineTurns((action) => void later.push(action));
  const handled: string[] = [];
  const connection = (name: string) =>
    new PacedLines({
      line() {
        now += 1;
        handled.push(name);
      },
      ...{ pause: () => {}, elapsed: () => now, turns },
    });
  const [first, second] = [connection("a"), connection("b")];
  for (let round = 0; round < 5; round++) {
    first.push(linesFrom(0, 2));
    second.push(linesFrom(0, 2));
    now += 4;
  }
  expect(handled.splice(0).join("")).toBe("aabb".repeat(5));
  expect(later).toEqual([]);
  first.push(linesFrom(0, 3));
  now += 1;
  // Two of the four milliseconds are there again.
  second.push(linesFrom(0, 3));
  expect(handled.splice(0).join("")).toBe("aaabb");
  expect(later.length).toBe(1);
  later.shift()?.();
  expect(handled.join("")).toBe("b");
});

/** A connection of a client that shares its turns. `pass` lets time go by, and runs what is due. */
function sharedStage() {
  let now = 0;
  let timers: { readonly dueMs: number; readonly action: () => void }[] = [];
  const turns = new LineTurns((action, ms) => void timers.push({ dueMs: now + ms, action }));
  const connection = () => {
    const reading = { isPaused: false, lines: 0 };
    const paced = new PacedLines({
      line() {
        reading.lines += 1;
      },
      pause(isPaused) {
        reading.isPaused = isPaused;
      },
      ...{ elapsed: () => now, turns },
    });
    return { paced, reading };
  };
  const pass = (ms: number): void => {
    now += ms;
    const due = timers.filter(({ dueMs }) => dueMs <= now);
    timers = timers.filter(({ dueMs }) => dueMs > now);
    for (const { action } of due) action();
  };
  /** Reads a line every 20 ms until a connection is busy. */
  const makeBusy = ({ paced, reading }: ReturnType<typeof connection>): void => {
    for (let reads = 0; !reading.isPaused && reads < 1000; reads++) {
      pass(20);
      paced.push(linesFrom(reads, 1));
    }
  };
  return { connection, pass, makeBusy, timerCount: () => timers.length };
}

test("a busy connection rests up to 50 ms between two reads, and busy ones wake the process together", () => {
  const { connection, pass, makeBusy, timerCount } = sharedStage();
  const [first, second] = [connection(), connection()];
  makeBusy(first);
  // 15 reads, and what 20 ms each have paid back.
  expect(first.reading.lines).toBe(19);
  pass(30);
  for (let reads = 0; !second.reading.isPaused && reads < 100; reads++) {
    second.paced.push(linesFrom(reads, 1));
  }
  expect([first.reading.isPaused, second.reading.isPaused, timerCount()]).toEqual([true, true, 1]);
  pass(20);
  expect([first.reading.isPaused, second.reading.isPaused]).toEqual([false, false]);
});

test("a connection doesn't rest after a pause, after a large read, and while an answer is expected", () => {
  const { connection, pass, makeBusy } = sharedStage();
  const { paced, reading } = connection();
  makeBusy({ paced, reading });
  pass(50);
  paced.push(linesFrom(0, 200));
  expect(reading.isPaused).toBe(false);
  paced.push(linesFrom(0, 1));
  expect(reading.isPaused).toBe(true);
  paced.expectAnswer();
  expect(reading.isPaused).toBe(false);
  paced.push(linesFrom(0, 1));
  expect(reading.isPaused).toBe(false);
  makeBusy({ paced, reading });
  pass(1000);
  paced.push(linesFrom(0, 1));
  expect(reading.isPaused).toBe(false);
});

test("a line every tenth of a second makes no connection busy", () => {
  const { connection, pass } = sharedStage();
  const { paced, reading } = connection();
  for (let count = 0; count < 500; count++) {
    pass(100);
    paced.push(linesFrom(count, 1));
    expect(reading.isPaused).toBe(false);
  }
});

test("the end of a rest doesn't read what is held", () => {
  const { connection, pass, makeBusy } = sharedStage();
  const { paced, reading } = connection();
  makeBusy({ paced, reading });
  paced.hold(true);
  pass(50);
  expect(reading.isPaused).toBe(true);
  paced.hold(false);
  pass(0);
  pass(50);
  expect(reading.isPaused).toBe(false);
});
