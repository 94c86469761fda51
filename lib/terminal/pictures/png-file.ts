/** Writes a part of a picture as a PNG file. https://www.w3.org/TR/png-3/ */
import type { Pixels, Slices } from "./pixels.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Eight bits a channel, red, green and blue; no interlacing. */
const FORMAT = [8, 2, 0, 0, 0];
/** A deflate stream with a window of 32 KB, compressed in a hurry. https://www.rfc-editor.org/rfc/rfc1950 */
const ZLIB_HEADER = [0x78, 0x01];
const ADLER_BASE = 65521;

/** Pixels between two yields: one or two milliseconds. */
const SLICE_PIXELS = 30_000;

/**
 * Compresses the next part of a deflate stream, which ends with a whole byte, and knows nothing of the parts before it.
 * https://www.rfc-editor.org/rfc/rfc1951
 */
export type Deflate = (part: Uint8Array, isLast: boolean) => Uint8Array;

/** Returns rows `top` to `bottom` (not included) of an opaque picture as a PNG file. */
export function* encodePng(
  { width, data }: Pixels,
  top: number,
  bottom: number,
  deflate: Deflate,
): Slices<Uint8Array> {
  const parts: Uint8Array[] = [];
  const sums: [number, number] = [1, 0];
  let check = addToCrc(CRC_START, ascii("IDAT"));
  const push = (part: Uint8Array): void => {
    parts.push(part);
    check = addToCrc(check, part);
  };
  push(Uint8Array.from(ZLIB_HEADER));
  const linesPerSlice = Math.max(1, Math.floor(SLICE_PIXELS / width));
  for (let y = top; y < bottom; y += linesPerSlice) {
    const end = Math.min(bottom, y + linesPerSlice);
    const lines = linesOf(data, width, y, end);
    addToAdler(sums, lines);
    push(deflate(lines, end === bottom));
    yield;
  }
  push(Uint8Array.from(bytesOf(sums[1] * 65536 + sums[0])));
  const header = [...bytesOf(width), ...bytesOf(bottom - top), ...FORMAT];
  const chunks = [
    chunkOf("IHDR", Uint8Array.from(header)),
    chunkOf("IDAT", Buffer.concat(parts), check),
    chunkOf("IEND", new Uint8Array()),
  ];
  return Buffer.concat([Uint8Array.from(SIGNATURE), ...chunks]);
}

/** Returns lines of pixels; the first byte of each tells how it is filtered: not at all. */
function linesOf(data: Uint8Array, width: number, top: number, bottom: number): Uint8Array {
  const lines = new Uint8Array((bottom - top) * (1 + width * 3));
  let to = 0;
  for (let y = top; y < bottom; y++) {
    to++;
    for (let from = y * width * 4; from < (y + 1) * width * 4; from += 4) {
      lines[to++] = data[from] ?? 0;
      lines[to++] = data[from + 1] ?? 0;
      lines[to++] = data[from + 2] ?? 0;
    }
  }
  return lines;
}

/** A chunk is its length, its name, its content, and a check of the last two. */
function chunkOf(
  name: string,
  content: Uint8Array,
  check = addToCrc(addToCrc(CRC_START, ascii(name)), content),
): Uint8Array {
  const length = Uint8Array.from(bytesOf(content.length));
  return Buffer.concat([length, ascii(name), content, Uint8Array.from(bytesOf(~check >>> 0))]);
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function bytesOf(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
}

/** The remainder of each byte. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

const CRC_START = 0xffffffff;

/** Adds bytes to a CRC-32, whose complement is the check. */
function addToCrc(start: number, bytes: Uint8Array): number {
  let crc = start;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return crc;
}

/** Adds bytes to an Adler-32 checksum, with which a zlib stream ends. */
function addToAdler(sums: [number, number], bytes: Uint8Array): void {
  let [a, b] = sums;
  for (const byte of bytes) {
    a = (a + byte) % ADLER_BASE;
    b = (b + a) % ADLER_BASE;
  }
  sums[0] = a;
  sums[1] = b;
}
