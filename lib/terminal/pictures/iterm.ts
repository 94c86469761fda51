/** iTerm2's inline pictures, which WezTerm and mintty know as well. https://iterm2.com/documentation-images.html */
import type { CellArea } from "./picture.ts";
import type { Slices } from "./pixels.ts";

/** Bytes between two yields: less than a millisecond. They have to be a multiple of three. */
const SLICE_BYTES = 3 << 17;

/** Returns the sequence that shows a PNG file in exactly these cells from the cursor on, in pieces. */
export function* itermPicture(png: Uint8Array, { columns, rows }: CellArea): Slices<Uint8Array[]> {
  const facts = [
    ...["inline=1", `size=${png.length}`, `width=${columns}`, `height=${rows}`],
    ...["preserveAspectRatio=0", "doNotMoveCursor=1"],
  ];
  const pieces: Uint8Array[] = [Buffer.from(`\x1b]1337;File=${facts.join(";")}:`)];
  for (let start = 0; start < png.length; start += SLICE_BYTES) {
    const part = png.subarray(start, start + SLICE_BYTES);
    pieces.push(Buffer.from(part.toBase64(), "latin1"));
    yield;
  }
  return [...pieces, Buffer.from("\x07")];
}
