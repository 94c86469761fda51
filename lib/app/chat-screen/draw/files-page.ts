/** The files of a conversation, over the chat: newest first, and what is typed finds them on the server. */
import type { FileItem } from "../../../chat-client/files/listed-files.ts";
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { cellsOf, pad, truncate } from "../../../terminal/width.ts";
import { fileFactsText } from "../../files/file-text.ts";
import type { FilesPage } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { shortName } from "./file-rows.ts";

/** In a narrower window each file takes two rows. */
const ONE_ROW_COLUMNS_MIN = 70;
const NICK_CELLS = 10;
/** In a lower window there are only the keys above the files. */
const HIGH_PAGE_ROWS = 12;
/** Cells of a name, at most and at least. */
const NAME_CELLS_MAX = 40;
const NAME_CELLS_MIN = 12;

/** Draws the page in at most `height` rows, with the selected file in view. */
export function drawFilesPage(
  page: FilesPage,
  placeName: string,
  width: number,
  height: number,
  context: DrawContext,
): ScreenRow[] {
  const { words, widths } = context;
  const { listing } = page;
  const rowsFor = (text: string, role: "faint" | "strong" | "bad"): ScreenRow[] =>
    wrapRow([span(text, { role })], width - 1, { widths }).map((row) =>
      fitRow([span(" "), ...row], width, widths),
    );
  const { title, hint, filters } = words.files.page;
  const heading =
    height < HIGH_PAGE_ROWS
      ? rowsFor(hint, "faint")
      : [
          ...rowsFor(title(sanitize(placeName)), "strong"),
          ...rowsFor(hint, "faint"),
          ...rowsFor(filters, "faint"),
        ];
  const room = Math.max(1, height - heading.length);
  if (listing.kind !== "listed") {
    const { loading } = words.files.page;
    const text =
      listing.kind === "loading" ? rowsFor(loading, "faint") : rowsFor(listing.problem, "bad");
    return [...heading, ...text].slice(0, height);
  }
  const { items, hasMore } = listing;
  if (items.length === 0) {
    const { none, noneFit } = words.files.page;
    return [...heading, ...rowsFor(page.editor.text.trim() === "" ? none : noneFit, "faint")];
  }
  const rows: ScreenRow[] = [];
  let selectedRow = 0;
  for (const [index, item] of items.entries()) {
    if (index === page.index) selectedRow = rows.length;
    rows.push(...drawItemRows(item, index === page.index, width, context));
  }
  if (hasMore) rows.push(...rowsFor(words.files.page.more, "faint"));
  const top = Math.max(0, Math.min(selectedRow - Math.floor(room / 2), rows.length - room));
  return [...heading, ...rows.slice(top, top + room)];
}

function drawItemRows(
  { file, nick, time }: FileItem,
  isSelected: boolean,
  width: number,
  context: DrawContext,
): ScreenRow[] {
  const { calendar, glyphs, widths, words } = context;
  const when = `${calendar.dayKey(time).slice(5)} ${calendar.clock(time)}`;
  const mark = ` ${isSelected ? glyphs.selected : " "} `;
  const who = truncate(sanitize(nick), NICK_CELLS, widths);
  const facts = fileFactsText(file, words);
  const style = isSelected ? ({ role: "selected" } as const) : ({ role: "strong" } as const);
  if (width >= ONE_ROW_COLUMNS_MIN) {
    const front = [span(mark), span(`${when} `, { role: "faint" })];
    const author = span(`${pad(who, NICK_CELLS, "left", widths)} `);
    const taken = cellsOf(mark + when, widths) + NICK_CELLS + 2 + 3 + cellsOf(facts, widths);
    const room = Math.max(NAME_CELLS_MIN, Math.min(NAME_CELLS_MAX, width - taken));
    const name = span(shortName(file.name, room, context), style);
    const row = [...front, author, name, span(` ${glyphs.dot} ${facts}`, { role: "faint" })];
    return [fitRow(row, width, widths)];
  }
  const name = span(shortName(file.name, width - cellsOf(mark, widths), context), style);
  const behind = `${" ".repeat(cellsOf(mark, widths))}${when} ${who} ${glyphs.dot} ${facts}`;
  return [
    fitRow([span(mark), name], width, widths),
    fitRow([span(behind, { role: "faint" })], width, widths),
  ];
}
