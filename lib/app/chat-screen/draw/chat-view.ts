/**
 * Draws the chat screen: client state, UI state and window size in, one frame out. Drawing changes
 * nothing but ScreenCache, which keeps what stays the same from frame to frame.
 */
import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import type { ElapsedMs } from "../../../protocol/time.ts";
import { fitRow, type ScreenRow, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { Frame } from "../../../terminal/screen-frame.ts";
import { type ListedServer, onlyServer } from "../listed-places.ts";
import { selectedLine } from "../messages/message-actions.ts";
import { type ConversationView, type UiState, viewOf } from "../ui-state.ts";
import { drawCandidates } from "./candidate-row.ts";
import { drawChoices } from "./choice-row.ts";
import { type ClickTarget, type ClickTargets, clickTargetAt } from "./click-target.ts";
import type { DrawContext } from "./draw-context.ts";
import { drawInput, type InputArea } from "./input-area.ts";
import { drawPane } from "./pane.ts";
import { personChoiceAt } from "./person-page.ts";
import { drawPicturePage } from "./picture-page.ts";
import type { ScreenCache } from "./screen-cache.ts";
import { drawField, drawPageInput } from "./screen-page.ts";
import { drawSearchInput } from "./search-view.ts";
import { drawSidebar } from "./sidebar.ts";
import {
  drawOtherInput,
  drawOtherPane,
  isOtherPane,
  joinInputs,
  joinPanes,
  type OtherPane,
  placePanes,
} from "./split-panes.ts";
import { drawStatusBar } from "./status-bar.ts";
import { drawSwitcherInput } from "./switcher.ts";
import { drawTransfers } from "./transfer-rows.ts";

/** In a narrower window the sidebar folds into the header. */
const SIDEBAR_COLUMNS_MIN = 70;
const WIDE_SIDEBAR_COLUMNS_MIN = 120;
const SIDEBAR_CELLS = 20;
const WIDE_SIDEBAR_CELLS = 24;
/** The sidebar and its divider leave the conversation so many cells: with fewer, names stand in rows of their own. */
const CONVERSATION_CELLS_MIN = 50;
/** In a lower window the typing notice shares the status bar, and all rows go to the conversation. */
const TYPING_ROW_ROWS_MIN = 16;
/** A smaller window shows only a sentence. */
const COLUMNS_MIN = 16;
const ROWS_MIN = 5;

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A frame, and what handling keys and the mouse needs to know about it. */
export interface ChatView {
  readonly frame: Frame;
  /** Returns what a click on this cell is about, or null. */
  readonly clickTarget: (row: number, column: number) => ClickTarget | null;
  /** Size of the area that shows the conversation, in rows and cells. */
  readonly pageRows: number;
  readonly pageWidth: number;
  /** Whether the newest line is in view. */
  readonly atBottom: boolean;
}

/**
 * Draws one frame of exactly `size`. The screen counts seconds and minutes with `elapsedMs`.
 *
 * @param state of the server on screen
 * @param cache of that server
 * @param servers all of them, in order
 * @param other the conversation that stands beside this one where the window is wide enough
 */
export function drawChat(
  state: ClientState,
  ui: UiState,
  size: Size,
  elapsedMs: ElapsedMs,
  cache: ScreenCache,
  context: DrawContext,
  servers: readonly ListedServer[] = onlyServer(state),
  other: OtherPane | null = null,
): ChatView {
  const { columns, rows } = size;
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return drawTooSmall(size, context);
  const conversation = state.conversations.get(ui.current) ?? null;
  if (ui.page?.kind === "picture" && conversation !== null) {
    return drawPictureView(ui.page.lineKey, conversation, size, cache, context);
  }
  const view = viewOf(ui, ui.current);
  const typing = typingSentence(conversation, context);
  const hasTypingRow = rows >= TYPING_ROW_ROWS_MIN;
  const sidebarWidth = sidebarCells(columns);
  const transfers = isCovered(ui) ? [] : drawTransfers(ui.transfers, columns, rows, context);
  const panes = placePanes(columns, sidebarWidth === 0 ? 0 : sidebarWidth + 1, other);
  const { width } = panes;
  const input = joinInputs(
    drawInputArea(ui, view, conversation, { columns: panes.inputWidth, rows }, context),
    other === null ? null : drawOtherInput(other, panes, rows, context),
    panes,
    context,
  );
  const choices = drawSelectionChoices(
    state,
    ui,
    view,
    conversation,
    columns,
    width,
    cache,
    context,
  );
  const bottomRows = choices === null ? (hasTypingRow ? 2 : 1) : choiceAreaRows(choices, size);
  // Below the page are the typing row, the status bar and the input.
  const paneRows = Math.max(1, rows - bottomRows - transfers.length - input.rows.length);
  const hasSidebar = sidebarWidth > 0;
  const page = drawPane(
    { servers, state, ui, cache },
    { width, height: paneRows, screenRows: rows, hasSidebar },
    panes.isSplit ? { kind: "focused" } : null,
    context,
  );
  const main =
    other === null || !panes.isSplit
      ? page.rows
      : joinPanes(
          page.rows,
          drawOtherPane(other, servers, panes, paneRows, rows, context),
          panes,
          context,
        );
  const members = conversation?.kind === "room" ? cache.membersOf(conversation) : [];
  const sidebar =
    sidebarWidth === 0
      ? null
      : drawSidebar(servers, state, ui, sidebarWidth, main.length, members, elapsedMs, context);
  // In a thread the bar says where one is: who types elsewhere in the room matters less.
  const isTypingInBar =
    !hasTypingRow && typing !== "" && page.rowsBelow === 0 && view.thread === null;
  const candidates = isCovered(ui) ? null : drawCandidates(view.editor, columns, context);
  const free = candidates ?? drawTypingRow(typing, columns, context);
  const status =
    !hasTypingRow && (candidates !== null || isTypingInBar)
      ? free
      : drawStatusBar(servers, state, conversation, ui, page, columns, elapsedMs, context);
  // The choices stand in the typing row, and take the status bar's where they need two or there is no other.
  const bottom =
    choices === null
      ? [...(hasTypingRow ? [free] : []), status]
      : [...choices.rows, ...(hasTypingRow ? [status] : [fitRow([], columns, context.widths)])];
  const aboveInput = [
    ...(sidebar === null ? main : joinColumns(sidebar.rows, main, context)),
    ...transfers,
    ...bottom.slice(0, bottomRows),
  ];
  const targets: ClickTargets = {
    ...{ sidebar, choices, sidebarWidth, width, pageTop: page.pageTop },
    ...{
      left: panes.left,
      isOtherPane: (row, column) => isOtherPane(panes, main.length, aboveInput.length, row, column),
    },
    owners: page.owners ?? [],
    choicesTop: main.length + transfers.length,
    personChoiceAt: (row) =>
      ui.page?.kind === "person" && conversation !== null
        ? personChoiceAt(ui.page, conversation, state, row, width, page.pageRows, context)
        : null,
    drawnOf: (item) => cache.rows.drawnOf(item, width, state.me),
  };
  const cursor = { row: aboveInput.length + input.cursor.row, column: input.cursor.column };
  return {
    frame: { width: columns, rows: [...aboveInput, ...input.rows], cursor },
    clickTarget: (row, column) => clickTargetAt(targets, row, column),
    pageRows: page.pageRows,
    pageWidth: width,
    atBottom: page.rowsBelow === 0,
  };
}

/** Draws the choices for the selected message; null while none is selected, or something covers it. */
function drawSelectionChoices(
  state: ClientState,
  ui: UiState,
  view: ConversationView,
  conversation: ClientConversation | null,
  columns: number,
  width: number,
  cache: ScreenCache,
  context: DrawContext,
): ReturnType<typeof drawChoices> | null {
  const { selection } = view;
  if (selection === null || conversation === null || isCovered(ui)) return null;
  const line = selectedLine(conversation, selection.lineKey);
  if (line === null) return null;
  const disclosure = cache.disclosureOf(conversation, view, line.key, width, state.me);
  return drawChoices(line, selection, conversation, view, state, disclosure, columns, context);
}

/** Whether something stands in place of the conversation and its input line. */
function isCovered({ switcher, search, page }: UiState): boolean {
  return switcher !== null || search !== null || page !== null;
}

/** Returns the rows of the choices and the status bar. In a narrow window they don't change with the message. */
function choiceAreaRows({ rows: choiceRows }: { readonly rows: readonly ScreenRow[] }, size: Size) {
  const isFixed = size.rows >= TYPING_ROW_ROWS_MIN || size.columns < SIDEBAR_COLUMNS_MIN;
  return isFixed ? 2 : choiceRows.length;
}

function sidebarCells(columns: number): number {
  if (columns < SIDEBAR_COLUMNS_MIN) return 0;
  const cells = columns < WIDE_SIDEBAR_COLUMNS_MIN ? SIDEBAR_CELLS : WIDE_SIDEBAR_CELLS;
  return Math.min(cells, columns - CONVERSATION_CELLS_MIN - 1);
}

function drawInputArea(
  ui: UiState,
  view: ConversationView,
  conversation: ClientConversation | null,
  { columns, rows }: Size,
  context: DrawContext,
): InputArea {
  if (ui.switcher !== null) return drawSwitcherInput(ui.switcher, columns, context);
  if (ui.search !== null) return drawSearchInput(ui.search, columns, context);
  if (ui.page !== null) return drawPageInput(ui.page, columns, context);
  if (view.selection?.question?.kind === "react") {
    const { editor } = view.selection.question;
    return drawField(context.words.pointing.reactPrompt, editor, columns, context);
  }
  const rowsMax = Math.max(1, Math.floor(rows / 3));
  return drawInput(ui, view, conversation, columns, rowsMax, context);
}

function joinColumns(
  left: readonly ScreenRow[],
  right: readonly ScreenRow[],
  context: DrawContext,
): ScreenRow[] {
  const divider = span(context.glyphs.divider, { role: "faint" });
  return right.map((row, index) => [...(left[index] ?? []), divider, ...row]);
}

function typingSentence(conversation: ClientConversation | null, context: DrawContext): string {
  if (conversation === null) return "";
  const [first, second, ...others] = [...conversation.typing.keys()].map(sanitize);
  const { screen } = context.words;
  if (first === undefined) return "";
  if (second === undefined) return screen.typingOne(first);
  if (others.length === 0) return screen.typingTwo(first, second);
  return screen.typingMany(others.length + 2);
}

function drawTypingRow(sentence: string, columns: number, context: DrawContext): ScreenRow {
  return fitRow([span(sentence, { role: "faint" })], columns, context.widths);
}

/** A picture over the whole window: nothing else is in view. */
function drawPictureView(
  lineKey: string,
  conversation: ClientConversation,
  size: Size,
  cache: ScreenCache,
  context: DrawContext,
): ChatView {
  const page = drawPicturePage(lineKey, conversation, cache.previews, size, context);
  cache.inView.push(...page.inView);
  const { columns, rows } = size;
  return {
    frame: page.frame,
    clickTarget: () => null,
    ...{ pageRows: rows - 1, pageWidth: columns, atBottom: false },
  };
}

function drawTooSmall(size: Size, context: DrawContext): ChatView {
  const row = fitRow([span(context.words.screen.tooSmall)], size.columns, context.widths);
  return {
    frame: { width: size.columns, rows: [row].slice(0, size.rows), cursor: { row: 0, column: 0 } },
    clickTarget: () => null,
    pageRows: 1,
    pageWidth: size.columns,
    atBottom: false,
  };
}
