/** The help: every command and key in groups, or those in which the typed words occur. */
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import { cellsOf, pad } from "../../../terminal/width.ts";
import type { Words } from "../../i18n/words.ts";
import type { InputInForce } from "../../input-table.ts";
import { helpSections } from "../../slash/help-entries.ts";
import type { HelpEntry, HelpSection } from "../../slash/help-query.ts";
import { keySections } from "../../slash/key-entries.ts";
import { SLASH_COMMANDS } from "../../slash/slash-commands.ts";
import type { ScreenPage } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";

/** The column of the commands is this part of the width, within these bounds. */
const TITLE_PART = 0.4;
const TITLE_CELLS_MAX = 36;
/** In a narrower window the explanation stands below its command. */
const TWO_COLUMNS_MIN = 50;
const INDENT = "    ";

/** The open help. */
export type OpenHelp = Extract<ScreenPage, { kind: "help" }>;

/** A title or an entry of the help, as it is drawn while it isn't selected. */
export interface HelpBlock {
  /** null for a title. */
  readonly entry: HelpEntry | null;
  readonly rows: readonly ScreenRow[];
}

/** Returns what the help, or its keys alone, has for the typed words. */
export function pageSections(
  { part, editor }: Pick<OpenHelp, "part" | "editor">,
  words: Words,
  input: InputInForce,
): HelpSection[] {
  return part === "keys"
    ? keySections(input.keyMap, words, editor.text, true)
    : helpSections(SLASH_COMMANDS, words, editor.text, input);
}

/** Draws everything that fits the query. */
export function drawHelpBlocks(
  page: Pick<OpenHelp, "part" | "editor">,
  width: number,
  context: DrawContext,
): HelpBlock[] {
  const { widths, words } = context;
  const row = (text: string, role: "faint" | "strong" | null): HelpBlock => {
    const spans = [role === null ? span(text) : span(text, { role })];
    const rows = wrapRow(spans, width - 1, { widths });
    return { entry: null, rows: rows.map((each) => fitRow([span(" "), ...each], width, widths)) };
  };
  const sections = pageSections(page, words, context.input);
  return [
    row(page.part === "keys" ? words.keys.hint : words.help.hint, "faint"),
    ...sections.flatMap(({ title, entries }) => [
      row(title, "strong"),
      ...entries.map((entry) => ({ entry, rows: drawEntry(entry, false, width, context) })),
    ]),
    ...(sections.length === 0 ? [row(words.help.none, null)] : []),
  ];
}

/** Returns the rows around the selected entry. */
export function drawHelp(
  { index }: OpenHelp,
  blocks: readonly HelpBlock[],
  width: number,
  height: number,
  context: DrawContext,
): ScreenRow[] {
  const selected = blocks.filter(({ entry }) => entry !== null)[index];
  const rows: ScreenRow[] = [];
  let selectedRow = 0;
  for (const block of blocks) {
    if (block === selected) selectedRow = rows.length;
    const isSelected = block === selected && block.entry !== null;
    rows.push(...(isSelected ? drawEntry(block.entry, true, width, context) : block.rows));
  }
  // The first entry is shown with everything above it.
  const first = index === 0 ? 0 : selectedRow - Math.floor(height / 2);
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
  const texts = wrapRow([span(text)], width - indent, { widths });
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
