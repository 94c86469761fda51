/** Keys while the room switcher is open. */
import { EMPTY_EDITOR, edit } from "../../../terminal/editor.ts";
import type { Key } from "../../../terminal/keys.ts";
import { switcherChoices } from "../draw/switcher.ts";
import type { Switcher, UiState } from "../ui-state.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import { goToConversation } from "./navigation.ts";

/** Opens the switcher with an empty query. */
export function openSwitcher(ui: UiState): UiState {
  return { ...ui, switcher: { editor: EMPTY_EDITOR, index: 0 } };
}

/** Handles a key in the open switcher: arrows choose, Enter goes there, Esc closes, all else is typed. */
export function pressInSwitcher(context: KeyContext, switcher: Switcher, key: Key): KeyResult {
  const { state, ui } = context;
  const choices = switcherChoices(state, switcher.editor.text);
  const last = choices.length - 1;
  const closed = { ...ui, switcher: null };
  if (key.kind === "key") {
    const step = key.name === "up" ? 1 : key.name === "down" ? -1 : 0;
    if (step !== 0 && !key.alt) {
      const index = Math.max(0, Math.min(last, switcher.index + step));
      return { ui: { ...ui, switcher: { ...switcher, index } }, effects: [] };
    }
    const isClose =
      key.name === "escape" ||
      ((key.alt || key.ctrl) && key.name === "k") ||
      (key.ctrl && key.name === "c");
    if (isClose) return { ui: closed, effects: [] };
    if (key.name === "enter") {
      const choice = choices[Math.min(switcher.index, last)];
      const next = choice === undefined ? closed : goToConversation(state, closed, choice.key);
      return { ui: next, effects: [] };
    }
  }
  const editor = edit(switcher.editor, key);
  if (editor === switcher.editor) return { ui, effects: [] };
  return { ui: { ...ui, switcher: { editor, index: 0 } }, effects: [] };
}
