/** Scrolling through a conversation. */
import type { Key } from "../../../terminal/key-reader.ts";
import { scrollAnchor } from "../draw/timeline.ts";
import { viewOf, withView } from "../ui-state.ts";
import type { Effect, KeyContext, KeyResult } from "./key-context.ts";

/**
 * Scrolls by this many rows (positive is up). At the top it requests older lines, and at the bottom of a
 * detached part newer ones.
 */
export function scrollBy(context: KeyContext, rows: number): KeyResult {
  const { state, ui, chatView, cache } = context;
  const conversation = state.conversations.get(ui.current);
  if (conversation === undefined) return { ui, effects: [] };
  const { key, kind, detached } = conversation;
  const view = viewOf(ui, key);
  const items = cache.itemsOf(conversation, view);
  const scrolled = scrollAnchor(
    items,
    (item) => cache.rows.rowsOf(item, chatView.pageWidth, state.me),
    chatView.pageRows,
    view.anchor,
    rows,
  );
  const effects: Effect[] = [];
  const last = items.at(-1);
  let { anchor } = scrolled;
  if (anchor === null && detached !== null && last !== undefined) {
    // The end of a detached part: the lines after it aren't loaded yet.
    anchor = { itemKey: last.key, rowsBelow: 0, time: last.time };
    if (rows < 0 && !detached.loadingNewer) effects.push({ kind: "load-newer", key });
  }
  if ((view.anchor === null) !== (anchor === null)) {
    effects.push({ kind: "hold-lines", key, held: anchor !== null });
  }
  const { oldestReached, loadingOlder } = detached ?? conversation;
  if (scrolled.atTop && rows > 0 && !oldestReached && !loadingOlder && kind !== "server") {
    effects.push({ kind: "load-older", key });
  }
  // Lines that come while the user reads further up are new, and belong below the line that marks what was read.
  const newestTime = conversation.lines.at(-1)?.time ?? null;
  const readAt = view.readAt ?? (anchor === null ? null : newestTime);
  return { ui: withView(ui, key, { anchor, readAt }), effects };
}

/** Scrolls to the newest line. */
export function scrollToBottom({ ui }: KeyContext): KeyResult {
  if (viewOf(ui, ui.current).anchor === null) return { ui, effects: [] };
  return {
    ui: withView(ui, ui.current, { anchor: null, highlighted: null }),
    effects: [{ kind: "hold-lines", key: ui.current, held: false }],
  };
}

/** Scrolls to where the unread messages begin: the line that marks what was read is the first in view. */
export function scrollToUnread(context: KeyContext): KeyResult {
  const { state, ui, cache } = context;
  const conversation = state.conversations.get(ui.current);
  if (conversation === undefined) return { ui, effects: [] };
  const { key } = conversation;
  const items = cache.itemsOf(conversation, viewOf(ui, key));
  const marker = items.find(({ kind }) => kind === "read-marker");
  if (marker === undefined) return { ui, effects: [] };
  const anchor = { itemKey: marker.key, rowsBelow: null, time: marker.time };
  return {
    ui: withView(ui, key, { anchor }),
    effects: [{ kind: "hold-lines", key, held: true }],
  };
}

/** Returns how far a key scrolls: rows, or entries of a list. */
export function scrollStep(key: Key, page: number): number {
  if (key.kind !== "key" || key.alt) return 0;
  switch (key.name) {
    case "up":
      return -1;
    case "down":
      return 1;
    case "pageup":
      return -page;
    case "pagedown":
      return page;
    default:
      return 0;
  }
}
