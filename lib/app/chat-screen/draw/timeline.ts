/** Items into a window of rows, and the scrolling of that window. */
import type { ScreenRow } from "../../../terminal/layout.ts";
import type { TimelineItem } from "../timeline-items.ts";
import type { Anchor } from "../ui-state.ts";
import type { DrawContext, Viewer } from "./draw-context.ts";
import { drawItem } from "./item-rows.ts";

/** Rows of items, kept per message and width: what was drawn once is only looked up. */
export class RowCache {
  readonly #kept = new WeakMap<
    object,
    { readonly sign: string; readonly rows: readonly ScreenRow[] }
  >();
  readonly #pen: DrawContext;

  constructor(pen: DrawContext) {
    this.#pen = pen;
  }

  rowsOf(item: TimelineItem, width: number, reader: Viewer): readonly ScreenRow[] {
    if (item.kind !== "line") return drawItem(item, width, reader, this.#pen);
    const sign = [
      width,
      item.continued,
      item.newMinute,
      item.unreadBy,
      item.thread?.answers,
      item.thread?.number,
      item.quotes,
      item.marked,
      item.answered?.text,
      item.answered?.redacted,
      reader.nick,
    ].join("\n");
    // Lines are values: a changed one is another object.
    const kept = this.#kept.get(item.line);
    if (kept?.sign === sign) return kept.rows;
    const rows = drawItem(item, width, reader, this.#pen);
    this.#kept.set(item.line, { sign, rows });
    return rows;
  }
}

export interface Window {
  /** From the top; at most `height`, fewer when there is less to show. */
  readonly rows: readonly ScreenRow[];
  /** Rows under the window. */
  readonly under: number;
  /** Spoken lines under the window that came since: for "4 new". */
  readonly itemsUnder: readonly TimelineItem[];
  /** Whether the first row of all is in it. */
  readonly atTop: boolean;
}

type RowsOf = (item: TimelineItem) => readonly ScreenRow[];

/** The rows that stand in a window of `height` rows whose lowest one the anchor names. */
export function windowOf(
  items: readonly TimelineItem[],
  rowsOf: RowsOf,
  height: number,
  anchor: Anchor | null,
): Window {
  const place = anchor === null ? null : placeOf(items, anchor);
  if (anchor === null || place === null)
    return windowAt(items, rowsOf, height, items.length - 1, 0);
  const rows = rowsOf(items[place] as TimelineItem).length;
  return windowAt(items, rowsOf, height, place, rowsUnder(anchor, rows, height));
}

/** Of an item of so many rows, those under a window of `height`. */
function rowsUnder(anchor: Anchor, rows: number, height: number): number {
  return Math.min(anchor.rowsUnder ?? Math.max(0, rows - height), rows - 1);
}

function windowAt(
  items: readonly TimelineItem[],
  rowsOf: RowsOf,
  height: number,
  last: number,
  rowsUnder: number,
): Window {
  const pieces: ScreenRow[][] = [];
  let missing = height;
  let at = last;
  let cut = rowsUnder;
  let whole = true;
  for (; at >= 0 && missing > 0; at--) {
    const all = rowsOf(items[at] as TimelineItem);
    const upTo = all.slice(0, all.length - cut);
    cut = 0;
    const shown = upTo.slice(Math.max(0, upTo.length - missing));
    whole = shown.length === upTo.length;
    pieces.push([...shown]);
    missing -= shown.length;
  }
  let under = rowsUnder;
  for (let below = last + 1; below < items.length; below++) {
    under += rowsOf(items[below] as TimelineItem).length;
  }
  return {
    rows: pieces.reverse().flat(),
    under,
    itemsUnder: items.slice(last + 1),
    atTop: at < 0 && whole,
  };
}

/**
 * The anchor after scrolling by `rows` (up is positive) in a window of `height`. null: at the
 * bottom again. `atTop`: there is nothing more above, so it is time to ask for older lines.
 */
export function scrolled(
  items: readonly TimelineItem[],
  rowsOf: RowsOf,
  height: number,
  anchor: Anchor | null,
  rows: number,
): { anchor: Anchor | null; atTop: boolean } {
  let at = anchor === null ? items.length - 1 : (placeOf(items, anchor) ?? items.length - 1);
  if (at < 0) return { anchor: null, atTop: true };
  const length = rowsOf(items[at] as TimelineItem).length;
  let under = rows + (anchor === null ? 0 : rowsUnder(anchor, length, height));
  while (under < 0 && at < items.length - 1) {
    at += 1;
    under += rowsOf(items[at] as TimelineItem).length;
  }
  if (under < 0 || (under === 0 && at === items.length - 1)) return { anchor: null, atTop: false };
  for (; under >= rowsOf(items[at] as TimelineItem).length; at--) {
    if (at === 0) break;
    under -= rowsOf(items[at] as TimelineItem).length;
  }
  // The highest place of the window: its first row is the first of all.
  const highest = highestPlace(items, rowsOf, height);
  if (at < highest.at || (at === highest.at && under >= highest.under)) {
    return { anchor: anchorAt(items, highest.at, highest.under), atTop: true };
  }
  return { anchor: anchorAt(items, at, under), atTop: false };
}

/** The lowest row of a window that shows the beginning; with little to show, the last row of all. */
function highestPlace(items: readonly TimelineItem[], rowsOf: RowsOf, height: number) {
  let room = height;
  for (let at = 0; at < items.length; at++) {
    const rows = rowsOf(items[at] as TimelineItem).length;
    if (rows >= room) return { at, under: rows - room };
    room -= rows;
  }
  return { at: items.length - 1, under: 0 };
}

function anchorAt(items: readonly TimelineItem[], at: number, under: number): Anchor | null {
  const item = items[at];
  if (item === undefined || (at === items.length - 1 && under === 0)) return null;
  return { item: item.key, rowsUnder: under, time: item.time };
}

function placeOf(items: readonly TimelineItem[], anchor: Anchor): number | null {
  const at = items.findLastIndex((item) => item.key === anchor.item);
  if (at >= 0) return at;
  const near = items.findLastIndex((item) => item.time <= anchor.time);
  return near >= 0 ? near : items.length > 0 ? 0 : null;
}
