import { expect, test } from "bun:test";
import { FramePacer } from "../../lib/terminal/frame-pacer.ts";
import type { Frame } from "../../lib/terminal/screen-frame.ts";

/** A pacer on a clock of its own. `shown` is what was drawn, with the time. */
function stage(drawMs = 0) {
  const shown: string[] = [];
  const timers = new Map<symbol, { readonly dueMs: number; readonly action: () => void }>();
  let now = 1000;
  let isWritable = true;
  const pacer = new FramePacer({
    show() {
      now += drawMs;
      return isWritable;
    },
    now: () => now,
    after(ms, action) {
      const id = Symbol();
      timers.set(id, { dueMs: now + ms, action });
      return () => void timers.delete(id);
    },
  });
  const frame = (name: string) => (): Frame => {
    shown.push(`${now} ${name}`);
    return { width: 1, rows: [[{ text: name }]], cursor: { row: 0, column: 0 } };
  };
  return {
    ...{ pacer, shown, timers },
    ask: (name: string) => pacer.request(frame(name)),
    askForKey: (name: string) => pacer.request(frame(name), true),
    setWritable: (value: boolean) => (isWritable = value),
    /** Lets time pass up to a moment, and runs the timers until then. */
    passTo(ms: number): void {
      for (;;) {
        const [next] = [...timers].sort(([, a], [, b]) => a.dueMs - b.dueMs);
        if (next === undefined || next[1].dueMs > ms) break;
        now = Math.max(now, next[1].dueMs);
        timers.delete(next[0]);
        next[1].action();
      }
      now = Math.max(now, ms);
    },
  };
}

test("a frame is drawn at once, and the next 50 ms later: only what was asked for last", () => {
  const { pacer, shown, ask, passTo } = stage();
  ask("first");
  expect([shown, pacer.isDue]).toEqual([["1000 first"], false]);
  ask("second");
  passTo(1020);
  ask("third");
  expect([shown.length, pacer.isDue]).toEqual([1, true]);
  passTo(1049);
  expect(shown.length).toBe(1);
  passTo(1200);
  expect([shown, pacer.isDue]).toEqual([["1000 first", "1050 third"], false]);
  ask("fourth");
  expect(shown.at(-1)).toBe("1200 fourth");
});

test("frames that never stop being asked for are drawn 20 times a second", () => {
  const { shown, ask, passTo } = stage();
  for (let ms = 1000; ms < 2000; ms += 2) {
    passTo(ms);
    ask(`${ms}`);
  }
  expect(shown.length).toBe(20);
});

test("a key is drawn at once, and keys that follow it 5 ms apart", () => {
  const { shown, timers, ask, askForKey, passTo } = stage();
  ask("message");
  passTo(1010);
  ask("another");
  askForKey("a");
  expect([shown.at(-1), timers.size]).toEqual(["1010 a", 0]);
  passTo(1012);
  askForKey("ab");
  ask("with a message");
  passTo(1015);
  expect(shown.at(-1)).toBe("1015 with a message");
  passTo(1200);
  expect(shown.length).toBe(3);
});

test("frames that take long come less often: drawing takes 0.7 % of the time, down to 10 frames a second", () => {
  const gapAfter = (drawMs: number): number => {
    const { shown, ask, passTo } = stage(drawMs);
    ask("first");
    ask("second");
    passTo(2000);
    return Math.round(Number.parseFloat(shown.at(-1) ?? "")) - 1000;
  };
  expect([0.1, 0.35, 0.42, 0.7, 20].map(gapAfter)).toEqual([50, 50, 60, 100, 100]);
});

test("nothing is drawn while the terminal hasn't read the last frame, not even for a key", () => {
  const { pacer, shown, timers, ask, askForKey, setWritable, passTo } = stage();
  setWritable(false);
  ask("first");
  ask("second");
  askForKey("key");
  passTo(5000);
  expect([shown.length, timers.size, pacer.isDue]).toEqual([1, 0, true]);
  setWritable(true);
  pacer.onDrained();
  expect(shown.at(-1)).toBe("5000 key");
});

test("nothing is drawn after the end", () => {
  const { pacer, shown, timers, ask, passTo } = stage();
  ask("first");
  ask("second");
  pacer.stop();
  pacer.onDrained();
  passTo(2000);
  expect([shown.length, timers.size, pacer.isDue]).toEqual([1, 0, false]);
});
