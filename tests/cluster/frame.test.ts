import { describe, expect, test } from "bun:test";
import { FrameError, FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import { Prng } from "../prng.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (...texts: string[]): Uint8Array[] =>
  texts.map((part) => new TextEncoder().encode(part));

/** Reads what the pieces hold, as kind and text. */
function read(reader: FrameReader, pieces: readonly Uint8Array[]): string[][] {
  return pieces.flatMap((piece) =>
    reader
      .push(piece)
      .map((entries) => entries.map(({ kind, payload }) => `${kind} ${text(payload)}`)),
  );
}

/** A hundred frames of up to six entries, some empty and some long. */
function manyFrames(seed: number) {
  const prng = new Prng(seed);
  const writer = new FrameWriter();
  const said: string[][] = [];
  const frames: Uint8Array[] = [];
  for (let n = 0; n < 100; n += 1) {
    const entries: string[] = [];
    for (let left = prng.below(7); left > 0; left -= 1) {
      const payload = "소담 ".repeat(prng.chance(10) ? prng.below(5000) : prng.below(20));
      const kind = prng.below(256);
      writer.add(kind, ...bytesOf(payload, String(n)));
      entries.push(`${kind} ${payload}${n}`);
    }
    said.push(entries);
    frames.push(writer.take().slice());
  }
  return { said, stream: Buffer.concat(frames), prng };
}

describe("frames", () => {
  test("come out as they went in, however the bytes are cut", () => {
    const { said, stream, prng } = manyFrames(7);
    for (const largest of [1, 3, 100, 4096, stream.length]) {
      const pieces: Uint8Array[] = [];
      for (let start = 0; start < stream.length; ) {
        const end = Math.min(stream.length, start + 1 + prng.below(largest));
        pieces.push(stream.subarray(start, end));
        start = end;
      }
      expect(read(new FrameReader(), pieces)).toEqual(said);
    }
  });

  test("don't keep the bytes that they were read from", () => {
    const { said, stream } = manyFrames(8);
    const reader = new FrameReader();
    const half = stream.length >> 1;
    const first = Buffer.from(stream.subarray(0, half));
    const heard = read(reader, [first]);
    first.fill(0);
    heard.push(...read(reader, [stream.subarray(half)]));
    expect(heard).toEqual(said);
  });

  test("of another length, or with an entry that goes beyond the end, are refused", () => {
    const head = (length: number, ...rest: number[]): Uint8Array => {
      const bytes = new Uint8Array([0, 0, 0, 0, ...rest]);
      new DataView(bytes.buffer).setUint32(0, length, true);
      return bytes;
    };
    for (const broken of [
      head(0),
      head((64 << 20) + 1, 1),
      head(4, 1, 9, 0, 0),
      head(6, 1, 9, 1, 0, 0, 0),
    ]) {
      expect(() => new FrameReader().push(broken)).toThrow(FrameError);
    }
    expect(read(new FrameReader(), [head(6, 1, 9, 0, 0, 0, 0)])).toEqual([["9 "]]);
  });

  test("are empty after they were taken", () => {
    const writer = new FrameWriter();
    expect(writer.isEmpty).toBe(true);
    writer.add(1, ...bytesOf("tea"));
    expect([writer.isEmpty, writer.length]).toEqual([false, 13]);
    writer.take();
    expect(writer.isEmpty).toBe(true);
  });
});
