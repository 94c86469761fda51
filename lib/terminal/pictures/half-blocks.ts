/** Pictures in text: each cell shows two pixels, one above the other. */
import type { Rgb } from "../colour.ts";
import type { ColourDepth } from "../name-hues.ts";
import { type Pixels, resizePixels, type Slices } from "./pixels.ts";

/** Rows between two yields. */
const ROWS_PER_SLICE = 4;
const UPPER_HALF = "▀";
const LOWER_HALF = "▄";
/** The usual colours of a terminal with sixteen, as xterm has them. */
const SIXTEEN: readonly Rgb[] = [
  ...([0, 205] as const).flatMap((blue) =>
    ([0, 205] as const).flatMap((green) =>
      ([0, 205] as const).map((red): Rgb => [red, green, blue]),
    ),
  ),
  ...([0, 255] as const).flatMap((blue) =>
    ([0, 255] as const).flatMap((green) =>
      ([0, 255] as const).map((red): Rgb => [red, green, blue]),
    ),
  ),
];
/** Black twice would leave no grey. */
const DARK_GREY = 8;
const LIGHT_GREY = 7;
const LEVELS = [0, 95, 135, 175, 215, 255] as const;

/** What text can show of a picture. */
export interface BlockLook {
  /** null: there are no colours, and so no blocks. */
  readonly depth: ColourDepth | null;
  /** What transparent pixels show. */
  readonly background: Rgb;
  /** Whether a half block takes two cells: then each cell has one colour. */
  readonly isWide: boolean;
}

/** Returns the bytes of each row, in exactly `columns` cells: spaces where there are no colours. */
export function* drawHalfBlocks(
  pixels: Pixels,
  { columns, rows }: { readonly columns: number; readonly rows: number },
  { depth, background, isWide }: BlockLook,
): Slices<string[]> {
  if (depth === null) return Array.from({ length: rows }, () => " ".repeat(columns));
  const lines = isWide ? rows : rows * 2;
  const small = yield* resizePixels(pixels, columns, lines, background);
  const texts: string[] = [];
  for (let row = 0; row < rows; row++) {
    const halves = isWide ? ([row, row] as const) : ([2 * row, 2 * row + 1] as const);
    texts.push(rowText(small, halves, depth));
    if (row % ROWS_PER_SLICE === ROWS_PER_SLICE - 1) yield;
  }
  return texts;
}

/** Returns the text of a row whose cells show these two lines of pixels. */
function rowText(
  pixels: Pixels,
  [upperLine, lowerLine]: readonly [upper: number, lower: number],
  depth: ColourDepth,
): string {
  let text = "";
  let last = "";
  for (let column = 0; column < pixels.width; column++) {
    const upper = colourOf(pixels, column, upperLine, depth);
    const lower = colourOf(pixels, column, lowerLine, depth);
    const cell = cellOf(upper, lower, last);
    text += cell.text;
    last = cell.colours;
  }
  return `${text}\x1b[0m`;
}

/** A colour's SGR parameters, in front and behind. */
interface CellColour {
  readonly text: string;
  readonly background: string;
}

/** Returns a cell, and its colours; they are said only where they aren't those of the cell before. */
function cellOf(upper: CellColour, lower: CellColour, last: string) {
  const same = `;${lower.background}`;
  if (upper.text === lower.text) {
    return last.endsWith(same)
      ? { text: " ", colours: last }
      : { text: `\x1b[${lower.background}m `, colours: same };
  }
  const colours = `${upper.text};${lower.background}`;
  if (colours === last) return { text: UPPER_HALF, colours };
  if (`${lower.text};${upper.background}` === last) return { text: LOWER_HALF, colours: last };
  return { text: `\x1b[${colours}m${UPPER_HALF}`, colours };
}

function colourOf({ width, data }: Pixels, x: number, y: number, depth: ColourDepth): CellColour {
  const from = (y * width + x) * 4;
  const [red, green, blue] = [data[from] ?? 0, data[from + 1] ?? 0, data[from + 2] ?? 0];
  if (depth === "24-bit") {
    const parts = `${red};${green};${blue}`;
    return { text: `38;2;${parts}`, background: `48;2;${parts}` };
  }
  if (depth === "256") {
    const number = nearestOf256(red, green, blue);
    return { text: `38;5;${number}`, background: `48;5;${number}` };
  }
  const number = nearestOf16(red, green, blue);
  const code = number < 8 ? 30 + number : 82 + number;
  return { text: String(code), background: String(code + 10) };
}

/**
 * Returns the number of the colour of the cube or of its greys that is nearest. Each pixel asks: `nearestInCube`, which
 * finds the one that looks most alike, would take too long.
 */
function nearestOf256(red: number, green: number, blue: number): number {
  const levels = [red, green, blue].map((value) =>
    value < 48 ? 0 : value < 115 ? 1 : Math.min(5, Math.floor((value - 35) / 40)),
  );
  const [r = 0, g = 0, b = 0] = levels;
  const cube: Rgb = [LEVELS[r] ?? 0, LEVELS[g] ?? 0, LEVELS[b] ?? 0];
  const step = Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const grey = 8 + 10 * step;
  const own: Rgb = [red, green, blue];
  return squaredDistance(own, [grey, grey, grey]) < squaredDistance(own, cube)
    ? 232 + step
    : 16 + 36 * r + 6 * g + b;
}

function nearestOf16(red: number, green: number, blue: number): number {
  const own: Rgb = [red, green, blue];
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [number, plain] of SIXTEEN.entries()) {
    const rgb: Rgb =
      number === DARK_GREY ? [127, 127, 127] : number === LIGHT_GREY ? [229, 229, 229] : plain;
    const distance = squaredDistance(own, rgb);
    if (distance >= least) continue;
    least = distance;
    nearest = number;
  }
  return nearest;
}

function squaredDistance(a: Rgb, b: Rgb): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}
