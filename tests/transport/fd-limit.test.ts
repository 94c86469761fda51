import { expect, test } from "bun:test";
import { connectionsWithinFdLimit } from "../../lib/transport/fd-limit.ts";

test("connections leave room for the histories' files, and are as many as wanted otherwise", () => {
  expect(connectionsWithinFdLimit(20_000, 10_000)).toBe(10_000);
  expect(connectionsWithinFdLimit(10_320, 10_000)).toBe(10_000);
  expect(connectionsWithinFdLimit(4096, 10_000)).toBe(3776);
  expect(connectionsWithinFdLimit(1024, 100)).toBe(100);
});

test("where few files may be open, half of them are connections", () => {
  expect(connectionsWithinFdLimit(256, 10_000)).toBe(128);
  expect(connectionsWithinFdLimit(1, 10_000)).toBe(1);
});

test("a system that knows no limit sets none", () => {
  expect(connectionsWithinFdLimit(null, 1_000_000)).toBe(1_000_000);
});
