import { describe, expect, test } from "bun:test";
import {
  array,
  boolean,
  byKind,
  type Decoder,
  nonEmptyString,
  nullable,
  number,
  object,
  oneOf,
  record,
  string,
  withDefault,
} from "../../lib/protocol/json-decoder.ts";

const device = object({ id: nonEmptyString, addedAt: number }, { label: string });
const change = byKind({ nick: object({ nick: string }), forgotten: object({}) });

/** Decoder, what it accepts (given back as it is), and what it refuses. */
const CASES: readonly (readonly [string, Decoder<unknown>, unknown[], unknown[]])[] = [
  ["string", string, ["", "차"], [1, null, undefined, []]],
  ["nonEmptyString", nonEmptyString, ["차"], ["", 1, null]],
  ["number", number, [0, -1.5], ["1", Number.NaN, Number.POSITIVE_INFINITY, null]],
  ["boolean", boolean, [true, false], [0, "true", null]],
  ["oneOf", oneOf("mask", "address"), ["mask", "address"], ["", "toString", null]],
  ["nullable", nullable(number), [null, 1], ["1", undefined]],
  ["array", array(number), [[], [1, 2]], [[1, "2"], { 0: 1 }, null]],
  ["record", record(number), [{}, { a: 1 }], [{ a: "1" }, [1], null]],
  [
    "object",
    device,
    [
      { id: "a", addedAt: 1 },
      { id: "a", addedAt: 1, label: "" },
    ],
    [{ id: "a" }, { id: "", addedAt: 1 }, { id: "a", addedAt: 1, label: 1 }, [], null],
  ],
  [
    "byKind",
    change,
    [{ kind: "nick", nick: "mina" }, { kind: "forgotten" }],
    [{ kind: "nick" }, { kind: "toString" }, { nick: "mina" }, { kind: ["nick"] }, null],
  ],
];

describe("a decoder", () => {
  for (const [name, decode, accepted, refused] of CASES) {
    test(`${name} returns valid values, and undefined for anything else`, () => {
      for (const value of accepted) expect(decode(value)).toEqual(value);
      for (const value of refused) expect([value, decode(value)]).toEqual([value, undefined]);
    });
  }

  test("leaves out fields that it does not know", () => {
    expect(device({ id: "a", addedAt: 1, more: true })).toEqual({ id: "a", addedAt: 1 });
    expect(change({ kind: "forgotten", more: true })).toEqual({ kind: "forgotten" });
  });

  test("returns the default only for a missing value", () => {
    const decode = withDefault(number, 7);
    expect([undefined, 1, null].map(decode)).toEqual([7, 1, undefined]);
  });

  test("treats __proto__ as an ordinary key", () => {
    const decoded = record(number)(JSON.parse('{"__proto__":1}'));
    expect(Object.entries(decoded ?? {})).toEqual([["__proto__", 1]]);
  });
});
