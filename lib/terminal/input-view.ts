/** Lays out the editor's text in rows of cells, with the cell of the cursor. */
import { replaceHarmful, visibleSign } from "../protocol/harmful-characters.ts";
import type { EditorState } from "./editor.ts";
import { cellsOf, graphemesOf, STANDARD_WIDTHS, type Widths } from "./width.ts";

interface InputView {
  /** At most `rowsMax` rows, those around the cursor, each at most `width` cells wide. */
  readonly rows: readonly string[];
  /** Whether the first of them is the text's first. */
  readonly hasFirstRow: boolean;
  /** Counted from 0 within `rows`. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/**
 * Wraps the editor's text into rows of `width` cells. The first row starts at `firstColumn`, behind
 * a prompt. If the text has more than `rowsMax` rows, those around the cursor are returned.
 */
export function inputView(
  state: EditorState,
  width: number,
  rowsMax: number,
  firstColumn = 0,
  widths: Widths = STANDARD_WIDTHS,
): InputView {
  const cellsMax = Math.max(2, width);
  const rows = [""];
  let column = Math.min(firstColumn, cellsMax - 2);
  let offset = 0;
  let cursor = { row: 0, column };
  const startRow = (): void => {
    rows.push("");
    column = 0;
  };
  for (const grapheme of graphemesOf(state.text)) {
    // What was pasted, or completed from somebody's name, is drawn as it will be in the conversation.
    const shown = replaceHarmful(grapheme, visibleSign);
    const measured = grapheme === "\n" ? 0 : cellsOf(shown, widths);
    const fits = measured < cellsMax;
    const cells = fits ? measured : 1;
    // One cell stays free at the edge, for the cursor behind the last character.
    if (column + cells > cellsMax - 1) startRow();
    if (offset === state.cursor) cursor = { row: rows.length - 1, column };
    offset += grapheme.length;
    if (grapheme === "\n") {
      startRow();
      continue;
    }
    rows[rows.length - 1] += fits ? shown : "?";
    column += cells;
  }
  if (offset === state.cursor) cursor = { row: rows.length - 1, column };
  const top = Math.max(0, Math.min(cursor.row - Math.floor(rowsMax / 2), rows.length - rowsMax));
  return {
    rows: rows.slice(top, top + rowsMax),
    hasFirstRow: top === 0,
    cursor: { row: cursor.row - top, column: cursor.column },
  };
}
