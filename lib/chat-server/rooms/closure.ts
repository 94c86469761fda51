import { isOperator } from "../users/operators.ts";
import type { User } from "../users/user.ts";
import type { Room } from "./room.ts";

/*
 * Closed rooms: nobody talks in them or joins them (`access.ts`). What an operator of the server has closed stays
 * closed until an operator opens or drops it, whatever its founder does, and its name stays taken.
 */

/** Whether an operator has closed a room: then it remains, also without members. */
export function isClosedByOperator({ closure }: Room): boolean {
  return closure?.byOperator === true;
}

/** Returns why a user can't open a closed room again or give it up, or `null` if they can. */
export function reopeningRefusal(room: Room, user: User): string | null {
  if (!isClosedByOperator(room) || isOperator(user)) return null;
  return "An operator of this server has closed that room. Only operators can change that";
}

/** Returns why a user can't change what others read of a closed room (topic, name, metadata), or `null`. */
export function closedChangeRefusal(room: Room, user: User): string | null {
  if (room.closure === null || isOperator(user)) return null;
  const isOwnClosure = !isClosedByOperator(room) && room.hasRank(user, "q");
  return isOwnClosure ? null : "That room is closed";
}
