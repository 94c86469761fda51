/**
 * The chat screen as a value: what is known, where one looks and how large the window is, into one
 * frame. Pure; what doesn't change from frame to frame is kept by ScreenCache.
 */
import type {
  ClientConversation,
  ClientMember,
  ClientState,
} from "../../../chat-client/client-state.ts";
import type { Folded } from "../../../protocol/names.ts";
import type { Frame } from "../../../terminal/frame.ts";
import { fitRow, type ScreenRow, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { isMessageLine } from "../message-lines.ts";
import { type TimelineItem, timelineItems } from "../timeline-items.ts";
import { type ConversationView, type UiState, viewOf } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { drawFoldedHeader, drawThreadHeader, drawWideHeader } from "./header.ts";
import { drawInput, type InputArea } from "./input-area.ts";
import { drawSearchInput, drawSearchResults } from "./search-view.ts";
import { drawSidebar, membersInOrder } from "./sidebar.ts";
import { drawStatusBar } from "./status-bar.ts";
import { drawChoices, drawSwitcherInput } from "./switcher.ts";
import { RowCache, windowOf } from "./timeline.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A frame, and what the keys and the mouse need to know of it. */
export interface ChatView {
  readonly frame: Frame;
  /** Which conversation a click on a cell of the list goes to. */
  readonly clickTarget: (row: number, column: number) => Folded | null;
  /** Rows and cells that the conversation has. */
  readonly pageRows: number;
  readonly pageWidth: number;
  /** Everything that was said is in view. */
  readonly atBottom: boolean;
}

/** Below this the sidebar folds into the row on top. */
const SIDEBAR_FROM = 70;
/** A window lower than this keeps its rows for the conversation: typing shares the status bar. */
const TYPING_ROW_FROM = 16;
/** Smaller windows hold no conversation; they get one sentence. */
const COLUMNS_MIN = 16;
const ROWS_MIN = 5;

/** What was made for one frame and serves the next ones, too. One per screen and language. */
export class ScreenCache {
  readonly rows: RowCache;
  readonly #items = new Map<
    Folded,
    { readonly look: ConversationView; readonly items: TimelineItem[] }
  >();
  readonly #members = new Map<Folded, ClientMember[]>();
  readonly #pen: DrawContext;

  constructor(pen: DrawContext) {
    this.#pen = pen;
    this.rows = new RowCache(pen);
  }

  /** Something in this conversation changed: call it for every event that names it. */
  changed(key: Folded): void {
    this.#items.delete(key);
    this.#members.delete(key);
  }

  items(one: ClientConversation, look: ConversationView): TimelineItem[] {
    const kept = this.#items.get(one.key);
    const isSame = (["readAt", "thread", "notes", "highlighted"] as const).every(
      (part) => kept?.look[part] === look[part],
    );
    if (kept !== undefined && isSame) return kept.items;
    const items = timelineItems(one, look, this.#pen.calendar);
    this.#items.set(one.key, { look, items });
    return items;
  }

  members(one: ClientConversation): ClientMember[] {
    const kept = this.#members.get(one.key) ?? membersInOrder(one.members.values());
    this.#members.set(one.key, kept);
    return kept;
  }
}

/** `now` (ms) is for what counts seconds. */
export function drawChat(
  state: ClientState,
  ui: UiState,
  size: Size,
  now: number,
  cache: ScreenCache,
  pen: DrawContext,
): ChatView {
  const { columns, rows } = size;
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return tooSmall(size, pen);
  const one = state.conversations.get(ui.current) ?? null;
  const look = viewOf(ui, ui.current);
  const input = drawInputArea(ui, look, one, size, pen);
  const typing = typingSentence(one, pen);
  const typingRows = rows >= TYPING_ROW_FROM ? 1 : 0;
  const sidebarWidth = sidebarCells(columns);
  const width = sidebarWidth === 0 ? columns : columns - sidebarWidth - 1;
  // Above: the header. Below: the typing row, the status bar and the input.
  const pageRows = Math.max(1, rows - 1 - typingRows - 1 - input.rows.length);
  const header = drawTop(state, look, one, width, sidebarWidth > 0, pen);
  const conversation = drawConversation(one, ui, look, width, pageRows, state, cache, pen);
  const main = [header, ...conversation.rows];
  const side =
    sidebarWidth === 0
      ? null
      : drawSidebar(state, ui.current, sidebarWidth, main.length, membersOf(one, cache), now, pen);
  const isTypingInBar = typingRows === 0 && typing !== "" && conversation.under === 0;
  const status = isTypingInBar
    ? typingRow(typing, columns, pen)
    : drawStatusBar(state, one, conversation, columns, now, pen);
  const above = [
    ...(side === null ? main : besideWall(side.rows, main, pen)),
    ...(typingRows === 0 ? [] : [typingRow(typing, columns, pen)]),
    status,
  ];
  const cursor = { row: above.length + input.cursor.row, column: input.cursor.column };
  return {
    frame: { width: columns, rows: [...above, ...input.rows], cursor },
    clickTarget: (row, column) => (column < sidebarWidth ? (side?.targets.get(row) ?? null) : null),
    pageRows,
    pageWidth: width,
    atBottom: conversation.under === 0,
  };
}

function sidebarCells(columns: number): number {
  if (columns < SIDEBAR_FROM) return 0;
  return columns < 120 ? 20 : 24;
}

function drawInputArea(
  ui: UiState,
  look: ConversationView,
  one: ClientConversation | null,
  { columns, rows }: Size,
  pen: DrawContext,
): InputArea {
  if (ui.switcher !== null) return drawSwitcherInput(ui.switcher, columns, pen);
  if (ui.search !== null) return drawSearchInput(ui.search, columns, pen);
  return drawInput(ui, look, one, columns, Math.max(1, Math.floor(rows / 3)), pen);
}

function drawTop(
  state: ClientState,
  look: ConversationView,
  one: ClientConversation | null,
  width: number,
  hasSidebar: boolean,
  pen: DrawContext,
): ScreenRow {
  if (look.thread !== null && one !== null) return drawThreadHeader(one, look.thread, width, pen);
  return hasSidebar ? drawWideHeader(one, width, pen) : drawFoldedHeader(state, one, width, pen);
}

function membersOf(one: ClientConversation | null, cache: ScreenCache): ClientMember[] {
  return one === null || one.kind !== "room" ? [] : cache.members(one);
}

function besideWall(
  side: readonly ScreenRow[],
  main: readonly ScreenRow[],
  pen: DrawContext,
): ScreenRow[] {
  const wall = span(pen.signs.wall, { role: "faint" });
  return main.map((row, at) => [...(side[at] ?? []), wall, ...row]);
}

interface Drawn {
  readonly rows: readonly ScreenRow[];
  readonly under: number;
  readonly newUnder: number;
  /** A part further up is shown: the newest lines are elsewhere. */
  readonly past?: boolean;
}

/** The middle of the screen: exactly `height` rows, what was said last at the bottom. */
function drawConversation(
  one: ClientConversation | null,
  ui: UiState,
  look: ConversationView,
  width: number,
  height: number,
  state: ClientState,
  cache: ScreenCache,
  pen: DrawContext,
): Drawn {
  const blank = fitRow([], width, pen.widths);
  const filled = (rows: readonly ScreenRow[]): ScreenRow[] => [
    ...Array.from({ length: Math.max(0, height - rows.length) }, () => blank),
    ...rows,
  ];
  if (ui.switcher !== null) {
    const rows = drawChoices(state, ui.switcher, width, height, pen);
    return { rows: filled(rows), under: 0, newUnder: 0 };
  }
  if (ui.search !== null && one !== null) {
    const rows = drawSearchResults(one, ui.search, width, height, pen);
    return { rows: filled(rows.slice(Math.max(0, rows.length - height))), under: 0, newUnder: 0 };
  }
  const faint = (text: string): ScreenRow =>
    fitRow([span(` ${text}`, { role: "faint" })], width, pen.widths);
  if (one === null || (one.kind === "server" && one.lines.length + look.notes.length === 0)) {
    const { noRoom, noRoomHint } = pen.words.screen;
    return {
      rows: filled([faint(noRoom), faint(noRoomHint)].slice(-height)),
      under: 0,
      newUnder: 0,
    };
  }
  const items = cache.items(one, look);
  if (items.length === 0) {
    const text = one.catchingUp ? pen.words.screen.loadingOlder : pen.words.screen.empty;
    return { rows: filled([faint(text)]), under: 0, newUnder: 0 };
  }
  const shown = windowOf(
    items,
    (item) => cache.rows.rowsOf(item, width, state.me),
    height,
    look.anchor,
  );
  if (one.detached !== null) {
    // How many rows there are up to the newest isn't known.
    return { rows: filled(shown.rows), under: shown.under + 1, newUnder: one.unread, past: true };
  }
  const newUnder = shown.itemsUnder.filter(
    (item) =>
      item.kind === "line" &&
      isMessageLine(item.line) &&
      !item.line.own &&
      item.time > sinceOf(look),
  ).length;
  return { rows: filled(shown.rows), under: shown.under, newUnder };
}

/** Since when something under the window is new: the read line, or else what one looks at. */
function sinceOf(look: ConversationView): number {
  return look.readAt ?? Number.POSITIVE_INFINITY;
}

function typingSentence(one: ClientConversation | null, pen: DrawContext): string {
  if (one === null) return "";
  const [first, second, ...others] = [...one.typing.keys()].map(sanitize);
  const { screen } = pen.words;
  if (first === undefined) return "";
  if (second === undefined) return screen.typingOne(first);
  if (others.length === 0) return screen.typingTwo(first, second);
  return screen.typingMany(others.length + 2);
}

function typingRow(text: string, columns: number, pen: DrawContext): ScreenRow {
  return fitRow([span(text, { role: "faint" })], columns, pen.widths);
}

function tooSmall(size: Size, pen: DrawContext): ChatView {
  const row = fitRow([span(pen.words.screen.tooSmall)], size.columns, pen.widths);
  return {
    frame: { width: size.columns, rows: [row].slice(0, size.rows), cursor: { row: 0, column: 0 } },
    clickTarget: () => null,
    pageRows: 1,
    pageWidth: size.columns,
    atBottom: false,
  };
}
