import { describe, expect, test } from "bun:test";
import { ChunkCoalescer } from "../../lib/transport/chunk-coalescer.ts";
import { OUTBOX_TURN_FACTOR, Outbox } from "../../lib/transport/outbox.ts";
import { Prng, seed } from "../prng.ts";

const SEED = seed();
const BYTES_MAX = 10_000_000;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytes = (letters: string): Uint8Array => Buffer.from(letters);

/** A fake kernel that takes as many bytes as configured, and records them. */
class Kernel {
  taken = "";
  writes: number[] = [];
  readonly #takes: (asked: number) => number;
  constructor(takes: (asked: number) => number = (asked) => asked) {
    this.#takes = takes;
  }
  write = (piece: Uint8Array): number => {
    const count = Math.min(this.#takes(piece.length), piece.length);
    this.writes.push(piece.length);
    if (count > 0) this.taken += text(piece.subarray(0, count));
    return count;
  };
}

describe("an outbox", () => {
  test("sends many chunks in one write", () => {
    const outbox = new Outbox({ bytesMax: BYTES_MAX });
    const kernel = new Kernel();
    for (const letter of "abcdef") outbox.push(bytes(letter));
    expect(outbox.flush(kernel.write)).toBe("empty");
    expect(kernel).toMatchObject({ taken: "abcdef", writes: [6] });
    expect(outbox.bytes).toBe(0);
  });

  test("hands a single chunk over without a copy", () => {
    const outbox = new Outbox({ bytesMax: BYTES_MAX });
    const chunk = bytes("shared");
    const seen: Uint8Array[] = [];
    outbox.push(chunk);
    outbox.flush((piece) => {
      seen.push(piece);
      return piece.length;
    });
    expect(seen[0]).toBe(chunk);
  });

  test("keeps bytes that the kernel refused, and continues exactly there", () => {
    const outbox = new Outbox({ bytesMax: BYTES_MAX });
    const takes = [2, 0, 1, 100];
    const kernel = new Kernel(() => takes.shift() ?? 0);
    outbox.push(bytes("abc"));
    outbox.push(bytes("def"));
    expect(outbox.flush(kernel.write)).toBe("blocked");
    expect(outbox.bytes).toBe(4);
    expect(outbox.flush(kernel.write)).toBe("blocked");
    outbox.push(bytes("ghi"));
    expect(outbox.flush(kernel.write)).toBe("blocked");
    expect(outbox.flush(kernel.write)).toBe("empty");
    expect(kernel.taken).toBe("abcdefghi");
  });

  test("reports a closed socket, and drops its bytes", () => {
    const outbox = new Outbox({ bytesMax: BYTES_MAX });
    outbox.push(bytes("abc"));
    expect(outbox.flush(() => -1)).toBe("closed");
    expect(outbox.bytes).toBe(0);
    expect(outbox.flush(() => -1)).toBe("empty");
  });

  test("never makes an empty write", () => {
    const outbox = new Outbox({ bytesMax: BYTES_MAX });
    const kernel = new Kernel();
    outbox.push(new Uint8Array(0));
    expect(outbox.flush(kernel.write)).toBe("empty");
    expect(kernel.writes).toEqual([]);
  });

  test("is over its limit only beyond it, and not after the bytes were sent", () => {
    const outbox = new Outbox({ bytesMax: 4 });
    outbox.push(bytes("abcd"));
    expect(outbox.isOverLimit).toBe(false);
    outbox.push(bytes("e"));
    expect(outbox.isOverLimit).toBe(true);
    outbox.flush(new Kernel(() => 1).write);
    expect(outbox.isOverLimit).toBe(false);
  });

  test("stays over its limit permanently after it exceeded the bound of a turn", () => {
    const outbox = new Outbox({ bytesMax: 4 });
    for (let i = 0; i < OUTBOX_TURN_FACTOR; i++) outbox.push(bytes("abcd"));
    outbox.push(bytes("e"));
    outbox.push(bytes("f"));
    expect(outbox.bytes).toBe(4 * OUTBOX_TURN_FACTOR);
    outbox.flush(new Kernel().write);
    expect(outbox).toMatchObject({ bytes: 0, isOverLimit: true });
  });

  test("sends only sealed bytes", () => {
    const outbox = new Outbox({ bytesMax: BYTES_MAX });
    const kernel = new Kernel();
    outbox.seal();
    outbox.push(bytes("a"));
    outbox.push(bytes("b"));
    expect(outbox.flush(kernel.write)).toBe("empty");
    outbox.seal();
    outbox.push(bytes("c"));
    expect(outbox.flush(kernel.write)).toBe("empty");
    expect(kernel).toMatchObject({ taken: "ab", writes: [2] });
    expect(outbox.bytes).toBe(1);
  });

  for (const readers of [10, 100, 1000]) {
    test(`the chunks of ${readers} readers in a turn are copied once per dialect, and written once to each`, () => {
      const outboxes = Array.from({ length: readers }, () => new Outbox({ bytesMax: BYTES_MAX }));
      const dialects = ["abcdef", "ABCDEF", "012345"].map((said) => [...said].map(bytes));
      for (const [i, outbox] of outboxes.entries()) {
        for (const chunk of dialects[i % dialects.length] ?? []) outbox.push(chunk);
      }
      // A sender gets everything except their own messages.
      const speaker = new Outbox({ bytesMax: BYTES_MAX });
      for (const chunk of dialects[0]?.slice(0, 5) ?? []) speaker.push(chunk);
      const pieces: Uint8Array[] = [];
      const write = (piece: Uint8Array): number => pieces.push(piece) && piece.length;
      const coalescer = new ChunkCoalescer();
      for (const outbox of [...outboxes, speaker]) outbox.flush(write, coalescer);
      expect(pieces.length).toBe(readers + 1);
      expect(new Set(pieces).size).toBe(dialects.length + 1);
      expect(pieces.slice(0, 3).map(text)).toEqual(["abcdef", "ABCDEF", "012345"]);
      expect(pieces.slice(-1).map(text)).toEqual(["abcde"]);
    });
  }

  for (let round = 0; round < 20; round++) {
    const seed = SEED + round;
    test(`sends every byte in order, whatever the kernel refuses (seed ${seed})`, () => {
      const prng = new Prng(seed);
      const outboxes = Array.from({ length: 3 }, () => new Outbox({ bytesMax: BYTES_MAX }));
      const coalescer = new ChunkCoalescer();
      const kernels = outboxes.map(
        () => new Kernel((asked) => [0, prng.below(asked + 1), asked, 1][prng.below(4)] as number),
      );
      const sealing = prng.below(2) === 0;
      if (sealing) for (const outbox of outboxes) outbox.seal();
      let pushed = "";
      let sealed = 0;
      for (let step = 0; step < 300; step++) {
        // The same chunk goes to all outboxes, as in a room.
        const length = prng.below(20) === 0 ? prng.below(200_000) : prng.below(200);
        const chunk = bytes(String.fromCharCode(97 + (step % 26)).repeat(length));
        const before = text(chunk);
        for (const outbox of outboxes) outbox.push(chunk);
        pushed += before;
        if (sealing && prng.below(3) === 0) {
          for (const outbox of outboxes) outbox.seal();
          sealed = pushed.length;
        }
        outboxes.forEach((outbox, i) => {
          if (prng.below(2) === 0) outbox.flush((kernels[i] as Kernel).write, coalescer);
          const { taken } = kernels[i] as Kernel;
          if (sealing && taken.length > sealed) throw new Error("unsealed bytes left");
          if (outbox.bytes !== pushed.length - taken.length) throw new Error("miscounted");
        });
        if (text(chunk) !== before) throw new Error("a shared chunk was changed");
      }
      outboxes.forEach((outbox, i) => {
        outbox.seal();
        while (outbox.flush((kernels[i] as Kernel).write, coalescer) !== "empty");
        expect((kernels[i] as Kernel).taken === pushed).toBe(true);
        expect(outbox.bytes).toBe(0);
      });
    });
  }
});
