import { expect, test } from "bun:test";
import {
  fingerprintEnd,
  fingerprintRows,
  parseFingerprintDigits,
} from "../../lib/protocol/fingerprint.ts";

const FINGERPRINT = "00112233445566778899aabbccddeeff0123456789abcdef1a2b3c4d5e6f7081";

test("the end that an owner reads out is four groups of four digits", () => {
  expect(fingerprintEnd(FINGERPRINT)).toBe("1a2b 3c4d 5e6f 7081");
});

test("a whole fingerprint is two rows of eight groups, the last of which are its end", () => {
  expect(fingerprintRows(FINGERPRINT).split("\n")).toEqual([
    "0011 2233 4455 6677 8899 aabb ccdd eeff",
    "0123 4567 89ab cdef 1a2b 3c4d 5e6f 7081",
  ]);
});

test.each([
  fingerprintEnd(FINGERPRINT),
  "1A2B3C4D5E6F7081",
  "1A:2B:3C:4D:5E:6F:70:81",
  "…1a2b-3c4d-5e6f-7081",
  "１ａ２ｂ　３ｃ４ｄ　５ｅ６ｆ　７０８１",
])("%j is read as its digits", (typed) => {
  expect(parseFingerprintDigits(typed)).toBe("1a2b3c4d5e6f7081");
});
