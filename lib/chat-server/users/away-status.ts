import { relayToRoom, relayUserEvent } from "../relay/user-event.ts";
import type { Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import type { Monitors } from "./monitors.ts";
import type { User } from "./user.ts";

/**
 * Relays a user's away status to sessions with `away-notify` that share a room, if it differs from `before`.
 *
 * @param before `user.awayText` before the change
 * @param monitors `null` when sessions that MONITOR the nick get online or offline instead
 */
export function relayAwayChange(
  state: State,
  user: User,
  before: string | null,
  monitors: Monitors | null = state.monitors,
): void {
  const message = user.awayText;
  if (message === before) return;
  const event = { kind: "away", by: user.identity, time: state.now, message } as const;
  relayUserEvent(event, user, null, false, monitors);
}

/**
 * Sends AWAY with `message` to a room's other members with `away-notify`: for a user who joins while away.
 * https://ircv3.net/specs/extensions/away-notify
 */
export function relayAwayInRoom(state: State, room: Room, user: User, message: string): void {
  const event = { kind: "away", by: user.identity, time: state.now, message } as const;
  relayToRoom(event, room, user);
}
