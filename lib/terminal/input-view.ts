/** The editor's text as rows of cells, with the cell that the cursor stands on. */
import type { EditorState } from "./editor.ts";
import { graphemeCells, graphemesOf, STANDARD_WIDTHS, type Widths } from "./width.ts";

export interface InputView {
  /** Each at most `width` cells wide; at most `rowsMax` of them, those around the cursor. */
  readonly rows: readonly string[];
  /** Counted from 0 within `rows`. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/**
 * The input line in rows of `width` cells. `first` cells of the first row are left out of it, for
 * a prompt. When the text has more rows than `rowsMax`, those around the cursor are shown.
 */
export function inputView(
  state: EditorState,
  width: number,
  rowsMax: number,
  first = 0,
  widths: Widths = STANDARD_WIDTHS,
): InputView {
  const room = Math.max(2, width);
  const rows = [""];
  let column = Math.min(first, room - 2);
  let place = 0;
  let cursor = { row: 0, column };
  const begin = (): void => {
    rows.push("");
    column = 0;
  };
  for (const grapheme of graphemesOf(state.text)) {
    const measured = grapheme === "\n" ? 0 : graphemeCells(grapheme, widths);
    const fits = measured < room;
    const cells = fits ? measured : 1;
    // One cell stays free at the edge: the cursor after the last letter needs a cell to stand on.
    if (column + cells > room - 1) begin();
    if (place === state.at) cursor = { row: rows.length - 1, column };
    place += grapheme.length;
    if (grapheme === "\n") {
      begin();
      continue;
    }
    rows[rows.length - 1] += fits ? grapheme : "?";
    column += cells;
  }
  if (place === state.at) cursor = { row: rows.length - 1, column };
  const top = Math.max(0, Math.min(cursor.row - Math.floor(rowsMax / 2), rows.length - rowsMax));
  return {
    rows: rows.slice(top, top + rowsMax),
    cursor: { row: cursor.row - top, column: cursor.column },
  };
}
