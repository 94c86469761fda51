/** Two conversations side by side: where each stands, and the one that hasn't the cursor. */
import type { ClientState } from "../../../chat-client/client-state.ts";
import { fitRow, type ScreenRow, span } from "../../../terminal/layout.ts";
import { keyHint } from "../keys/key-map.ts";
import type { ListedServer } from "../listed-places.ts";
import { type UiState, viewOf } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { drawInput, type InputArea } from "./input-area.ts";
import { drawPane } from "./pane.ts";
import type { ScreenCache } from "./screen-cache.ts";

/** In a narrower window only the conversation with the cursor is shown. */
export const SPLIT_COLUMNS_MIN = 120;

/** The conversation beside the one with the cursor. */
export interface OtherPane {
  readonly state: ClientState;
  /** Of its server; `current` is the conversation. */
  readonly ui: UiState;
  readonly cache: ScreenCache;
  /** On which side of the one with the cursor it stands. */
  readonly side: "left" | "right";
}

/** Where the panes stand. Columns are counted from 0. */
export interface PanePlaces {
  readonly isSplit: boolean;
  /** The first column and the cells of the page with the cursor. */
  readonly left: number;
  readonly width: number;
  readonly inputWidth: number;
  /** The same of the other pane; 0 where there is none. */
  readonly otherLeft: number;
  readonly otherWidth: number;
  readonly otherInputWidth: number;
  readonly side: OtherPane["side"];
}

/** Returns where one or two panes stand in a window, right of a sidebar of so many cells. */
export function placePanes(
  columns: number,
  sidebarCells: number,
  other: OtherPane | null,
): PanePlaces {
  const area = columns - sidebarCells;
  if (other === null || columns < SPLIT_COLUMNS_MIN) {
    return {
      ...{ isSplit: false, left: sidebarCells, width: area, inputWidth: columns },
      ...{ otherLeft: 0, otherWidth: 0, otherInputWidth: 0, side: "right" },
    };
  }
  const leftWidth = Math.floor((area - 1) / 2);
  const rightWidth = area - 1 - leftWidth;
  // The left input line begins below the sidebar, so that the right one stands below its page.
  const left = { left: sidebarCells, width: leftWidth, inputWidth: sidebarCells + leftWidth };
  const right = { left: sidebarCells + leftWidth + 1, width: rightWidth, inputWidth: rightWidth };
  const [own, beside] = other.side === "left" ? [right, left] : [left, right];
  return {
    ...{ isSplit: true, ...own, side: other.side },
    ...{ otherLeft: beside.left, otherWidth: beside.width, otherInputWidth: beside.inputWidth },
  };
}

/** Draws the page without the cursor. Nothing covers it. */
export function drawOtherPane(
  other: OtherPane,
  servers: readonly ListedServer[],
  panes: PanePlaces,
  height: number,
  screenRows: number,
  context: DrawContext,
): readonly ScreenRow[] {
  const { state, cache } = other;
  const content = { servers, state, ui: uncovered(other.ui), cache };
  const hint = keyHint(context.input.keyMap, "other-pane") ?? "";
  const mark = { kind: "other", hint } as const;
  const size = { width: panes.otherWidth, height, screenRows, hasSidebar: true };
  return drawPane(content, size, mark, context).rows;
}

/** Draws the input line without the cursor. */
export function drawOtherInput(
  { state, ui }: OtherPane,
  panes: PanePlaces,
  screenRows: number,
  context: DrawContext,
): readonly ScreenRow[] {
  if (!panes.isSplit) return [];
  const conversation = state.conversations.get(ui.current) ?? null;
  const rowsMax = Math.max(1, Math.floor(screenRows / 3));
  const view = viewOf(ui, ui.current);
  const width = panes.otherInputWidth;
  return drawInput(uncovered(ui), view, conversation, width, rowsMax, context).rows;
}

/** Puts the two pages beside each other. */
export function joinPanes(
  own: readonly ScreenRow[],
  beside: readonly ScreenRow[],
  { side }: Pick<PanePlaces, "side">,
  context: DrawContext,
): ScreenRow[] {
  const divider = span(context.glyphs.divider, { role: "faint" });
  const [left, right] = side === "left" ? [beside, own] : [own, beside];
  return left.map((row, index) => [...row, divider, ...(right[index] ?? [])]);
}

/** Puts the two input lines beside each other; the lower one of them has blank rows above it. */
export function joinInputs(
  own: InputArea,
  beside: readonly ScreenRow[] | null,
  panes: PanePlaces,
  context: DrawContext,
): InputArea {
  if (beside === null || !panes.isSplit) return own;
  const height = Math.max(own.rows.length, beside.length);
  const padded = (rows: readonly ScreenRow[], width: number): ScreenRow[] => {
    const blank = fitRow([], width, context.widths);
    return [...Array.from({ length: height - rows.length }, () => blank), ...rows];
  };
  const ownRows = padded(own.rows, panes.inputWidth);
  const rows = joinPanes(ownRows, padded(beside, panes.otherInputWidth), panes, context);
  const { row, column } = own.cursor;
  const left = panes.side === "left" ? panes.otherInputWidth + 1 : 0;
  return { rows, cursor: { row: row + height - own.rows.length, column: left + column } };
}

/** Returns whether a cell is in the pane without the cursor, or in its input line. */
export function isOtherPane(
  panes: PanePlaces,
  pageRows: number,
  inputTop: number,
  row: number,
  column: number,
): boolean {
  if (!panes.isSplit) return false;
  const { otherLeft, otherWidth, otherInputWidth } = panes;
  const end = otherLeft + otherWidth;
  if (row < pageRows) return column >= otherLeft && column < end;
  return row >= inputTop && column >= end - otherInputWidth && column < end;
}

/** Returns the state with nothing over the conversation: what covers the chat stands in the other pane. */
function uncovered(ui: UiState): UiState {
  return { ...ui, switcher: null, search: null, page: null, paste: null, submit: "idle" };
}
