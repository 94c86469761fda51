/** What stands below a file's name in the timeline: the picture, or the first lines of a text. */
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import { pictureSpan } from "../../../terminal/pictures/picture.ts";
import { ellipsisOf } from "../../../terminal/width.ts";
import type { Disclosure } from "../messages/message-actions.ts";
import type { FilePreview } from "../pictures/file-previews.ts";
import type { TextPreview } from "../pictures/text-preview.ts";
import type { DrawContext } from "./draw-context.ts";

/** Lines of a text that isn't opened. */
const FOLDED_LINES = 4;

/** Rows of a preview. */
interface PreviewRows {
  readonly rows: readonly ScreenRow[];
  /** Whether there is more to open. */
  readonly disclosure: Disclosure;
  /** The row that says so; null for none. */
  readonly foldRow: number | null;
}

/** Draws a preview, at most `width` cells wide. `isOpened`: all of it that is there. */
export function previewRows(
  preview: FilePreview,
  isOpened: boolean,
  width: number,
  context: DrawContext,
): PreviewRows {
  const { pictures } = context.words;
  switch (preview.kind) {
    case "none":
      return withRows([]);
    case "waiting": {
      // As many rows as it will have: what is above stays where it is when it comes.
      const first = fitRow([span(pictures.loading, { role: "faint" })], width, context.widths);
      return withRows([first, ...Array.from({ length: preview.area.rows - 1 }, () => [])]);
    }
    case "picture": {
      const { picture } = preview;
      return withRows(
        Array.from({ length: picture.rows }, (_, row) => [pictureSpan(picture, row)]),
      );
    }
    case "failed": {
      const sentence = span(pictures.failed[preview.why], { role: "faint" });
      return withRows(wrapRow([sentence], width, { widths: context.widths }));
    }
    case "text":
      return textRows(preview.text, isOpened, width, context);
  }
}

function withRows(rows: readonly ScreenRow[]): PreviewRows {
  return { rows, disclosure: "none", foldRow: null };
}

function textRows(
  { lines, isCut }: TextPreview,
  isOpened: boolean,
  width: number,
  { glyphs, widths, words }: DrawContext,
): PreviewRows {
  const isLong = isCut || lines.length > FOLDED_LINES;
  const shown = isOpened || !isLong ? lines : lines.slice(0, FOLDED_LINES - 1);
  const bar = span(`${glyphs.bar} `, { role: "faint" });
  const cells = Math.max(1, width - 2);
  const rows = shown.flatMap((line) => {
    const code = [span(line, { role: "code" })];
    const wrapped = isOpened
      ? wrapRow(code, cells, { widths, verbatim: true })
      : [fitRow(code, cells, widths)];
    return wrapped.map((row) => [bar, ...row]);
  });
  if (!isLong) return withRows(rows);
  const { moreRows } = words.screen;
  const count = `${lines.length - shown.length}${isCut ? "+" : ""}`;
  const sentence = isOpened ? (isCut ? words.pictures.textGoesOn : null) : moreRows(count);
  const end =
    sentence === null
      ? []
      : [[span(`${ellipsisOf(widths)} ${sentence}`, { role: "fold" } as const)]];
  return {
    rows: [...rows, ...end],
    disclosure: isOpened ? "opened" : "closed",
    foldRow: isOpened ? null : rows.length,
  };
}
