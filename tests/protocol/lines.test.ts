import { describe, expect, test } from "bun:test";
import {
  FROM_CLIENT,
  FROM_SERVER,
  LineReader,
  type WireLine,
} from "../../lib/protocol/wire/lines.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function read(pieces: Uint8Array[], limits = FROM_CLIENT): WireLine[] {
  const reader = new LineReader(limits);
  return pieces.flatMap((piece) => reader.push(piece));
}

const text = (line: string): WireLine => ({ kind: "text", text: line });
const TAGS_TOO_LONG: WireLine = { kind: "too-long", part: "tags" };
const BODY_TOO_LONG: WireLine = { kind: "too-long", part: "body" };
const tagPart = (bytes: number) => `@${"t".repeat(bytes - 2)} `;

/** [what, input, lines]; limits of 4096 and 512 bytes (message-tags, Modern) */
const ROWS: [string, string | Uint8Array, WireLine[]][] = [
  ["LF and CR LF end a line", "A\nB\r\n", [text("A"), text("B")]],
  ["stray CRs at the end are dropped", "A\r\r\nB\r\n", [text("A"), text("B")]],
  ["empty lines are dropped", "\n\r\n\r\r\nA\n\n", [text("A")]],
  ["what has no end yet is no line", "A\nB", [text("A")]],
  ["Hangul", "PRIVMSG #방 :안녕\r\n", [text("PRIVMSG #방 :안녕")]],
  ["a byte order mark is kept", "\ufeffA\n", [text("\ufeffA")]],
  ["a body of 512 with CR LF", `${"a".repeat(510)}\r\n`, [text("a".repeat(510))]],
  ["a body of 510 with LF alone", `${"a".repeat(510)}\n`, [text("a".repeat(510))]],
  ["a body of 513 with CR LF", `${"a".repeat(511)}\r\nB\n`, [BODY_TOO_LONG, text("B")]],
  ["a body of 511 with LF alone", `${"a".repeat(511)}\nB\n`, [BODY_TOO_LONG, text("B")]],
  ["510 and two CRs", `${"a".repeat(510)}\r\r\nB\n`, [BODY_TOO_LONG, text("B")]],
  ["bytes are counted, not letters", `${"가".repeat(171)}\nB\n`, [BODY_TOO_LONG, text("B")]],
  [
    "both parts full",
    `${tagPart(4096)}${"a".repeat(510)}\r\n`,
    [text(tagPart(4096) + "a".repeat(510))],
  ],
  ["tags of 4097", `${tagPart(4097)}A\nB\n`, [TAGS_TOO_LONG, text("B")]],
  ["tags without an end", `@${"t".repeat(4095)}\nB\n`, [TAGS_TOO_LONG, text("B")]],
  ["tags without an end, within bounds", `@${"t".repeat(4094)}\n`, [text(`@${"t".repeat(4094)}`)]],
  [
    "full tags, body too long",
    `${tagPart(4096)}${"a".repeat(511)}\r\nB\n`,
    [BODY_TOO_LONG, text("B")],
  ],
  [
    "short tags don't lend the body room",
    `@a ${"a".repeat(511)}\r\nB\n`,
    [BODY_TOO_LONG, text("B")],
  ],
  [
    "a line that is much too long, once",
    `${"a".repeat(20_000)}\r\nB\n`,
    [BODY_TOO_LONG, text("B")],
  ],
  ["NUL", "A\0B\nC\n", [{ kind: "nul" }, text("C")]],
  ["CR in the middle", "PRIVMSG #a :x\rQUIT\r\nC\n", [{ kind: "nul" }, text("C")]],
  [
    "a byte that UTF-8 never has",
    new Uint8Array([0x41, 0xff, 0x0a, 0x42, 0x0a]),
    [{ kind: "not-utf8", text: "A\uFFFD" }, text("B")],
  ],
  [
    "half a letter",
    new Uint8Array([0xea, 0xb0, 0x0a, 0x42, 0x0a]),
    [{ kind: "not-utf8", text: "\uFFFD" }, text("B")],
  ],
  [
    "a surrogate as UTF-8",
    new Uint8Array([0xed, 0xa0, 0x80, 0x0a]),
    [{ kind: "not-utf8", text: "\uFFFD\uFFFD\uFFFD" }],
  ],
  [
    "an overlong slash",
    new Uint8Array([0xc0, 0xaf, 0x0a]),
    [{ kind: "not-utf8", text: "\uFFFD\uFFFD" }],
  ],
];

describe("LineReader", () => {
  test.each(ROWS)("%s", (_, input, lines) => {
    const bytes = typeof input === "string" ? bytesOf(input) : input;
    expect(read([bytes])).toEqual(lines);
  });

  test.each(ROWS)("%s, cut at every position", (_, input, lines) => {
    const bytes = typeof input === "string" ? bytesOf(input) : input;
    // Of the long ones the positions around each limit and newline are the telling ones.
    const step = bytes.length > 2000 ? 7 : 1;
    for (let cut = 1; cut < bytes.length; cut += step) {
      expect(read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(lines);
    }
  });

  test.each(ROWS)("%s, byte by byte", (_, input, lines) => {
    const bytes = typeof input === "string" ? bytesOf(input) : input;
    expect(read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(lines);
  });

  test("copies the bytes that it buffers", () => {
    const reader = new LineReader(FROM_CLIENT);
    const chunk = bytesOf("PING a");
    expect(reader.push(chunk)).toEqual([]);
    chunk.fill(0x7a);
    expect(reader.push(bytesOf("b\n"))).toEqual([text("PING ab")]);
  });

  test("a line from a server may have tags of 8191 bytes", () => {
    const line = `${tagPart(8191)}PING`;
    expect(read([bytesOf(`${line}\r\n`)], FROM_SERVER)).toEqual([text(line)]);
    expect(read([bytesOf(`@t${line.slice(1)}\r\n`)], FROM_SERVER)).toEqual([TAGS_TOO_LONG]);
  });

  test("10 MB without a newline give one too-long and are not buffered", () => {
    const reader = new LineReader(FROM_CLIENT);
    const chunk = new Uint8Array(65_536).fill(0x61);
    const lines: WireLine[] = [];
    const before = process.memoryUsage().arrayBuffers;
    for (let sent = 0; sent < 10_000_000; sent += chunk.length) lines.push(...reader.push(chunk));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(lines).toEqual([BODY_TOO_LONG]);
    expect(reader.push(bytesOf("\nPING\n"))).toEqual([text("PING")]);
  });

  test("10 MB of tags in small pieces give one too-long, too", () => {
    const reader = new LineReader(FROM_CLIENT);
    const lines = reader.push(bytesOf("@"));
    const drip = new Uint8Array(1000).fill(0x74);
    for (let sent = 0; sent < 10_000_000; sent += drip.length) lines.push(...reader.push(drip));
    expect(lines).toEqual([TAGS_TOO_LONG]);
    expect(reader.push(bytesOf("\r\nPING\r\n"))).toEqual([text("PING")]);
  });

  test("counts what is in no line: empty lines, and the rest of one that is too long", () => {
    const reader = new LineReader(FROM_CLIENT);
    reader.push(bytesOf("PING a\r\nPING b\n"));
    expect(reader.takeNoise()).toBe(0);
    reader.push(bytesOf("\r\n\n\r\nPING c\r\n"));
    expect(reader.takeNoise()).toBe(5);
    for (let n = 0; n < 4; n += 1) reader.push(new Uint8Array(1000).fill(0x61));
    expect(reader.takeNoise()).toBe(3000);
    expect(reader.takeNoise()).toBe(0);
  });
});
