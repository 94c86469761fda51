import { utf8Bytes } from "../../protocol/utf8.ts";
import { rankOfLetter } from "../../protocol/wire/modes.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { LINE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { Reply } from "../relay/reply.ts";
import type { User } from "../users/user.ts";
import { canSeeAllMembers, canSeeInNames, canSeeRoom } from "./access.ts";
import type { Member, Room } from "./room.ts";

/**
 * Returns the prefix of a member's nick ("@"): the highest of their ranks, or all of them for multi-prefix.
 *
 * @param ranks mode letters, highest first
 */
export function prefixOf(ranks: string, isMultiPrefix: boolean): string {
  if (ranks === "") return "";
  let prefix = "";
  for (const letter of isMultiPrefix ? ranks : ranks.charAt(0))
    prefix += rankOfLetter(letter) ?? "";
  return prefix;
}

/** Sends the whole NAMES reply of a room. Of a secret room, non-members only get its end. */
export function sendNames(reply: Reply, room: Room, viewer: User): void {
  if (canSeeRoom(room, viewer)) sendMembers(reply, room, viewer);
  endNames(reply, room.name);
}

/** Sends RPL_ENDOFNAMES. `target` is the requested room's name, or "*" for all rooms. */
export function endNames(reply: Reply, target: string): void {
  reply.numeric(NUMERIC.RPL_ENDOFNAMES, target, "End of the list");
}

/** Sends the members of a room that the viewer may see, in as few RPL_NAMREPLY lines as hold them. */
export function sendMembers(reply: Reply, room: Room, viewer: User): void {
  const isMultiPrefix = reply.session.has("multi-prefix");
  const hasUserhosts = reply.session.has("userhost-in-names");
  const symbol = room.hasMode("s") ? "@" : "=";
  // ":server 353 nick = #room :" … CR LF. The lengths of the server's name and the nick are limited.
  const bytesMax =
    LINE_BYTES_MAX - 2 - utf8Bytes(`:${reply.server} 353 ${viewer.nick} = ${room.name} :`);
  const seesAll = canSeeAllMembers(viewer, room);
  let line = "";
  let bytes = 0;
  // Finding a member's prefix and adding the name take as long as looking at three entries.
  reply.session.work.rows += 3 * room.members.size;
  for (const member of room.members.values()) {
    if (!seesAll && !canSeeInNames(viewer, room, member.user)) continue;
    const name = memberName(member, isMultiPrefix, hasUserhosts);
    const nameBytes = utf8Bytes(name) + 1;
    if (bytes + nameBytes > bytesMax && line !== "") {
      reply.numeric(NUMERIC.RPL_NAMREPLY, symbol, room.name, line);
      line = "";
      bytes = 0;
    }
    line += line === "" ? name : ` ${name}`;
    bytes += nameBytes;
  }
  if (line !== "") reply.numeric(NUMERIC.RPL_NAMREPLY, symbol, room.name, line);
}

function memberName(
  { user, ranks }: Member,
  isMultiPrefix: boolean,
  hasUserhosts: boolean,
): string {
  const name = hasUserhosts ? user.source : user.nick;
  // Concatenating with "" would copy the name: most of the cost of a list of a thousand.
  return ranks === "" ? name : prefixOf(ranks, isMultiPrefix) + name;
}
