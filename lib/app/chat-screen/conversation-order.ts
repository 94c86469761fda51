/** The order of rooms and of people in the list, and moving one up or down. */
import type { ClientConversation, ClientState } from "../../chat-client/client-state.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import type { Folded } from "../../protocol/names.ts";

/** Digits of a place: halving the distance between two again and again stays exact for some thirty moves. */
const DIGITS = 12;

/**
 * Returns conversations of one kind in the user's order. One that was never moved has its number, from 1, as its place:
 * so one that was moved stands between two others, whatever comes to the list later.
 */
export function inOrder(conversations: readonly ClientConversation[]): ClientConversation[] {
  if (conversations.every(({ order }) => order === null)) return [...conversations];
  return conversations
    .map((conversation, index) => ({ conversation, place: placeOf(conversation, index), index }))
    .sort((a, b) => a.place - b.place || a.index - b.index)
    .map(({ conversation }) => conversation);
}

/**
 * Moves a conversation up (-1) or down (1) among those of its kind, or with an infinite step to an end. Returns whether
 * it could: the server's own conversation stays last.
 */
export function moveConversation(
  { state, preferences }: Pick<ChatSession, "state" | "preferences">,
  key: Folded,
  step: number,
): boolean {
  const moved = state.conversations.get(key);
  if (moved === undefined || moved.kind === "server") return false;
  const alike = alikeOf(state, moved);
  const sorted = inOrder(alike);
  const places = new Map(
    alike.map((conversation, index) => [conversation, placeOf(conversation, index)]),
  );
  const index = sorted.indexOf(moved);
  const target = Math.max(0, Math.min(sorted.length - 1, index + step));
  if (target === index) return false;
  const others = sorted.filter((conversation) => conversation !== moved);
  const above = others[target - 1];
  const below = others[target];
  const placeAbove = above === undefined ? null : (places.get(above) ?? 0);
  const placeBelow = below === undefined ? null : (places.get(below) ?? 0);
  const place =
    placeAbove === null
      ? (placeBelow ?? 0) - 1
      : placeBelow === null
        ? placeAbove + 1
        : (placeAbove + placeBelow) / 2;
  preferences.set(key, "order", String(Number(place.toPrecision(DIGITS))));
  return true;
}

function alikeOf({ conversations }: ClientState, { kind }: ClientConversation) {
  return [...conversations.values()].filter((conversation) => conversation.kind === kind);
}

function placeOf({ order }: ClientConversation, index: number): number {
  return order ?? index + 1;
}
