/** Keys while the room switcher is open, and opening it. */
import { EMPTY_EDITOR, edit } from "../../../terminal/editor.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import { switcherChoices } from "../draw/switcher.ts";
import { onlyServer } from "../listed-places.ts";
import type { Switcher, UiState } from "../ui-state.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import { leadsTo } from "./key-map.ts";
import { goToPlace } from "./navigation.ts";

/** Opens the switcher with an empty query. */
export function openSwitcher(ui: UiState): UiState {
  return { ...ui, switcher: { editor: EMPTY_EDITOR, index: 0 } };
}

/** Handles a key in the open switcher: arrows choose, Enter goes there, Esc closes, all else is typed. */
export function pressInSwitcher(context: KeyContext, switcher: Switcher, key: Key): KeyResult {
  const { ui } = context;
  const servers = context.servers ?? onlyServer(context.state);
  const choices = switcherChoices(servers, switcher.editor.text);
  const last = choices.length - 1;
  const closed: KeyResult = { ui: { ...ui, switcher: null }, effects: [] };
  if (key.kind === "key") {
    const step = key.name === "up" ? 1 : key.name === "down" ? -1 : 0;
    if (step !== 0 && !key.alt) {
      const index = Math.max(0, Math.min(last, switcher.index + step));
      return { ui: { ...ui, switcher: { ...switcher, index } }, effects: [] };
    }
    // The key that opened it closes it, too.
    const isInterrupt = key.ctrl && key.name === "c";
    if (key.name === "escape" || isInterrupt || leadsTo(context.input.keyMap, key, "switcher")) {
      return closed;
    }
    if (key.name === "enter") {
      const choice = choices[Math.min(switcher.index, last)];
      return goToPlace({ ...context, ui: closed.ui }, choice ?? null);
    }
  }
  const editor = edit(switcher.editor, key);
  const next = editor === switcher.editor ? switcher : { editor, index: 0 };
  return { ui: { ...ui, switcher: next }, effects: [] };
}
