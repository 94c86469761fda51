/** A picture on the screen: the cells that it takes, and what a terminal shows in them. */
import { type Span, span } from "../layout.ts";
import { type BlockLook, drawHalfBlocks } from "./half-blocks.ts";
import type { Pixels, Slices } from "./pixels.ts";

/** A size in cells. */
export interface CellArea {
  readonly columns: number;
  readonly rows: number;
}

/** How large a cell is, in pixels. */
export interface CellPixels {
  readonly width: number;
  readonly height: number;
}

/** How this terminal shows pictures. Stays the same object as long as nothing of it changes. */
export interface PictureLook extends BlockLook {
  readonly protocol: "kitty" | "iterm" | "sixel" | "blocks";
  readonly cell: CellPixels;
}

/** A picture made for a look and a size. It is shown by the spans that {@link pictureSpan} makes of it. */
export interface DrawnPicture extends CellArea {
  /** What each row shows as text: exactly `columns` cells. */
  readonly blocks: readonly string[];
  /** The picture as a PNG file. */
  readonly png: Uint8Array;
}

/** One row of a picture. */
export interface PictureStrip {
  readonly picture: DrawnPicture;
  /** From 0. */
  readonly row: number;
}

/** Returns the cells that a picture takes at most within `area`; it isn't made larger than it is. At least one. */
export function pictureCells(
  { width, height }: { readonly width: number; readonly height: number },
  cell: CellPixels,
  area: CellArea,
): CellArea {
  const [columns, rows] = [Math.max(1, width) / cell.width, Math.max(1, height) / cell.height];
  const scale = Math.min(1, area.columns / columns, area.rows / rows);
  return {
    columns: Math.max(1, Math.min(area.columns, Math.round(columns * scale))),
    rows: Math.max(1, Math.min(area.rows, Math.round(rows * scale))),
  };
}

/**
 * Draws a picture, in slices. Pixels some times as many as the area has are enough: more cost time.
 *
 * @param png the same picture as a PNG file
 */
export function* drawPicture(
  pixels: Pixels,
  png: Uint8Array,
  area: CellArea,
  look: PictureLook,
): Slices<DrawnPicture> {
  const blocks = yield* drawHalfBlocks(pixels, area, look);
  return { columns: area.columns, rows: area.rows, blocks, png };
}

/** Returns the span of one row of a picture. A row of the screen has it as it is: cut, it shows nothing. */
export function pictureSpan(picture: DrawnPicture, row: number): Span {
  return { ...span(" ".repeat(picture.columns)), picture: { picture, row } };
}
