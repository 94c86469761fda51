/** Keys while one looks for something that was said. */
import type { ChatLine, ClientConversation } from "../../../chat-client/client-state.ts";
import { fold } from "../../../protocol/names.ts";
import { EMPTY_EDITOR, edit } from "../../../terminal/editor.ts";
import type { Key } from "../../../terminal/keys.ts";
import { searchChoices } from "../draw/search-view.ts";
import type { Effect } from "../effect.ts";
import { type Anchor, type SearchView, type UiState, withView } from "../ui-state.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import { goToConversation } from "./navigation.ts";

/** Lines under the one that one went to: what was said then. */
const CONTEXT_LINES = 4;

export function openSearch(ui: UiState): UiState {
  return { ...ui, search: { editor: EMPTY_EDITOR, index: 0, found: null } };
}

export function pressInSearch(scene: KeyContext, finder: SearchView, key: Key): KeyResult {
  const { state, ui } = scene;
  const one = state.conversations.get(ui.current);
  const closed: UiState = { ...ui, search: null };
  if (one === undefined) return { ui: closed, effects: [] };
  const text = finder.editor.text;
  if (key.kind === "key") {
    const step = key.name === "up" ? 1 : key.name === "down" ? -1 : 0;
    if (step !== 0 && !key.alt) {
      const last = Math.max(0, searchChoices(one, finder).length - 1);
      const index = Math.max(0, Math.min(last, finder.index + step));
      return { ui: { ...ui, search: { ...finder, index } }, effects: [] };
    }
    if (key.name === "escape" || ((key.alt || key.ctrl) && /^[fc]$/.test(key.name))) {
      return { ui: closed, effects: [] };
    }
    const chosen = searchChoices(one, finder)[finder.index];
    if (key.name === "enter" && chosen !== undefined) {
      const place = finder.found?.places.get(chosen.key);
      const there = place === undefined ? one : state.conversations.get(fold(place));
      if (there === undefined) return open(closed, place ?? "", chosen);
      return jump(there, goToConversation(state, closed, there.key), chosen);
    }
    // The server looks further back than what is here.
    const asks = key.name === "tab" || (key.name === "enter" && finder.found === null);
    if (asks && text.trim() !== "") return { ui, effects: [{ kind: "search", text: text.trim() }] };
    if (key.name === "tab" || key.name === "enter") return { ui, effects: [] };
  }
  const editor = edit(finder.editor, key);
  const next = editor === finder.editor ? finder : { editor, index: 0, found: null };
  return { ui: { ...ui, search: next }, effects: [] };
}

/** A talk that was closed is opened first. Rooms can't be found that one is not in. */
function open(ui: UiState, place: string, { msgid, time }: ChatLine): KeyResult {
  const slash: Effect = { kind: "slash", text: `/msg ${place}` };
  if (msgid === null) return { ui, effects: [slash] };
  return { ui, effects: [slash, { kind: "visit", key: fold(place), msgid, time }] };
}

/** To the line that was chosen, with a little of what came behind it. */
function jump(one: ClientConversation, ui: UiState, chosen: ChatLine): KeyResult {
  const inRoom = withView(ui, one.key, { thread: null });
  const { msgid, time } = chosen;
  if (msgid === null) return { ui, effects: [] };
  for (const lines of [one.detached?.lines ?? [], one.lines]) {
    if (!lines.some((line) => line.msgid === msgid)) continue;
    const anchor = anchorNear(lines, msgid, lines === one.lines);
    const effects: Effect[] = [];
    if (anchor !== null) effects.push({ kind: "hold-lines", key: one.key, held: true });
    if (lines === one.lines && one.detached !== null)
      effects.push({ kind: "end-visit", key: one.key });
    return { ui: withView(inRoom, one.key, { anchor, highlighted: msgid }), effects };
  }
  return { ui: inRoom, effects: [{ kind: "visit", key: one.key, msgid, time }] };
}

/** Where a message stands with a little of what came behind it. null: `newest`, and it is at their end. */
export function anchorNear(
  lines: readonly ChatLine[],
  msgid: string | null,
  newest: boolean,
): Anchor | null {
  const at = lines.findIndex((line) => line.msgid === msgid);
  const lowest = lines[Math.min(lines.length - 1, at + CONTEXT_LINES)];
  if (lowest === undefined || (newest && lowest === lines.at(-1))) return null;
  return { item: lowest.key, rowsUnder: 0, time: lowest.time };
}
