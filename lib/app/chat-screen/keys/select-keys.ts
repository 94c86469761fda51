/** Selecting a message, and the keys that act on it. */
import type { ChatLine, ClientConversation } from "../../../chat-client/client-state.ts";
import { hangulToLatin } from "../../../protocol/hangul-layout.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import { actionOfKey, selectedLine } from "../messages/message-actions.ts";
import type { TimelineItem } from "../messages/timeline-items.ts";
import { type Selection, viewOf } from "../ui-state.ts";
import type { Effect, KeyContext, KeyResult } from "./key-context.ts";
import { actOnMessage, askToOpen, isEmoji, react } from "./message-keys.ts";
import { pressInQuestion } from "./question-keys.ts";
import { isSelectable, itemsOf, type LineItem, selectLine, stopSelecting } from "./selection.ts";

type Step = "up" | "down" | "page-up" | "page-down" | "first" | "last";

/** Keys that move the selection, besides the arrows. */
const STEPS: Readonly<Record<string, Step>> = {
  ...{ up: "up", k: "up", down: "down", j: "down", pageup: "page-up", pagedown: "page-down" },
  ...{ home: "first", g: "first", end: "last", G: "last" },
};

/**
 * Handles a key while a message is selected; null for a key that the screen handles as ever, such as Alt-1.
 * Hangul letters count as the Latin keys that they are on.
 */
export function pressSelected(
  context: KeyContext,
  selection: Selection,
  key: Key,
): KeyResult | null {
  const { state, ui } = context;
  const conversation = state.conversations.get(ui.current);
  const line = conversation === undefined ? null : selectedLine(conversation, selection.lineKey);
  if (conversation === undefined || line === null) {
    // It was dropped meanwhile: its key means nothing any more.
    return key.kind === "key" && (key.alt || key.ctrl) ? null : stopSelecting(context);
  }
  if (selection.question !== null) {
    return pressInQuestion(context, conversation, line, selection, key);
  }
  if (key.kind === "text") return pressLetter(context, conversation, line, key.text);
  if (key.kind !== "key") return { ui, effects: [] };
  const step = STEPS[key.name];
  const isArrow = key.name === "up" || key.name === "down";
  if (step !== undefined && !key.alt && (!key.ctrl || isArrow)) {
    return moveSelection(context, conversation, line, step);
  }
  if (key.name === "escape" || (key.ctrl && key.name === "c")) return stopSelecting(context);
  if (key.name === "enter" && !key.alt && !key.ctrl) {
    return actOnKey(context, conversation, line, "enter");
  }
  return key.alt || key.ctrl || key.name === "f1" || key.name === "f2" ? null : { ui, effects: [] };
}

/** Handles one typed letter. A syllable counts as the first of its keys. */
function pressLetter(
  context: KeyContext,
  conversation: ClientConversation,
  line: ChatLine,
  text: string,
): KeyResult {
  if (isEmoji(text)) return react(context, conversation, line, text);
  const [letter = ""] = hangulToLatin(text);
  const step = STEPS[letter];
  if (step === undefined) return actOnKey(context, conversation, line, letter.toLowerCase());
  const result = moveSelection(context, conversation, line, step);
  // Only an arrow leads into the input line: the next letter is meant for a message, too.
  const hasLeft = viewOf(result.ui, conversation.key).selection === null;
  return hasLeft ? { ui: context.ui, effects: [] } : result;
}

function actOnKey(
  context: KeyContext,
  conversation: ClientConversation,
  line: ChatLine,
  key: string,
): KeyResult {
  const { state, ui, cache, chatView } = context;
  const view = viewOf(ui, conversation.key);
  const { pageWidth } = chatView;
  const disclosure = cache.disclosureOf(conversation, view, line.key, pageWidth, state.me);
  const action = actionOfKey(key, line, conversation, state, view.thread, disclosure);
  if (action === null) {
    // A file that isn't opened is told, so that o doesn't seem broken.
    const isTold = key === "o" && line.file !== null && !line.redacted;
    return isTold ? askToOpen(context, conversation.key, line) : { ui, effects: [] };
  }
  return actOnMessage(context, conversation, line, action);
}

function moveSelection(
  context: KeyContext,
  conversation: ClientConversation,
  line: ChatLine,
  step: Step,
): KeyResult {
  const { ui } = context;
  const items = itemsOf(context, conversation);
  const index = items.findIndex((item) => item.kind === "line" && item.key === line.key);
  const target = targetOf(context, items, index, step);
  if (target !== null) return selectLine(context, conversation, target.key);
  // Below the newest message is the input line.
  if (step === "down" && conversation.detached === null) return stopSelecting(context);
  const isUp = step === "up" || step === "page-up" || step === "first";
  const effects = isUp ? olderLines(conversation) : newerLines(conversation);
  return { ui, effects };
}

/** Returns the message that a step leads to; null when there is none in that direction. */
function targetOf(
  context: KeyContext,
  items: readonly TimelineItem[],
  index: number,
  step: Step,
): LineItem | null {
  const above = items.slice(0, Math.max(0, index)).filter(isSelectable);
  const below = items.slice(index + 1).filter(isSelectable);
  switch (step) {
    case "up":
      return above.at(-1) ?? null;
    case "down":
      return below[0] ?? null;
    case "page-up":
      return afterPage(context, above.toReversed());
    case "page-down":
      return afterPage(context, below);
    case "first":
      return above[0] ?? null;
    case "last":
      return below.at(-1) ?? null;
  }
}

/** Returns the last of these items within about a page. */
function afterPage(
  { cache, chatView, state }: KeyContext,
  items: readonly LineItem[],
): LineItem | null {
  let rows = 0;
  let target: LineItem | null = null;
  for (const item of items) {
    rows += cache.rows.rowsOf(item, chatView.pageWidth, state.me).length;
    if (target !== null && rows >= chatView.pageRows) break;
    target = item;
  }
  return target;
}

function olderLines({ key, kind, detached, ...newest }: ClientConversation): Effect[] {
  const { oldestReached, loadingOlder } = detached ?? newest;
  if (oldestReached || loadingOlder || kind === "server") return [];
  return [{ kind: "load-older", key }];
}

function newerLines({ key, detached }: ClientConversation): Effect[] {
  return detached === null || detached.loadingNewer ? [] : [{ kind: "load-newer", key }];
}
