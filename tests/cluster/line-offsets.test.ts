import { describe, expect, test } from "bun:test";
import { LineOffsets } from "../../lib/cluster/leader/line-offsets.ts";

describe("a link's input is consumed", () => {
  test("up to the line that isn't done, or to where it was read", () => {
    const offsets = new LineOffsets();
    offsets.give(0);
    offsets.give(10);
    offsets.readTo(25, false);
    expect(offsets.settle(0)).toBeNull();
    expect(offsets.settle(1)).toEqual({ offset: 10, isInLine: false });
    expect([offsets.settle(1), offsets.hasUndone]).toEqual([null, true]);
    expect(offsets.settle(2)).toEqual({ offset: 25, isInLine: false });
    expect(offsets.hasUndone).toBe(false);
  });

  test("within a line that is too long, when everything before is done", () => {
    const offsets = new LineOffsets();
    offsets.give(0);
    offsets.give(10);
    offsets.readTo(700, true);
    expect(offsets.settle(1)).toEqual({ offset: 10, isInLine: false });
    expect(offsets.settle(2)).toEqual({ offset: 700, isInLine: true });
  });

  test("from where the last leader was, also when offsets begin again at 0", () => {
    const offsets = new LineOffsets({ offset: 2 ** 32 - 5, isInLine: true });
    expect(offsets.settle(0)).toBeNull();
    offsets.readTo(3, true);
    expect(offsets.settle(0)).toEqual({ offset: 2 ** 32 - 2, isInLine: true });
    offsets.give(4);
    offsets.readTo(9, false);
    expect(offsets.settle(Number.POSITIVE_INFINITY)).toEqual({ offset: 4, isInLine: false });
  });
});
