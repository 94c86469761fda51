/** Keys while the search in messages is open, and jumping to a match. */
import type { ChatLine, ClientConversation } from "../../../chat-client/client-state.ts";
import { roomNameOn } from "../../../chat-client/server-names.ts";
import { EMPTY_EDITOR, edit } from "../../../terminal/editor.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import { searchChoices } from "../draw/search-view.ts";
import { closeThreadPlace } from "../input-places.ts";
import { idOf } from "../messages/message-lines.ts";
import { type Anchor, type SearchView, type UiState, viewOf, withView } from "../ui-state.ts";
import type { Effect, KeyContext, KeyResult } from "./key-context.ts";
import { leadsTo } from "./key-map.ts";
import { goToConversation } from "./navigation.ts";

/** Lines that are shown below a message that was jumped to. */
const LINES_BELOW_JUMP = 4;

/** Opens an empty search. */
export function openSearch(ui: UiState): UiState {
  return { ...ui, search: { editor: EMPTY_EDITOR, index: 0, results: null } };
}

/** Handles a key in the open search: arrows choose, Enter jumps, Tab asks the server, Esc closes. */
export function pressInSearch(context: KeyContext, search: SearchView, key: Key): KeyResult {
  const { state, ui } = context;
  const conversation = state.conversations.get(ui.current);
  const closed: UiState = { ...ui, search: null };
  if (conversation === undefined) return { ui: closed, effects: [] };
  if (key.kind === "key") {
    const step = key.name === "up" ? 1 : key.name === "down" ? -1 : 0;
    if (step !== 0 && !key.alt) {
      const last = Math.max(0, searchChoices(conversation, search).length - 1);
      const index = Math.max(0, Math.min(last, search.index + step));
      return { ui: { ...ui, search: { ...search, index } }, effects: [] };
    }
    // The key that opened it closes it, too.
    const isInterrupt = key.ctrl && key.name === "c";
    if (key.name === "escape" || isInterrupt || leadsTo(context.input.keyMap, key, "search")) {
      return { ui: closed, effects: [] };
    }
    const match = searchChoices(conversation, search)[search.index];
    if (key.name === "enter" && match !== undefined) {
      const place = search.results?.places.get(match.key);
      const target =
        place === undefined ? conversation : state.conversations.get(state.fold(place));
      if (target === undefined) return openAndJump(context, closed, place ?? "", match);
      const message = { msgid: idOf(match), time: match.time };
      return jumpToLine(target, goToConversation(state, closed, target.key), message);
    }
    const text = search.editor.text.trim();
    // The server looks further back than the loaded lines.
    const asksServer = key.name === "tab" || (key.name === "enter" && search.results === null);
    if (asksServer && text !== "") return { ui, effects: [{ kind: "search", text }] };
    if (key.name === "tab" || key.name === "enter") return { ui, effects: [] };
  }
  const editor = edit(search.editor, key);
  const next = editor === search.editor ? search : { editor, index: 0, results: null };
  return { ui: { ...ui, search: next }, effects: [] };
}

/**
 * Opens direct messages that were closed, and jumps to a match in them. A match in a room is always
 * in a listed one: the server searches only the user's own rooms.
 */
function openAndJump(
  { ui, state }: KeyContext,
  closed: UiState,
  place: string,
  line: ChatLine,
): KeyResult {
  const isRoom = roomNameOn(state, place) === place;
  const open: Effect = { kind: "slash", text: `${isRoom ? "/join" : "/msg"} ${place}` };
  // A room is to be joined first: what was found there is found again by then.
  if (isRoom) return { ui: { ...ui, search: null }, effects: [open] };
  const [key, msgid, { time }] = [state.fold(place), idOf(line), line];
  return { ui: closed, effects: [open, { kind: "jump-to-message", key, msgid, time }] };
}

/** Scrolls to a message where it is loaded, or asks for the part of the history around it. */
export function jumpToLine(
  conversation: ClientConversation,
  ui: UiState,
  { msgid, time }: { readonly msgid: string; readonly time: number },
): KeyResult {
  const { key, detached, lines: newest } = conversation;
  const withoutThread = withView(ui, key, closeThreadPlace(viewOf(ui, key)));
  for (const lines of [detached?.lines ?? [], newest]) {
    if (!lines.some((line) => idOf(line) === msgid)) continue;
    const anchor = anchorNear(lines, msgid, lines === newest);
    const effects: Effect[] = [];
    if (anchor !== null) effects.push({ kind: "hold-lines", key, held: true });
    if (lines === newest && detached !== null) effects.push({ kind: "end-jump", key });
    return { ui: withView(withoutThread, key, { anchor, highlighted: msgid }), effects };
  }
  return { ui: withoutThread, effects: [{ kind: "jump-to-message", key, msgid, time }] };
}

/**
 * Returns an anchor that shows a message and a few lines below it; null (the bottom) when these are
 * the last of `lines` and `isNewest` says that nothing comes after them.
 */
export function anchorNear(
  lines: readonly ChatLine[],
  msgid: string | null,
  isNewest: boolean,
): Anchor | null {
  const index = lines.findIndex((line) => idOf(line) === msgid);
  const lowest = lines[Math.min(lines.length - 1, index + LINES_BELOW_JUMP)];
  if (lowest === undefined || (isNewest && lowest === lines.at(-1))) return null;
  return { itemKey: lowest.key, rowsBelow: 0, time: lowest.time };
}
