import { describe, expect, test } from "bun:test";
import { fitRow, type ScreenRow, span } from "../../lib/terminal/layout.ts";
import { type DrawnPicture, pictureSpan } from "../../lib/terminal/pictures/picture.ts";
import type { Pixels } from "../../lib/terminal/pictures/pixels.ts";
import type { Frame } from "../../lib/terminal/screen-frame.ts";
import { Prng, seeds } from "../prng.ts";
import { drawSample, LOOKS, PainterScene, samplePixels } from "./picture-samples.ts";

const [WIDTH, HEIGHT] = [30, 12];
const PROTOCOLS = Object.keys(LOOKS) as (keyof typeof LOOKS)[];
const AT_REST = ["iterm", "sixel"] as const;

/** A frame with rows `first` to `end` (not included) of a picture, in column 3 below `above` rows. */
function frameOf(
  picture: DrawnPicture,
  { first = 0, end = picture.rows, above = 2, note = "" } = {},
): Frame {
  const rows: ScreenRow[] = Array.from({ length: above }, (_, index) => [span(`row ${index}`)]);
  for (let row = first; row < end; row++) {
    rows.push([span("한 "), pictureSpan(picture, row), span(row === first ? `|${note}` : "|")]);
  }
  rows.push([span("below")]);
  return {
    width: WIDTH,
    rows: rows.map((row) => fitRow(row, WIDTH)),
    cursor: { row: HEIGHT - 1, column: 0 },
  };
}

/** The mean and the largest difference of two pictures' channels. */
function differenceOf(a: Pixels, b: Pixels): { readonly mean: number; readonly most: number } {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  let [sum, most] = [0, 0];
  for (const [index, value] of a.data.entries()) {
    const difference = Math.abs(value - (b.data[index] ?? 0));
    sum += difference;
    most = Math.max(most, difference);
  }
  return { mean: sum / a.data.length, most };
}

function rowsOf({ width, data }: Pixels, top: number, bottom: number): Pixels {
  return { width, height: bottom - top, data: data.subarray(top * width * 4, bottom * width * 4) };
}

/** The same in few colours, each a whole number of hundredths. */
function withFewColours({ width, height, data }: Pixels): Pixels {
  const steps = [0, 51, 102, 153, 204, 255];
  return { width, height, data: data.map((value) => steps[Math.round(value / 51)] ?? 0) };
}

describe.each(PROTOCOLS)("a picture by %s", (protocol) => {
  const pixels = withFewColours(samplePixels(10, 5, new Prng(1)));
  const picture = drawSample(pixels, LOOKS[protocol]);

  test("is seen exactly as it is", () => {
    const scene = new PainterScene(WIDTH, HEIGHT);
    scene.show(frameOf(picture));
    scene.wait(100);
    expect(differenceOf(scene.terminal.pixelsAt(3, 2, 10, 5), pixels)).toEqual({
      mean: 0,
      most: 0,
    });
    expect(scene.terminal.text(2)).toMatch(/^한 .*\|/u);
    expect(scene.terminal.received).toBe(1);
  });

  test("is seen in part where rows of it are out of view", () => {
    const scene = new PainterScene(WIDTH, HEIGHT);
    scene.show(frameOf(picture, { first: 1, end: 4 }));
    scene.wait(100);
    const part = rowsOf(pixels, 8, 32);
    expect(differenceOf(scene.terminal.pixelsAt(3, 2, 10, 3), part)).toEqual({ mean: 0, most: 0 });
  });

  test("stays untouched when something beside it changes", () => {
    const scene = new PainterScene(WIDTH, HEIGHT);
    scene.show(frameOf(picture));
    scene.wait(100);
    scene.written = "";
    scene.show(frameOf(picture, { note: "new" }));
    scene.wait(100);
    expect(scene.terminal.text(2)).toContain("|new");
    expect(scene.terminal.received).toBe(1);
    expect(differenceOf(scene.terminal.pixelsAt(3, 2, 10, 5), pixels).most).toBe(0);
  });

  test("is gone when a page covers it, and when it is left", () => {
    const scene = new PainterScene(WIDTH, HEIGHT);
    const page: Frame = { width: WIDTH, rows: [[span("help")]], cursor: { row: 0, column: 0 } };
    scene.show(frameOf(picture));
    scene.wait(100);
    scene.show(page);
    expect(
      scene.terminal
        .view()
        .flat()
        .filter((cell) => cell.startsWith("px")),
    ).toEqual([]);
    scene.painter.leave();
    expect(scene.terminal.stored).toBe(0);
  });
});

test("a photograph by sixel looks like itself", () => {
  const pixels = samplePixels(28, 9, new Prng(2));
  const scene = new PainterScene(WIDTH + 4, HEIGHT);
  const picture = drawSample(pixels, LOOKS.sixel);
  const rows = Array.from({ length: 9 }, (_, row) => [span("   "), pictureSpan(picture, row)]);
  scene.show({ rows, width: WIDTH + 4, cursor: { row: HEIGHT - 1, column: 0 } });
  scene.wait(100);
  // Single pixels differ by what their neighbours make up for.
  expect(differenceOf(scene.terminal.pixelsAt(3, 0, 28, 9), pixels).mean).toBeLessThan(8);
});

describe.each(AT_REST)("a picture by %s, which vanishes under text", (protocol) => {
  const picture = drawSample(samplePixels(10, 5, new Prng(3)), LOOKS[protocol]);

  test("is blocks until it has rested", () => {
    const scene = new PainterScene(WIDTH, HEIGHT);
    scene.show(frameOf(picture));
    expect(scene.terminal.text(2)).toContain("▀");
    scene.wait(60);
    expect(scene.terminal.received).toBe(0);
    scene.show(frameOf(picture, { above: 1 }));
    scene.wait(60);
    expect(scene.terminal.received).toBe(0);
    scene.wait(60);
    expect(scene.terminal.received).toBe(1);
  });

  test("rests while somebody types", () => {
    const scene = new PainterScene(WIDTH, HEIGHT);
    for (const note of ["a", "ab", "abc", "abcd"]) {
      scene.show(frameOf(picture, { note }));
      scene.wait(40);
    }
    expect(scene.terminal.received).toBe(1);
  });

  test("waits for a connection that has yet to read the frame", () => {
    const scene = new PainterScene(WIDTH, HEIGHT);
    scene.isBlocked = true;
    scene.show(frameOf(picture));
    scene.wait(500);
    expect(scene.terminal.received).toBe(0);
    scene.isBlocked = false;
    scene.wait(100);
    expect(scene.terminal.received).toBe(1);
  });

  test("isn't drawn any more once it has moved while it was made", () => {
    const scene = new PainterScene(WIDTH, HEIGHT);
    scene.show(frameOf(picture));
    scene.wait(99);
    scene.show(frameOf(picture, { first: 2 }));
    scene.wait(50);
    expect(scene.terminal.received).toBe(0);
  });
});

test("the terminal is to keep a bounded number of kitty's pictures", () => {
  const scene = new PainterScene(WIDTH, HEIGHT);
  for (let index = 0; index < 100; index++) {
    scene.show(frameOf(drawSample(samplePixels(2, 1, new Prng(index)), LOOKS.kitty)));
  }
  expect(scene.terminal.received).toBe(100);
  expect(scene.terminal.stored).toBe(32);
});

describe.each(PROTOCOLS)("whatever happens to pictures by %s", (protocol) => {
  test.each(seeds(3))("the screen is as if it had been drawn once (seed %i)", (seed) => {
    const prng = new Prng(seed * 31 + protocol.length);
    const pictures = Array.from({ length: 3 }, () =>
      drawSample(samplePixels(1 + prng.below(12), 1 + prng.below(6), prng), LOOKS[protocol]),
    );
    const scene = new PainterScene(WIDTH, HEIGHT);
    const timeline = new SampleTimeline(pictures, prng);
    for (let step = 0; step < 20; step++) {
      const frame = timeline.next();
      if (prng.chance(5)) scene.painter.forget();
      scene.show(frame);
      const [atOnce, rested] = [
        new PainterScene(WIDTH, HEIGHT, 9),
        new PainterScene(WIDTH, HEIGHT, 9),
      ];
      atOnce.show(frame);
      rested.show(frame);
      rested.wait(200);
      const [early, late] = [atOnce.terminal.view(), rested.terminal.view()];
      const wrong = scene.terminal
        .view()
        .flatMap((row, y) =>
          row.filter((cell, x) => cell !== early[y]?.[x] && cell !== late[y]?.[x]),
        );
      expect(wrong).toEqual([]);
      if (prng.chance(60)) scene.wait(200);
      else {
        scene.wait(prng.below(100));
        continue;
      }
      expect(scene.terminal.view()).toEqual(late);
    }
  });
});

/** A screen on which messages with pictures scroll, change and are covered, in one column or in two. */
class SampleTimeline {
  readonly #prng: Prng;
  readonly #rows: ScreenRow[];
  #offset = 0;
  #isSplit = false;
  #note = "";

  constructor(pictures: readonly DrawnPicture[], prng: Prng) {
    this.#prng = prng;
    this.#rows = Array.from({ length: 8 }, (_, index) => [
      [span(`${index} 안녕`)],
      ...this.#rowsOf(prng.pick(pictures)),
    ]).flat();
  }

  next(): Frame {
    const prng = this.#prng;
    if (prng.chance(50)) this.#offset += prng.below(5) - 2;
    if (prng.chance(10)) this.#isSplit = !this.#isSplit;
    if (prng.chance(40)) this.#note = prng.letters(prng.below(4));
    const isCovered = prng.chance(10);
    const inputRows = 1 + (prng.chance(20) ? prng.below(3) : 0);
    const height = HEIGHT - inputRows;
    const rows = Array.from({ length: height }, (_, index): ScreenRow => {
      if (isCovered) return [span(`help ${index}`)];
      const row = this.#rowAt(index);
      const gutter = span(index % 3 === 0 ? this.#note.padEnd(4) : "    ");
      const other = this.#isSplit ? this.#rowAt(index + 3) : [];
      return fitRow([gutter, ...fitRow(row, 13), ...other], WIDTH);
    });
    const input = Array.from({ length: inputRows }, () => [span(`> ${this.#note}`)]);
    return {
      width: WIDTH,
      rows: [...rows, ...input],
      cursor: { row: HEIGHT - 1, column: 2 + this.#note.length },
    };
  }

  #rowAt(index: number): ScreenRow {
    return this.#rows.at((index + this.#offset) % this.#rows.length) ?? [];
  }

  #rowsOf(picture: DrawnPicture): ScreenRow[] {
    return Array.from({ length: picture.rows }, (_, row) => [pictureSpan(picture, row)]);
  }
}
