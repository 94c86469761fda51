import { describe, expect, test } from "bun:test";
import { fitRow, rowCells, span } from "../../lib/terminal/layout.ts";
import {
  drawPicture,
  type PictureLook,
  pictureCells,
  pictureSpan,
} from "../../lib/terminal/pictures/picture.ts";
import { finish, type Pixels, type Slices } from "../../lib/terminal/pictures/pixels.ts";
import { diffFrames } from "../../lib/terminal/screen-frame.ts";
import { MONOCHROME } from "../../lib/terminal/theme.ts";

const LOOK: PictureLook = {
  ...{
    protocol: "blocks",
    cell: { width: 10, height: 20 },
    hasPlaceholders: false,
    registers: 256,
  },
  ...{ depth: "24-bit", background: [0, 0, 0], isWide: false },
};
const [RED, BLUE, CLEAR] = [
  [255, 0, 0, 255],
  [0, 0, 255, 255],
  [9, 9, 9, 0],
] as const;

function pixelsOf(rows: readonly (readonly (readonly number[])[])[]): Pixels {
  const data = Uint8Array.from(rows.flat(2));
  return { width: rows[0]?.length ?? 0, height: rows.length, data };
}

function draw(pixels: Pixels, columns: number, rows: number, look: Partial<PictureLook> = {}) {
  const source = {
    ...{ width: pixels.width, height: pixels.height, png: new Uint8Array() },
    *pixels(): Slices<Pixels> {
      yield;
      return pixels;
    },
  };
  return finish(drawPicture(source, { columns, rows }, { ...LOOK, ...look }));
}

describe("the cells of a picture", () => {
  test.each([
    [
      { width: 1000, height: 1000 },
      { columns: 20, rows: 10 },
    ],
    [
      { width: 4000, height: 100 },
      { columns: 40, rows: 1 },
    ],
    [
      { width: 3, height: 9000 },
      { columns: 1, rows: 10 },
    ],
    [
      { width: 50, height: 40 },
      { columns: 5, rows: 2 },
    ],
    [
      { width: 1, height: 1 },
      { columns: 1, rows: 1 },
    ],
    [
      { width: 0, height: 0 },
      { columns: 1, rows: 1 },
    ],
  ])("%j takes %j", (size, area) => {
    expect(pictureCells(size, LOOK.cell, { columns: 40, rows: 10 })).toEqual(area);
  });
});

describe("a picture in half blocks", () => {
  const pixels = pixelsOf([
    [RED, BLUE],
    [BLUE, BLUE],
  ]);

  test("shows two pixels a cell, each colour said once", () => {
    expect(draw(pixels, 2, 1).blocks).toEqual(["\x1b[38;2;255;0;0;48;2;0;0;255m▀ \x1b[0m"]);
  });

  test("uses the colours that the terminal has", () => {
    expect(draw(pixels, 1, 1, { depth: "256" }).blocks).toEqual(["\x1b[38;5;90;48;5;21m▀\x1b[0m"]);
    expect(draw(pixelsOf([[RED], [BLUE]]), 1, 1, { depth: "16" }).blocks).toEqual([
      "\x1b[91;104m▀\x1b[0m",
    ]);
  });

  test("has one colour a cell where a half block would take two", () => {
    expect(draw(pixels, 2, 1, { isWide: true }).blocks).toEqual([
      "\x1b[48;2;128;0;128m \x1b[48;2;0;0;255m \x1b[0m",
    ]);
  });

  test("shows the background where it is transparent", () => {
    const { blocks } = draw(pixelsOf([[CLEAR], [BLUE]]), 1, 1, { background: [1, 2, 3] });
    expect(blocks).toEqual(["\x1b[38;2;1;2;3;48;2;0;0;255m▀\x1b[0m"]);
  });
});

describe("a picture in a frame", () => {
  const picture = draw(pixelsOf([[RED, BLUE]]), 2, 2);

  test("takes its columns, and what is behind it stands in its column", () => {
    const rows = [0, 1].map((row) => fitRow([span("a"), pictureSpan(picture, row)], 6));
    expect(rows.map((row) => rowCells(row))).toEqual([6, 6]);
    const text = diffFrames(null, { width: 6, rows, cursor: { row: 0, column: 0 } }, MONOCHROME);
    expect(text).toContain(`\x1b[1;1H\x1b[Ka${picture.blocks[0]}\x1b[2;1H`);
  });

  test("is drawn again only where another row of it, or another picture, stands", () => {
    const shown = (strips: readonly number[], shownPicture = picture) => ({
      ...{ width: 6, cursor: { row: 0, column: 0 } },
      rows: strips.map((row) => [pictureSpan(shownPicture, row)]),
    });
    const diff = (next: ReturnType<typeof shown>) => diffFrames(shown([0, 1]), next, MONOCHROME);
    expect(diff(shown([0, 1]))).toBe("");
    expect(diff(shown([1, 1]))).toContain(`\x1b[1;1H\x1b[K${picture.blocks[1]}`);
    expect(diff(shown([0, 1], { ...picture }))).toContain(picture.blocks[0] ?? "?");
  });
});
