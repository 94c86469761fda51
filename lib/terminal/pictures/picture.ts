/** A picture on the screen: the cells that it takes, and what a terminal shows in them. */
import { type Span, span } from "../layout.ts";
import { type BlockLook, drawHalfBlocks } from "./half-blocks.ts";
import { type Pixels, resizePixels, type Slices } from "./pixels.ts";
import { type IndexedPixels, indexPixels } from "./sixel-palette.ts";

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
  /** Whether a picture of kitty's protocol is shown in place of text: see placeholders.ts. */
  readonly hasPlaceholders: boolean;
  readonly cell: CellPixels;
  /** How many colours a sixel picture may have. */
  readonly registers: number;
}

/** What a picture is drawn from. Some times as many pixels as the area has are enough: more cost time. */
export interface DecodablePicture {
  readonly width: number;
  readonly height: number;
  /** The picture as a PNG file. */
  readonly png: Uint8Array;
  /** The same, decoded: only where the look needs it. */
  pixels(): Slices<Pixels>;
}

/** What a terminal is sent of a picture. "blocks": nothing but its text. */
export type PictureImage =
  | { readonly kind: "blocks" }
  | { readonly kind: "placeholders" | "kitty"; readonly source: Omit<DecodablePicture, "pixels"> }
  /** `pixels`: those that fill its cells, made anew each time, for when it is seen in part. */
  | { readonly kind: "iterm"; readonly png: Uint8Array; pixels(): Slices<Pixels> }
  | { readonly kind: "sixel"; readonly pixels: IndexedPixels };

/** A picture made for a look and a size. It is shown by the spans that {@link pictureSpan} makes of it. */
export interface DrawnPicture extends CellArea {
  /** What each row shows as text, in exactly `columns` cells, as long as `image` isn't drawn; without it spaces. */
  readonly blocks: readonly string[];
  readonly image: PictureImage;
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

/** Draws a picture, in slices. It fills all of the cells. */
export function* drawPicture(
  source: DecodablePicture,
  area: CellArea,
  look: PictureLook,
): Slices<DrawnPicture> {
  const { columns, rows } = area;
  if (look.protocol === "kitty") {
    const kind = look.hasPlaceholders ? "placeholders" : "kitty";
    // Without its pixels: it is kept as long as the terminal has it.
    const { width, height, png } = source;
    return { columns, rows, blocks: [], image: { kind, source: { width, height, png } } };
  }
  const pixels = yield* source.pixels();
  const blocks = yield* drawHalfBlocks(pixels, area, look);
  if (look.protocol === "blocks") return { columns, rows, blocks, image: { kind: "blocks" } };
  const [width, height] = [columns * look.cell.width, rows * look.cell.height];
  if (look.protocol === "iterm") {
    const fill = function* (): Slices<Pixels> {
      return yield* resizePixels(yield* source.pixels(), width, height, look.background);
    };
    return { columns, rows, blocks, image: { kind: "iterm", png: source.png, pixels: fill } };
  }
  const filling = yield* resizePixels(pixels, width, height, look.background);
  const indexed = yield* indexPixels(filling, look.registers);
  return { columns, rows, blocks, image: { kind: "sixel", pixels: indexed } };
}

/** Returns the span of one row of a picture. A row of the screen has it as it is: cut, it shows nothing. */
export function pictureSpan(picture: DrawnPicture, row: number): Span {
  return { ...span(" ".repeat(picture.columns)), picture: { picture, row } };
}
