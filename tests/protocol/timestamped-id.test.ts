import { expect, test } from "bun:test";
import { ID_TIME_LETTERS, timeOfId } from "../../lib/protocol/timestamped-id.ts";
import { makeIds } from "../../lib/transport/ids.ts";
import { Prng } from "../prng.ts";

const TIMES = [0, 1, 31, 32, Date.UTC(2026, 10, 22, 1, 2, 3, 456), Date.UTC(3000, 0, 1)];

function seededIds() {
  const prng = new Prng(48);
  return makeIds((bytes) => {
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = prng.below(256);
  });
}

test("timeOfId returns the time that an identifier was made with", () => {
  const random = seededIds();
  for (const time of TIMES) expect(timeOfId(random.id(time))).toBe(time);
});

test("timeOfId returns null for other characters, or too few", () => {
  for (const id of ["", "aaaaaaaaa", "AAAAAAAAAA", "0123456789", "k3x!aaaaaaaaaaaa"]) {
    expect(timeOfId(id)).toBeNull();
  }
});

test("all identifiers are 26 letters, and those of one moment are different", () => {
  const random = seededIds();
  const now = TIMES[4] ?? 0;
  const ids = [...Array.from({ length: 600 }, () => random.id(now)), random.id(), random.id()];
  expect(new Set(ids).size).toBe(602);
  for (const id of ids) expect(id).toMatch(/^[a-z2-7]{26}$/);
  const randomParts = ids.slice(0, 600).map((id) => id.slice(ID_TIME_LETTERS));
  // No letter stands in one place in all of them.
  for (let index = 0; index < 17; index += 1)
    expect(new Set(randomParts.map((id) => id[index])).size).toBe(32);
});
