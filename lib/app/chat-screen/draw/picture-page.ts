/** A picture over the whole window, and the row below it. */
import type { ClientConversation } from "../../../chat-client/client-state.ts";
import type { SharedFile } from "../../../protocol/file-facts.ts";
import { fitRow, type ScreenRow, span } from "../../../terminal/layout.ts";
import { pictureSpan } from "../../../terminal/pictures/picture.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { Frame } from "../../../terminal/screen-frame.ts";
import { cellsOf, truncate } from "../../../terminal/width.ts";
import { fileFactsText } from "../../files/file-text.ts";
import { pictureOf, visibleLines } from "../messages/message-lines.ts";
import type { FilePreview, FilePreviews, PreviewInView } from "../pictures/file-previews.ts";
import type { DrawContext } from "./draw-context.ts";
import { shortName } from "./file-rows.ts";

/** Cells of a name beside the keys. */
const NAME_CELLS_MIN = 12;

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A drawn page, and what it shows, so that it is fetched. */
interface DrawnPage {
  readonly frame: Frame;
  readonly inView: readonly PreviewInView[];
}

/** Draws the picture of a message over the whole window: its thumbnail, until all of it is there. */
export function drawPicturePage(
  lineKey: string,
  conversation: ClientConversation,
  previews: FilePreviews | null,
  { columns, rows }: Size,
  context: DrawContext,
): DrawnPage {
  const { widths, words } = context;
  const line = visibleLines(conversation).find(({ key }) => key === lineKey);
  const file = line === undefined ? null : pictureOf(line);
  const area = { columns, rows: rows - 1 };
  const wanted: PreviewInView[] =
    file === null ? [] : [false, true].map((isWhole) => ({ file, area, isWhole }));
  const canShow = previews !== null && previews.look !== null;
  const shown = canShow ? wanted.map((preview) => previews.viewOf(preview)) : [];
  const best = shown.findLast(({ kind }) => kind === "picture") ?? shown.at(-1) ?? null;
  const page =
    best?.kind === "picture"
      ? pictureRows(best, area)
      : sentenceRows(
          file === null
            ? words.finder.gone
            : canShow
              ? sentenceFor(best, context)
              : words.pictures.notShown,
          area,
          context,
        );
  const bottom = file === null ? [] : bottomRow(file, columns, context);
  const all = [...page, bottom].map((row) => fitRow(row, columns, widths));
  return {
    frame: { width: columns, rows: all, cursor: { row: rows - 1, column: 0 } },
    inView: wanted,
  };
}

/** In the middle of the window. */
function pictureRows(
  { picture }: Extract<FilePreview, { kind: "picture" }>,
  area: Size,
): ScreenRow[] {
  const top = Math.max(0, Math.floor((area.rows - picture.rows) / 2));
  const left = " ".repeat(Math.max(0, Math.floor((area.columns - picture.columns) / 2)));
  return Array.from({ length: area.rows }, (_, index) => {
    const row = index - top;
    return row < 0 || row >= picture.rows ? [] : [span(left), pictureSpan(picture, row)];
  });
}

function sentenceRows(sentence: string, area: Size, { widths }: DrawContext): ScreenRow[] {
  const text = truncate(sentence, area.columns, widths);
  const left = " ".repeat(Math.max(0, Math.floor((area.columns - cellsOf(text, widths)) / 2)));
  const middle = Math.floor((area.rows - 1) / 2);
  return Array.from({ length: area.rows }, (_, index) =>
    index === middle ? [span(left), span(text, { role: "faint" })] : [],
  );
}

function sentenceFor(preview: FilePreview | null, { words }: DrawContext): string {
  return preview?.kind === "failed" ? words.pictures.failed[preview.why] : words.pictures.fetching;
}

/** The name, as far as there is room beside what is known of it and the keys. */
function bottomRow(file: SharedFile, columns: number, context: DrawContext): ScreenRow {
  const { widths, words } = context;
  const facts = ` ${fileFactsText(file, words)}`;
  const factsCells = cellsOf(facts, widths);
  const nameCellsMin = Math.min(NAME_CELLS_MIN, cellsOf(sanitize(file.name), widths));
  const hint = pictureKeysIn(columns - factsCells - nameCellsMin - 2, context);
  const hintCells = cellsOf(hint, widths);
  const nameCells = columns - factsCells - hintCells - 2;
  if (nameCells < 4) return [span(pictureKeysIn(columns, context), { role: "faint" })];
  const name = shortName(file.name, nameCells, context);
  const gap = columns - cellsOf(name, widths) - factsCells - hintCells;
  return [
    span(name, { role: "strong" }),
    span(facts, { role: "faint" }),
    span(" ".repeat(Math.max(1, gap))),
    span(hint, { role: "faint" }),
  ];
}

/** Returns as many of the page's keys as there is room for in so many cells; the way back always. */
export function pictureKeysIn(cells: number, { glyphs, widths, words }: DrawContext): string {
  const { back, save, open, others } = words.pictures.keys;
  const keys = [back, save, open, others];
  const texts = keys.map((_, index) => keys.slice(0, index + 1).join(` ${glyphs.dot} `));
  return texts.findLast((text) => cellsOf(text, widths) <= cells) ?? texts[0] ?? "";
}
