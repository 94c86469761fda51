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
