/** One conversation as it is drawn: its header, its pinned text, and the window onto its timeline below. */
import {
  type ClientConversation,
  type ClientState,
  countsAsUnread,
} from "../../../chat-client/client-state.ts";
import { fitRow, type ScreenRow, span, wrapRow } from "../../../terminal/layout.ts";
import type { ListedServer } from "../listed-places.ts";
import { emptySentence } from "../messages/beginning.ts";
import type { TimelineItem } from "../messages/timeline-items.ts";
import { type ConversationView, type UiState, viewOf } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { drawFoldedHeader, drawThreadHeader, drawWideHeader, serverBeside } from "./header.ts";
import { bodyWidth } from "./item-rows.ts";
import { drawPin } from "./pin-row.ts";
import { drawQuietRoom, isQuietRoom } from "./quiet-room.ts";
import type { ScreenCache } from "./screen-cache.ts";
import { drawScreenPage } from "./screen-page.ts";
import { drawSearchResults, searchReachOf } from "./search-view.ts";
import type { ScrollPosition } from "./status-bar.ts";
import { drawSwitcherChoices } from "./switcher.ts";
import { type RowOwner, type RowsOf, type TimelineWindow, visibleWindow } from "./timeline.ts";

/** What a pane shows. */
export interface PaneContent {
  readonly servers: readonly ListedServer[];
  /** Of the conversation's server. */
  readonly state: ClientState;
  /** `ui.current` is the conversation. */
  readonly ui: UiState;
  readonly cache: ScreenCache;
}

/** A drawn pane. */
interface Pane extends ScrollPosition {
  /** Exactly as many as there is room for. */
  readonly rows: readonly ScreenRow[];
  /** The first row of the page, below the headers. */
  readonly pageTop: number;
  readonly pageRows: number;
  /** The timeline item of each row of the page; null for a blank row. Left out where something covers the timeline. */
  readonly owners?: readonly (RowOwner | null)[];
}

/** The room for a pane. */
interface PaneSize {
  readonly width: number;
  /** Rows of the headers and of the page. */
  readonly height: number;
  /** Rows of the whole window: in a low one nothing is pinned. */
  readonly screenRows: number;
  readonly hasSidebar: boolean;
}

/**
 * Draws a pane, of exactly `height` rows.
 *
 * @param mark in front of the header, where two panes stand side by side; null where there is only one
 */
export function drawPane(
  { servers, state, ui, cache }: PaneContent,
  { width, height, screenRows, hasSidebar }: PaneSize,
  mark: PaneMark | null,
  context: DrawContext,
): Pane {
  const conversation = state.conversations.get(ui.current) ?? null;
  const view = viewOf(ui, ui.current);
  const headerWidth = width - (mark === null ? 0 : MARK_CELLS);
  // The sidebar shows the server of the conversation with the cursor alone.
  const server = mark === null ? "" : serverBeside(servers, state, conversation, context);
  const header =
    mark !== null && view.thread === null
      ? drawWideHeader(state, conversation, headerWidth, context, server, hintOf(mark))
      : drawHeaderRow(servers, state, view, conversation, headerWidth, hasSidebar, context);
  const markText = mark?.kind === "focused" ? `${context.glyphs.selected} ` : "  ";
  const marked = mark === null ? header : [span(markText, { role: "accent" }), ...header];
  const pin = drawPin(conversation, view, width, screenRows, context);
  const headers = pin === null ? [marked] : [marked, pin];
  const pageRows = Math.max(1, height - headers.length);
  const page = drawPage(servers, conversation, ui, view, width, pageRows, state, cache, context);
  return { ...page, rows: [...headers, ...page.rows], pageTop: headers.length, pageRows };
}

/** How a pane is told from the one beside it; `hint` says how to go there. */
export type PaneMark =
  | { readonly kind: "focused" }
  | { readonly kind: "other"; readonly hint: string };

function hintOf(mark: PaneMark): string | null {
  return mark.kind === "other" ? mark.hint : null;
}

/** Cells of the mark in front of a header. */
const MARK_CELLS = 2;

function drawHeaderRow(
  servers: readonly ListedServer[],
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
    : drawFoldedHeader(servers, state, conversation, width, context);
}

interface Page extends ScrollPosition {
  readonly rows: readonly ScreenRow[];
  /** The timeline item of each row; null for a blank row. Left out where something covers the timeline. */
  readonly owners?: readonly (RowOwner | null)[];
}

/** Draws the middle of the screen: exactly `height` rows, the newest line lowest. */
function drawPage(
  servers: readonly ListedServer[],
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
    return atBottom(drawSwitcherChoices(servers, ui.switcher, width, height, context));
  }
  if (ui.search !== null && conversation !== null) {
    const reach = searchReachOf(state, context);
    const rows = drawSearchResults(conversation, ui.search, reach, width, height, context);
    return atBottom(rows.slice(Math.max(0, rows.length - height)));
  }
  if (ui.page !== null && conversation !== null) {
    const helpBlocks = cache.helpBlocks.bind(cache);
    const drawn = drawScreenPage(ui.page, conversation, state, width, height, helpBlocks, context);
    const below = Array.from({ length: height - drawn.length }, () => blank);
    return { rows: [...drawn, ...below], rowsBelow: 0, newBelow: 0 };
  }
  const { widths } = context;
  const faint = (text: string): ScreenRow[] =>
    wrapRow([span(` ${text}`, { role: "faint" })], width, { hang: 1, widths }).map((row) =>
      fitRow(row, width, widths),
    );
  if (conversation === null || isEmptyServerConversation(conversation, view)) {
    return atBottom([...faint(screen.noRoom), ...faint(screen.noRoomHint)].slice(-height));
  }
  const quietRows = isQuietRoom(conversation) ? drawQuietRoom(conversation, width, context) : [];
  const rowsOf = (item: TimelineItem) => cache.rows.rowsOf(item, width, state.me);
  const selectedKey = view.selection?.lineKey;
  const shownRowsOf = (item: TimelineItem) =>
    item.kind === "line" && item.key === selectedKey
      ? cache.rows.rowsOf(item, width, state.me, true)
      : rowsOf(item);
  // Below the few lines of a quiet room there is room for what can be done.
  const quietHeight = view.anchor === null ? Math.min(quietRows.length, height - 1) : 0;
  const visible = windowOnto(conversation, view, shownRowsOf, height - quietHeight, cache);
  if (visible.rows.length === 0) {
    const sentence = faint(emptySentence(state, conversation, context.words));
    return atBottom([...sentence, ...quietRows].slice(-height));
  }
  notePreviews(visible, width, cache);
  const shown = [...visible.rows, ...quietRows.slice(0, quietHeight)];
  const rows = padTop(shown, height, blank);
  const padding = Array.from({ length: height - shown.length }, () => null);
  const owners = [...padding, ...visible.owners, ...Array(quietHeight).fill(null)];
  if (conversation.detached !== null) {
    // How many rows there are up to the newest is unknown, but there is at least one.
    const rowsBelow = visible.rowsBelow + 1;
    return { rows, owners, rowsBelow, newBelow: conversation.unread, detached: true };
  }
  const newSince = view.readAt ?? Number.POSITIVE_INFINITY;
  const newBelow = visible.itemsBelow.filter(
    (item) => item.kind === "line" && countsAsUnread(item.line) && item.time > newSince,
  ).length;
  return { rows, owners, rowsBelow: visible.rowsBelow, newBelow };
}

/** Notes whose pictures and texts are in view, the newest first, so that they are fetched. */
function notePreviews({ owners }: TimelineWindow, width: number, cache: ScreenCache): void {
  const { previews } = cache;
  if (previews === null) return;
  const lines = new Set(owners.map(({ item }) => (item.kind === "line" ? item : null)));
  for (const item of [...lines].reverse()) {
    if (item === null || item.hidden !== null || item.line.redacted) continue;
    const { file } = item.line;
    if (file !== null) cache.inView.push(previews.inConversation(file, bodyWidth(width)));
  }
}

/** Returns the window of `height` rows onto a timeline. In a busy room a frame must not look at all lines. */
function windowOnto(
  conversation: ClientConversation,
  view: ConversationView,
  rowsOf: RowsOf,
  height: number,
  cache: ScreenCache,
): TimelineWindow {
  // Most lines take a row or more, but joins and leaves that follow each other share one. One is left out, and with one
  // more it is certain that these aren't all.
  for (let newest = height + 2; ; newest *= 4) {
    const items = cache.newestItemsOf(conversation, view, newest);
    if (items === null) break;
    const end = visibleWindow(items, rowsOf, height, null);
    if (!end.atTop) return end;
  }
  return visibleWindow(cache.itemsOf(conversation, view), rowsOf, height, view.anchor);
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
