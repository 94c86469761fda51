import { expect, test } from "bun:test";
import { connectionsWithin } from "../../lib/transport/fd-limit.ts";

test("connections leave room for the histories' files, and are as many as wanted otherwise", () => {
  expect(connectionsWithin(20_000, 10_000)).toBe(10_000);
  expect(connectionsWithin(10_320, 10_000)).toBe(10_000);
  expect(connectionsWithin(4096, 10_000)).toBe(3776);
  expect(connectionsWithin(1024, 100)).toBe(100);
});

test("where few files may be open, half of them are connections", () => {
  expect(connectionsWithin(256, 10_000)).toBe(128);
  expect(connectionsWithin(1, 10_000)).toBe(1);
});

test("a system that knows no limit sets none", () => {
  expect(connectionsWithin(null, 1_000_000)).toBe(1_000_000);
});
