import { expect, test } from "bun:test";
import { isSameJson } from "../../lib/chat-server/takeover/same-json.ts";
import { Prng } from "../prng.ts";

const prng = new Prng(1);

/** Returns a small value, so that two of them are the same now and then. */
function value(depth: number): unknown {
  const kind = prng.below(depth === 0 ? 4 : 6);
  if (kind === 0) return prng.below(2);
  if (kind === 1) return ["", "a"][prng.below(2)];
  if (kind === 2) return null;
  if (kind === 3) return prng.below(2) === 0;
  const length = prng.below(3);
  if (kind === 4) return Array.from({ length }, () => value(depth - 1));
  // In the order of their names: JSON.stringify keeps the order.
  const names = ["a", "b", "0"].filter(() => prng.below(2) === 0);
  return Object.fromEntries(names.sort().map((name) => [name, value(depth - 1)]));
}

test("two values are the same if their JSON is", () => {
  let same = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const [a, b] = [value(2), value(2)];
    const isSame = JSON.stringify(a) === JSON.stringify(b);
    if (isSame) same += 1;
    expect([JSON.stringify([a, b]), isSameJson(a, b)]).toEqual([JSON.stringify([a, b]), isSame]);
    expect(isSameJson(a, structuredClone(a))).toBe(true);
  }
  expect(same).toBeGreaterThan(1000);
});

test("a field that is undefined counts as left out", () => {
  expect(isSameJson({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(isSameJson({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  expect(isSameJson({ a: undefined, b: 1 }, { a: 1, b: 1 })).toBe(false);
});
