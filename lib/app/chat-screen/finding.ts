/** Keys while one looks for something that was said. */
import { EMPTY_EDITOR, edit } from "../../terminal/editor.ts";
import type { Key } from "../../terminal/keys.ts";
import type { Effect } from "./effect.ts";
import { found } from "./finder.ts";
import type { Scene, Step } from "./scene.ts";
import { type Finder, lookAt, type UiState, withLook } from "./ui-state.ts";

/** Rows under the line that one went to: what was said then. */
const CONTEXT_ITEMS = 4;

export function openFinder(ui: UiState): UiState {
  return { ...ui, finder: { editor: EMPTY_EDITOR, index: 0 } };
}

export function pressInFinder(scene: Scene, finder: Finder, key: Key): Step {
  const { state, ui } = scene;
  const one = state.conversations.get(ui.current);
  const closed: UiState = { ...ui, finder: null };
  if (one === undefined) return { ui: closed, effects: [] };
  const text = finder.editor.text;
  if (key.kind === "key") {
    const step = key.name === "up" ? 1 : key.name === "down" ? -1 : 0;
    if (step !== 0 && !key.alt) {
      const last = Math.max(0, found(one, text).length - 1);
      const index = Math.max(0, Math.min(last, finder.index + step));
      return { ui: { ...ui, finder: { ...finder, index } }, effects: [] };
    }
    if (key.name === "escape" || ((key.alt || key.ctrl) && /^[fc]$/.test(key.name))) {
      return { ui: closed, effects: [] };
    }
    // The server looks further back than what is here.
    if (key.name === "tab" && text.trim() !== "") {
      return { ui: closed, effects: [{ kind: "search", text: text.trim() }] };
    }
    if (key.name === "enter") return jump(scene, closed, finder);
  }
  const editor = edit(finder.editor, key);
  const next = editor === finder.editor ? finder : { editor, index: 0 };
  return { ui: { ...ui, finder: next }, effects: [] };
}

/** To the line that was chosen, with a little of what came behind it. */
function jump({ state, cache }: Scene, ui: UiState, finder: Finder): Step {
  const one = state.conversations.get(ui.current);
  if (one === undefined) return { ui, effects: [] };
  const line = found(one, finder.editor.text)[finder.index];
  if (line === undefined) return { ui, effects: [] };
  const inRoom = withLook(ui, one.key, { thread: null });
  const items = cache.items(one, lookAt(inRoom, one.key));
  const at = items.findIndex((item) => item.kind === "line" && item.key === line.key);
  const lowest = items[Math.min(items.length - 1, at + CONTEXT_ITEMS)];
  if (at < 0 || lowest === undefined || lowest === items.at(-1)) {
    return { ui: withLook(inRoom, one.key, { anchor: null }), effects: [] };
  }
  const anchor = { item: lowest.key, rowsUnder: 0, time: lowest.time };
  const hold: Effect = { kind: "hold-lines", key: one.key, held: true };
  return { ui: withLook(inRoom, one.key, { anchor }), effects: [hold] };
}
