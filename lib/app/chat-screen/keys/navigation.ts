/** Switching from one conversation to another. */
import {
  type ClientConversation,
  type ClientState,
  isMessage,
  SERVER_KEY,
} from "../../../chat-client/client-state.ts";
import type { Folded } from "../../../protocol/names.ts";
import { closeThreadPlace, endEdit } from "../input-places.ts";
import { type ListedPlace, listedPlaces, onlyServer } from "../listed-places.ts";
import { listedConversations, type UiState, viewOf, withView } from "../ui-state.ts";
import type { Effect, KeyContext, KeyResult } from "./key-context.ts";

/**
 * Shows another conversation of the same server, at its bottom and with its read marker. The previous one keeps only
 * its drafts. Returns `ui` unchanged when there is no such conversation.
 */
export function goToConversation(state: ClientState, ui: UiState, key: Folded): UiState {
  if (ui.current === key) return ui;
  const left = { ...leaveConversation(ui), previous: { server: null, key: ui.current } };
  return arriveAt(state, left, key) ?? ui;
}

/** Shows a conversation at its bottom and with its read marker; null when there is no such one. */
export function arriveAt(state: ClientState, ui: UiState, key: Folded): UiState | null {
  const conversation = state.conversations.get(key);
  if (conversation === undefined) return null;
  const readAt = readMarkerOf(conversation);
  return withView({ ...ui, current: key }, key, { anchor: null, readAt });
}

/** Puts a conversation aside that stays on screen: what comes meanwhile belongs below its read marker. */
export function pauseAt(state: ClientState, ui: UiState, key: Folded): UiState {
  const conversation = state.conversations.get(key);
  const lastTime = conversation?.lines.at(-1)?.time ?? null;
  const marker = conversation === undefined ? null : readMarkerOf(conversation);
  return withView(ui, key, {
    readAt: viewOf(ui, key).readAt ?? marker ?? lastTime,
    selection: null,
  });
}

/** Comes back to a conversation that stayed on screen, as it is. */
export function resumeAt(state: ClientState, ui: UiState, key: Folded): UiState {
  const conversation = state.conversations.get(key);
  const marker = conversation === undefined ? null : readMarkerOf(conversation);
  const readAt = viewOf(ui, key).readAt ?? marker;
  return withView({ ...ui, current: key }, key, { readAt });
}

/** Returns the state without what the user looked at in the conversation on screen: only drafts stay. */
function leaveConversation(ui: UiState): UiState {
  const view = viewOf(ui, ui.current);
  return withView(ui, ui.current, {
    ...endEdit(view),
    ...closeThreadPlace(view),
    ...{ anchor: null, readAt: null, notes: [], highlighted: null, selection: null },
  });
}

/** Goes to a conversation of any server; does nothing without one. */
export function goToPlace(
  { state, ui }: Pick<KeyContext, "state" | "ui">,
  place: ListedPlace | null,
): KeyResult {
  if (place === null) return { ui, effects: [] };
  const { server, conversation } = place;
  const { key } = conversation;
  if (server.state === state) return { ui: goToConversation(state, ui, key), effects: [] };
  const closed = { ...ui, switcher: null, search: null, page: null, paste: null };
  const effect: Effect = { kind: "go-to", place: { server: server.id, key } };
  return { ui: leaveConversation(closed), effects: [effect] };
}

/** Returns the time (ms) where "read up to here" belongs, or null when everything was read. */
function readMarkerOf(conversation: ClientConversation): number | null {
  if (conversation.unread === 0) return null;
  if (conversation.readMarker !== null) return conversation.readMarker;
  const messages = conversation.lines.filter((line) => isMessage(line) && !line.own);
  const firstUnread = messages.at(-conversation.unread) ?? messages[0];
  return firstUnread === undefined ? null : firstUnread.time - 1;
}

/** Goes to the conversation with this number in the sidebar, counted from 1. */
export function goToNumber(context: KeyContext, number: number): KeyResult {
  return goToPlace(context, placesIn(context)[number - 1] ?? null);
}

/** Goes to the next conversation of the sidebar (the previous one for -1), and round at its ends. */
export function goToNext(context: KeyContext, step: 1 | -1): KeyResult {
  const all = placesIn(context);
  const index = all.findIndex(isShownIn(context));
  return goToPlace(context, all[(index + step + all.length) % Math.max(1, all.length)] ?? null);
}

/**
 * Goes to the next conversation that mentions the user, or else is unread (the previous one for -1); never to a muted
 * one.
 */
export function goToUnread(context: KeyContext, step: 1 | -1 = 1): KeyResult {
  const listed = placesIn(context);
  const all = step === 1 ? listed : listed.toReversed();
  const isShown = isShownIn(context);
  const index = all.findIndex(isShown) + 1;
  const others = [...all.slice(index), ...all.slice(0, index)].filter(
    (place) => !isShown(place) && !place.conversation.muted,
  );
  const place =
    others.find(({ conversation }) => conversation.mentions > 0) ??
    others.find(({ conversation: { unread, kind } }) => unread > 0 && kind !== "server");
  return goToPlace(context, place ?? null);
}

function placesIn({ state, servers = onlyServer(state) }: KeyContext): ListedPlace[] {
  return listedPlaces(servers);
}

function isShownIn({ state, ui }: KeyContext): (place: ListedPlace) => boolean {
  return ({ server, conversation }) => server.state === state && conversation.key === ui.current;
}

/** Goes back to the conversation that was on screen before, also to one of another server. */
export function goToLast(context: KeyContext): KeyResult {
  const { state, ui } = context;
  if (ui.previous === null) return { ui, effects: [] };
  const { server, key } = ui.previous;
  if (server === null) return { ui: goToConversation(state, ui, key), effects: [] };
  const isPlace = (place: ListedPlace): boolean =>
    place.server.id === server && place.conversation.key === key;
  return goToPlace(context, placesIn(context).find(isPlace) ?? null);
}

/**
 * Returns `ui` with an existing conversation on screen: the current one while it exists, else the first
 * of the sidebar, else the server's own. Call it at the start and after every session event.
 */
export function syncCurrent(state: ClientState, ui: UiState): UiState {
  // The server's own conversation is on screen only while there is no room.
  if (ui.current !== SERVER_KEY && state.conversations.has(ui.current)) return ui;
  const first = listedConversations(state)[0];
  if (ui.current === SERVER_KEY && (first === undefined || first.kind === "server")) return ui;
  return goToConversation(state, ui, first?.key ?? SERVER_KEY);
}

/** Moves a conversation's view to its new key, after the room or the nick was renamed. */
export function renameConversation(ui: UiState, oldKey: Folded, newKey: Folded): UiState {
  const views = new Map(ui.views);
  views.delete(oldKey);
  views.set(newKey, viewOf(ui, oldKey));
  const moved = (key: Folded): Folded => (key === oldKey ? newKey : key);
  const previous =
    ui.previous?.server === null ? { server: null, key: moved(ui.previous.key) } : ui.previous;
  return { ...ui, views, current: moved(ui.current), previous };
}
