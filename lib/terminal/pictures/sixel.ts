/**
 * Sixel graphics: bands of six rows, in each of which every colour is drawn by itself.
 * https://vt100.net/docs/vt3xx-gp/chapter14.html
 */
import type { Slices } from "./pixels.ts";
import type { IndexedPixels } from "./sixel-palette.ts";

const BAND_ROWS = 6;
/** Of "no rows"; each of the six adds a bit. */
const FIRST_SIXEL = 63;
/** A shorter run is written out. */
const RUN_MIN = 4;
/** Pixels between two yields: one or two milliseconds. */
const SLICE_PIXELS = 60_000;

/**
 * Returns the sequence that shows rows `top` to `bottom` (not included) at the cursor, in pieces: joined, those of a large
 * window would hold the loop for 30 ms. Where it has no pixels, nothing changes.
 */
export function* encodeSixel(
  { width, data, palette }: IndexedPixels,
  top: number,
  bottom: number,
): Slices<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let text = `\x1bP0;1;0q"1;1;${width};${bottom - top}`;
  const defined = new Set<number>();
  const band = new SixelBand(width, palette.length / 3);
  let work = 0;
  for (let y = top; y < bottom; y += BAND_ROWS) {
    band.fill(data, y, Math.min(bottom, y + BAND_ROWS));
    const lines = band.colours.map((colour) => {
      const definition = defined.has(colour) ? "" : definitionOf(colour, palette);
      defined.add(colour);
      return `${definition}#${colour}${band.lineOf(colour)}`;
    });
    text += `${y === top ? "" : "-"}${lines.join("$")}`;
    work += width * (BAND_ROWS + band.colours.length);
    if (work < SLICE_PIXELS) continue;
    work = 0;
    pieces.push(Buffer.from(text, "latin1"));
    text = "";
    yield;
  }
  return [...pieces, Buffer.from(`${text}\x1b\\`, "latin1")];
}

/** A colour's parts are said in hundredths. */
function definitionOf(colour: number, palette: Uint8Array): string {
  const parts = [0, 1, 2].map((channel) =>
    Math.round(((palette[colour * 3 + channel] ?? 0) * 100) / 255),
  );
  return `#${colour};2;${parts.join(";")}`;
}

/** Six rows of pixels, by colour. The memory is used again for the next ones. */
class SixelBand {
  /** The colours that it has. */
  colours: number[] = [];
  readonly #width: number;
  /** The rows of each colour in each column, as bits. */
  readonly #bits: Uint8Array;

  constructor(width: number, colourCount: number) {
    this.#width = width;
    this.#bits = new Uint8Array(width * colourCount);
  }

  fill(data: Uint8Array, top: number, bottom: number): void {
    for (const colour of this.colours) {
      this.#bits.fill(0, colour * this.#width, (colour + 1) * this.#width);
    }
    const colours = new Set<number>();
    for (let y = top; y < bottom; y++) {
      const bit = 1 << (y - top);
      for (let x = 0; x < this.#width; x++) {
        const colour = data[y * this.#width + x] ?? 0;
        colours.add(colour);
        const to = colour * this.#width + x;
        this.#bits[to] = (this.#bits[to] ?? 0) | bit;
      }
    }
    this.colours = [...colours];
  }

  /** Returns the sixels of one colour, without the empty ones at the end. */
  lineOf(colour: number): string {
    const start = colour * this.#width;
    let end = start + this.#width;
    while (end > start && this.#bits[end - 1] === 0) end--;
    let line = "";
    for (let first = start; first < end; ) {
      const bits = this.#bits[first] ?? 0;
      let next = first + 1;
      while (next < end && this.#bits[next] === bits) next++;
      const sixel = String.fromCharCode(FIRST_SIXEL + bits);
      const count = next - first;
      line += count < RUN_MIN ? sixel.repeat(count) : `!${count}${sixel}`;
      first = next;
    }
    return line;
  }
}
