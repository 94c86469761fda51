import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../command.ts";
import type { Room } from "../rooms/room.ts";
import type { Reply } from "./reply.ts";

/** The answers that many commands give to what can't be. */

/** For what only members may do. */
export function notOnChannel({ reply }: RegisteredContext, room: Room): void {
  reply.numeric(NUMERIC.ERR_NOTONCHANNEL, room.name, "You aren't in that room");
}

/** For what a rank is needed for. */
export function chanOpNeeded({ reply }: RegisteredContext, room: Room): void {
  reply.numeric(NUMERIC.ERR_CHANOPRIVSNEEDED, room.name, "Only the room's ops may do that");
}

/** For a name that neither a nick nor an account has. */
export function noSuchNick({ reply }: RegisteredContext, nick: string): void {
  reply.numeric(NUMERIC.ERR_NOSUCHNICK, nick, "Nobody here has that name");
}

/** For a nick that somebody has, or whose account it looks like. */
export function nickInUse(reply: Reply, nick: string): void {
  reply.numeric(NUMERIC.ERR_NICKNAMEINUSE, nick, "Somebody has that name. Try another");
}

/** For a command that lacks something. */
export function needMoreParams(reply: Reply, verb: string): void {
  reply.numeric(NUMERIC.ERR_NEEDMOREPARAMS, verb, "Not enough parameters");
}

/** For a server that isn't this one: there is no other. */
export function noSuchServer(reply: Reply, name: string): void {
  reply.numeric(NUMERIC.ERR_NOSUCHSERVER, name, "There is no such server");
}

/** Why a connection ends that would be one device more than an account may have here. */
export const TOO_MANY_SESSIONS = "Too many devices of this account are connected";

/** More passwords are waiting to be looked at than can be soon. */
export const SERVER_BUSY = "The server is busy. Try again in a moment";

/** What who guesses at a password too often is told, whichever way it was said. */
export function tooManyTries(waitMs: number): string {
  return `Too many tries. Try again in ${Math.ceil(waitMs / 1000)} seconds`;
}

/** The disk took nothing: what was asked for has not happened. */
export function notStored(reply: Reply, verb: string, target: string): void {
  reply.fail(verb, "TEMPORARILY_UNAVAILABLE", [target], NOT_STORED);
}

/** The same sentence, for texts that want another code with it. */
export const NOT_STORED = "The server can't keep that right now. Try again in a moment";
