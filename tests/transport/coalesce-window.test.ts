import { describe, expect, test } from "bun:test";
import { COALESCE_MS_MAX, CoalesceWindow } from "../../lib/transport/coalesce-window.ts";

/** @param company chunks per flush that waiting gathers; without waiting it is 1 */
function after(
  count: number,
  tookMs: number,
  idleMs: number,
  window = new CoalesceWindow(),
  company = 5,
) {
  for (let i = 0; i < count; i += 1) window.flushed(tookMs, idleMs, window.ms === 0 ? 1 : company);
  return window;
}

describe("the coalesce window", () => {
  test("is 0 while the loop has time", () => {
    expect(after(1000, 0.2, 4.8).ms).toBe(0);
  });

  test("grows under load, up to COALESCE_MS_MAX", () => {
    expect(after(3, 0.2, 0.1).ms).toBeGreaterThan(1);
    expect(after(1000, 6, 0).ms).toBe(COALESCE_MS_MAX);
  });

  test("doesn't change while flushing takes its share of the time", () => {
    const window = after(5, 1, 1);
    const { ms } = window;
    expect(after(100, 1, 3, window).ms).toBe(ms);
  });

  test("is given up if waiting gathers nothing, and tried again a second later", () => {
    const window = new CoalesceWindow();
    const lengths = Array.from({ length: 300 }, () => after(1, 20, 0, window, 1).ms);
    const waiting = lengths.filter((ms) => ms > 0).length;
    // Of six seconds: six tries of a few flushes each.
    expect(waiting).toBeGreaterThan(10);
    expect(waiting).toBeLessThan(60);
    expect(after(100, 20, 0, window, 2).ms).toBe(COALESCE_MS_MAX);
  });

  test("is given up if as many chunks are gathered without waiting, as in rooms with five lines at a time", () => {
    const window = new CoalesceWindow();
    for (let i = 0; i < 12; i += 1) window.flushed(20, 0, 5);
    expect(window.ms).toBe(0);
  });

  test("stays if some flushes gather nothing more", () => {
    const window = after(100, 20, 0);
    for (let i = 0; i < 100; i += 1) after(1, 20, 0, window, i % 3 === 0 ? 3 : 1);
    expect(window.ms).toBe(COALESCE_MS_MAX);
  });

  test("is given up as well if the remaining load would not let it shrink", () => {
    expect(after(10, 3, 7, after(100, 6, 0), 1).ms).toBe(0);
  });

  test("shrinks without load, and is reset after a pause, also when given up", () => {
    expect(after(100, 0.1, 10, after(100, 6, 0)).ms).toBe(0);
    expect(after(1, 0.1, 60, after(100, 6, 0)).ms).toBe(0);
    const givenUp = after(12, 20, 0, new CoalesceWindow(), 1);
    expect(givenUp.ms).toBe(0);
    expect(after(100, 6, 0, after(1, 0.1, 60, givenUp)).ms).toBe(COALESCE_MS_MAX);
  });
});
