/** How pictures are shown: what the user chose, and what the terminal can. */
import type { Rgb } from "../colour.ts";
import { ASSUMED_DARK, colourDepth } from "../theme.ts";
import type { Widths } from "../width.ts";
import type { CellPixels, PictureLook } from "./picture.ts";

/** The setting: "auto" is what the terminal says that it can. */
export type PictureChoice = "auto" | "kitty" | "iterm" | "sixel" | "blocks" | "none";

type Environment = Readonly<Record<string, string | undefined>>;

/** Of most fonts a cell is about twice as high as wide. */
const USUAL_CELL: CellPixels = { width: 10, height: 20 };

/**
 * Returns how pictures are shown; null: not at all. Half blocks need colours.
 *
 * @param hasColours whether the user wants any
 * @param background of the terminal; null: it isn't known
 */
export function pictureLook(
  choice: PictureChoice,
  environment: Environment,
  background: Rgb | null,
  widths: Widths,
  hasColours: boolean,
): PictureLook | null {
  if (choice === "none" || environment["TERM"] === "dumb" || !hasColours) return null;
  return {
    protocol: "blocks",
    cell: USUAL_CELL,
    depth: colourDepth(environment),
    background: background ?? ASSUMED_DARK,
    isWide: widths.ambiguous === 2,
  };
}
