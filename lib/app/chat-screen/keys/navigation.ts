/** Going from one conversation to another. */
import {
  type ClientConversation,
  type ClientState,
  SERVER_KEY,
} from "../../../chat-client/client-state.ts";
import type { Folded } from "../../../protocol/names.ts";
import { isMessageLine } from "../message-lines.ts";
import { listedConversations, type UiState, viewOf, withView } from "../ui-state.ts";

/** The conversation that one left is at its bottom again, its draft kept; the new one has its read line. */
export function goToConversation(state: ClientState, ui: UiState, key: Folded): UiState {
  const one = state.conversations.get(key);
  if (one === undefined || ui.current === key) return ui;
  const left = withView(ui, ui.current, {
    ...{ anchor: null, readAt: null, notes: [], highlighted: null, thread: null },
  });
  return withView({ ...left, current: key }, key, { anchor: null, readAt: readLineOf(one) });
}

/** Where "read up to here" belongs (ms), or null when everything was read. */
function readLineOf(one: ClientConversation): number | null {
  if (one.unread === 0) return null;
  if (one.readMarker !== null) return one.readMarker;
  const spoken = one.lines.filter((line) => isMessageLine(line) && !line.own);
  const first = spoken.at(-one.unread) ?? spoken[0];
  return first === undefined ? null : first.time - 1;
}

/** The nth of the list, counted from 1. */
export function goToNumber(state: ClientState, ui: UiState, number: number): UiState {
  const one = listedConversations(state)[number - 1];
  return one === undefined ? ui : goToConversation(state, ui, one.key);
}

/** The next one down the list (or up, by -1), and round at its ends. */
export function goToNext(state: ClientState, ui: UiState, step: 1 | -1): UiState {
  const all = listedConversations(state);
  const at = all.findIndex((one) => one.key === ui.current);
  const one = all[(at + step + all.length) % Math.max(1, all.length)];
  return one === undefined ? ui : goToConversation(state, ui, one.key);
}

/** The next with something unread: those where I am named first, muted ones never. */
export function goToUnread(state: ClientState, ui: UiState): UiState {
  const all = listedConversations(state);
  const at = all.findIndex((one) => one.key === ui.current) + 1;
  const around = [...all.slice(at), ...all.slice(0, at)].filter((one) => one.key !== ui.current);
  const one =
    around.find((other) => other.mentions > 0 && !other.muted) ??
    around.find((other) => other.unread > 0 && !other.muted && other.kind !== "server");
  return one === undefined ? ui : goToConversation(state, ui, one.key);
}

/** What one looks at exists: after a room has gone or was renamed, and at the start. */
export function syncCurrent(state: ClientState, ui: UiState): UiState {
  const first = listedConversations(state)[0];
  // The server's own conversation is where one is while there is no room.
  if (ui.current !== SERVER_KEY && state.conversations.has(ui.current)) return ui;
  if (ui.current === SERVER_KEY && (first === undefined || first.kind === "server")) return ui;
  return goToConversation(state, ui, first?.key ?? SERVER_KEY);
}

/** A conversation goes on under another key. */
export function moved(ui: UiState, was: Folded, key: Folded): UiState {
  const looks = new Map(ui.views);
  looks.delete(was);
  looks.set(key, viewOf(ui, was));
  return { ...ui, views: looks, current: ui.current === was ? key : ui.current };
}
