import { NUMERIC } from "../protocol/numerics.ts";
import type { HereAsk } from "./command.ts";
import type { Reply } from "./reply.ts";
import { isVisible } from "./rooms/access.ts";
import type { Room } from "./rooms/room.ts";

/** The answers that many commands give to what can't be. */

/**
 * The room of that name, or `null` after the asker was told that there is none: which is also what is said
 * of a secret one.
 */
export function findRoom({ state, user, reply }: HereAsk, name: string): Room | null {
  const room = state.rooms.byName(name);
  if (room !== null && isVisible(room, user)) return room;
  reply.numeric(NUMERIC.ERR_NOSUCHCHANNEL, name, "There is no such room");
  return null;
}

/** For what only members may do. */
export function notOn({ reply }: HereAsk, room: Room): void {
  reply.numeric(NUMERIC.ERR_NOTONCHANNEL, room.name, "You aren't in that room");
}

/** For what a rank is needed for. */
export function needOp({ reply }: HereAsk, room: Room): void {
  reply.numeric(NUMERIC.ERR_CHANOPRIVSNEEDED, room.name, "Only the room's ops may do that");
}

/** For a name that neither a nick nor an account has. */
export function noSuchNick({ reply }: HereAsk, nick: string): void {
  reply.numeric(NUMERIC.ERR_NOSUCHNICK, nick, "Nobody here has that name");
}

/** What who guesses at a password too often is told, whichever way it was said. */
export function tooManyTries(waitMs: number): string {
  return `Too many tries. Try again in ${Math.ceil(waitMs / 1000)} seconds`;
}

/** The disk took nothing: what was asked for has not happened. */
export function notKept(reply: Reply, verb: string, target: string): void {
  const sentence = "The server can't keep that right now. Try again in a moment";
  reply.fail(verb, "TEMPORARILY_UNAVAILABLE", [target], sentence);
}
