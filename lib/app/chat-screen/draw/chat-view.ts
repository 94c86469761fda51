/**
 * Draws the chat screen: client state, UI state and window size in, one frame out. Drawing changes
 * nothing but ScreenCache, which keeps what stays the same from frame to frame.
 */
import type {
  ClientConversation,
  ClientMember,
  ClientState,
} from "../../../chat-client/client-state.ts";
import type { Folded } from "../../../protocol/names.ts";
import type { ElapsedMs } from "../../../protocol/time.ts";
import { fitRow, type ScreenRow, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { Frame } from "../../../terminal/screen-frame.ts";
import { isMessageLine } from "../message-lines.ts";
import { type TimelineItem, timelineItems } from "../timeline-items.ts";
import { type ConversationView, type UiState, viewOf } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { drawFoldedHeader, drawThreadHeader, drawWideHeader } from "./header.ts";
import { drawInput, type InputArea } from "./input-area.ts";
import { drawSearchInput, drawSearchResults } from "./search-view.ts";
import { drawSidebar, membersInOrder } from "./sidebar.ts";
import { drawStatusBar, type ScrollPosition } from "./status-bar.ts";
import { drawSwitcherChoices, drawSwitcherInput } from "./switcher.ts";
import { RowCache, visibleWindow } from "./timeline.ts";

/** In a narrower window the sidebar folds into the header. */
const SIDEBAR_COLUMNS_MIN = 70;
const WIDE_SIDEBAR_COLUMNS_MIN = 120;
const SIDEBAR_CELLS = 20;
const WIDE_SIDEBAR_CELLS = 24;
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
  /** Returns the conversation that a click on this cell opens, or null. */
  readonly clickTarget: (row: number, column: number) => Folded | null;
  /** Size of the area that shows the conversation, in rows and cells. */
  readonly pageRows: number;
  readonly pageWidth: number;
  /** Whether the newest line is in view. */
  readonly atBottom: boolean;
}

/**
 * Keeps timeline items, sorted members and drawn rows between frames. Make one for each DrawContext,
 * and call `invalidate` for every session event that names a conversation.
 */
export class ScreenCache {
  readonly rows: RowCache;
  readonly #items = new Map<
    Folded,
    { readonly view: ConversationView; readonly items: TimelineItem[] }
  >();
  readonly #members = new Map<Folded, ClientMember[]>();
  readonly #context: DrawContext;

  constructor(context: DrawContext) {
    this.#context = context;
    this.rows = new RowCache(context);
  }

  /** Drops the cache of a conversation that changed. */
  invalidate(key: Folded): void {
    this.#items.delete(key);
    this.#members.delete(key);
  }

  /** Returns the conversation's timeline as this view shows it. */
  itemsOf(conversation: ClientConversation, view: ConversationView): TimelineItem[] {
    const entry = this.#items.get(conversation.key);
    const isSame = (["readAt", "thread", "notes", "highlighted"] as const).every(
      (field) => entry?.view[field] === view[field],
    );
    if (entry !== undefined && isSame) return entry.items;
    const items = timelineItems(conversation, view, this.#context.calendar);
    this.#items.set(conversation.key, { view, items });
    return items;
  }

  /** Returns the members in the order of the sidebar. */
  membersOf(conversation: ClientConversation): ClientMember[] {
    const members =
      this.#members.get(conversation.key) ?? membersInOrder(conversation.members.values());
    this.#members.set(conversation.key, members);
    return members;
  }
}

/** Draws one frame of exactly `size`. The screen counts seconds and minutes with `elapsedMs`. */
export function drawChat(
  state: ClientState,
  ui: UiState,
  size: Size,
  elapsedMs: ElapsedMs,
  cache: ScreenCache,
  context: DrawContext,
): ChatView {
  const { columns, rows } = size;
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return drawTooSmall(size, context);
  const conversation = state.conversations.get(ui.current) ?? null;
  const view = viewOf(ui, ui.current);
  const input = drawInputArea(ui, view, conversation, size, context);
  const typing = typingSentence(conversation, context);
  const typingRows = rows >= TYPING_ROW_ROWS_MIN ? 1 : 0;
  const sidebarWidth = sidebarCells(columns);
  const width = sidebarWidth === 0 ? columns : columns - sidebarWidth - 1;
  // Above the page is the header; below it are the typing row, the status bar and the input.
  const pageRows = Math.max(1, rows - 1 - typingRows - 1 - input.rows.length);
  const header = drawHeaderRow(state, view, conversation, width, sidebarWidth > 0, context);
  const page = drawPage(conversation, ui, view, width, pageRows, state, cache, context);
  const main = [header, ...page.rows];
  const members = conversation?.kind === "room" ? cache.membersOf(conversation) : [];
  const sidebar =
    sidebarWidth === 0
      ? null
      : drawSidebar(state, ui.current, sidebarWidth, main.length, members, elapsedMs, context);
  const isTypingInBar = typingRows === 0 && typing !== "" && page.rowsBelow === 0;
  const status = isTypingInBar
    ? drawTypingRow(typing, columns, context)
    : drawStatusBar(state, conversation, page, columns, elapsedMs, context);
  const aboveInput = [
    ...(sidebar === null ? main : joinColumns(sidebar.rows, main, context)),
    ...(typingRows === 0 ? [] : [drawTypingRow(typing, columns, context)]),
    status,
  ];
  const cursor = { row: aboveInput.length + input.cursor.row, column: input.cursor.column };
  return {
    frame: { width: columns, rows: [...aboveInput, ...input.rows], cursor },
    clickTarget: (row, column) =>
      column < sidebarWidth ? (sidebar?.targets.get(row) ?? null) : null,
    pageRows,
    pageWidth: width,
    atBottom: page.rowsBelow === 0,
  };
}

function sidebarCells(columns: number): number {
  if (columns < SIDEBAR_COLUMNS_MIN) return 0;
  return columns < WIDE_SIDEBAR_COLUMNS_MIN ? SIDEBAR_CELLS : WIDE_SIDEBAR_CELLS;
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
  const rowsMax = Math.max(1, Math.floor(rows / 3));
  return drawInput(ui, view, conversation, columns, rowsMax, context);
}

function drawHeaderRow(
  state: ClientState,
  view: ConversationView,
  conversation: ClientConversation | null,
  width: number,
  hasSidebar: boolean,
  context: DrawContext,
): ScreenRow {
  if (view.thread !== null && conversation !== null) {
    return drawThreadHeader(state, conversation, view.thread, width, context);
  }
  return hasSidebar
    ? drawWideHeader(state, conversation, width, context)
    : drawFoldedHeader(state, conversation, width, context);
}

function joinColumns(
  left: readonly ScreenRow[],
  right: readonly ScreenRow[],
  context: DrawContext,
): ScreenRow[] {
  const divider = span(context.glyphs.divider, { role: "faint" });
  return right.map((row, index) => [...(left[index] ?? []), divider, ...row]);
}

interface Page extends ScrollPosition {
  readonly rows: readonly ScreenRow[];
}

/** Draws the middle of the screen: exactly `height` rows, the newest line lowest. */
function drawPage(
  conversation: ClientConversation | null,
  ui: UiState,
  view: ConversationView,
  width: number,
  height: number,
  state: ClientState,
  cache: ScreenCache,
  context: DrawContext,
): Page {
  const { screen } = context.words;
  const blank = fitRow([], width, context.widths);
  const atBottom = (rows: readonly ScreenRow[]): Page => ({
    rows: padTop(rows, height, blank),
    ...{ rowsBelow: 0, newBelow: 0 },
  });
  if (ui.switcher !== null) {
    return atBottom(drawSwitcherChoices(state, ui.switcher, width, height, context));
  }
  if (ui.search !== null && conversation !== null) {
    const rows = drawSearchResults(conversation, ui.search, width, height, context);
    return atBottom(rows.slice(Math.max(0, rows.length - height)));
  }
  const faint = (text: string): ScreenRow =>
    fitRow([span(` ${text}`, { role: "faint" })], width, context.widths);
  if (conversation === null || isEmptyServerConversation(conversation, view)) {
    return atBottom([faint(screen.noRoom), faint(screen.noRoomHint)].slice(-height));
  }
  const items = cache.itemsOf(conversation, view);
  if (items.length === 0) {
    // Without a history nobody knows what was said before.
    const isUnknown = state.phase.kind === "ready" && !state.caps.has("draft/chathistory");
    if (isUnknown) return atBottom([faint(screen.emptyElsewhere)]);
    return atBottom([faint(conversation.catchingUp ? screen.loadingOlder : screen.empty)]);
  }
  const rowsOf = (item: TimelineItem) => cache.rows.rowsOf(item, width, state.me);
  const visible = visibleWindow(items, rowsOf, height, view.anchor);
  const rows = padTop(visible.rows, height, blank);
  if (conversation.detached !== null) {
    // How many rows there are up to the newest is unknown, but there is at least one.
    const rowsBelow = visible.rowsBelow + 1;
    return { rows, rowsBelow, newBelow: conversation.unread, detached: true };
  }
  const newSince = view.readAt ?? Number.POSITIVE_INFINITY;
  const newBelow = visible.itemsBelow.filter(
    (item) =>
      item.kind === "line" && isMessageLine(item.line) && !item.line.own && item.time > newSince,
  ).length;
  return { rows, rowsBelow: visible.rowsBelow, newBelow };
}

function padTop(rows: readonly ScreenRow[], height: number, blank: ScreenRow): ScreenRow[] {
  return [...Array.from({ length: Math.max(0, height - rows.length) }, () => blank), ...rows];
}

function isEmptyServerConversation(
  { kind, lines }: ClientConversation,
  { notes }: ConversationView,
): boolean {
  return kind === "server" && lines.length + notes.length === 0;
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
