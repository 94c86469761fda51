/** The file of a message in the timeline: its name, and what is known of it. */
import type { SharedFile } from "../../../protocol/file-facts.ts";
import { type ScreenRow, type Span, span, wrapRow } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { cellsOf, ellipsisOf, graphemesOf, truncate } from "../../../terminal/width.ts";
import { fileFactsText } from "../../files/file-text.ts";
import type { DrawContext } from "./draw-context.ts";

/** Cells of a name's end that stay when it is cut: what a file is called behind its last dot tells what it is. */
const NAME_END_CELLS = 10;

/** Draws a file's name, size and kind in one row or, in a narrow window, in two. `end` stands behind them. */
export function fileRows(
  file: SharedFile,
  end: readonly Span[],
  width: number,
  context: DrawContext,
): ScreenRow[] {
  const { glyphs, widths, words } = context;
  const front = `${glyphs.file} `;
  const name = shortName(file.name, width - cellsOf(front, widths), context);
  const spans = [
    span(front, { role: "accent" }),
    span(name, { role: "strong" }),
    span(` ${glyphs.dot} ${fileFactsText(file, words)}`, { role: "faint" }),
    ...end,
  ];
  return wrapRow(spans, width, { widths });
}

/** Returns a file's name, sanitized, and cut in its middle where it has more than so many cells. */
export function shortName(
  fileName: string,
  cells: number,
  { widths }: Pick<DrawContext, "widths">,
): string {
  const name = sanitize(fileName);
  if (cellsOf(name, widths) <= cells) return name;
  const cut = ellipsisOf(widths);
  if (cells <= NAME_END_CELLS + cut.length) return truncate(name, cells, widths);
  let end = "";
  for (const grapheme of graphemesOf(name).toReversed()) {
    if (cellsOf(grapheme + end, widths) > NAME_END_CELLS) break;
    end = grapheme + end;
  }
  return truncate(name, cells - cellsOf(end, widths), widths) + end;
}
