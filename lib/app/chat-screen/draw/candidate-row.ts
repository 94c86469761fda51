/** The row with the candidates that Tab goes through, the current one marked. */
import { type EditorState, isChoosing } from "../../../terminal/editor.ts";
import { fitRow, rowCells, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { cellsOf, ellipsisOf } from "../../../terminal/width.ts";
import type { DrawContext } from "./draw-context.ts";

const GAP = "  ";

/** Draws the candidates around the current one; null when Tab has nothing to choose between. */
export function drawCandidates(
  editor: EditorState,
  width: number,
  { widths }: DrawContext,
): ScreenRow | null {
  const { completion } = editor;
  if (completion === null || !isChoosing(editor)) return null;
  const names = completion.options.slice(1).map((option) => sanitize(option.trim()));
  const current = completion.index - 1;
  const cellsOfNames = names.map((name) => cellsOf(name, widths));
  const free = width - 2 - 2 * (GAP.length + 1);
  let first = Math.max(0, current);
  let used = cellsOfNames[first] ?? 0;
  // Those before the current one stay in view as long as there is room.
  while (first > 0 && used + GAP.length + (cellsOfNames[first - 1] ?? 0) <= free) {
    first -= 1;
    used += GAP.length + (cellsOfNames[first] ?? 0);
  }
  const more = span(ellipsisOf(widths), { role: "faint" });
  const row: Span[] = [span(" "), ...(first > 0 ? [more, span(GAP)] : [])];
  for (const [offset, name] of names.slice(first).entries()) {
    const index = first + offset;
    const room = width - rowCells(row, widths) - (index === names.length - 1 ? 0 : GAP.length + 1);
    if (offset > 0 && cellsOf(name, widths) > room) {
      row.push(more);
      break;
    }
    row.push(span(name, index === current ? { role: "selected" } : undefined), span(GAP));
  }
  return fitRow(row.at(-1)?.text === GAP ? row.slice(0, -1) : row, width, widths);
}
