/** Going from one conversation to another. */
import {
  type ClientConversation,
  type ClientState,
  SERVER_KEY,
} from "../../../chat-client/client-state.ts";
import type { Folded } from "../../../protocol/names.ts";
import { isSpoken } from "../message-lines.ts";
import { listed, lookAt, type UiState, withLook } from "../ui-state.ts";

/** The conversation that one left is at its bottom again, its draft kept; the new one has its read line. */
export function goTo(state: ClientState, ui: UiState, key: Folded): UiState {
  const one = state.conversations.get(key);
  if (one === undefined || ui.current === key) return ui;
  const left = withLook(ui, ui.current, {
    ...{ anchor: null, readAt: null, notes: [], mark: null, thread: null },
  });
  return withLook({ ...left, current: key }, key, { anchor: null, readAt: readLineOf(one) });
}

/** Where "read up to here" belongs (ms), or null when everything was read. */
function readLineOf(one: ClientConversation): number | null {
  if (one.unread === 0) return null;
  if (one.readMarker !== null) return one.readMarker;
  const spoken = one.lines.filter((line) => isSpoken(line) && !line.own);
  const first = spoken.at(-one.unread) ?? spoken[0];
  return first === undefined ? null : first.time - 1;
}

/** The nth of the list, counted from 1. */
export function goToNumber(state: ClientState, ui: UiState, number: number): UiState {
  const one = listed(state)[number - 1];
  return one === undefined ? ui : goTo(state, ui, one.key);
}

/** The next one down the list (or up, by -1), and round at its ends. */
export function goAlong(state: ClientState, ui: UiState, step: 1 | -1): UiState {
  const all = listed(state);
  const at = all.findIndex((one) => one.key === ui.current);
  const one = all[(at + step + all.length) % Math.max(1, all.length)];
  return one === undefined ? ui : goTo(state, ui, one.key);
}

/** The next with something unread: those where I am named first, muted ones never. */
export function goToUnread(state: ClientState, ui: UiState): UiState {
  const all = listed(state);
  const at = all.findIndex((one) => one.key === ui.current) + 1;
  const around = [...all.slice(at), ...all.slice(0, at)].filter((one) => one.key !== ui.current);
  const one =
    around.find((other) => other.mentions > 0 && !other.muted) ??
    around.find((other) => other.unread > 0 && !other.muted && other.kind !== "server");
  return one === undefined ? ui : goTo(state, ui, one.key);
}

/** What one looks at exists: after a room has gone or was renamed, and at the start. */
export function settle(state: ClientState, ui: UiState): UiState {
  const first = listed(state)[0];
  // The server's own conversation is where one is while there is no room.
  if (ui.current !== SERVER_KEY && state.conversations.has(ui.current)) return ui;
  if (ui.current === SERVER_KEY && (first === undefined || first.kind === "server")) return ui;
  return goTo(state, ui, first?.key ?? SERVER_KEY);
}

/** A conversation goes on under another key. */
export function moved(ui: UiState, was: Folded, key: Folded): UiState {
  const looks = new Map(ui.looks);
  looks.delete(was);
  looks.set(key, lookAt(ui, was));
  return { ...ui, looks, current: ui.current === was ? key : ui.current };
}
