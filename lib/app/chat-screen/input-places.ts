/**
 * The places of one conversation where something is typed: the conversation itself, each of its threads, and
 * the edit of a message. Each has its own input line, so that nothing is sent to another place than it was
 * typed in.
 */
import { type EditorState, EMPTY_EDITOR, replaceText } from "../../terminal/editor.ts";
import type { ConversationView } from "./ui-state.ts";

/** Unsent texts in threads of one conversation; with more, the oldest go. */
const THREAD_DRAFTS_MAX = 50;

type ViewChange = Partial<ConversationView>;

/** Opens a thread by its root's msgid, with what was typed there before. */
export function openThreadPlace(before: ConversationView, root: string): ViewChange {
  const view = { ...before, ...endEdit(before) };
  const { editor, replyTarget, selection } = view;
  const anchor = selection === null ? view.anchor : selection.returnTo;
  const drafts = withThreadDraft(view);
  return {
    thread: root,
    outside: view.outside ?? { editor, anchor, replyTarget },
    threadDrafts: drafts,
    editor: { ...(drafts.get(root) ?? EMPTY_EDITOR), history: editor.history },
    editTarget: null,
    ...{ anchor: null, replyTarget: null, highlighted: null, selection: null },
  };
}

/** Goes back from a thread to where the user was in the conversation; changes nothing without one. */
export function closeThreadPlace(before: ConversationView): ViewChange {
  const view = { ...before, ...endEdit(before) };
  const { thread, outside, editor } = view;
  if (thread === null) return {};
  const { replyTarget = null, anchor = null } = outside ?? {};
  return {
    ...{ thread: null, outside: null, threadDrafts: withThreadDraft(view) },
    editor: { ...(outside?.editor ?? EMPTY_EDITOR), history: editor.history },
    editTarget: null,
    ...{ anchor, replyTarget, highlighted: null, selection: null },
  };
}

/** Puts the text of a sent message into the input line, to be changed. */
export function beginEdit(view: ConversationView, msgid: string, text: string): ViewChange {
  const draft = view.editTarget?.draft ?? view.editor;
  // As a user would type it: a line with one slash at its start is a command.
  const line = text.startsWith("/") ? `/${text}` : text;
  const editor = replaceText({ ...EMPTY_EDITOR, history: draft.history }, line);
  return { editTarget: { msgid, draft }, editor, replyTarget: null };
}

/** Gives an edit up, or ends it: what was typed before is in the input line again. */
export function endEdit({ editTarget, editor }: ConversationView): ViewChange {
  if (editTarget === null) return {};
  const { history, kills } = editor;
  return { editTarget: null, editor: { ...editTarget.draft, history, kills } };
}

/** Returns what is typed in the conversation itself, wherever the user is in it now. */
export function draftOutside({ outside, thread, editTarget, editor }: ConversationView): string {
  if (thread !== null) return outside?.editor.text ?? "";
  return (editTarget?.draft ?? editor).text;
}

/** Returns what is typed in threads and not sent, by the thread's root. */
export function threadDraftsOf(view: ConversationView): ReadonlyMap<string, EditorState> {
  return withThreadDraft({ ...view, ...endEdit(view) });
}

function withThreadDraft({
  thread,
  threadDrafts,
  editor,
}: ConversationView): ReadonlyMap<string, EditorState> {
  if (thread === null) return threadDrafts;
  const drafts = new Map(threadDrafts);
  drafts.delete(thread);
  if (editor.text.trim() !== "") drafts.set(thread, editor);
  return new Map([...drafts].slice(-THREAD_DRAFTS_MAX));
}
