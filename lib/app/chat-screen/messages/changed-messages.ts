/** What the user does with a message that is edited, deleted or dropped meanwhile: selects it, answers it, edits it, finds it. */

import type { ClientEvent } from "../../../chat-client/client-event.ts";
import type { ClientConversation } from "../../../chat-client/client-state.ts";
import { textOrFileName } from "../../../protocol/file-facts.ts";
import type { Words } from "../../i18n/words.ts";
import type { ChatController } from "../chat-controller.ts";
import { endEdit } from "../input-places.ts";
import {
  type ConversationView,
  type ReplyTarget,
  type UiState,
  viewOf,
  withView,
} from "../ui-state.ts";
import { selectedLine } from "./message-actions.ts";
import { idOf, visibleLines } from "./message-lines.ts";

/**
 * Follows the messages of a conversation after an event: a selection ends with its message, an edit with a message that was
 * deleted, and a reply quotes what its message says now.
 */
export function followMessages(controller: ChatController, event: ClientEvent): void {
  if (event.kind === "message-changed") controller.ui = followResults(controller.ui, event);
  const key = "key" in event ? event.key : null;
  const conversation =
    key === null ? undefined : controller.connection.session.state.conversations.get(key);
  if (key === null || conversation === undefined) return;
  const view = viewOf(controller.ui, key);
  const { selection, editTarget, replyTarget, outside } = view;
  // Few events find anything of it.
  if (selection === null && editTarget === null && (replyTarget ?? outside?.replyTarget) == null) {
    return;
  }
  const { words } = controller.app;
  const follow = (target: ReplyTarget | null) => followReply(target, conversation, words);
  const selected = followSelection(view, conversation, words);
  const edited = followEdit(view, conversation, words);
  controller.ui = withView(controller.ui, key, {
    replyTarget: follow(replyTarget),
    outside: outside && { ...outside, replyTarget: follow(outside.replyTarget) },
    ...selected.change,
    ...edited.change,
  });
  const note = edited.note ?? selected.note;
  if (note !== null) controller.note(note, "bad", key);
}

/** What changes in a view, and what the user is to be told of it. */
interface FollowedView {
  readonly change: Partial<ConversationView>;
  readonly note: string | null;
}

const UNCHANGED: FollowedView = { change: {}, note: null };

function followSelection(
  { selection, anchor }: ConversationView,
  conversation: ClientConversation,
  words: Words,
): FollowedView {
  if (selection === null) return UNCHANGED;
  const line = selectedLine(conversation, selection.lineKey);
  if (line === null) {
    const returnTo = conversation.detached === null ? selection.returnTo : anchor;
    return { change: { selection: null, anchor: returnTo }, note: words.finder.gone };
  }
  // A deleted message stays selected, and nothing is asked about it any more.
  if (!line.redacted || selection.question === null) return UNCHANGED;
  return { change: { selection: { ...selection, question: null } }, note: null };
}

function followEdit(
  view: ConversationView,
  conversation: ClientConversation,
  words: Words,
): FollowedView {
  const { editTarget, editor } = view;
  const line = visibleLines(conversation).find(({ msgid }) => msgid === editTarget?.msgid);
  if (editTarget === null || line?.redacted !== true) return UNCHANGED;
  return { change: endEdit(view), note: words.screen.editedIsGone(editor.text) };
}

function followReply(
  target: ReplyTarget | null,
  conversation: ClientConversation,
  words: Words,
): ReplyTarget | null {
  const line = visibleLines(conversation).findLast((each) => idOf(each) === target?.msgid);
  if (target === null || line === undefined) return target;
  const text = line.redacted ? words.screen.deleted : textOrFileName(line);
  return text === target.text ? target : { ...target, text };
}

/** Changes a message among the results of an open search: one that was deleted is none any more. */
function followResults(
  ui: UiState,
  { msgid, text }: Pick<Extract<ClientEvent, { kind: "message-changed" }>, "msgid" | "text">,
): UiState {
  const { search } = ui;
  const results = search?.results ?? null;
  if (search === null || results?.kind !== "found") return ui;
  const lines = results.lines.flatMap((line) => {
    if (line.msgid !== msgid) return line;
    return text === null ? [] : { ...line, text, edited: true };
  });
  return { ...ui, search: { ...search, results: { ...results, lines } } };
}
