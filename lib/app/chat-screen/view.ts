/**
 * The chat screen as a value: what is known, where one looks and how large the window is, into one
 * frame. Pure; what doesn't change from frame to frame is kept by ScreenCache.
 */
import type { ClientState, Conversation, Member } from "../../chat-client/state.ts";
import type { Folded } from "../../protocol/names.ts";
import type { Frame } from "../../terminal/frame.ts";
import { fit, type Row, span } from "../../terminal/layout.ts";
import { clean } from "../../terminal/width.ts";
import { drawFinderInput, drawFound } from "./finder.ts";
import { drawFoldedHeader, drawThreadHeader, drawWideHeader } from "./header.ts";
import { drawInput } from "./input-area.ts";
import { type Item, itemsOf } from "./items.ts";
import type { Pen } from "./pen.ts";
import { drawSidebar, membersInOrder } from "./sidebar.ts";
import { isSpoken } from "./spoken.ts";
import { drawStatusBar } from "./status-bar.ts";
import { drawChoices, drawSwitcherInput } from "./switcher.ts";
import { RowCache, windowOf } from "./timeline.ts";
import { type Look, lookAt, type UiState } from "./ui-state.ts";

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
export const SIDEBAR_FROM = 70;
/** A window lower than this keeps its rows for the conversation: typing shares the status bar. */
const TYPING_ROW_FROM = 16;
/** Smaller windows hold no conversation; they get one sentence. */
export const COLUMNS_MIN = 16;
export const ROWS_MIN = 5;

/** What was made for one frame and serves the next ones, too. One per screen and language. */
export class ScreenCache {
  readonly rows: RowCache;
  readonly #items = new Map<Folded, { readonly look: Look; readonly items: Item[] }>();
  readonly #members = new Map<Folded, Member[]>();
  readonly #pen: Pen;

  constructor(pen: Pen) {
    this.#pen = pen;
    this.rows = new RowCache(pen);
  }

  /** Something in this conversation changed: call it for every event that names it. */
  changed(key: Folded): void {
    this.#items.delete(key);
    this.#members.delete(key);
  }

  items(one: Conversation, look: Look): Item[] {
    const kept = this.#items.get(one.key);
    const same = kept?.look.readAt === look.readAt && kept.look.thread === look.thread;
    if (same && kept.look.notes === look.notes) return kept.items;
    const items = itemsOf(one, look, this.#pen.calendar);
    this.#items.set(one.key, { look, items });
    return items;
  }

  members(one: Conversation): Member[] {
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
  pen: Pen,
): ChatView {
  const { columns, rows } = size;
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return tooSmall(size, pen);
  const one = state.conversations.get(ui.current) ?? null;
  const look = lookAt(ui, ui.current);
  const inputMax = Math.max(1, Math.floor(rows / 3));
  const input =
    ui.switcher !== null
      ? drawSwitcherInput(ui.switcher, columns, pen)
      : ui.finder !== null
        ? drawFinderInput(ui.finder, columns, pen)
        : drawInput(ui, look, one, columns, inputMax, pen);
  const typing = typingSentence(one, pen);
  const typingRows = rows >= TYPING_ROW_FROM ? 1 : 0;
  const mainRows = rows - input.rows.length - 1 - typingRows;
  const sidebarWidth = columns < SIDEBAR_FROM ? 0 : columns < 120 ? 20 : 24;
  const width = sidebarWidth === 0 ? columns : columns - sidebarWidth - 1;
  const pageRows = Math.max(1, mainRows - 1);
  const header =
    look.thread !== null && one !== null
      ? drawThreadHeader(one, look.thread, width, pen)
      : sidebarWidth === 0
        ? drawFoldedHeader(state, one, columns, pen)
        : drawWideHeader(one, width, pen);
  const conversation = drawConversation(one, ui, look, width, pageRows, state, cache, pen);
  let body: Row[] = [header, ...conversation.rows];
  let targets: ReadonlyMap<number, Folded> = new Map();
  if (sidebarWidth > 0) {
    const members = one === null || one.kind !== "room" ? [] : cache.members(one);
    const side = drawSidebar(state, ui.current, sidebarWidth, body.length, members, now, pen);
    targets = side.targets;
    const wall = span(pen.signs.wall, { role: "faint" });
    body = body.map((row, at) => [...(side.rows[at] ?? []), wall, ...row]);
  }
  const status =
    typingRows === 0 && typing !== "" && conversation.under === 0
      ? typingRow(typing, columns, pen)
      : drawStatusBar(state, one, conversation, columns, now, pen);
  const all = [
    ...body,
    ...(typingRows === 0 ? [] : [typingRow(typing, columns, pen)]),
    status,
    ...input.rows,
  ];
  const top = all.length - input.rows.length;
  return {
    frame: {
      width: columns,
      rows: all,
      cursor: { row: top + input.cursor.row, column: input.cursor.column },
    },
    clickTarget: (row, column) => (column < sidebarWidth ? (targets.get(row) ?? null) : null),
    pageRows,
    pageWidth: width,
    atBottom: conversation.under === 0,
  };
}

interface Drawn {
  readonly rows: readonly Row[];
  readonly under: number;
  readonly newUnder: number;
  /** A part further up is shown: the newest lines are elsewhere. */
  readonly past?: boolean;
}

/** The middle of the screen: exactly `height` rows, what was said last at the bottom. */
function drawConversation(
  one: Conversation | null,
  ui: UiState,
  look: Look,
  width: number,
  height: number,
  state: ClientState,
  cache: ScreenCache,
  pen: Pen,
): Drawn {
  const blank = fit([], width, pen.widths);
  const filled = (rows: readonly Row[]): Row[] => [
    ...Array.from({ length: Math.max(0, height - rows.length) }, () => blank),
    ...rows,
  ];
  if (ui.switcher !== null) {
    const rows = drawChoices(state, ui.switcher, width, height, pen);
    return { rows: filled(rows), under: 0, newUnder: 0 };
  }
  if (ui.finder !== null && one !== null) {
    const rows = drawFound(one, ui.finder, width, height, pen);
    return { rows: filled(rows.slice(Math.max(0, rows.length - height))), under: 0, newUnder: 0 };
  }
  const faint = (text: string): Row =>
    fit([span(` ${text}`, { role: "faint" })], width, pen.widths);
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
  if (one.past !== null) {
    // How many rows there are up to the newest isn't known.
    return { rows: filled(shown.rows), under: shown.under + 1, newUnder: one.unread, past: true };
  }
  const newUnder = shown.itemsUnder.filter(
    (item) =>
      item.kind === "line" && isSpoken(item.line) && !item.line.own && item.time > sinceOf(look),
  ).length;
  return { rows: filled(shown.rows), under: shown.under, newUnder };
}

/** Since when something under the window is new: the read line, or else what one looks at. */
function sinceOf(look: Look): number {
  return look.readAt ?? Number.POSITIVE_INFINITY;
}

function typingSentence(one: Conversation | null, pen: Pen): string {
  if (one === null) return "";
  const [first, second, ...others] = [...one.typing.keys()].map(clean);
  const { screen } = pen.words;
  if (first === undefined) return "";
  if (second === undefined) return screen.typingOne(first);
  if (others.length === 0) return screen.typingTwo(first, second);
  return screen.typingMany(others.length + 2);
}

function typingRow(text: string, columns: number, pen: Pen): Row {
  return fit([span(text, { role: "faint" })], columns, pen.widths);
}

function tooSmall(size: Size, pen: Pen): ChatView {
  const row = fit([span(pen.words.screen.tooSmall)], size.columns, pen.widths);
  return {
    frame: { width: size.columns, rows: [row].slice(0, size.rows), cursor: { row: 0, column: 0 } },
    clickTarget: () => null,
    pageRows: 1,
    pageWidth: size.columns,
    atBottom: false,
  };
}
