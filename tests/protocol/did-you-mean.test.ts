import { expect, test } from "bun:test";
import { didYouMean } from "../../lib/protocol/did-you-mean.ts";

const NAMES = ["port", "plain", "password-file", "guests", "config"];

test.each([
  ["port", "port"],
  ["prot", "port"],
  ["pot", "port"],
  ["guest", "guests"],
  ["gusets", "guests"],
  ["password", "password-file"],
  ["pain", "plain"],
  ["x", null],
  ["", null],
  ["window", null],
])("%s means %p", (given, meant) => {
  expect(didYouMean(given, NAMES)).toBe(meant);
});
