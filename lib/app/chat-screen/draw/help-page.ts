/** The help: every command and key in groups, or those in which the typed words occur. */
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import { cellsOf, pad } from "../../../terminal/width.ts";
import { type HelpEntry, helpSections } from "../../slash/help-entries.ts";
import { SLASH_COMMANDS } from "../../slash/slash-commands.ts";
import type { ScreenPage } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";

/** The column of the commands is this part of the width, within these bounds. */
const TITLE_PART = 0.4;
const TITLE_CELLS_MAX = 36;
/** In a narrower window the explanation stands below its command. */
const TWO_COLUMNS_MIN = 50;
const INDENT = "    ";

type HelpPage = Extract<ScreenPage, { kind: "help" }>;

/** Draws the part of the help around the selected entry. */
export function drawHelp(
  page: HelpPage,
  width: number,
  height: number,
  context: DrawContext,
): ScreenRow[] {
  const { widths, words } = context;
  const sections = helpSections(SLASH_COMMANDS, words, page.editor.text);
  const rows: ScreenRow[] = [
    fitRow([span(` ${words.help.hint}`, { role: "faint" })], width, widths),
  ];
  let index = 0;
  let selectedRow = 0;
  for (const section of sections) {
    rows.push(fitRow([span(` ${section.title}`, { role: "strong" })], width, widths));
    for (const entry of section.entries) {
      const isSelected = index === page.index;
      if (isSelected) selectedRow = rows.length;
      rows.push(...drawEntry(entry, isSelected, width, context));
      index += 1;
    }
  }
  if (sections.length === 0) rows.push(fitRow([span(`   ${words.help.none}`)], width, widths));
  // The first entry is shown with everything above it.
  const first = page.index === 0 ? 0 : selectedRow - Math.floor(height / 2);
  const top = Math.max(0, Math.min(first, rows.length - height));
  return rows.slice(top, top + height);
}

function drawEntry(
  { title, text }: HelpEntry,
  isSelected: boolean,
  width: number,
  { widths, glyphs }: DrawContext,
): ScreenRow[] {
  const mark = ` ${isSelected ? glyphs.selected : " "} `;
  const markCells = cellsOf(mark, widths);
  const style = isSelected ? ({ role: "selected" } as const) : ({ role: "accent" } as const);
  const titleCells = Math.min(TITLE_CELLS_MAX, Math.floor(width * TITLE_PART));
  const isBeside = width >= TWO_COLUMNS_MIN && cellsOf(title, widths) <= titleCells;
  const indent = isBeside ? markCells + titleCells + 1 : markCells + INDENT.length;
  const texts = wrapRow([span(text)], width - indent, { widths, wholeHangul: true });
  if (isBeside) {
    const padding = " ".repeat(titleCells - cellsOf(title, widths) + 1);
    return texts.map((row, at) =>
      fitRow(
        at === 0
          ? [span(mark), span(title, style), span(padding), ...row]
          : [span(" ".repeat(indent)), ...row],
        width,
        widths,
      ),
    );
  }
  const titles = wrapRow([span(title, style)], width - markCells, { widths, hang: 2 });
  return [
    ...titles.map((row, at) => [span(at === 0 ? mark : pad("", markCells)), ...row]),
    ...texts.map((row) => [span(" ".repeat(indent)), ...row]),
  ].map((row) => fitRow(row, width, widths));
}
