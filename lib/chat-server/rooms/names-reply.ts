import { utf8Bytes } from "../../protocol/utf8.ts";
import { rankOfLetter } from "../../protocol/wire/modes.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { LINE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { Reply } from "../relay/reply.ts";
import type { User } from "../users/user.ts";
import { canSeeRoom } from "./access.ts";
import type { Member, Room } from "./room.ts";
import { canSeeAllMembers, canSeeInNames } from "./visibility.ts";

/** What stands before a member's nick: the highest rank, or all of them with multi-prefix. */
export function prefixOf(ranks: string, all: boolean): string {
  if (ranks === "") return "";
  let prefix = "";
  for (const letter of all ? ranks : ranks.charAt(0)) prefix += rankOfLetter(letter) ?? "";
  return prefix;
}

/** NAMES of a room. Outsiders see nobody in a secret room. */
export function sendNames(reply: Reply, room: Room, viewer: User): void {
  if (canSeeRoom(room, viewer)) sendMembers(reply, room, viewer);
  endNames(reply, room.name);
}

export function endNames(reply: Reply, asked: string): void {
  reply.numeric(NUMERIC.RPL_ENDOFNAMES, asked, "End of the list");
}

/** Who is in a room, in as few lines as hold it. */
export function sendMembers(reply: Reply, room: Room, viewer: User): void {
  const all = reply.session.has("multi-prefix");
  const long = reply.session.has("userhost-in-names");
  const symbol = room.hasMode("s") ? "@" : "=";
  // ":server 353 nick = #room :" … CR LF; the server's name and the nick are bounded themselves.
  const bytesMax =
    LINE_BYTES_MAX - 2 - utf8Bytes(`:${reply.server} 353 ${viewer.nick} = ${room.name} :`);
  const everybody = canSeeAllMembers(viewer, room);
  let line = "";
  let bytes = 0;
  for (const member of room.members.values()) {
    if (!everybody && !canSeeInNames(viewer, room, member.user)) continue;
    const name = nameOf(member, all, long);
    const size = utf8Bytes(name) + 1;
    if (bytes + size > bytesMax && line !== "") {
      reply.numeric(NUMERIC.RPL_NAMREPLY, symbol, room.name, line);
      line = "";
      bytes = 0;
    }
    line += line === "" ? name : ` ${name}`;
    bytes += size;
  }
  if (line !== "") reply.numeric(NUMERIC.RPL_NAMREPLY, symbol, room.name, line);
}

function nameOf({ user, ranks }: Member, all: boolean, long: boolean): string {
  const name = long ? user.source : user.nick;
  // Joined to "", it would be put together anew: most of what a list of a thousand costs.
  return ranks === "" ? name : prefixOf(ranks, all) + name;
}
