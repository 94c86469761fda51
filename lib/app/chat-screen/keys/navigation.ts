/** Switching from one conversation to another. */
import {
  type ClientConversation,
  type ClientState,
  SERVER_KEY,
} from "../../../chat-client/client-state.ts";
import type { Folded } from "../../../protocol/names.ts";
import { closeThreadPlace, endEdit } from "../input-places.ts";
import { isMessageLine } from "../message-lines.ts";
import { listedConversations, type UiState, viewOf, withView } from "../ui-state.ts";

/**
 * Shows another conversation, at its bottom and with its read marker. The previous one keeps only its
 * drafts. Returns `ui` unchanged when there is no such conversation.
 */
export function goToConversation(state: ClientState, ui: UiState, key: Folded): UiState {
  const conversation = state.conversations.get(key);
  if (conversation === undefined || ui.current === key) return ui;
  const view = viewOf(ui, ui.current);
  const left = withView(ui, ui.current, {
    ...endEdit(view),
    ...closeThreadPlace(view),
    ...{ anchor: null, readAt: null, notes: [], highlighted: null, selection: null },
  });
  const readAt = readMarkerOf(conversation);
  return withView({ ...left, current: key, previous: ui.current }, key, { anchor: null, readAt });
}

/** Returns the time (ms) where "read up to here" belongs, or null when everything was read. */
function readMarkerOf(conversation: ClientConversation): number | null {
  if (conversation.unread === 0) return null;
  if (conversation.readMarker !== null) return conversation.readMarker;
  const messages = conversation.lines.filter((line) => isMessageLine(line) && !line.own);
  const firstUnread = messages.at(-conversation.unread) ?? messages[0];
  return firstUnread === undefined ? null : firstUnread.time - 1;
}

/** Goes to the conversation with this number in the sidebar, counted from 1. */
export function goToNumber(state: ClientState, ui: UiState, number: number): UiState {
  const conversation = listedConversations(state)[number - 1];
  return conversation === undefined ? ui : goToConversation(state, ui, conversation.key);
}

/** Goes to the next conversation of the sidebar (the previous one for -1), and round at its ends. */
export function goToNext(state: ClientState, ui: UiState, step: 1 | -1): UiState {
  const all = listedConversations(state);
  const index = all.findIndex(({ key }) => key === ui.current);
  const conversation = all[(index + step + all.length) % Math.max(1, all.length)];
  return conversation === undefined ? ui : goToConversation(state, ui, conversation.key);
}

/**
 * Goes to the next conversation that mentions the user, or else is unread (the previous one for -1); never to a muted
 * one.
 */
export function goToUnread(state: ClientState, ui: UiState, step: 1 | -1 = 1): UiState {
  const listed = listedConversations(state);
  const all = step === 1 ? listed : listed.toReversed();
  const index = all.findIndex(({ key }) => key === ui.current) + 1;
  const others = [...all.slice(index), ...all.slice(0, index)].filter(
    ({ key, muted }) => key !== ui.current && !muted,
  );
  const conversation =
    others.find(({ mentions }) => mentions > 0) ??
    others.find(({ unread, kind }) => unread > 0 && kind !== "server");
  return conversation === undefined ? ui : goToConversation(state, ui, conversation.key);
}

/** Goes back to the conversation that was on screen before. */
export function goToLast(state: ClientState, ui: UiState): UiState {
  return ui.previous === null ? ui : goToConversation(state, ui, ui.previous);
}

/**
 * Returns `ui` with an existing conversation on screen: the current one while it exists, else the first
 * of the sidebar, else the server's own. Call it at the start and after every session event.
 */
export function syncCurrent(state: ClientState, ui: UiState): UiState {
  const first = listedConversations(state)[0];
  // The server's own conversation is on screen only while there is no room.
  if (ui.current !== SERVER_KEY && state.conversations.has(ui.current)) return ui;
  if (ui.current === SERVER_KEY && (first === undefined || first.kind === "server")) return ui;
  return goToConversation(state, ui, first?.key ?? SERVER_KEY);
}

/** Moves a conversation's view to its new key, after the room or the nick was renamed. */
export function renameConversation(ui: UiState, oldKey: Folded, newKey: Folded): UiState {
  const views = new Map(ui.views);
  views.delete(oldKey);
  views.set(newKey, viewOf(ui, oldKey));
  const moved = (key: Folded): Folded => (key === oldKey ? newKey : key);
  const previous = ui.previous === null ? null : moved(ui.previous);
  return { ...ui, views, current: moved(ui.current), previous };
}
