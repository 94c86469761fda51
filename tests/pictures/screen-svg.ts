/** Writes what a terminal shows as an SVG: each column at its place, whatever font the reader has. */
import type { IBufferCell, Terminal } from "@xterm/headless";

const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 18;
const FONT_SIZE = 14;
/** From the top of a cell to the line on which letters stand. */
const BASELINE = 13.5;
const MARGIN = 12;
const FONTS =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'D2Coding', 'Noto Sans Mono CJK KR', 'Noto Sans Mono', monospace";

/** A terminal's own colours: text, background, and the sixteen of its palette. */
export interface Palette {
  readonly text: string;
  readonly background: string;
  readonly colours: readonly string[];
}

export const DARK: Palette = {
  text: "#d4d7dd",
  background: "#16181d",
  colours: [
    ...["#3b4048", "#f07178", "#a5d16f", "#e6c07b", "#6cb2f7", "#cf8ef4", "#56c8d8", "#d4d7dd"],
    ...["#6b7280", "#ff8b92", "#bce78c", "#ffd68a", "#8cc5ff", "#dfa8ff", "#7fe0ee", "#ffffff"],
  ],
};
export const LIGHT: Palette = {
  text: "#24292f",
  background: "#ffffff",
  colours: [
    ...["#24292f", "#b3261e", "#1a6b34", "#7a5600", "#0550ae", "#7a3ea8", "#0f6674", "#57606a"],
    ...["#6e7781", "#c5372c", "#1f7f3d", "#8a6300", "#1764c0", "#8b4fbb", "#147b8a", "#24292f"],
  ],
};

/** How a cell is drawn. */
interface Style {
  readonly colour: string;
  readonly background: string | null;
  readonly attributes: string;
}

/** What stands in one cell or two. */
interface Glyph {
  readonly text: string;
  readonly column: number;
  readonly cells: number;
  readonly style: Style;
}

/**
 * Draws the screen of a terminal.
 *
 * @param hasCursor whether the cursor is shown: the headless terminal doesn't tell
 * @param title is read aloud in place of the picture
 */
export function screenSvg(
  terminal: Terminal,
  palette: Palette,
  hasCursor: boolean,
  title: string,
): string {
  const width = terminal.cols * CELL_WIDTH + 2 * MARGIN;
  const height = terminal.rows * CELL_HEIGHT + 2 * MARGIN;
  const rows = Array.from({ length: terminal.rows }, (_, row) => rowOf(terminal, row, palette));
  const elements = rows.flatMap((glyphs, row) => [
    ...runsOf(glyphs, ({ style }) => style.background ?? "").flatMap((run) => fill(run, row)),
    ...runsOf(glyphs, textRunKey).flatMap((run) => drawRun(run, row)),
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${short(width)} ${short(height)}" width="${short(width)}" height="${short(height)}" role="img" xml:space="preserve">`,
    `<title>${xmlText(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${palette.background}"/>`,
    `<g transform="translate(${MARGIN} ${MARGIN})" font-family="${FONTS}" font-size="${FONT_SIZE}">`,
    ...elements,
    ...(hasCursor ? [cursorOf(terminal, palette)] : []),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function rowOf(terminal: Terminal, row: number, palette: Palette): Glyph[] {
  const buffer = terminal.buffer.active;
  const line = buffer.getLine(buffer.baseY + row);
  const glyphs: Glyph[] = [];
  for (let column = 0; column < terminal.cols; column += 1) {
    const cell = line?.getCell(column);
    const cells = cell?.getWidth() ?? 1;
    // The second half of a wide letter.
    if (cell === undefined || cells === 0) continue;
    const text = cell.getChars() === "" ? " " : cell.getChars();
    glyphs.push({ text, column, cells, style: styleOf(cell, palette) });
  }
  return glyphs;
}

function styleOf(cell: IBufferCell, palette: Palette): Style {
  const isDefault = { text: cell.isFgDefault(), background: cell.isBgDefault() };
  let colour = isDefault.text
    ? palette.text
    : colourOf(cell.getFgColor(), cell.isFgRGB(), palette, cell.isBold() !== 0);
  let background = isDefault.background
    ? null
    : colourOf(cell.getBgColor(), cell.isBgRGB(), palette, false);
  if (cell.isInverse() !== 0) [colour, background] = [background ?? palette.background, colour];
  const lines = [
    ...(cell.isUnderline() === 0 ? [] : ["underline"]),
    ...(cell.isStrikethrough() === 0 ? [] : ["line-through"]),
  ];
  const attributes = [
    ...(cell.isBold() === 0 ? [] : [' font-weight="bold"']),
    ...(cell.isItalic() === 0 ? [] : [' font-style="italic"']),
    ...(cell.isDim() === 0 ? [] : [' opacity="0.6"']),
    ...(lines.length === 0 ? [] : [` text-decoration="${lines.join(" ")}"`]),
  ];
  return { colour, background, attributes: attributes.join("") };
}

/** Returns a colour of the palette, of the 256 colours of xterm, or of 24 bits. */
function colourOf(value: number, isRgb: boolean, { colours }: Palette, isBold: boolean): string {
  if (isRgb) return `#${value.toString(16).padStart(6, "0")}`;
  if (value < 16) return colours[isBold && value < 8 ? value + 8 : value] ?? "";
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);
  const [red, green, blue] =
    value >= 232
      ? Array.from({ length: 3 }, () => 8 + 10 * (value - 232))
      : [36, 6, 1].map((weight) => level(Math.floor((value - 16) / weight) % 6));
  return `#${[red, green, blue].map((part) => (part ?? 0).toString(16).padStart(2, "0")).join("")}`;
}

/** Splits a row where the key changes. A key of null stands alone. */
function runsOf(glyphs: readonly Glyph[], keyOf: (glyph: Glyph) => string | null): Glyph[][] {
  const runs: Glyph[][] = [];
  let lastKey: string | null = null;
  for (const glyph of glyphs) {
    const key = keyOf(glyph);
    if (key !== null && key === lastKey) runs.at(-1)?.push(glyph);
    else runs.push([glyph]);
    lastKey = key;
  }
  return runs;
}

/** Letters that are as wide as a cell in any monospaced font stand in one element, and so do half blocks. */
function textRunKey({ text, cells, style }: Glyph): string | null {
  if (HALVES[text] !== undefined) return `${text}${style.colour}`;
  const isPlain = cells === 1 && /^[ -~]$/.test(text);
  return isPlain ? `${style.colour}${style.attributes}` : null;
}

function fill(run: readonly Glyph[], row: number): string[] {
  const [first] = run;
  const background = first?.style.background ?? null;
  if (first === undefined || background === null) return [];
  const cells = run.reduce((sum, glyph) => sum + glyph.cells, 0);
  return [rectangle(first.column, row, cells * CELL_WIDTH, CELL_HEIGHT, background)];
}

function drawRun(run: readonly Glyph[], row: number): string[] {
  const [first] = run;
  if (first === undefined) return [];
  const { colour, attributes } = first.style;
  const text = run.map((glyph) => glyph.text).join("");
  if (text.trim() === "" && !attributes.includes("decoration")) return [];
  const top = HALVES[first.text];
  if (top !== undefined) {
    const half = CELL_HEIGHT / 2;
    return [rectangle(first.column, row + top, run.length * CELL_WIDTH, half, colour)];
  }
  const lines = boxLines(text);
  if (lines !== null) {
    const place = `translate(${short(first.column * CELL_WIDTH)} ${row * CELL_HEIGHT})`;
    return [
      `<path transform="${place}" d="${lines.path}" stroke="${colour}" stroke-width="${lines.width}" fill="none"${lines.dashes}${attributes.replace(' font-weight="bold"', "")}/>`,
    ];
  }
  const leading = text.length - text.trimStart().length;
  const shown = text.trim();
  const isPlain = textRunKey(first) !== null;
  const cells = isPlain ? shown.length : first.cells;
  const width = short(cells * CELL_WIDTH);
  const y = short(row * CELL_HEIGHT + BASELINE);
  const middle = short((first.column + first.cells / 2) * CELL_WIDTH);
  // A letter that isn't ASCII may come from another font, and is put into the middle of its cells.
  const place = isPlain
    ? `x="${short((first.column + leading) * CELL_WIDTH)}" y="${y}" textLength="${width}"`
    : `x="${middle}" y="${y}" text-anchor="middle"`;
  return [`<text ${place} fill="${colour}"${attributes}>${xmlText(shown)}</text>`];
}

/** Halves of a cell, with what is above them: fonts leave gaps between them. */
const HALVES: Readonly<Record<string, number>> = { "▀": 0, "▄": 0.5 };
/** How lines and corners are drawn: fonts leave gaps between their rows. */
const BOXES: Readonly<Record<string, string>> = {
  "─": "M0 9H8.4",
  "━": "M0 9H8.4",
  "┄": "M0 9H8.4",
  "╌": "M0 9H8.4",
  "│": "M4.2 0V18",
  "┃": "M4.2 0V18",
  "┌": "M8.4 9H4.2V18",
  "╭": "M8.4 9Q4.2 9 4.2 18",
  "┐": "M0 9H4.2V18",
  "╮": "M0 9Q4.2 9 4.2 18",
  "└": "M8.4 9H4.2V0",
  "╰": "M8.4 9Q4.2 9 4.2 0",
  "┘": "M0 9H4.2V0",
  "╯": "M0 9Q4.2 9 4.2 0",
  "├": "M4.2 0V18M4.2 9H8.4",
  "┤": "M4.2 0V18M0 9H4.2",
  "┬": "M0 9H8.4M4.2 9V18",
  "┴": "M0 9H8.4M4.2 9V0",
  "┼": "M0 9H8.4M4.2 0V18",
};
const HEAVY = "━┃";
const DASHED = "┄╌";

function boxLines(text: string): { path: string; width: number; dashes: string } | null {
  const path = BOXES[text];
  if (path === undefined) return null;
  const dashes = DASHED.includes(text) ? ' stroke-dasharray="2.8 1.4"' : "";
  return { path, width: HEAVY.includes(text) ? 2.4 : 1, dashes };
}

function cursorOf(terminal: Terminal, { text }: Palette): string {
  const { cursorX, cursorY } = terminal.buffer.active;
  return rectangle(Math.min(cursorX, terminal.cols - 1), cursorY, 2, CELL_HEIGHT, text);
}

function rectangle(column: number, row: number, width: number, height: number, colour: string) {
  return `<rect x="${short(column * CELL_WIDTH)}" y="${row * CELL_HEIGHT}" width="${short(width)}" height="${height}" fill="${colour}"/>`;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
