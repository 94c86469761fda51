import type { ConversationId } from "../event.ts";
import type { Conversation } from "../rooms/room.ts";
import { Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { dropOldDays } from "../unread/unread-counts.ts";
import { trackUnreadChanges } from "../unread/unread-notices.ts";
import { dayOf } from "./utc-days.ts";

/** The key of a room's metadata under which its founder says for how many days it is kept. */
export const KEEP_DAYS_KEY = "sodam.chat/keep-days";
/** A century. */
const KEEP_DAYS_MAX = 36_500;
const DAY_MS = 86_400_000;

/** From when on histories are kept, in ms; what lies before is to go. Always the start of a UTC day. */
export interface Retention {
  /** For every conversation that isn't named, also of rooms that are no more; `null`: all is kept. */
  readonly byDefault: number | null;
  readonly byConversation: ReadonlyMap<ConversationId, number>;
}

/** Days that a text asks for, or `null` when it is no number of days. */
export function parseKeepDays(text: string): number | null {
  if (!/^\d{1,5}$/.test(text)) return null;
  const days = Number(text);
  return days >= 1 && days <= KEEP_DAYS_MAX ? days : null;
}

/**
 * What is to be kept from when on, by the server's setting and the rooms' own; a room may keep less than the
 * server, and not more. Memory forgets at once what lies before; the files are somebody else's.
 */
export function applyRetention(state: State): Retention {
  const others = cutoff(state, state.options.keepDays);
  const of = new Map<ConversationId, number>();
  for (const conversation of state.rooms.conversations()) {
    const since = cutoff(state, daysOf(state, conversation));
    const firstDay = since === null ? 0 : dayOf(since);
    const isShorter = [...conversation.messagesByDay.keys()].some((day) => day < firstDay);
    const tell = isShorter ? trackUnreadChanges(state, conversation) : null;
    dropOldDays(state.users, conversation, firstDay);
    tell?.();
    if (since === null) continue;
    if (since !== others) of.set(conversation.id, since);
    const kept = conversation.recentEvents.findIndex(({ time }) => time >= since);
    conversation.recentEvents.splice(0, kept < 0 ? conversation.recentEvents.length : kept);
  }
  forgetMarkers(state);
  return { byDefault: others, byConversation: of };
}

/** How far somebody has read a room that is no more is of no use: a person may found and leave 100 a minute. */
function forgetMarkers({ users, rooms }: State): void {
  for (const { markers, readStates } of users.all()) {
    for (const kept of [markers, readStates]) {
      for (const id of kept.keys()) if (rooms.byId(id) === null) kept.delete(id);
    }
  }
}

function daysOf(state: State, conversation: Conversation): number {
  const { keepDays } = state.options;
  const text = conversation instanceof Room ? conversation.metadata.get(KEEP_DAYS_KEY) : undefined;
  const own = text === undefined ? null : parseKeepDays(text);
  if (own === null) return keepDays;
  return keepDays === 0 ? own : Math.min(own, keepDays);
}

function cutoff(state: State, days: number): number | null {
  return days === 0 ? null : (Math.floor(state.now / DAY_MS) - days) * DAY_MS;
}
