/** Keys on the page of a conversation's files. */
import { EMPTY_EDITOR, edit, replaceText } from "../../../terminal/editor.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import type { FilesPage, UiState } from "../ui-state.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import { scrollStep } from "./scrolling.ts";
import { jumpToLine } from "./search-keys.ts";

/** Opens the page of the current conversation's files, with what fits a filter; its owner asks the server. */
export function openFilesPage(ui: UiState, query: string): UiState {
  const editor = replaceText(EMPTY_EDITOR, query);
  const listing = { kind: "loading" } as const;
  return { ...ui, page: { kind: "files", key: ui.current, editor, index: 0, listing } };
}

/** Handles a key on the page, but those that close it. */
export function pressInFiles(context: KeyContext, page: FilesPage, key: Key): KeyResult {
  const { ui, state, chatView } = context;
  const items = page.listing.kind === "listed" ? page.listing.items : [];
  const item = items[page.index];
  const step = scrollStep(key, Math.max(1, Math.floor(chatView.pageRows / 2)));
  if (step !== 0) {
    const index = Math.max(0, Math.min(items.length - 1, page.index + step));
    return { ui: { ...ui, page: { ...page, index } }, effects: [] };
  }
  if (key.kind === "key") {
    const conversation = state.conversations.get(page.key);
    if (key.name === "enter") {
      const { msgid = null, time = 0 } = item ?? {};
      if (msgid === null || conversation === undefined) return { ui, effects: [] };
      return jumpToLine(conversation, { ...ui, page: null }, { msgid, time });
    }
    if (key.name === "tab") {
      const save = item && ({ kind: "save-listed", key: page.key, file: item.file } as const);
      return { ui, effects: save === undefined ? [] : [save] };
    }
  }
  const editor = edit(page.editor, key);
  if (editor.text === page.editor.text) {
    return { ui: { ...ui, page: { ...page, editor } }, effects: [] };
  }
  return {
    ui: { ...ui, page: { ...page, editor, index: 0 } },
    effects: [{ kind: "list-files", key: page.key, query: editor.text }],
  };
}
