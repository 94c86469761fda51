/** Pictures of kinds that are rarely sent, and damaged ones, made here byte by byte. */
import { makePng } from "./media-files.ts";

/** What {@link makeGif} and {@link makePalettePng} paint with, by number. */
export const PAINTS = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
] as const;

/** Makes a GIF of two by two pixels, which moves if there are several frames. `loops`: again and again. */
export function makeGif(frames: readonly (readonly number[])[], loops: boolean): Uint8Array {
  const parts = [
    Buffer.from([...Buffer.from("GIF89a"), 2, 0, 2, 0, 0x91, 0, 0, ...PAINTS.flat()]),
    Buffer.from(loops ? "\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" : "", "latin1"),
  ];
  for (const frame of frames) {
    parts.push(Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0]));
    parts.push(Buffer.from([0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2]));
    // LZW that never refers to what was before: 4 clears its table, 5 ends.
    const codes = [...frame.flatMap((paint, index) => (index % 2 === 0 ? [4, paint] : [paint])), 5];
    const bits = codes.reduce((sum, code, index) => sum + code * 8 ** index, 0);
    const bytes = Array.from({ length: 3 }, (_, index) => Math.floor(bits / 256 ** index) % 256);
    parts.push(Buffer.from([bytes.length, ...bytes, 0]));
  }
  return Buffer.concat([...parts, Buffer.from([0x3b])]);
}

/** Makes a PNG with a palette, of which the last colour is clear. */
export function makePalettePng(width: number, height: number, paint: number): Uint8Array {
  const row = [0, ...Array.from({ length: width }, () => paint)];
  const chunks = [
    ["PLTE", Uint8Array.from(PAINTS.flat())],
    ["tRNS", Uint8Array.from([255, 255, 255, 0])],
  ] as const;
  const rows = Uint8Array.from(Array.from({ length: height }, () => row).flat());
  return makePng([width, height, 8, 3], chunks, rows);
}

/** Makes a PNG of 16 bits a channel in one colour. */
export function makeDeepPng(
  width: number,
  height: number,
  rgba: readonly [number, number, number, number],
): Uint8Array {
  const pixel = rgba.flatMap((value) => [value >> 8, value & 255]);
  const row = [0, ...Array.from({ length: width }, () => pixel).flat()];
  return makePng(
    [width, height, 16, 6],
    [],
    Uint8Array.from(Array.from({ length: height }, () => row).flat()),
  );
}

/** Makes a JPEG of eight by eight pixels as presses print it. `inks`: cyan, magenta, yellow and black. */
export function makeCmykJpeg(inks: readonly [boolean, boolean, boolean, boolean]): Uint8Array {
  const segment = (mark: number, ...bytes: readonly number[]): number[] => [
    ...[0xff, mark, 0, bytes.length + 2],
    ...bytes,
  ];
  const lengths = (...counts: readonly number[]): number[] => [
    ...counts,
    ...Array.from({ length: 16 - counts.length }, () => 0),
  ];
  // Full ink is 0, as Adobe writes it. Of each channel only the mean is there: 7 bits of -127 or 127, and then an end.
  const bits = inks.map((isFull) => `10${isFull ? "0000000" : "1111111"}0`).join("");
  const scan = (bits.match(/.{8}/g) ?? []).flatMap((byte) => {
    const value = Number.parseInt(byte, 2);
    return value === 255 ? [255, 0] : [value];
  });
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xee, ...Buffer.from("Adobe"), 0, 100, 0, 0, 0, 0, 0),
    ...segment(0xdb, 0, ...Array.from({ length: 64 }, () => 8)),
    ...segment(0xc0, 8, 0, 8, 0, 8, 4, ...[1, 2, 3, 4].flatMap((channel) => [channel, 0x11, 0])),
    ...segment(0xc4, 0x00, ...lengths(1, 1), 0, 7),
    ...segment(0xc4, 0x10, ...lengths(1), 0),
    ...segment(0xda, 4, ...[1, 2, 3, 4].flatMap((channel) => [channel, 0]), 0, 63, 0),
    ...scan,
    ...[0xff, 0xd9],
  ]);
}

/** Lets a JPEG's header claim another size. */
export function withClaimedSize(jpeg: Uint8Array, width: number, height: number): Uint8Array {
  const bytes = Buffer.from(jpeg);
  let offset = 2;
  while (bytes[offset + 1] !== 0xc0) offset += 2 + bytes.readUInt16BE(offset + 2);
  bytes.writeUInt16BE(height, offset + 5);
  bytes.writeUInt16BE(width, offset + 7);
  return bytes;
}

/** Begins as a picture of that kind does, and goes on with nothing. `brand`: "avif", "heic". */
export function makeEmptyContainer(brand: string): Uint8Array {
  const start = Buffer.from(`\0\0\0\x1cftyp${brand}\0\0\0\0${brand}mif1`, "latin1");
  return Buffer.concat([start, Buffer.alloc(300)]);
}
