/** Pixels of a picture, and making them another size. */
import type { Rgb } from "../colour.ts";

/** A picture without compression: rows from the top, in each pixel red, green, blue and opacity, from 0 to 255. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Work that is done in slices: whoever runs it may do something else at each `yield`. */
export type Slices<Result> = Generator<undefined, Result>;

/** Pixels between two yields: one or two milliseconds. */
const SLICE_PIXELS = 30_000;

/** Does all slices at once. */
export function finish<Result>(work: Slices<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** How much of each source column (or row) a target one covers. */
interface Cover {
  readonly first: number;
  readonly weights: readonly number[];
}

function coversOf(source: number, target: number): Cover[] {
  const scale = source / target;
  return Array.from({ length: target }, (_, index) => {
    const [start, end] = [index * scale, (index + 1) * scale];
    const first = Math.floor(start);
    const last = Math.max(first, Math.min(source, Math.ceil(end - 1e-9)) - 1);
    const weights = Array.from({ length: last - first + 1 }, (_, offset) => {
      const pixel = first + offset;
      return Math.min(end, pixel + 1) - Math.max(start, pixel);
    });
    return { first, weights };
  });
}

/**
 * Makes a picture another size, opaque, on a background. Each pixel is the mean of those that it covers.
 * https://entropymine.com/imageworsener/pixelmixing/
 */
export function* resizePixels(
  source: Pixels,
  width: number,
  height: number,
  background: Rgb,
): Slices<Pixels> {
  const data = new Uint8Array(width * height * 4);
  const columns = coversOf(source.width, width);
  const rows = coversOf(source.height, height);
  const sums = new Float64Array(width * 3);
  let work = 0;
  for (const [y, row] of rows.entries()) {
    sums.fill(0);
    for (const [offset, weight] of row.weights.entries()) {
      addRow(source, row.first + offset, weight, columns, background, sums);
      work += source.width + width;
    }
    const area = (source.width / width) * (source.height / height);
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 4;
      for (let channel = 0; channel < 3; channel++) {
        data[to + channel] = Math.round((sums[x * 3 + channel] ?? 0) / area);
      }
      data[to + 3] = 255;
    }
    if (work < SLICE_PIXELS) continue;
    work = 0;
    yield;
  }
  return { width, height, data };
}

/** Adds one row of the source, in the columns of the target, to `sums`. */
function addRow(
  { width, data }: Pixels,
  y: number,
  rowWeight: number,
  columns: readonly Cover[],
  [red, green, blue]: Rgb,
  sums: Float64Array,
): void {
  for (let x = 0; x < columns.length; x++) {
    const cover = columns[x];
    if (cover === undefined) continue;
    const { first, weights } = cover;
    let [r, g, b] = [0, 0, 0];
    for (let offset = 0; offset < weights.length; offset++) {
      const from = (y * width + first + offset) * 4;
      const weight = weights[offset] ?? 0;
      const opaque = (data[from + 3] ?? 255) / 255;
      r += weight * (opaque * (data[from] ?? 0) + (1 - opaque) * red);
      g += weight * (opaque * (data[from + 1] ?? 0) + (1 - opaque) * green);
      b += weight * (opaque * (data[from + 2] ?? 0) + (1 - opaque) * blue);
    }
    const to = x * 3;
    sums[to] = (sums[to] ?? 0) + r * rowWeight;
    sums[to + 1] = (sums[to + 1] ?? 0) + g * rowWeight;
    sums[to + 2] = (sums[to + 2] ?? 0) + b * rowWeight;
  }
}
