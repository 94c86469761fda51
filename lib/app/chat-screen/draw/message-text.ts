/** The text of a message as rows: its words, quotes and code blocks, and folded where it is long. */
import { textBlocks } from "../../../protocol/message-markup.ts";
import {
  fitRow,
  rowCells,
  type ScreenRow,
  type Span,
  span,
  wrapRow,
} from "../../../terminal/layout.ts";
import { sanitizeLines } from "../../../terminal/sanitize.ts";
import type { Style } from "../../../terminal/theme.ts";
import { ellipsisOf } from "../../../terminal/width.ts";
import type { DrawContext } from "./draw-context.ts";
import { messageSpans, type TextView } from "./message-spans.ts";

/** Rows of a message that isn't opened, with the one that says how many more there are. */
const FOLDED_ROWS_MAX = 12;
/** UTF-16 units of a message that isn't opened: more than a dozen rows of any window have. */
const FOLDED_UNITS_MAX = 8000;
/** In a narrower column the bar in front of quotes and code would take more than it tells. */
const BAR_CELLS_MIN = 8;
const TAB = "    ";

/** Returns the rows of a message's text. `front` stands before its first word, `end` behind its last one. */
export function drawText(
  text: string,
  view: TextView,
  front: readonly Span[],
  end: readonly Span[],
  width: number,
  context: DrawContext,
): ScreenRow[] {
  const { widths } = context;
  const blocks = front.length > 0 ? [{ kind: "text" as const, text }] : textBlocks(text);
  const rows: ScreenRow[] = [];
  for (const [index, block] of blocks.entries()) {
    const isLast = index === blocks.length - 1;
    switch (block.kind) {
      case "text": {
        const spans = [
          ...(index === 0 ? front : []),
          ...messageSpans(block.text, view),
          ...(isLast ? end : []),
        ];
        rows.push(...wrapRow(spans, width, { widths }));
        break;
      }
      case "quote": {
        const quoted = { ...view, base: { ...view.base, role: "quote" } as const };
        const wrap = (cells: number) =>
          wrapRow(messageSpans(block.text, quoted), cells, { widths });
        rows.push(...behindBar(wrap, width, { role: "quote" }, context));
        break;
      }
      case "code": {
        const code = sanitizeLines(block.text.replaceAll("\t", TAB)).join("\n");
        const wrap = (cells: number) =>
          wrapRow([span(code, { role: "code" })], cells, { widths, verbatim: true });
        rows.push(...behindBar(wrap, width, { role: "faint" }, context));
      }
    }
  }
  // Quotes and code have no last word behind which it could stand.
  if (blocks.at(-1)?.kind !== "text" && end.length > 0) {
    rows.push(...wrapRow(withoutSpace(end), width, { widths }));
  }
  return rows;
}

function behindBar(
  wrap: (cells: number) => readonly ScreenRow[],
  width: number,
  style: Style,
  { glyphs, widths }: DrawContext,
): ScreenRow[] {
  const bar = span(width < BAR_CELLS_MIN ? "" : `${glyphs.bar} `, style);
  return wrap(width - rowCells([bar], widths)).map((row) => [bar, ...row]);
}

function withoutSpace([first, ...others]: readonly Span[]): ScreenRow {
  return first === undefined ? [] : [{ ...first, text: first.text.trimStart() }, ...others];
}

/** A text's rows. `foldRow`: the one that says how many more there are, null where all are shown. */
export interface FoldedText {
  readonly rows: readonly ScreenRow[];
  readonly foldRow: number | null;
}

/**
 * Draws the first rows of a text, and one that says how many more there are; all of a text that isn't long.
 *
 * @param draw returns the rows of a text. Of a very long one it gets the beginning, so that nobody pays for the rest.
 */
export function drawFolded(
  text: string,
  draw: (text: string) => ScreenRow[],
  width: number,
  context: DrawContext,
): FoldedText {
  const beginning = draw(text.slice(0, FOLDED_UNITS_MAX));
  const isCut = text.length > FOLDED_UNITS_MAX;
  const isLong = beginning.length > FOLDED_ROWS_MAX;
  if (!isLong) return { rows: isCut ? draw(text) : beginning, foldRow: null };
  const shown = beginning.slice(0, FOLDED_ROWS_MAX - 1);
  const count = `${beginning.length - shown.length}${isCut ? "+" : ""}`;
  const fold = drawFold(context.words.screen.moreRows(count), width, context);
  return { rows: [...shown, fold], foldRow: shown.length };
}

/** Draws the row that stands for what is folded away; the sentence says what Enter does. */
function drawFold(sentence: string, width: number, { widths }: DrawContext): ScreenRow {
  return fitRow([span(`${ellipsisOf(widths)} ${sentence}`, { role: "fold" })], width, widths);
}
