/** The window of rows onto a timeline, and scrolling it. */
import type { ChatLine } from "../../../chat-client/client-state.ts";
import type { WordList } from "../../../chat-client/preferences/word-list.ts";
import type { ScreenRow } from "../../../terminal/layout.ts";
import { type ShownAsOf, withShownLines } from "../messages/shown-lines.ts";
import type { TimelineItem } from "../messages/timeline-items.ts";
import type { Anchor } from "../ui-state.ts";
import type { DrawContext, Viewer } from "./draw-context.ts";
import { type DrawnItem, drawItem } from "./item-rows.ts";

/** Rows below a window are counted up to here, since each item has to be drawn for that. */
export const ROWS_BELOW_MAX = 9999;

/**
 * Rows that are kept at most: those of a screen that is scrolled up, a few times. A message of one letter a row has some
 * thousand.
 */
const ROWS_CACHED_MAX = 2 * ROWS_BELOW_MAX;

interface CachedItem {
  readonly fingerprint: string;
  readonly repliedTo: ChatLine | null;
  readonly highlights: WordList | null;
  readonly drawn: DrawnItem;
}

/** Keeps the drawn rows of each message, so that a message is drawn again only when it changes. */
export class RowCache {
  #entries = new WeakMap<object, CachedItem>();
  /** Rows of all entries since the cache was emptied last. */
  #rowCount = 0;
  readonly #context: DrawContext;
  readonly #shownAs: ShownAsOf;
  readonly #highlights: () => WordList | null;

  constructor(context: DrawContext, shownAs: ShownAsOf, highlights: () => WordList | null) {
    this.#context = context;
    this.#shownAs = shownAs;
    this.#highlights = highlights;
  }

  /** Returns an item's rows, each exactly `width` cells wide. Selecting it doesn't change their number. */
  rowsOf(
    item: TimelineItem,
    width: number,
    viewer: Viewer,
    isSelected = false,
  ): readonly ScreenRow[] {
    return this.drawnOf(item, width, viewer, isSelected).rows;
  }

  /** Returns an item as it is drawn at a width. */
  drawnOf(item: TimelineItem, width: number, viewer: Viewer, isSelected = false): DrawnItem {
    if (item.kind === "note") return this.#note(item, width, viewer);
    if (item.kind !== "line") return drawItem(item, width, viewer, this.#context);
    const fingerprint = [
      width,
      item.continued,
      item.newMinute,
      item.unreadBy,
      item.replies,
      item.showsQuote,
      item.highlighted,
      item.isOpened,
      item.hidden?.reason,
      item.hidden?.count,
      isSelected,
      viewer.nick,
      item.line.file && this.#context.previews?.revisionOf(item.line.file),
    ].join("\n");
    const { repliedTo } = item;
    // Lines are immutable: a changed line is another object, and has no entry.
    const entry = this.#entries.get(item.line);
    const highlights = this.#highlights();
    const isSame = entry?.fingerprint === fingerprint && entry.highlights === highlights;
    if (isSame && entry.repliedTo === repliedTo) return entry.drawn;
    const shown = withShownLines(item, this.#shownAs, this.#context.words);
    const reader = { ...viewer, highlights };
    const whole = drawItem(shown.item, width, reader, this.#context, isSelected);
    const drawn: DrawnItem = shown.isFoldable
      ? { ...whole, disclosure: item.isOpened ? "opened" : "closed" }
      : whole;
    this.#keep(item.line, { fingerprint, repliedTo, highlights, drawn });
    return drawn;
  }

  /** A note may hold a long answer of the server. */
  #note(item: Extract<TimelineItem, { kind: "note" }>, width: number, viewer: Viewer): DrawnItem {
    const entry = this.#entries.get(item.note);
    if (entry?.fingerprint === `${width}`) return entry.drawn;
    const drawn = drawItem(item, width, viewer, this.#context);
    this.#keep(item.note, { fingerprint: `${width}`, repliedTo: null, highlights: null, drawn });
    return drawn;
  }

  #keep(source: object, entry: CachedItem): void {
    this.#rowCount += entry.drawn.rows.length;
    if (this.#rowCount > ROWS_CACHED_MAX) {
      this.#entries = new WeakMap();
      this.#rowCount = entry.drawn.rows.length;
    }
    this.#entries.set(source, entry);
  }
}

/** The item of a row on the screen, and which of the item's rows it is, from 0. */
export interface RowOwner {
  readonly item: TimelineItem;
  readonly index: number;
}

/** What of a timeline is in view. */
export interface TimelineWindow {
  /** From the top; at most `height` rows, fewer when the timeline is shorter. */
  readonly rows: readonly ScreenRow[];
  /** Whose row each one is. */
  readonly owners: readonly RowOwner[];
  /** How many rows are below the window; more than {@link ROWS_BELOW_MAX} for all larger numbers. */
  readonly rowsBelow: number;
  /** The items below the one at the window's lower edge. */
  readonly itemsBelow: readonly TimelineItem[];
  /** Whether the window holds the very first row. */
  readonly atTop: boolean;
}

/** Returns the rows of an item. */
export type RowsOf = (item: TimelineItem) => readonly ScreenRow[];

/** Returns the window of `height` rows at an anchor; at the bottom when the anchor is null. */
export function visibleWindow(
  items: readonly TimelineItem[],
  rowsOf: RowsOf,
  height: number,
  anchor: Anchor | null,
): TimelineWindow {
  const index = anchor === null ? null : indexOf(items, anchor);
  if (anchor === null || index === null)
    return windowAt(items, rowsOf, height, items.length - 1, 0);
  const rows = rowsOf(items[index] as TimelineItem).length;
  return windowAt(items, rowsOf, height, index, rowsBelowWindow(anchor, rows, height));
}

/** Returns how many of the anchor item's `rows` are below a window of `height` rows. */
function rowsBelowWindow(anchor: Anchor, rows: number, height: number): number {
  return Math.min(anchor.rowsBelow ?? Math.max(0, rows - height), rows - 1);
}

/** Returns the window whose lowest row is `rowsBelow` rows above the end of the item at `last`. */
function windowAt(
  items: readonly TimelineItem[],
  rowsOf: RowsOf,
  height: number,
  last: number,
  rowsBelow: number,
): TimelineWindow {
  const pieces: ScreenRow[][] = [];
  const owners: RowOwner[][] = [];
  let missing = height;
  let index = last;
  let cut = rowsBelow;
  let isWhole = true;
  for (; index >= 0 && missing > 0; index--) {
    const item = items[index] as TimelineItem;
    const all = rowsOf(item);
    const aboveCut = all.slice(0, all.length - cut);
    cut = 0;
    const shown = aboveCut.slice(Math.max(0, aboveCut.length - missing));
    isWhole = shown.length === aboveCut.length;
    pieces.push([...shown]);
    const first = aboveCut.length - shown.length;
    owners.push(shown.map((_, offset) => ({ item, index: first + offset })));
    missing -= shown.length;
  }
  let below = rowsBelow;
  for (const item of items.slice(last + 1)) {
    if (below > ROWS_BELOW_MAX) break;
    below += rowsOf(item).length;
  }
  return {
    rows: pieces.reverse().flat(),
    owners: owners.reverse().flat(),
    rowsBelow: below,
    itemsBelow: items.slice(last + 1),
    atTop: index < 0 && isWhole,
  };
}

/**
 * Scrolls a window of `height` rows by `rows` (positive is up) and returns its new anchor, null at the
 * bottom. `atTop`: no loaded rows are left above, so older lines should be loaded.
 */
export function scrollAnchor(
  items: readonly TimelineItem[],
  rowsOf: RowsOf,
  height: number,
  anchor: Anchor | null,
  rows: number,
): { anchor: Anchor | null; atTop: boolean } {
  const last = items.length - 1;
  let index = anchor === null ? last : (indexOf(items, anchor) ?? last);
  if (index < 0) return { anchor: null, atTop: true };
  const length = rowsOf(items[index] as TimelineItem).length;
  let below = rows + (anchor === null ? 0 : rowsBelowWindow(anchor, length, height));
  while (below < 0 && index < last) {
    index += 1;
    below += rowsOf(items[index] as TimelineItem).length;
  }
  if (below < 0 || (below === 0 && index === last)) return { anchor: null, atTop: false };
  for (; below >= rowsOf(items[index] as TimelineItem).length; index--) {
    if (index === 0) break;
    below -= rowsOf(items[index] as TimelineItem).length;
  }
  const highest = highestPosition(items, rowsOf, height);
  if (index < highest.index || (index === highest.index && below >= highest.rowsBelow)) {
    return { anchor: anchorAt(items, highest.index, highest.rowsBelow), atTop: true };
  }
  return { anchor: anchorAt(items, index, below), atTop: false };
}

/**
 * Returns the anchor of a window of `height` rows in which the item at `index` is whole, or begins at the
 * top if it is taller. The window moves no further than it has to.
 */
export function anchorToShow(
  items: readonly TimelineItem[],
  rowsOf: RowsOf,
  height: number,
  anchor: Anchor | null,
  index: number,
): Anchor | null {
  const last = items.length - 1;
  const lowest = anchor === null ? last : (indexOf(items, anchor) ?? last);
  const length = (at: number): number => rowsOf(items[at] as TimelineItem).length;
  const below = anchor === null ? 0 : rowsBelowWindow(anchor, length(lowest), height);
  if (index > lowest || (index === lowest && below > 0 && length(index) <= height)) {
    return anchorAt(items, index, Math.max(0, length(index) - height));
  }
  let rows = -below;
  // Far above the window nothing has to be measured.
  for (let above = lowest; above >= index && rows <= height; above--) rows += length(above);
  if (rows <= height) return anchor;
  // The item's first row becomes the highest one.
  let missing = height;
  for (let under = index; under <= last; under++) {
    const rowsHere = length(under);
    if (rowsHere >= missing) return anchorAt(items, under, rowsHere - missing);
    missing -= rowsHere;
  }
  return null;
}

/** Returns the lowest row of a window that begins at the very first row. */
function highestPosition(items: readonly TimelineItem[], rowsOf: RowsOf, height: number) {
  let missing = height;
  for (const [index, item] of items.entries()) {
    const rows = rowsOf(item).length;
    if (rows >= missing) return { index, rowsBelow: rows - missing };
    missing -= rows;
  }
  return { index: items.length - 1, rowsBelow: 0 };
}

function anchorAt(items: readonly TimelineItem[], index: number, rowsBelow: number): Anchor | null {
  const item = items[index];
  if (item === undefined || (index === items.length - 1 && rowsBelow === 0)) return null;
  return { itemKey: item.key, rowsBelow, time: item.time };
}

/** Returns the index of the anchor's item, or the nearest one before its time; null when there are no items. */
export function indexOf(items: readonly TimelineItem[], anchor: Anchor): number | null {
  const index = items.findLastIndex((item) => item.key === anchor.itemKey);
  if (index >= 0) return index;
  const nearest = items.findLastIndex((item) => item.time <= anchor.time);
  return nearest >= 0 ? nearest : items.length > 0 ? 0 : null;
}
