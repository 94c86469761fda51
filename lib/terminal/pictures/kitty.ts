/**
 * kitty's graphics protocol: a picture is sent once, and shown by its number.
 * https://sw.kovidgoyal.net/kitty/graphics-protocol/
 */
import type { CellArea } from "./picture.ts";

/** Base64 in one sequence. */
const CHUNK_LENGTH = 4096;
/** No answers: nobody would read them. */
const QUIET = "q=2";

/** A part of a picture, in its pixels. */
export interface PixelRows {
  readonly width: number;
  readonly top: number;
  readonly height: number;
}

/** Returns the sequences that send a PNG file. */
export function sendKittyPicture(id: number, png: Uint8Array): string[] {
  const base64 = Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString("base64");
  const sequences: string[] = [];
  for (let start = 0; start === 0 || start < base64.length; start += CHUNK_LENGTH) {
    const head = start === 0 ? `a=t,f=100,t=d,i=${id},${QUIET},` : `${QUIET},`;
    const more = start + CHUNK_LENGTH < base64.length ? 1 : 0;
    const chunk = base64.slice(start, start + CHUNK_LENGTH);
    sequences.push(`\x1b_G${head}m=${more};${chunk}\x1b\\`);
  }
  return sequences;
}

/** Returns the sequence that lets placeholders show a picture. */
export function placeVirtually(id: number, { columns, rows }: CellArea): string {
  return `\x1b_Ga=p,U=1,i=${id},c=${columns},r=${rows},${QUIET}\x1b\\`;
}

/** Returns the sequence that shows a part of a picture at the cursor, which stays where it is. */
export function placeKittyPicture(
  id: number,
  placement: number,
  { columns, rows }: CellArea,
  { width, top, height }: PixelRows,
): string {
  const part = `x=0,y=${top},w=${width},h=${height}`;
  return `\x1b_Ga=p,i=${id},p=${placement},c=${columns},r=${rows},${part},C=1,${QUIET}\x1b\\`;
}

/** Returns the sequence that takes one showing of a picture away. */
export function removePlacement(id: number, placement: number): string {
  return `\x1b_Ga=d,d=i,i=${id},p=${placement},${QUIET}\x1b\\`;
}

/** Returns the sequence that takes all showings of a picture away, and lets the terminal forget it. */
export function forgetKittyPicture(id: number): string {
  return `\x1b_Ga=d,d=I,i=${id},${QUIET}\x1b\\`;
}
