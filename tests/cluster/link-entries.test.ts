import { describe, expect, test } from "bun:test";
import { type FrameEntry, FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import {
  type DownEntry,
  readDown,
  readUp,
  SendReader,
  SendWriter,
  type UpEntry,
  writeDown,
  writeUp,
} from "../../lib/cluster/frames/link-entries.ts";
import { Prng } from "../prng.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);
/** The highest number of a link. */
const LAST = 2 ** 32 - 1;

const UP: readonly UpEntry[] = [
  {
    kind: "open",
    ...{ link: 1, address: "2001:db8::7", secure: true, certificate: "a".repeat(64) },
    validity: { from: 1_700_000_000_000, until: 1_800_000_000_000 },
  },
  {
    kind: "open",
    ...{ link: LAST, address: "192.0.2.1", secure: false, certificate: null, validity: null },
  },
  { kind: "data", link: 2, bytes: bytes("PRIVMSG #수다방 :안녕\r\nhalf a li") },
  { kind: "data", link: LAST, bytes: new Uint8Array([0, 255, 13, 10]) },
  { kind: "ended", link: 3, why: "Connection lost" },
  { kind: "ended", link: 3, why: "" },
  { kind: "drained", link: 4 },
  { kind: "overflow", link: 5 },
  { kind: "backlog", link: 6, bytes: LAST },
  { kind: "backlog", link: 6, bytes: 0 },
];

const DOWN: readonly DownEntry[] = [
  { kind: "close", link: 1, lastWords: bytes("ERROR :안녕\r\n") },
  { kind: "close", link: LAST, lastWords: new Uint8Array(0) },
  { kind: "drop", link: 2 },
  { kind: "reading", link: 3, on: true },
  { kind: "reading", link: 3, on: false },
  { kind: "standing", link: 4, standing: "stranger" },
  { kind: "standing", link: 4, standing: "guest" },
  { kind: "standing", link: 4, standing: "member" },
];

/** Returns the entries of one frame as they arrive. */
function carry(write: (frame: FrameWriter) => void): readonly FrameEntry[] {
  const frame = new FrameWriter();
  write(frame);
  return new FrameReader().push(frame.take().slice()).flat();
}

/** An entry whose payload are these numbers. */
function numbersEntry(kind: number, ...values: readonly number[]): FrameEntry {
  const [entry] = carry((frame) => {
    frame.begin(kind);
    for (const value of values) frame.number(value);
    frame.end();
  });
  return entry as FrameEntry;
}

describe("an entry", () => {
  test("of a gateway comes out as it went in, whatever its kind", () => {
    const entries = carry((frame) => {
      for (const entry of UP) writeUp(frame, entry);
    });
    expect(entries.map(readUp)).toEqual([...UP]);
  });

  test("of the leader comes out as it went in, whatever its kind", () => {
    const entries = carry((frame) => {
      for (const entry of DOWN) writeDown(frame, entry);
    });
    expect(entries.map(readDown)).toEqual([...DOWN]);
  });

  test("of an unknown kind is passed over", () => {
    for (const kind of [0, 40, 200, 255]) {
      expect(readUp(numbersEntry(kind, 1, 2))).toBeNull();
      expect(readDown(numbersEntry(kind, 1, 2))).toBeNull();
    }
  });

  test("of a newer version, which has more behind what is known, is read as far as it is known", () => {
    const open = { link: 1, address: "::1", secure: true, certificate: null, validity: null };
    const [newer] = carry((frame) => frame.add(1, bytes(JSON.stringify({ ...open, note: "x" }))));
    expect(readUp(newer as FrameEntry)).toEqual({ kind: "open", ...open });
    expect(readUp(numbersEntry(4, 7, 1, 2))).toEqual({ kind: "drained", link: 7 });
    expect(readUp(numbersEntry(6, 7, 1, 2))).toEqual({ kind: "backlog", link: 7, bytes: 1 });
    expect(readDown(numbersEntry(4, 7, 1, 2))).toEqual({ kind: "reading", link: 7, on: true });
  });

  test("of a frame with a newer version is read as well", () => {
    const frame = new FrameWriter();
    writeUp(frame, { kind: "drained", link: 9 });
    const newer = frame.take().slice();
    newer[4] = (newer[4] ?? 0) + 1;
    expect(new FrameReader().push(newer).flat().map(readUp)).toEqual([
      { kind: "drained", link: 9 },
    ]);
  });

  test("that is too short, or of which something is missing, is passed over", () => {
    for (let kind = 1; kind < 10; kind += 1) {
      for (const payload of [new Uint8Array(0), new Uint8Array([1, 2, 3])]) {
        const [entry] = carry((frame) => frame.add(kind, payload));
        expect([readUp(entry as FrameEntry), readDown(entry as FrameEntry)]).toEqual([null, null]);
        expect(new SendReader().read(entry as FrameEntry, () => {})).toBe(false);
      }
    }
    expect(readUp(numbersEntry(6, 1))).toBeNull();
    expect([readDown(numbersEntry(4, 1)), readDown(numbersEntry(5, 1))]).toEqual([null, null]);
    expect(readDown(numbersEntry(5, 1, 3))).toBeNull();
    for (const open of ["", "{", "[]", '{"link":1}', '{"link":"1","address":"x","secure":true}']) {
      const [entry] = carry((frame) => frame.add(1, bytes(open)));
      expect(readUp(entry as FrameEntry)).toBeNull();
    }
  });
});

/** Returns the entries of a frame that was taken. */
function entriesOf(frame: Uint8Array): readonly FrameEntry[] {
  const [entries = []] = new FrameReader().push(frame);
  return entries;
}

/** Reads what frames send, as the texts of each link in their order. */
function heard(frames: readonly Uint8Array[]): Map<number, string[]> {
  const sends = new SendReader();
  const texts = new Map<number, string[]>();
  for (const frame of frames) {
    sends.beginFrame();
    for (const entry of entriesOf(frame)) {
      sends.read(entry, (link, content) => {
        texts.set(link, [...(texts.get(link) ?? []), text(content)]);
      });
    }
  }
  return texts;
}

describe("bytes for links", () => {
  /** What the links of a frame are sent, in order, as `link: text`, and the length of the frame. */
  function sent(sends: readonly (readonly [number, Uint8Array])[]) {
    const frame = new FrameWriter();
    const writer = new SendWriter(frame);
    for (const [link, content] of sends) writer.send(link, content);
    writer.endFrame();
    const { length } = frame;
    const reader = new SendReader();
    reader.beginFrame();
    const heard: string[] = [];
    const arrived = new FrameReader().push(frame.take().slice()).flat();
    const isRead = arrived.map((entry) =>
      reader.read(entry, (link, content) => void heard.push(`${link}: ${text(content)}`)),
    );
    return { heard, length, isRead: isRead.every((known) => known) };
  }

  test("come to each link in its order, whoever else gets the same", () => {
    const prng = new Prng(3);
    const writer = new FrameWriter();
    const sends = new SendWriter(writer);
    const chunks = Array.from({ length: 12 }, (_, n) => bytes(`line ${n}\r\n`));
    const said = new Map<number, string[]>();
    const frames: Uint8Array[] = [];
    for (let frame = 0; frame < 30; frame += 1) {
      for (let n = prng.below(80); n > 0; n -= 1) {
        const link = prng.below(9);
        const chunk = prng.pick(prng.chance(80) ? chunks.slice(0, 3) : chunks);
        sends.send(link, chunk);
        said.set(link, [...(said.get(link) ?? []), text(chunk)]);
        if (!prng.chance(10)) continue;
        sends.end();
        writeDown(writer, { kind: "drop", link: 99 });
      }
      sends.endFrame();
      frames.push(writer.take().slice());
    }
    expect(heard(frames)).toEqual(said);
  });

  test("stay valid when the frame's bytes are used again", () => {
    const writer = new FrameWriter();
    const sends = new SendWriter(writer);
    sends.send(1, bytes("tea"));
    sends.endFrame();
    const frame = writer.take().slice();
    const reader = new SendReader();
    const got: Uint8Array[] = [];
    for (const entry of entriesOf(frame))
      reader.read(entry, (_, content) => void got.push(content));
    frame.fill(0);
    expect(got.map(text)).toEqual(["tea"]);
  });

  test("arrive in the order in which they were sent", () => {
    const chunks = ["a", "bb", "", "dddd", "e", "f", "g"].map(bytes);
    const sends = Array.from({ length: 200 }, (_, n) => {
      return [n % 7, chunks[(n * n) % chunks.length] as Uint8Array] as const;
    });
    const { heard, isRead } = sent(sends);
    expect(heard).toEqual(sends.map(([link, content]) => `${link}: ${text(content)}`));
    expect(isRead).toBe(true);
  });

  test("are in a frame once, also when the dialects of the readers alternate", () => {
    const dialects = [1, 2, 3].map((n) => bytes(String(n).repeat(1000)));
    const sends = Array.from({ length: 300 }, (_, n) => [n, dialects[n % 3]] as const);
    expect(sent(sends as [number, Uint8Array][]).length).toBeLessThan(3 * 1000 + 300 * 20);
  });

  test("that a frame doesn't have are passed over", () => {
    const reader = new SendReader();
    reader.beginFrame();
    const read = (kind: number, ...values: number[]) =>
      reader.read(numbersEntry(kind, ...values), () => expect.unreachable());
    expect([read(6, 0, 1), read(6, LAST, 1), read(1, 1000, 1)]).toEqual([false, false, false]);
  });

  test("that can't be read are not taken for others, which somebody else was sent", () => {
    const reader = new SendReader();
    reader.beginFrame();
    const heard: string[] = [];
    const hear = (link: number, content: Uint8Array) =>
      void heard.push(`${link}: ${text(content)}`);
    reader.read(numbersEntry(1, 1000, 1), hear);
    reader.read(numbersEntry(1, 4, 0x41414141, 1), hear);
    reader.read(numbersEntry(6, 0, 2), hear);
    expect(heard).toEqual(["1: AAAA"]);
  });
});
