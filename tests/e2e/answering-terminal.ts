/** A terminal that shows pictures in one way, and answers the client's questions about it as the real one does. */
import type { Terminal } from "@xterm/headless";
import type { Pixels } from "../../lib/terminal/pictures/pixels.ts";
import { PictureTerminal } from "../terminal/picture-terminal.ts";
import type { Pty } from "./pty.ts";

/** What a terminal can, and how it says so. */
export interface TerminalKind {
  /** Of XTVERSION; "": it doesn't answer that. */
  readonly name: string;
  readonly isKitty: boolean;
  readonly hasSixel: boolean;
  readonly env: Readonly<Record<string, string>>;
}

/** A terminal that can show no pictures, and says nothing of itself. */
export const PLAIN_TERMINAL: TerminalKind = { name: "", isKitty: false, hasSixel: false, env: {} };

/** A cell in pixels. */
export const CELL = { width: 4, height: 8 } as const;
/** An area of cells. */
export interface Area {
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
}

/** Has a terminal answer as one of this kind. Call it before the program asks. */
export function answerAs(pty: Pty, kind: TerminalKind): void {
  const { screen } = pty;
  const { parser } = screen;
  const type = (text: string): void => pty.type(text);
  const answers = (answer: string) => (): boolean => {
    type(answer);
    return true;
  };
  if (kind.name !== "") {
    parser.registerCsiHandler({ prefix: ">", final: "q" }, answers(`\x1bP>|${kind.name}\x1b\\`));
  }
  parser.registerCsiHandler({ prefix: "?", final: "S" }, answers("\x1b[?1;0;256S"));
  // xterm.js asks its own options before the handler.
  screen.options.windowOptions = { getCellSizePixels: true };
  parser.registerCsiHandler({ final: "t" }, ([what]) => {
    if (what === 16) type(`\x1b[6;${CELL.height};${CELL.width}t`);
    return true;
  });
  // The question of kitty's protocol is before this one, and this reader passes it over.
  const isKitty = kind.isKitty ? "\x1b_Gi=31;OK\x1b\\" : "";
  parser.registerCsiHandler(
    { final: "c" },
    answers(`${isKitty}\x1b[?62;${kind.hasSixel ? "4;" : ""}22c`),
  );
}

/** Sequences of kitty's protocol. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin and end with one.
const KITTY = /\x1b_G.*?\x1b\\/gs;
/** What the reader of pictures knows. */
const KNOWN = new RegExp(
  [
    String.raw`\x1b\[[\d;]*[HGKXm]`,
    String.raw`\x1b\[2J`,
    String.raw`\x1b_G.*?\x1b\\`,
    String.raw`\x1bP[\d;]*q.*?\x1b\\`,
    String.raw`\x1b\]1337;.*?\x07`,
  ].join("|"),
  "sy",
);
/** All else that isn't text: modes, titles, questions. */
const OTHER = new RegExp(
  [
    String.raw`\x1b\[[<=>?]?[\d;]*[ !"$']?[@-~]`,
    String.raw`\x1b[P_^].*?\x1b\\`,
    String.raw`\x1b\].*?(?:\x07|\x1b\\)`,
    String.raw`\x1b[()]?.`,
    String.raw`[\x00-\x1f\x7f]`,
  ].join("|"),
  "sy",
);

/** Returns the pictures on a chat screen, read from all that was written there. */
export function picturesOf({ screen, written }: Pick<Pty, "screen" | "written">): PictureTerminal {
  const terminal = new PictureTerminal(screen.cols, screen.rows, CELL);
  // The questions are asked on a screen that is cleared afterwards.
  const start = Math.max(written.lastIndexOf("\x1b[?1049h"), 0);
  let index = written.indexOf("\x1b[c", start) + 3;
  let known = "";
  while (index < written.length) {
    KNOWN.lastIndex = OTHER.lastIndex = index;
    const match = KNOWN.exec(written);
    if (match !== null) {
      known += match[0];
      index = KNOWN.lastIndex;
    } else if (OTHER.test(written)) index = OTHER.lastIndex;
    else known += written[index++] ?? "";
  }
  terminal.write(known);
  return terminal;
}

/** Returns the pictures that stand in the text of a screen, where another program has drawn that: tmux. */
export function picturesInText({
  screen,
  written,
}: Pick<Pty, "screen" | "written">): PictureTerminal {
  const terminal = new PictureTerminal(screen.cols, screen.rows, CELL);
  terminal.write((written.match(KITTY) ?? []).join(""));
  const buffer = screen.buffer.active;
  for (let row = 0; row < screen.rows; row++) {
    for (let column = 0; column < screen.cols; column++) {
      const cell = buffer.getLine(buffer.baseY + row)?.getCell(column);
      if (cell === undefined || cell.getWidth() === 0 || cell.getChars() === "") continue;
      const style = cell.isFgDefault() ? "0" : `38;5;${cell.getFgColor()}`;
      terminal.write(`\x1b[${row + 1};${column + 1}H\x1b[${style}m${cell.getChars()}`);
    }
  }
  return terminal;
}

/** Returns the smallest area that has all cells of which something holds; `null` for none. */
export function areaOf(
  columns: number,
  rows: number,
  isIn: (column: number, row: number) => boolean,
): Area | null {
  const cells = Array.from({ length: columns * rows }, (_, index) => ({
    column: index % columns,
    row: Math.floor(index / columns),
  })).filter(({ column, row }) => isIn(column, row));
  const [first] = cells;
  if (first === undefined) return null;
  const column = Math.min(...cells.map((cell) => cell.column));
  const right = Math.max(...cells.map((cell) => cell.column));
  const bottom = Math.max(...cells.map((cell) => cell.row));
  return { column, row: first.row, columns: right - column + 1, rows: bottom - first.row + 1 };
}

/** Returns the pixels of half blocks, two a cell; each colour as xterm.js reads it. */
export function halfBlocksAt(screen: Terminal, { column, row, columns, rows }: Area): Pixels {
  const data = new Uint8Array(columns * rows * 2 * 4);
  const buffer = screen.buffer.active;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const cell = buffer.getLine(buffer.baseY + row + y)?.getCell(column + x);
      if (cell === undefined) continue;
      const bottom = colourOf(cell.isBgRGB(), cell.getBgColor());
      const top = cell.getChars() === "▀" ? colourOf(cell.isFgRGB(), cell.getFgColor()) : bottom;
      data.set([...top, 255], (2 * y * columns + x) * 4);
      data.set([...bottom, 255], ((2 * y + 1) * columns + x) * 4);
    }
  }
  return { width: columns, height: rows * 2, data };
}

/** A colour of xterm's 256 begins with 16 that differ, then a cube of 6, then greys. */
const CUBE = [0, 95, 135, 175, 215, 255] as const;

function colourOf(isRgb: boolean, value: number): readonly [number, number, number] {
  if (isRgb) return [value >> 16, (value >> 8) & 255, value & 255];
  if (value >= 232) return [8 + 10 * (value - 232), 8 + 10 * (value - 232), 8 + 10 * (value - 232)];
  const index = value - 16;
  const side = (part: number): number => CUBE[part % 6] ?? 0;
  return [side(Math.floor(index / 36)), side(Math.floor(index / 6)), side(index)];
}
