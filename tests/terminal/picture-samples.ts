/** Pictures, looks, and a painter whose time is the test's. */
import { constants, deflateRawSync } from "node:zlib";
import { PNG } from "pngjs";
import {
  type DecodablePicture,
  type DrawnPicture,
  drawPicture,
  type PictureLook,
} from "../../lib/terminal/pictures/picture.ts";
import { finish, type Pixels, type Slices } from "../../lib/terminal/pictures/pixels.ts";
import { type Frame, UPDATE_END, UPDATE_START } from "../../lib/terminal/screen-frame.ts";
import { ScreenPainter } from "../../lib/terminal/screen-painter.ts";
import { MONOCHROME } from "../../lib/terminal/theme.ts";
import { STANDARD_WIDTHS } from "../../lib/terminal/width.ts";
import type { Prng } from "../prng.ts";
import { PictureTerminal } from "./picture-terminal.ts";

/** Neither side is a multiple of six. */
export const CELL = { width: 4, height: 8 } as const;

/** The ways to show pictures that aren't text. */
export const LOOKS: Readonly<Record<"kitty" | "placeholders" | "iterm" | "sixel", PictureLook>> = {
  kitty: lookOf("kitty", false),
  placeholders: lookOf("kitty", true),
  iterm: lookOf("iterm", false),
  sixel: lookOf("sixel", false),
};

function lookOf(protocol: PictureLook["protocol"], hasPlaceholders: boolean): PictureLook {
  return {
    ...{ protocol, hasPlaceholders, cell: CELL, registers: 256 },
    ...({ depth: "24-bit", background: [0, 0, 0], isWide: false } as const),
  };
}

/** Makes an opaque picture of so many cells, in which no cell is like another. */
export function samplePixels(columns: number, rows: number, prng: Prng): Pixels {
  const [width, height] = [columns * CELL.width, rows * CELL.height];
  const data = new Uint8Array(width * height * 4);
  const salt = prng.below(256);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const rgba = [(x * 255) / width, (y * 255) / height, (salt + 8 * ((x >> 1) ^ y)) % 256, 255];
      data.set(rgba.map(Math.floor), (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

/** Returns pixels as what pictures are drawn from. */
export function decodable(pixels: Pixels): DecodablePicture {
  const { width, height } = pixels;
  const png = new PNG({ width, height });
  png.data.set(pixels.data);
  return {
    ...{ width, height, png: PNG.sync.write(png) },
    *pixels(): Slices<Pixels> {
      yield;
      return pixels;
    },
  };
}

/** Draws pixels so that each stays one. */
export function drawSample(pixels: Pixels, look: PictureLook): DrawnPicture {
  const area = { columns: pixels.width / CELL.width, rows: pixels.height / CELL.height };
  return finish(drawPicture(decodable(pixels), area, look));
}

/** A painter on a terminal that reads everything at once. */
export class PainterScene {
  readonly terminal: PictureTerminal;
  readonly painter: ScreenPainter;
  /** What was written since this was emptied. */
  written = "";
  isBlocked = false;
  #unread = "";
  #nowMs = 0;
  #timers: { readonly dueMs: number; readonly action: () => void }[] = [];

  constructor(columns: number, rows: number, salt = 7) {
    this.terminal = new PictureTerminal(columns, rows, CELL);
    this.painter = new ScreenPainter({
      write: (bytes) => {
        const text = Buffer.from(bytes).toString();
        this.written += text;
        this.#unread += text;
        // Sequences may come in pieces, but an update is written in one go.
        if (this.#unread.startsWith(UPDATE_START) && !text.endsWith(UPDATE_END)) return true;
        this.terminal.write(this.#unread);
        this.#unread = "";
        return true;
      },
      isBlocked: () => this.isBlocked,
      deflate: (part, isLast) => {
        const { Z_FINISH, Z_SYNC_FLUSH } = constants;
        return deflateRawSync(part, { finishFlush: isLast ? Z_FINISH : Z_SYNC_FLUSH });
      },
      // Work on a picture never fits into one slice.
      now: () => this.#nowMs++,
      after: (ms, action) => {
        const timer = { dueMs: this.#nowMs + ms, action };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((other) => other !== timer);
        };
      },
      wrap: (sequence) => sequence,
      salt,
    });
  }

  show(frame: Frame): void {
    this.painter.show(frame, MONOCHROME, STANDARD_WIDTHS);
  }

  /** Gives the window another size: what is on the screen isn't known any more. */
  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    this.painter.forget();
  }

  /** Lets time pass, some of it for the work on pictures. */
  wait(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [timer] = this.#timers.sort((a, b) => a.dueMs - b.dueMs);
      if (timer === undefined || timer.dueMs > Math.max(endMs, this.#nowMs)) break;
      this.#timers = this.#timers.filter((other) => other !== timer);
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      timer.action();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }
}
