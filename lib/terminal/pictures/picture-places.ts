/** Where the pictures of a frame stand. */
import { rowCells, type ScreenRow } from "../layout.ts";
import type { Widths } from "../width.ts";
import type { DrawnPicture, PictureStrip } from "./picture.ts";

/** A row of a picture on the screen. */
export interface PlacedStrip extends PictureStrip {
  /** From 0. */
  readonly column: number;
}

/** Rows of a picture that stand below each other, as it does itself. */
export interface PicturePlace {
  readonly picture: DrawnPicture;
  /** Of the screen, from 0. */
  readonly top: number;
  readonly column: number;
  /** Of the picture, from 0: others may be out of view. */
  readonly firstRow: number;
  readonly rowCount: number;
}

/** Returns the rows of pictures in a row of the screen. */
export function stripsOf(row: ScreenRow, widths: Widths): PlacedStrip[] {
  if (row.every(({ picture }) => picture === undefined)) return [];
  return row.flatMap(({ picture }, index) =>
    picture === undefined ? [] : [{ ...picture, column: rowCells(row.slice(0, index), widths) }],
  );
}

/** Joins the strips of all rows of a screen to places. */
export function placesOf(rows: readonly (readonly PlacedStrip[])[]): PicturePlace[] {
  const places: PicturePlace[] = [];
  let above: PicturePlace[] = [];
  for (const [index, strips] of rows.entries()) {
    const open = above;
    above = strips.map(({ picture, row, column }) => {
      const part = open.find(
        (place) =>
          place.picture === picture &&
          place.column === column &&
          place.firstRow + place.rowCount === row,
      );
      if (part === undefined) return { picture, column, top: index, firstRow: row, rowCount: 1 };
      open.splice(open.indexOf(part), 1);
      return { ...part, rowCount: part.rowCount + 1 };
    });
    places.push(...open);
  }
  return [...places, ...above];
}

/** Returns whether two places show the same. */
export function isSamePlace(a: PicturePlace, b: PicturePlace): boolean {
  return (
    a.picture === b.picture &&
    a.top === b.top &&
    a.column === b.column &&
    a.firstRow === b.firstRow &&
    a.rowCount === b.rowCount
  );
}
