import { describe, expect, test } from "bun:test";
import { decodePlain, encodePlain, SaslInput } from "../../lib/protocol/wire/sasl.ts";
import {
  NICK_BYTES_MAX,
  PASSWORD_BYTES_MAX,
  SASL_BYTES_MAX,
} from "../../lib/protocol/wire/wire-limits.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** [payload, what it says or null, where it comes from] */
const PAYLOADS: [string, { authzid: string; account: string; password: string } | null, string][] =
  [
    ["AGppbGxlcwBzZXNhbWU=", { authzid: "", account: "jilles", password: "sesame" }, "by hand"],
    [
      "amlsbGVzAGppbGxlcwBzZXNhbWU=",
      { authzid: "jilles", account: "jilles", password: "sesame" },
      "sasl-3.1, Example",
    ],
    [base64("\0민수\0비밀번호"), { authzid: "", account: "민수", password: "비밀번호" }, "UTF-8"],
    [
      base64("\0mina\0a b:c"),
      { authzid: "", account: "mina", password: "a b:c" },
      "spaces and colons",
    ],
    ["", null, "nothing"],
    ["!!!!", null, "no base64"],
    ["AGppbGxlcwBzZXNhbWU", null, "no padding"],
    [" AGppbGxlcwBzZXNhbWU=", null, "a space"],
    [base64("mina"), null, "no NUL"],
    [base64("\0mina"), null, "one NUL"],
    [base64("\0mina\0a\0b"), null, "three NULs"],
    [base64("\0\0secret"), null, "no account"],
    [base64("\0mina\0"), null, "no password"],
    [Buffer.from([0, 0x6d, 0, 0xff]).toString("base64"), null, "no UTF-8"],
  ];
describe("PLAIN", () => {
  test.each(PAYLOADS)("decodePlain(%j)", (payload, said) => {
    expect(decodePlain(payload)).toEqual(said);
  });

  test("is decoded back from its pieces, at any length", () => {
    for (let length = 1; length <= 900; length += 1) {
      const password = "x".repeat(length);
      const input = new SaslInput();
      let answer: ReturnType<SaslInput["push"]> = "more";
      const pieces = encodePlain("민수", password);
      for (const [i, piece] of pieces.entries()) {
        answer = input.push(piece);
        expect(answer === "more").toBe(i < pieces.length - 1);
      }
      const said = typeof answer === "object" ? decodePlain(answer.payload) : null;
      expect(said).toEqual({ authzid: "", account: "민수", password });
    }
  });

  test("the longest account with the longest password is within the bound", () => {
    const pieces = encodePlain("n".repeat(NICK_BYTES_MAX), "x".repeat(PASSWORD_BYTES_MAX));
    expect(pieces.join("").length).toBeLessThan(SASL_BYTES_MAX);
  });
});

test.each([
  [8, [16]],
  [296, [400, 1]],
  [297, [400, 1]],
  [298, [400, 4]],
  [597, [400, 400, 1]],
])(
  "the payload of a password of %d letters is cut into pieces of 400, and a full last one is followed by +",
  (length, sizes) => {
    const pieces = encodePlain("a", "p".repeat(length));
    expect(pieces.map((piece) => piece.length)).toEqual(sizes);
    expect(pieces.filter((piece) => piece === "+")).toHaveLength(sizes.at(-1) === 1 ? 1 : 0);
  },
);

describe("SaslInput", () => {
  test("a bare + is an empty payload", () => {
    expect(new SaslInput().push("+")).toEqual({ payload: "" });
  });

  test("a piece of 401 is too long, and the pieces before it are dropped", () => {
    const input = new SaslInput();
    expect(input.push("a".repeat(400))).toBe("more");
    expect(input.push("a".repeat(401))).toBe("piece-too-long");
    expect(input.push("YQ==")).toEqual({ payload: "YQ==" });
  });

  test("a payload over the bound is too long, however it is cut", () => {
    const input = new SaslInput();
    let more = 0;
    while (input.push("a".repeat(400)) === "more") more += 1;
    expect(more).toBe(Math.floor(SASL_BYTES_MAX / 400));
    expect(input.push("+")).toEqual({ payload: "" });
  });
});
