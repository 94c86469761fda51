/** iTerm2's inline pictures, which WezTerm and mintty know as well. https://iterm2.com/documentation-images.html */
import type { CellArea } from "./picture.ts";

/** Returns the sequence that shows a PNG file in exactly these cells from the cursor on. */
export function itermPicture(png: Uint8Array, { columns, rows }: CellArea): string {
  const base64 = Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString("base64");
  const facts = [
    ...["inline=1", `size=${png.length}`, `width=${columns}`, `height=${rows}`],
    ...["preserveAspectRatio=0", "doNotMoveCursor=1"],
  ];
  return `\x1b]1337;File=${facts.join(";")}:${base64}\x07`;
}
