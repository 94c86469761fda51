/** What is asked about files in place of the input line, and the files that the next Enter sends, above it. */

import { formatFileSize } from "../../../protocol/file-facts.ts";
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import { cellsOf } from "../../../terminal/width.ts";
import type { LocalFile } from "../../files/local-files-port.ts";
import type { FileQuestion } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { shortName } from "./file-rows.ts";
import type { InputArea } from "./input-area.ts";

/** Cells of a file's name, at most and at least. */
const NAME_CELLS_MAX = 40;
const NAME_CELLS_MIN = 8;

/**
 * Draws a question about files in at most `rowsMax` rows: its keys stand behind it, or in a row of their own, which is
 * the last to be cut.
 */
export function drawFileQuestion(
  question: FileQuestion,
  width: number,
  rowsMax: number,
  context: DrawContext,
): InputArea {
  const { widths } = context;
  const { sentence, keys } = questionTexts(question, width, context);
  const whole = `${sentence} ${keys}`;
  const isOneRow = cellsOf(whole, widths) < width || rowsMax < 2;
  const sentenceRows = wrapRow([span(isOneRow ? whole : sentence)], width, { widths });
  const texts = isOneRow
    ? sentenceRows.slice(0, 1)
    : [
        ...sentenceRows.slice(0, rowsMax - 1),
        ...wrapRow([span(keys)], width, { widths }).slice(0, 1),
      ];
  const rows = texts.map((row) => textOf(row).trimEnd());
  const end = cellsOf(rows.at(-1) ?? "", widths);
  return {
    rows: rows.map((text) => fitRow([span(text, { role: "warning" })], width, widths)),
    cursor: { row: rows.length - 1, column: Math.min(width - 1, end) },
  };
}

function textOf(row: ScreenRow): string {
  return row.map((piece) => piece.text).join("");
}

function questionTexts(
  question: FileQuestion,
  width: number,
  context: DrawContext,
): { readonly sentence: string; readonly keys: string } {
  const { files: words } = context.words;
  switch (question.kind) {
    case "dropped": {
      const { files } = question;
      const sentence = (names: string) => words.dropped(names, files.length);
      const cells = width - cellsOf(sentence(""), context.widths);
      return { sentence: sentence(namesOf(files, cells, context)), keys: words.droppedKeys };
    }
    case "shrink":
      return { sentence: words.shrink, keys: words.shrinkKeys };
    case "open": {
      const sentence = (name: string) => words.openAsk(name, words.whatOpens[question.as]);
      const cells = width - cellsOf(sentence(""), context.widths);
      const name = shortName(question.name, nameCells(cells), context);
      return { sentence: sentence(name), keys: words.openKeys };
    }
  }
}

/** Draws the row that says what Enter sends; none without files. */
export function drawAttachments(
  files: readonly LocalFile[],
  width: number,
  context: DrawContext,
): ScreenRow[] {
  if (files.length === 0) return [];
  const { words, widths, glyphs } = context;
  const front = `${glyphs.file} `;
  const { attachedKeys, attachedKeysShort } = words.files;
  const behind = ` ${glyphs.dot} ${attachedKeys(files.length)}`;
  const long = front + namesOf(files, width - cellsOf(front + behind, widths), context) + behind;
  const text =
    cellsOf(long, widths) <= width
      ? long
      : shortAttachments(files, attachedKeysShort, width, context);
  return [fitRow([span(text, { role: "accent" })], width, widths)];
}

/** Returns what Enter sends, without its size, for a narrow window. */
function shortAttachments(
  files: readonly LocalFile[],
  keys: string,
  width: number,
  context: DrawContext,
): string {
  const { words, widths, glyphs } = context;
  const others = files.length - 1;
  const rowOf = (name: string): string =>
    `${glyphs.file} ${others === 0 ? name : words.files.andMore(name, others)} ${glyphs.dot} ${keys}`;
  const cells = width - cellsOf(rowOf(""), widths);
  return rowOf(shortName(files[0]?.name ?? "", nameCells(cells), context));
}

/** Returns the name and size of one file, or the first name of several and how many more there are, in so many cells. */
function namesOf(files: readonly LocalFile[], cells: number, context: DrawContext): string {
  const [first, ...others] = files;
  const named = (name: string): string =>
    others.length === 0
      ? `${name} (${formatFileSize(first?.size ?? 0)})`
      : context.words.files.andMore(name, others.length);
  const room = cells - cellsOf(named(""), context.widths);
  return named(shortName(first?.name ?? "", nameCells(room), context));
}

function nameCells(cells: number): number {
  return Math.max(NAME_CELLS_MIN, Math.min(NAME_CELLS_MAX, cells));
}
