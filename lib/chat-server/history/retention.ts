import type { ConversationId } from "../event.ts";
import { type Conversation, Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { dropOldDays } from "../unread/unread-counts.ts";
import { trackUnreadChanges } from "../unread/unread-notices.ts";
import { isPreferenceOpen } from "../users/account-preferences.ts";
import type { User } from "../users/user.ts";
import { DAY_MS, dayNumberOf } from "./utc-days.ts";

/** The METADATA key by which a room's founder sets for how many days its history is kept. */
export const KEEP_DAYS_KEY = "sodam.chat/keep-days";

/** A century. */
const KEEP_DAYS_MAX = 36_500;

/** The start of each history's retention (ms, the start of a UTC day). Older days are to be deleted. */
export interface Retention {
  /** For conversations that `byConversation` leaves out, closed rooms included. `null`: keep everything. */
  readonly byDefault: number | null;
  readonly byConversation: ReadonlyMap<ConversationId, number>;
}

/** Parses a number of days, from one to a century; `null` for anything else. */
export function parseKeepDays(text: string): number | null {
  if (!/^\d{1,5}$/.test(text)) return null;
  const days = Number(text);
  return days >= 1 && days <= KEEP_DAYS_MAX ? days : null;
}

/**
 * Removes old events, counts and files that people sent from memory, and returns the limits for the histories. A limit
 * is the server's setting, or a room's own where that is shorter. Notifies users of changed unread counts.
 */
export function applyRetention(state: State): Retention {
  const byDefault = cutoff(state, state.options.keepDays);
  const filesSince = cutoff(state, state.options.files.keepDays) ?? 0;
  const byConversation = new Map<ConversationId, number>();
  for (const conversation of state.rooms.conversations()) {
    const since = cutoff(state, keepDaysOf(state, conversation));
    const firstDay = since === null ? 0 : dayNumberOf(since);
    const hasOldDays = [...conversation.messagesByDay.keys()].some((day) => day < firstDay);
    const notifyUnreadChanges = hasOldDays ? trackUnreadChanges(state, conversation) : null;
    dropOldDays(state.users, conversation, firstDay);
    notifyUnreadChanges?.();
    state.rooms.files.removeBefore(conversation.id, Math.max(filesSince, since ?? 0));
    if (since === null) continue;
    if (since !== byDefault) byConversation.set(conversation.id, since);
    const { recentEvents } = conversation;
    const firstKept = recentEvents.findIndex(({ time }) => time >= since);
    recentEvents.splice(0, firstKept < 0 ? recentEvents.length : firstKept);
  }
  for (const user of state.users.all()) forgetClosedConversations(state, user);
  return { byDefault, byConversation };
}

/**
 * Removes a user's read markers, read states and preferences of conversations that no longer exist. A user may create and
 * leave 100 rooms at once, and one more each minute.
 */
export function forgetClosedConversations(
  { rooms }: Pick<State, "rooms">,
  { markers, readStates, preferences }: Pick<User, "markers" | "readStates" | "preferences">,
): void {
  for (const byConversation of [markers, readStates]) {
    for (const id of byConversation.keys()) {
      if (rooms.byId(id) === null) byConversation.delete(id);
    }
  }
  for (const key of preferences.keys()) {
    if (!isPreferenceOpen(rooms, key)) preferences.delete(key);
  }
}

/** Returns for how many days a conversation's history is kept; 0: forever. */
function keepDaysOf(state: State, conversation: Conversation): number {
  const { keepDays } = state.options;
  const text = conversation instanceof Room ? conversation.metadata.get(KEEP_DAYS_KEY) : undefined;
  const roomDays = text === undefined ? null : parseKeepDays(text);
  if (roomDays === null) return keepDays;
  return keepDays === 0 ? roomDays : Math.min(roomDays, keepDays);
}

function cutoff(state: State, keepDays: number): number | null {
  return keepDays === 0 ? null : (Math.floor(state.now / DAY_MS) - keepDays) * DAY_MS;
}
