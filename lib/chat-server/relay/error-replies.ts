import { formatCount } from "../../protocol/plural.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../command.ts";
import type { Room } from "../rooms/room.ts";
import type { Reply } from "./reply.ts";

/** Error replies that many commands share. */

/** Sends ERR_NOTONCHANNEL: only the room's members may do that. */
export function notOnChannel({ reply }: RegisteredContext, room: Room): void {
  reply.numeric(NUMERIC.ERR_NOTONCHANNEL, room.name, "You aren't in that room");
}

/** Sends ERR_CHANOPRIVSNEEDED: only the room's ops may do that. */
export function chanOpNeeded({ reply }: RegisteredContext, room: Room): void {
  reply.numeric(NUMERIC.ERR_CHANOPRIVSNEEDED, room.name, "Only the room's ops may do that");
}

/** Sends ERR_NOSUCHNICK: neither a nick nor an account has that name. */
export function noSuchNick({ reply }: RegisteredContext, nick: string): void {
  reply.numeric(NUMERIC.ERR_NOSUCHNICK, nick, "Nobody here has that name");
}

/** Sends ERR_ERRONEUSNICKNAME: the rules of names refuse that nick. */
export function invalidNick(reply: Reply, nick: string): void {
  reply.numeric(NUMERIC.ERR_ERRONEUSNICKNAME, nick, "That is not a valid nick");
}

/** Sends ERR_NICKNAMEINUSE: a user has that nick, or an account has that or a similar name. */
export function nickInUse(reply: Reply, nick: string): void {
  reply.numeric(NUMERIC.ERR_NICKNAMEINUSE, nick, "Somebody has that name. Try another");
}

/** The refusal of a stranger's question about one name too many. */
export const TOO_MANY_NAMES = "You asked about too many names. Try again later";

/**
 * Refuses a command because of a name in it that may not be asked about now: the same if nobody has it. A message is
 * refused by ERR_TOOMANYTARGETS, which names the target.
 */
export function refuseName(reply: Reply, verb: string, name: string): void {
  if (["PRIVMSG", "NOTICE", "TAGMSG", "BATCH"].includes(verb)) {
    return reply.numeric(NUMERIC.ERR_TOOMANYTARGETS, name, TOO_MANY_NAMES);
  }
  reply.numeric(NUMERIC.RPL_TRYAGAIN, verb, TOO_MANY_NAMES);
}

/** Sends ERR_NEEDMOREPARAMS. */
export function needMoreParams(reply: Reply, verb: string): void {
  reply.numeric(NUMERIC.ERR_NEEDMOREPARAMS, verb, "Not enough parameters");
}

/** Sends ERR_NOSUCHSERVER, for any server but this one. */
export function noSuchServer(reply: Reply, name: string): void {
  reply.numeric(NUMERIC.ERR_NOSUCHSERVER, name, "There is no such server");
}

/** The reason for closing a connection beyond `SESSIONS_PER_USER_MAX`. */
export const TOO_MANY_SESSIONS = "Too many devices of this account are connected";

/** The refusal when too many passwords are queued for hashing. */
export const SERVER_BUSY = "The server is busy. Try again in a moment";

/** Returns the sentence for too many password attempts, however the password was sent. */
export function tooManyTries(waitMs: number): string {
  return `Too many tries. Try again in ${formatCount(Math.ceil(waitMs / 1000), "second")}`;
}

/** Sends FAIL TEMPORARILY_UNAVAILABLE: the disk refused the change, so nothing has changed. */
export function notStored(reply: Reply, verb: string, target: string): void {
  reply.fail(verb, "TEMPORARILY_UNAVAILABLE", [target], NOT_STORED);
}

/** The sentence of {@link notStored}, for commands whose FAIL has another code or no target. */
export const NOT_STORED = "The server can't store that right now. Try again in a moment";
