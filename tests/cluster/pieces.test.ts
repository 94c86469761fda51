import { describe, expect, test } from "bun:test";
import { cutIntoPieces, JOINED_BYTES_MAX, PieceJoiner } from "../../lib/cluster/log/pieces.ts";
import { Prng } from "../prng.ts";

const bytesOf = (length: number, prng: Prng): Uint8Array =>
  Uint8Array.from({ length }, () => prng.below(256));

/** Returns what a joiner gives for some pieces. */
function join(joiner: PieceJoiner, pieces: readonly { readonly bytes: Uint8Array }[]) {
  return pieces.map(({ bytes }) => joiner.push(bytes)).filter((joined) => joined !== null);
}

function cut(id: string, bytes: Uint8Array, max: number) {
  const pieces = cutIntoPieces(id, bytes, max);
  if (pieces === null) throw new Error("too long");
  return pieces;
}

describe("pieces", () => {
  test("are no longer than the limit, and give the whole again", () => {
    const prng = new Prng(3);
    for (const max of [300, 1000, 65_536]) {
      for (const length of [0, 1, max - 1, max, max + 1, 2 * max, 5 * max + 7]) {
        const bytes = bytesOf(length, prng);
        const pieces = cut("841-12", bytes, max);
        for (const piece of pieces) expect(piece.bytes.length).toBeLessThanOrEqual(max);
        expect(new Set(pieces.map(({ id }) => id)).size).toBe(pieces.length);
        const joined = join(new PieceJoiner(), pieces);
        expect(joined.length).toBe(1);
        expect(Buffer.from(joined[0] ?? []).equals(bytes)).toBe(true);
      }
    }
  });

  test("of what begins like a piece itself are told from it", () => {
    const bytes = Buffer.from('{"piece":0,"of":1,"id":"x"}\nnot a piece');
    expect(join(new PieceJoiner(), cut("y", bytes, 1000))).toEqual([bytes]);
  });

  test("are joined also with what a later version adds to their lines", () => {
    const bytes = bytesOf(2000, new Prng(6));
    const later = cut("1-1", bytes, 700).map((piece) => {
      const text = Buffer.from(piece.bytes).toString("latin1");
      return { bytes: Buffer.from(text.replace('"}\n', '","weather":{"rain":1}}\n'), "latin1") };
    });
    expect(Buffer.from(join(new PieceJoiner(), later)[0] ?? []).equals(bytes)).toBe(true);
  });

  test("count for nothing when they are half of something, whatever comes next", () => {
    const prng = new Prng(4);
    const long = bytesOf(2000, prng);
    const pieces = cut("1-1", long, 500);
    const short = Buffer.from("{}\n");
    for (let count = 1; count < pieces.length; count += 1) {
      const half = pieces.slice(0, count);
      for (const next of [cut("1-2", long, 500), cut("1-1", long, 500)]) {
        expect(join(new PieceJoiner(), [...half, ...next]).length).toBe(1);
      }
      expect(join(new PieceJoiner(), [...half, { bytes: short }, ...pieces.slice(count)])).toEqual([
        short,
      ]);
      expect(join(new PieceJoiner(), pieces.slice(count))).toEqual([]);
    }
  });

  test("that are out of order or of another record are dropped", () => {
    const prng = new Prng(5);
    const [a, b] = [bytesOf(2000, prng), bytesOf(2000, prng)];
    const [one, two] = [cut("a", a, 700), cut("b", b, 700)];
    for (const mixed of [
      [one[0], one[2], one[1], one[3]],
      [one[0], two[1], one[2], one[3]],
      [one[0], one[0], one[2], one[3]],
    ]) {
      const joiner = new PieceJoiner();
      expect(
        join(
          joiner,
          mixed.filter((piece) => piece !== undefined),
        ),
      ).toEqual([]);
      expect(Buffer.from(join(joiner, two)[0] ?? []).equals(b)).toBe(true);
      expect(joiner.hasHalf).toBe(false);
    }
  });

  test("aren't made of what nobody could join, nor joined without a bound", () => {
    expect(cutIntoPieces("a", new Uint8Array(JOINED_BYTES_MAX + 1), 1 << 20)).toBeNull();
    const joiner = new PieceJoiner();
    const filling = Buffer.alloc(16 << 20);
    for (let index = 0; index < 6; index += 1) {
      const head = Buffer.from(`{"piece":${index},"of":6,"id":"a"}\n`);
      expect(joiner.push(Buffer.concat([head, filling]))).toBeNull();
    }
    expect(joiner.hasHalf).toBe(false);
  });
});
