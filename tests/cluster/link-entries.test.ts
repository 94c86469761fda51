import { describe, expect, test } from "bun:test";
import { type FrameEntry, FrameReader, FrameWriter } from "../../lib/cluster/frame.ts";
import {
  type DownEntry,
  readDown,
  readUp,
  SendReader,
  SendWriter,
  type UpEntry,
  writeDown,
  writeUp,
} from "../../lib/cluster/link-entries.ts";
import { Prng } from "../prng.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

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
      sends.read(entry, (link, bytes) => {
        texts.set(link, [...(texts.get(link) ?? []), text(bytes)]);
      });
    }
  }
  return texts;
}

describe("what a leader sends to links", () => {
  test("comes to each link in its order, whoever else gets the same", () => {
    const prng = new Prng(3);
    const writer = new FrameWriter();
    const sends = new SendWriter(writer);
    const chunks = Array.from({ length: 12 }, (_, n) => bytesOf(`line ${n}\r\n`));
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

  test("is in a frame once for readers whose dialects alternate", () => {
    const writer = new FrameWriter();
    const sends = new SendWriter(writer);
    const dialects = ["plain", "tagged", "labelled"].map((name) => bytesOf(name.repeat(100)));
    for (let link = 0; link < 60; link += 1) sends.send(link, dialects[link % 3] as Uint8Array);
    sends.endFrame();
    const frame = text(writer.take());
    for (const dialect of dialects) expect(frame.split(text(dialect))).toHaveLength(2);
  });

  test("stays valid when the frame's bytes are used again", () => {
    const writer = new FrameWriter();
    const sends = new SendWriter(writer);
    sends.send(1, bytesOf("tea"));
    sends.endFrame();
    const frame = writer.take().slice();
    const reader = new SendReader();
    const got: Uint8Array[] = [];
    for (const entry of entriesOf(frame)) reader.read(entry, (_, bytes) => void got.push(bytes));
    frame.fill(0);
    expect(got.map(text)).toEqual(["tea"]);
  });

  test("is passed over when it can't be read", () => {
    const writer = new FrameWriter();
    // Bytes that are longer than their entry, bytes that no entry had before, and an entry without anything.
    writer.add(1, new Uint8Array([9, 0, 0, 0, 65, 66]));
    writer.add(6, new Uint8Array([0, 0, 0, 0, 1, 0, 0, 0]));
    writer.add(1);
    const reader = new SendReader();
    const got: number[] = [];
    const entries = entriesOf(writer.take());
    expect(entries).toHaveLength(3);
    for (const entry of entries) {
      expect(reader.read(entry, (link) => void got.push(link))).toBe(false);
    }
    expect(got).toEqual([]);
  });
});

describe("entries about links", () => {
  test("come out as they went in", () => {
    const opened = { address: "192.0.2.1", secure: true, certificate: null, validity: null };
    const up: UpEntry[] = [
      { kind: "open", link: 1, ...opened },
      { kind: "data", link: 2, bytes: bytesOf("NICK 민수\r\n") },
      { kind: "ended", link: 3, why: "Connection lost" },
      { kind: "drained", link: 4 },
      { kind: "overflow", link: 5 },
      { kind: "backlog", link: 2 ** 32 - 1, bytes: 70_000 },
    ];
    const down: DownEntry[] = [
      { kind: "close", link: 1, lastWords: bytesOf("ERROR :bye\r\n") },
      { kind: "drop", link: 2 },
      { kind: "reading", link: 3, on: false },
      { kind: "standing", link: 4, standing: "member" },
    ];
    const [upFrame, downFrame] = [new FrameWriter(), new FrameWriter()];
    for (const entry of up) writeUp(upFrame, entry);
    for (const entry of down) writeDown(downFrame, entry);
    expect(entriesOf(upFrame.take()).map(readUp)).toEqual(up);
    expect(entriesOf(downFrame.take()).map(readDown)).toEqual(down);
  });

  test("of unknown kinds, or that are cut short, are passed over", () => {
    const frame = new FrameWriter();
    for (const kind of [2, 3, 4, 5, 6, 200]) frame.add(kind, new Uint8Array(2));
    frame.add(1, bytesOf('{"link":1'));
    const entries = entriesOf(frame.take());
    expect(entries).toHaveLength(7);
    expect(entries.map(readUp)).toEqual(entries.map(() => null));
    expect(entries.map(readDown)).toEqual(entries.map(() => null));
  });
});
