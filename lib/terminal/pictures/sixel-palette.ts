/** Gives a picture as few colours as a terminal has: the boxes of colours that it has most of (median cut). */
import type { Pixels, Slices } from "./pixels.ts";

/** A picture whose pixels are numbers of colours. */
export interface IndexedPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** Red, green and blue of each colour, one behind the other. */
  readonly palette: Uint8Array;
}

/** Colours are counted by the five highest bits of each channel. */
const BITS = 5;
const LEVEL_MAX = (1 << BITS) - 1;
const BINS = 1 << (3 * BITS);
/** Pixels between two yields: one or two milliseconds. */
const SLICE_PIXELS = 20_000;

/**
 * Reduces an opaque picture to at most `coloursMax` colours (256 at most). Errors are handed on to the neighbours
 * (Floyd and Steinberg), unless it has no more colours than that.
 */
export function* indexPixels(pixels: Pixels, coloursMax: number): Slices<IndexedPixels> {
  const exact = yield* indexExactly(pixels, coloursMax);
  if (exact !== null) return exact;
  const palette = yield* cutBoxes(yield* countColours(pixels), coloursMax);
  const data = yield* dither(pixels, palette);
  return { width: pixels.width, height: pixels.height, data, palette };
}

/** Returns null if the picture has more colours. */
function* indexExactly(
  { width, height, data }: Pixels,
  coloursMax: number,
): Slices<IndexedPixels | null> {
  const indices = new Map<number, number>();
  const indexed = new Uint8Array(width * height);
  for (let index = 0; index < indexed.length; index++) {
    const from = index * 4;
    const colour = ((data[from] ?? 0) << 16) | ((data[from + 1] ?? 0) << 8) | (data[from + 2] ?? 0);
    let number = indices.get(colour);
    if (number === undefined) {
      if (indices.size === coloursMax) return null;
      number = indices.size;
      indices.set(colour, number);
    }
    indexed[index] = number;
    if (index % SLICE_PIXELS === SLICE_PIXELS - 1) yield;
  }
  const palette = Uint8Array.from(
    [...indices.keys()].flatMap((colour) => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff]),
  );
  return { width, height, data: indexed, palette };
}

/** How often each bin occurs, and the sums of its channels. */
interface ColourCounts {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

function* countColours({ width, height, data }: Pixels): Slices<ColourCounts> {
  const counts = new Float64Array(BINS);
  const sums = new Float64Array(BINS * 3);
  for (let index = 0; index < width * height; index++) {
    const from = index * 4;
    const [red, green, blue] = [data[from] ?? 0, data[from + 1] ?? 0, data[from + 2] ?? 0];
    const bin = binOf(red, green, blue);
    counts[bin] = (counts[bin] ?? 0) + 1;
    sums[bin * 3] = (sums[bin * 3] ?? 0) + red;
    sums[bin * 3 + 1] = (sums[bin * 3 + 1] ?? 0) + green;
    sums[bin * 3 + 2] = (sums[bin * 3 + 2] ?? 0) + blue;
    if (index % SLICE_PIXELS === SLICE_PIXELS - 1) yield;
  }
  return { counts, sums };
}

function binOf(red: number, green: number, blue: number): number {
  return ((red >> 3) << (2 * BITS)) | ((green >> 3) << BITS) | (blue >> 3);
}

/** Bins that become one colour. */
interface ColourBox {
  readonly bins: readonly number[];
  /** Of its widest channel, weighted by how much of the picture it is. */
  readonly spread: number;
  /** The bits by which a bin of it is shifted to get that channel. */
  readonly shift: number;
}

function* cutBoxes({ counts, sums }: ColourCounts, coloursMax: number): Slices<Uint8Array> {
  const present = counts.reduce<number[]>((bins, count, bin) => {
    if (count > 0) bins.push(bin);
    return bins;
  }, []);
  yield;
  const boxes = [boxOf(present, counts)];
  while (boxes.length < coloursMax) {
    const widest = boxes.reduce((best, box) => (box.spread > best.spread ? box : best));
    if (widest.spread === 0) break;
    boxes.splice(boxes.indexOf(widest), 1, ...cutInTwo(widest, counts));
    yield;
  }
  return Uint8Array.from(boxes.flatMap(({ bins }) => meanOf(bins, counts, sums)));
}

function boxOf(bins: readonly number[], counts: Float64Array): ColourBox {
  const total = bins.reduce((sum, bin) => sum + (counts[bin] ?? 0), 0);
  let [range, shift] = [0, 0];
  for (const channelShift of [2 * BITS, BITS, 0]) {
    let [least, most] = [LEVEL_MAX, 0];
    for (const bin of bins) {
      const level = (bin >> channelShift) & LEVEL_MAX;
      least = Math.min(least, level);
      most = Math.max(most, level);
    }
    const channelRange = most - least;
    if (channelRange <= range) continue;
    range = channelRange;
    shift = channelShift;
  }
  return { bins, spread: range * Math.sqrt(total), shift };
}

/** Cuts a box where half of its pixels are on either side. */
function cutInTwo({ bins, shift }: ColourBox, counts: Float64Array): [ColourBox, ColourBox] {
  // By counting: a sort of all colours would take as long as a frame.
  const levels = Array.from({ length: LEVEL_MAX + 1 }, (): number[] => []);
  for (const bin of bins) levels[(bin >> shift) & LEVEL_MAX]?.push(bin);
  const sorted = levels.flat();
  const total = sorted.reduce((sum, bin) => sum + (counts[bin] ?? 0), 0);
  let [seen, cut] = [0, 0];
  while (cut < sorted.length - 1 && (cut === 0 || seen < total / 2)) {
    seen += counts[sorted[cut] ?? 0] ?? 0;
    cut++;
  }
  return [boxOf(sorted.slice(0, cut), counts), boxOf(sorted.slice(cut), counts)];
}

function meanOf(bins: readonly number[], counts: Float64Array, sums: Float64Array): number[] {
  const total = bins.reduce((sum, bin) => sum + (counts[bin] ?? 0), 0);
  return [0, 1, 2].map((channel) =>
    Math.round(bins.reduce((sum, bin) => sum + (sums[bin * 3 + channel] ?? 0), 0) / total),
  );
}

/** Numbers each pixel by the nearest colour, and adds what is missing to the pixels that come next. */
function* dither({ width, height, data }: Pixels, palette: Uint8Array): Slices<Uint8Array> {
  const indexed = new Uint8Array(width * height);
  /** The nearest colour of each bin, plus one; 0 where it isn't known yet. */
  const nearest = new Uint16Array(BINS);
  let errors = new Float32Array((width + 2) * 3);
  let nextErrors = new Float32Array((width + 2) * 3);
  let work = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const error = (x + 1) * 3;
      const red = clamp((data[from] ?? 0) + (errors[error] ?? 0));
      const green = clamp((data[from + 1] ?? 0) + (errors[error + 1] ?? 0));
      const blue = clamp((data[from + 2] ?? 0) + (errors[error + 2] ?? 0));
      const bin = binOf(red, green, blue);
      let number = (nearest[bin] ?? 0) - 1;
      if (number < 0) {
        number = nearestColour(palette, red, green, blue);
        nearest[bin] = number + 1;
        work += palette.length / 6;
      }
      indexed[y * width + x] = number;
      for (let channel = 0; channel < 3; channel++) {
        const value = channel === 0 ? red : channel === 1 ? green : blue;
        const missing = value - (palette[number * 3 + channel] ?? 0);
        const own = error + channel;
        errors[own + 3] = (errors[own + 3] ?? 0) + (missing * 7) / 16;
        nextErrors[own - 3] = (nextErrors[own - 3] ?? 0) + (missing * 3) / 16;
        nextErrors[own] = (nextErrors[own] ?? 0) + (missing * 5) / 16;
        nextErrors[own + 3] = (nextErrors[own + 3] ?? 0) + missing / 16;
      }
    }
    [errors, nextErrors] = [nextErrors, errors];
    nextErrors.fill(0);
    work += width;
    if (work < SLICE_PIXELS) continue;
    work = 0;
    yield;
  }
  return indexed;
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, value));
}

function nearestColour(palette: Uint8Array, red: number, green: number, blue: number): number {
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let number = 0; number * 3 < palette.length; number++) {
    const r = red - (palette[number * 3] ?? 0);
    const g = green - (palette[number * 3 + 1] ?? 0);
    const b = blue - (palette[number * 3 + 2] ?? 0);
    // The eye tells greens best, and blues worst.
    const distance = 3 * r * r + 6 * g * g + b * b;
    if (distance >= least) continue;
    least = distance;
    nearest = number;
  }
  return nearest;
}
