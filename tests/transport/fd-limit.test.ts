import { expect, test } from "bun:test";
import { connectionsWithinFdLimit } from "../../lib/transport/fd-limit.ts";

test("connections are as many as requested, minus descriptors for history files", () => {
  expect(connectionsWithinFdLimit(20_000, 10_000)).toBe(10_000);
  expect(connectionsWithinFdLimit(10_320, 10_000)).toBe(10_000);
  expect(connectionsWithinFdLimit(4096, 10_000)).toBe(3776);
  expect(connectionsWithinFdLimit(1024, 100)).toBe(100);
});

test("with few descriptors, half of them are for connections", () => {
  expect(connectionsWithinFdLimit(256, 10_000)).toBe(128);
  expect(connectionsWithinFdLimit(1, 10_000)).toBe(1);
});

test("a system without a limit sets none", () => {
  expect(connectionsWithinFdLimit(null, 1_000_000)).toBe(1_000_000);
});
