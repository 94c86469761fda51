/** What is asked about files in place of the input line, and the files that the next Enter sends, above it. */

import { formatFileSize } from "../../../protocol/file-facts.ts";
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import { cellsOf } from "../../../terminal/width.ts";
import type { LocalFile } from "../../files/local-files-port.ts";
import type { FileQuestion } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { shortName } from "./file-rows.ts";
import type { InputArea } from "./input-area.ts";

/** In a narrower window a question has fewer words. */
const WIDE_COLUMNS_MIN = 60;
/** Cells of a file's name in a question. */
const NAME_CELLS_MAX = 40;

/** Draws a question about files in at most `rowsMax` rows. */
export function drawFileQuestion(
  question: FileQuestion,
  width: number,
  rowsMax: number,
  context: DrawContext,
): InputArea {
  const { widths } = context;
  const text = span(questionText(question, width, context), { role: "warning" });
  const rows = wrapRow([text], width, { widths }).slice(0, Math.max(1, rowsMax));
  const last = rows.at(-1) ?? [];
  const end = cellsOf(
    last
      .map((piece) => piece.text)
      .join("")
      .trimEnd(),
    widths,
  );
  return {
    rows: rows.map((row) => fitRow(row, width, widths)),
    cursor: { row: rows.length - 1, column: Math.min(width - 1, end) },
  };
}

function questionText(question: FileQuestion, width: number, context: DrawContext): string {
  const { files: words } = context.words;
  const isWide = width >= WIDE_COLUMNS_MIN;
  switch (question.kind) {
    case "dropped": {
      const { files } = question;
      return isWide
        ? words.dropped(namesOf(files, context), files.length)
        : words.droppedNarrow(files.length);
    }
    case "shrink":
      return `${words.shrink} ${words.shrinkChoices}`;
    case "open": {
      const name = shortName(question.name, isWide ? NAME_CELLS_MAX : width / 2, context);
      return words.openAsk(name, words.whatOpens[question.as]);
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
  const names = namesOf(files, context);
  const sentence =
    files.length === 1
      ? words.files.attached(names)
      : words.files.attachedMany(files.length, names);
  return [fitRow([span(`${glyphs.file} ${sentence}`, { role: "accent" })], width, widths)];
}

/** Returns the name and size of one file, or the first name of several and how many more there are. */
function namesOf(files: readonly LocalFile[], context: DrawContext): string {
  const [first, ...others] = files;
  const name = shortName(first?.name ?? "", NAME_CELLS_MAX, context);
  return others.length === 0
    ? `${name} (${formatFileSize(first?.size ?? 0)})`
    : context.words.files.andMore(name, others.length);
}
