/** What the chat screen does at a key, by the action's name. An action of the input line alone is the editor's. */
import {
  type ChatLine,
  type ClientConversation,
  isMessage,
} from "../../../chat-client/client-state.ts";
import { complete, isChoosing, replaceText, takeBackCompletion } from "../../../terminal/editor.ts";
import { beginEdit, closeThreadPlace, endEdit } from "../input-places.ts";
import { actionsOf } from "../messages/message-actions.ts";
import { visibleLines } from "../messages/message-lines.ts";
import { type UiState, viewOf, withView } from "../ui-state.ts";
import { completionCandidates } from "./completion.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import type { KeyCondition, ScreenAction } from "./key-table.ts";
import { WHEEL_ROWS } from "./mouse.ts";
import { goToLast, goToNext, goToNumber, goToUnread } from "./navigation.ts";
import { openHelp } from "./page-keys.ts";
import { openProfile } from "./person-keys.ts";
import { scrollBy, scrollToBottom, scrollToUnread } from "./scrolling.ts";
import { openSearch } from "./search-keys.ts";
import { startSelecting } from "./selection.ts";
import { openSwitcher } from "./switcher-keys.ts";

/** Returns whether a condition of the table of keys holds. */
export function holds(ui: UiState, condition: KeyCondition): boolean {
  const view = viewOf(ui, ui.current);
  const { cursor, text } = view.editor;
  const isComposing =
    view.replyTarget !== null || view.editTarget !== null || view.attachments.length > 0;
  switch (condition) {
    case "empty":
      return text === "" && !isComposing;
    case "text-after":
      return cursor < text.length;
    case "completing":
      return isChoosing(view.editor);
    case "composing":
      return isComposing;
    case "scrolled":
      return view.anchor !== null;
  }
}

/** Does an action, but for `send`, which key-bindings.ts does. */
export function runScreenAction(
  context: KeyContext,
  action: Exclude<ScreenAction, "send">,
): KeyResult {
  const { ui } = context;
  const pageRows = Math.max(1, context.chatView.pageRows - 1);
  switch (action) {
    case "edit-last":
      return editLast(context);
    case "attach-picture":
      return { ui, effects: [{ kind: "attach-picture", key: ui.current }] };
    case "stop-transfer":
      return { ui, effects: [{ kind: "stop-transfer" }] };
    case "editor":
      return { ui, effects: [{ kind: "open-editor" }] };
    case "clear-input":
      return clearInput(context);
    case "complete":
      return completeWord(context, 1);
    case "complete-back":
      return completeWord(context, -1);
    case "complete-end":
      return endCompletion(context);
    case "retry":
      return { ui, effects: [{ kind: "retry", key: ui.current }] };
    case "select":
      return startSelecting(context);
    case "search":
      return only(openSearch(ui));
    case "scroll-to-unread":
      return scrollToUnread(context);
    case "switcher":
      return only(openSwitcher(ui));
    case "next-room":
      return goToNext(context, 1);
    case "previous-room":
      return goToNext(context, -1);
    case "last-room":
      return goToLast(context);
    case "next-unread":
      return goToUnread(context);
    case "previous-unread":
      return goToUnread(context, -1);
    case "move-up":
      return { ui, effects: [{ kind: "move", key: ui.current, step: -1 }] };
    case "move-down":
      return { ui, effects: [{ kind: "move", key: ui.current, step: 1 }] };
    case "profile":
      return only(openProfile(context));
    case "page-up":
      return scrollBy(context, pageRows);
    case "page-down":
      return scrollBy(context, -pageRows);
    case "scroll-up":
      return scrollBy(context, WHEEL_ROWS);
    case "scroll-down":
      return scrollBy(context, -WHEEL_ROWS);
    case "scroll-top":
      return scrollBy(context, Number.MAX_SAFE_INTEGER);
    case "scroll-bottom":
      return scrollToBottom(context);
    case "help":
      return only(openHelp(ui, ""));
    case "keys":
      return only(openHelp(ui, "", "keys"));
    case "other-pane":
      return { ui, effects: [{ kind: "go-over" }] };
    case "redraw":
      return { ui, effects: [{ kind: "redraw" }] };
    case "back":
      return goBack(context);
    case "menu":
      return { ui, effects: [{ kind: "menu" }] };
    case "quit":
      return { ui, effects: [{ kind: "slash", text: "/quit" }] };
    default:
      return goToNumber(context, Number(action.slice("room-".length)));
  }
}

/** Puts the newest message of the user's own that can be edited into the input line. */
function editLast(context: KeyContext): KeyResult {
  const { state, ui, words } = context;
  const conversation = state.conversations.get(ui.current);
  const line = conversation === undefined ? null : lastEditable(context, conversation);
  if (conversation === undefined || line === null || line.msgid === null) {
    return { ui, effects: [{ kind: "note", text: words.keys.nothingToEdit }] };
  }
  const view = viewOf(ui, conversation.key);
  return only(withView(ui, conversation.key, beginEdit(view, line.msgid, line.text)));
}

function lastEditable(
  { state, ui }: KeyContext,
  conversation: ClientConversation,
): ChatLine | null {
  const { thread } = viewOf(ui, conversation.key);
  const isInPlace = ({ msgid, replyTo }: ChatLine): boolean =>
    thread === null || msgid === thread || replyTo === thread;
  const line = visibleLines(conversation).findLast(
    (candidate) =>
      candidate.own &&
      isMessage(candidate) &&
      isInPlace(candidate) &&
      actionsOf(candidate, conversation, state, thread, "none").includes("edit"),
  );
  return line ?? null;
}

/** Leaves an open thread, or else a detached part of the history, or else goes to the menu. */
function goBack({ ui, state }: KeyContext): KeyResult {
  const view = viewOf(ui, ui.current);
  if (view.thread !== null) return only(withView(ui, ui.current, closeThreadPlace(view)));
  const isDetached = (state.conversations.get(ui.current)?.detached ?? null) !== null;
  if (!isDetached) return { ui, effects: [{ kind: "menu" }] };
  return only(withView(ui, ui.current, { anchor: null, highlighted: null }));
}

/** Gives up an edit, or empties the input line and gives up a reply and files. */
function clearInput({ ui }: KeyContext): KeyResult {
  const view = viewOf(ui, ui.current);
  const change =
    view.editTarget === null
      ? { editor: replaceText(view.editor, ""), replyTarget: null, attachments: [] }
      : endEdit(view);
  const next = withView(ui, ui.current, change);
  return { ui: next, effects: [{ kind: "typing", key: ui.current, status: "done" }] };
}

function completeWord(context: KeyContext, step: 1 | -1): KeyResult {
  const { ui, state } = context;
  const { editor } = viewOf(ui, ui.current);
  const conversation = state.conversations.get(ui.current) ?? null;
  const candidates =
    editor.completion === null ? completionCandidates(editor, context, conversation) : [];
  return only(withView(ui, ui.current, { editor: complete(editor, candidates, step) }));
}

function endCompletion({ ui }: KeyContext): KeyResult {
  const { editor } = viewOf(ui, ui.current);
  return only(withView(ui, ui.current, { editor: takeBackCompletion(editor) }));
}

function only(ui: UiState): KeyResult {
  return { ui, effects: [] };
}
