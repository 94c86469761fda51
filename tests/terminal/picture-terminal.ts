/**
 * A terminal that shows pictures, as far as the painter speaks to it: an independent reader of kitty's, iTerm2's and
 * sixel's protocol. It throws at whatever it doesn't know, and at a picture that would move the screen.
 */
import { PNG } from "pngjs";
import { decode as decodeSixel } from "sixel";
import type { Pixels } from "../../lib/terminal/pictures/pixels.ts";
import { PLACEHOLDER_MARKS } from "./placeholder-marks.ts";

const PLACEHOLDER = "\u{10eeee}";
const HANGUL = /^[\uac00-\ud7a3]/;
/** CSI, APC, DCS, OSC, or a letter with its marks. */
const TOKEN = new RegExp(
  [
    String.raw`\x1b\[([?>]?[\d;]*)([A-Za-z])`,
    String.raw`\x1b_(.*?)\x1b\\`,
    String.raw`\x1bP(.*?)\x1b\\`,
    String.raw`\x1b\](.*?)\x07`,
    String.raw`([^\x00-\x1f\x7f]\p{Mn}*)`,
  ].join("|"),
  "suy",
);

interface Cell {
  /** "": the second half of the letter before. */
  readonly text: string;
  readonly style: string;
}

const BLANK: Cell = { text: " ", style: "" };

interface Placement {
  readonly id: number;
  readonly row: number;
  readonly column: number;
  readonly keys: ReadonlyMap<string, string>;
}

export class PictureTerminal {
  columns: number;
  rows: number;
  /** How many pictures it was sent, of whatever protocol. */
  received = 0;
  readonly #cellWidth: number;
  readonly #cellHeight: number;
  #cells: Cell[][] = [];
  /** What iTerm2's and sixel's pictures have drawn: it goes where text is written. */
  #canvas: Pixels;
  #row = 0;
  #column = 0;
  #style = "";
  readonly #images = new Map<number, Pixels>();
  readonly #virtual = new Map<number, { readonly columns: number; readonly rows: number }>();
  readonly #placements = new Map<string, Placement>();
  #loading: { keys: ReadonlyMap<string, string>; base64: string } | null = null;

  constructor(
    columns: number,
    rows: number,
    cell: { readonly width: number; readonly height: number },
  ) {
    this.columns = columns;
    this.rows = rows;
    this.#cellWidth = cell.width;
    this.#cellHeight = cell.height;
    this.#canvas = this.#blankCanvas();
    this.#clear();
  }

  /** How many pictures of kitty's protocol it keeps. */
  get stored(): number {
    return this.#images.size;
  }

  /** Gives the window another size; what fits stays where it is. */
  resize(columns: number, rows: number): void {
    const [cells, canvas] = [this.#cells, this.#canvas];
    [this.columns, this.rows] = [columns, rows];
    this.#cells = Array.from({ length: rows }, (_, y) =>
      Array.from({ length: columns }, (_, x) => cells[y]?.[x] ?? BLANK),
    );
    this.#canvas = this.#blankCanvas();
    const bytes = Math.min(canvas.width, this.#canvas.width) * 4;
    for (let y = 0; y < Math.min(canvas.height, this.#canvas.height); y++) {
      const row = canvas.data.subarray(y * canvas.width * 4, y * canvas.width * 4 + bytes);
      this.#canvas.data.set(row, y * this.#canvas.width * 4);
    }
  }

  write(bytes: string): void {
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < bytes.length) {
      const start = TOKEN.lastIndex;
      const match = TOKEN.exec(bytes);
      if (match === null)
        throw new Error(`unknown: ${JSON.stringify(bytes.slice(start, start + 40))}`);
      const [, parameters = "", final, application, device, system, text] = match;
      if (final !== undefined) this.#control(parameters, final);
      else if (application !== undefined) this.#kitty(application);
      else if (device !== undefined) this.#sixel(device);
      else if (system !== undefined) this.#iterm(system);
      else if (text !== undefined) this.#put(text);
    }
  }

  /** What each cell shows: its text, or its pixels. */
  view(): string[][] {
    const shown = this.#compose();
    return this.#cells.map((row, y) =>
      row.map(({ text, style }, x) => {
        const pixels = this.#cellPixels(shown, x, y);
        if (pixels.some((value, index) => index % 4 === 3 && value > 0))
          return `px ${Bun.hash(pixels)}`;
        return text.startsWith(PLACEHOLDER) ? "nothing" : `${style} ${text}`;
      }),
    );
  }

  /** The text of a row. */
  text(row: number): string {
    return (this.#cells[row] ?? []).map(({ text }) => text).join("");
  }

  /** The pixels that are shown in an area of cells. */
  pixelsAt(column: number, row: number, columns: number, rows: number): Pixels {
    const shown = this.#compose();
    const [width, height] = [columns * this.#cellWidth, rows * this.#cellHeight];
    const data = new Uint8Array(width * height * 4);
    for (let y = 0; y < height; y++) {
      const from = ((row * this.#cellHeight + y) * shown.width + column * this.#cellWidth) * 4;
      data.set(shown.data.subarray(from, from + width * 4), y * width * 4);
    }
    return { width, height, data };
  }

  #control(parameters: string, final: string): void {
    const numbers = parameters.split(";").map(Number);
    const [first = 0, second = 0] = numbers;
    switch (final) {
      case "H":
        this.#row = Math.max(1, first) - 1;
        this.#column = Math.max(1, second) - 1;
        return;
      case "G":
        this.#column = Math.max(1, first) - 1;
        return;
      case "K":
        return this.#erase(this.#column, this.columns);
      case "X":
        return this.#erase(this.#column, this.#column + Math.max(1, first));
      case "J":
        if (first !== 2) throw new Error(`unknown: CSI ${parameters} J`);
        return this.#clear();
      case "m":
        this.#style = first === 0 ? "" : parameters;
        return;
      case "h":
      case "l":
        if (["?2026", "?25"].includes(parameters)) return;
    }
    throw new Error(`unknown: CSI ${parameters} ${final}`);
  }

  #clear(): void {
    this.#cells = Array.from({ length: this.rows }, () =>
      Array.from({ length: this.columns }, () => BLANK),
    );
    this.#canvas = this.#blankCanvas();
    this.#placements.clear();
  }

  #erase(start: number, end: number): void {
    for (let column = start; column < Math.min(end, this.columns); column++) {
      this.#set(column, BLANK);
    }
  }

  #put(text: string): void {
    const width = HANGUL.test(text) ? 2 : 1;
    if (this.#column + width > this.columns) throw new Error(`beyond the last column: ${text}`);
    this.#set(this.#column, { text, style: this.#style });
    if (width === 2) this.#set(this.#column + 1, { text: "", style: this.#style }, true);
    this.#column += width;
  }

  #set(column: number, cell: Cell, isSecondHalf = false): void {
    const row = this.#cells[this.#row];
    if (row === undefined) throw new Error(`no row ${this.#row}`);
    // Half a letter is none.
    if (row[column]?.text === "" && !isSecondHalf) row[column - 1] = BLANK;
    if (row[column + 1]?.text === "" && !isSecondHalf) row[column + 1] = BLANK;
    row[column] = cell;
    const { width, data } = this.#canvas;
    for (let y = 0; y < this.#cellHeight; y++) {
      const from = ((this.#row * this.#cellHeight + y) * width + column * this.#cellWidth) * 4;
      data.fill(0, from, from + this.#cellWidth * 4);
    }
  }

  #kitty(sequence: string): void {
    const [, control = "", base64 = ""] = /^G([^;]*);?(.*)$/s.exec(sequence) ?? [];
    const own = new Map(control.split(",").map((pair) => pair.split("=") as [string, string]));
    if (own.get("q") !== "2") throw new Error("an answer would be typed into the input line");
    if (base64.length > 4096) throw new Error("a chunk is too long");
    const keys = this.#loading?.keys ?? own;
    const id = Number(keys.get("i"));
    if (keys.get("a") === "t") {
      this.#loading = { keys, base64: (this.#loading?.base64 ?? "") + base64 };
      if (own.get("m") === "1") return;
      const png = PNG.sync.read(Buffer.from(this.#loading.base64, "base64"));
      this.#loading = null;
      this.received++;
      this.#images.set(id, { width: png.width, height: png.height, data: png.data });
    } else if (keys.get("a") === "p") this.#place(id, keys);
    else if (keys.get("a") === "d") this.#delete(id, keys);
    else throw new Error(`unknown: ${control}`);
  }

  #place(id: number, keys: ReadonlyMap<string, string>): void {
    if (!this.#images.has(id)) throw new Error(`no picture ${id}`);
    const [columns, rows] = [Number(keys.get("c")), Number(keys.get("r"))];
    if (keys.get("U") === "1") {
      this.#virtual.set(id, { columns, rows });
      return;
    }
    if (keys.get("C") !== "1") throw new Error("it would move the cursor");
    if (this.#row + rows > this.rows) throw new Error("it would move the screen");
    const placement = { id, row: this.#row, column: this.#column, keys };
    this.#placements.set(`${id} ${keys.get("p")}`, placement);
  }

  #delete(id: number, keys: ReadonlyMap<string, string>): void {
    if (keys.get("d") === "i") {
      this.#placements.delete(`${id} ${keys.get("p")}`);
      return;
    }
    if (keys.get("d") !== "I") throw new Error("it would take others' pictures");
    this.#images.delete(id);
    this.#virtual.delete(id);
    for (const [key, placement] of this.#placements)
      if (placement.id === id) this.#placements.delete(key);
  }

  #iterm(sequence: string): void {
    const [, facts = "", base64 = ""] = /^1337;File=([^:]*):(.*)$/s.exec(sequence) ?? [];
    const keys = new Map(facts.split(";").map((pair) => pair.split("=") as [string, string]));
    const file = Buffer.from(base64, "base64");
    if (Number(keys.get("size")) !== file.length) throw new Error("another size");
    if (keys.get("inline") !== "1") throw new Error("it would be saved");
    const png = PNG.sync.read(file);
    const area = { columns: Number(keys.get("width")), rows: Number(keys.get("height")) };
    if (this.#row + area.rows > this.rows) throw new Error("it would move the screen");
    this.received++;
    const whole = { x: 0, y: 0, width: png.width, height: png.height };
    this.#stretch(
      this.#canvas,
      { ...whole, data: png.data, sourceWidth: png.width },
      this.#column,
      this.#row,
      area,
    );
  }

  #sixel(sequence: string): void {
    const [, parameters = "", data = ""] = /^([\d;]*)q(.*)$/s.exec(sequence) ?? [];
    if (parameters.split(";")[1] !== "1") throw new Error("it would fill what it doesn't draw");
    const { width, height, data32 } = decodeSixel(data);
    const source = new Uint8Array(data32.buffer, data32.byteOffset, width * height * 4);
    this.received++;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = (y * width + x) * 4;
        if (source[from + 3] === 0) continue;
        const [toX, toY] = [this.#column * this.#cellWidth + x, this.#row * this.#cellHeight + y];
        if (toY >= this.#canvas.height) throw new Error("it would move the screen");
        if (toX >= this.#canvas.width) continue;
        this.#canvas.data.set(
          source.subarray(from, from + 4),
          (toY * this.#canvas.width + toX) * 4,
        );
      }
    }
  }

  /** Returns all pixels that are shown. */
  #compose(): Pixels {
    const canvas = { ...this.#canvas, data: this.#canvas.data.slice() };
    for (const { id, row, column, keys } of this.#placements.values()) {
      const image = this.#images.get(id);
      if (image === undefined) continue;
      const number = (key: string): number => Number(keys.get(key));
      const part = { x: number("x"), y: number("y"), width: number("w"), height: number("h") };
      if (part.y + part.height > image.height) throw new Error("a part that isn't there");
      const area = { columns: number("c"), rows: number("r") };
      this.#stretch(
        canvas,
        { ...part, data: image.data, sourceWidth: image.width },
        column,
        row,
        area,
      );
    }
    for (const [y, row] of this.#cells.entries()) {
      for (const [x, cell] of row.entries()) this.#showPlaceholder(canvas, cell, x, y);
    }
    return canvas;
  }

  #showPlaceholder(canvas: Pixels, { text, style }: Cell, x: number, y: number): void {
    const [first, row, column, high] = [...text];
    if (first !== PLACEHOLDER) return;
    const [rowIndex, columnIndex, highByte] = [row, column, high].map((mark) =>
      PLACEHOLDER_MARKS.indexOf(mark ?? ""),
    );
    const low = Number(/^38;5;(\d+)$/.exec(style)?.[1]);
    const id = (highByte ?? 0) * 2 ** 24 + low;
    const [image, area] = [this.#images.get(id), this.#virtual.get(id)];
    if (image === undefined || area === undefined) throw new Error(`no picture ${id}`);
    const [width, height] = [image.width / area.columns, image.height / area.rows];
    const part = { x: (columnIndex ?? 0) * width, y: (rowIndex ?? 0) * height, width, height };
    const cell = { columns: 1, rows: 1 };
    this.#stretch(canvas, { ...part, data: image.data, sourceWidth: image.width }, x, y, cell);
  }

  /** Draws a part of a picture so that it fills some cells. */
  #stretch(
    canvas: Pixels,
    part: {
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly data: Uint8Array;
      readonly sourceWidth: number;
    },
    column: number,
    row: number,
    area: { readonly columns: number; readonly rows: number },
  ): void {
    const [width, height] = [area.columns * this.#cellWidth, area.rows * this.#cellHeight];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const fromX = Math.floor(part.x + ((x + 0.5) * part.width) / width);
        const fromY = Math.floor(part.y + ((y + 0.5) * part.height) / height);
        const from = (fromY * part.sourceWidth + fromX) * 4;
        const [toX, toY] = [column * this.#cellWidth + x, row * this.#cellHeight + y];
        if (toX >= canvas.width) continue;
        canvas.data.set(part.data.subarray(from, from + 4), (toY * canvas.width + toX) * 4);
      }
    }
  }

  #cellPixels({ width, data }: Pixels, column: number, row: number): Uint8Array {
    const bytes = this.#cellWidth * 4;
    const pixels = new Uint8Array(bytes * this.#cellHeight);
    for (let y = 0; y < this.#cellHeight; y++) {
      const from = ((row * this.#cellHeight + y) * width + column * this.#cellWidth) * 4;
      pixels.set(data.subarray(from, from + bytes), y * bytes);
    }
    return pixels;
  }

  #blankCanvas(): Pixels {
    const [width, height] = [this.columns * this.#cellWidth, this.rows * this.#cellHeight];
    return { width, height, data: new Uint8Array(width * height * 4) };
  }
}
