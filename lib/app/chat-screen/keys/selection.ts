/** Which message is selected: beginning, moving and ending it, with the view that shows it. */
import { type ClientConversation, isMessage } from "../../../chat-client/client-state.ts";
import { anchorToShow, indexOf } from "../draw/timeline.ts";
import type { TimelineItem } from "../timeline-items.ts";
import { type Anchor, type Selection, type UiState, viewOf, withView } from "../ui-state.ts";
import type { Effect, KeyContext, KeyResult } from "./key-context.ts";

/** An item that can be selected. */
export type LineItem = Extract<TimelineItem, { kind: "line" }>;

/** Selects the lowest message in view; nothing happens where there is none. */
export function startSelecting(context: KeyContext): KeyResult {
  const { state, ui } = context;
  const conversation = state.conversations.get(ui.current);
  if (conversation === undefined) return { ui, effects: [] };
  const items = itemsOf(context, conversation);
  const { anchor } = viewOf(ui, conversation.key);
  const lowest = anchor === null ? items.length - 1 : (indexOf(items, anchor) ?? items.length - 1);
  const item = items.slice(0, lowest + 1).findLast(isSelectable);
  return item === undefined ? { ui, effects: [] } : selectLine(context, conversation, item.key);
}

/** Selects a message by the key of its line, and moves the view so that it is whole. */
export function selectLine(
  context: KeyContext,
  conversation: ClientConversation,
  lineKey: string,
): KeyResult {
  const { ui } = context;
  const { key, lines } = conversation;
  const view = viewOf(ui, key);
  const anchor = anchorOf(context, conversation, lineKey);
  if (anchor === null) return { ui, effects: [] };
  const returnTo = view.selection === null ? view.anchor : view.selection.returnTo;
  const readAt = view.readAt ?? lines.at(-1)?.time ?? null;
  const selection: Selection = { lineKey, question: null, returnTo };
  const effects: Effect[] = view.anchor === null ? [{ kind: "hold-lines", key, held: true }] : [];
  return { ui: withView(ui, key, { anchor, readAt, selection }), effects };
}

/** Returns the view with the selected message whole again, after the window has changed its size. */
export function withSelectionInView(context: KeyContext): UiState {
  const { state, ui } = context;
  const conversation = state.conversations.get(ui.current);
  const { selection } = viewOf(ui, ui.current);
  if (conversation === undefined || selection === null) return ui;
  const anchor = anchorOf(context, conversation, selection.lineKey);
  return anchor === null ? ui : withView(ui, ui.current, { anchor });
}

/** Returns the anchor of the view that shows a message, moved no further than it has to; null: there is no such line. */
function anchorOf(
  context: KeyContext,
  conversation: ClientConversation,
  lineKey: string,
): Anchor | null {
  const { state, ui, chatView, cache } = context;
  const items = itemsOf(context, conversation);
  const index = items.findIndex((item) => item.kind === "line" && item.key === lineKey);
  const last = items.at(-1);
  if (index < 0 || last === undefined) return null;
  const rowsOf = (item: TimelineItem) => cache.rows.rowsOf(item, chatView.pageWidth, state.me);
  const { anchor } = viewOf(ui, conversation.key);
  const shown = anchorToShow(items, rowsOf, chatView.pageRows, anchor, index);
  // Also at the bottom the view stays while lines arrive: the message must not move away under the key.
  return shown ?? { itemKey: last.key, rowsBelow: 0, time: last.time };
}

/** Ends selecting; the view goes back to where it was. */
export function stopSelecting({ state, ui }: KeyContext): KeyResult {
  const { current } = ui;
  const { selection, anchor, readAt } = viewOf(ui, current);
  if (selection === null) return { ui, effects: [] };
  const conversation = state.conversations.get(current);
  // A detached part of the history has no bottom to go back to.
  const isDetached = (conversation?.detached ?? null) !== null;
  const returnTo = isDetached ? anchor : selection.returnTo;
  // When nothing came meanwhile, nothing has to be marked as new.
  const newestTime = conversation?.lines.at(-1)?.time ?? 0;
  const isMarkNeeded = returnTo !== null || (readAt !== null && newestTime > readAt);
  const change = { selection: null, anchor: returnTo, readAt: isMarkNeeded ? readAt : null };
  const next = withView(ui, current, change);
  const effects: Effect[] =
    returnTo === null ? [{ kind: "hold-lines", key: current, held: false }] : [];
  return { ui: next, effects };
}

/** Returns the timeline of a conversation as it is on screen. */
export function itemsOf(
  { ui, cache }: KeyContext,
  conversation: ClientConversation,
): TimelineItem[] {
  return cache.itemsOf(conversation, viewOf(ui, conversation.key));
}

/** Returns whether an item is a message. */
export function isSelectable(item: TimelineItem): item is LineItem {
  return item.kind === "line" && isMessage(item.line);
}

/** Returns `ui` with another question about the selected message, or with none. */
export function withQuestion(
  ui: UiState,
  selection: Selection,
  question: Selection["question"],
): UiState {
  return withView(ui, ui.current, { selection: { ...selection, question } });
}
