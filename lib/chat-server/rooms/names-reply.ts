import { utf8Bytes } from "../../protocol/utf8.ts";
import { rankOfLetter } from "../../protocol/wire/modes.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { LINE_BYTES_MAX, NICK_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { Reply } from "../relay/reply.ts";
import type { User } from "../users/user.ts";
import { canSeeAllMembers, canSeeInNames, canSeeRoom } from "./access.ts";
import type { Member, Room } from "./room.ts";

/** Members whose names are collected in one of the units of slices.ts. */
export const MEMBERS_PER_UNIT = 2;

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
  const symbol = symbolOf(room);
  for (const names of packNames(reply, room, viewer)) {
    reply.numeric(NUMERIC.RPL_NAMREPLY, symbol, room.name, names);
  }
}

function symbolOf(room: Room): string {
  return room.hasMode("s") ? "@" : "=";
}

/** Returns the names of those members that the viewer may see, by lines. */
function packNames({ session, server }: Reply, room: Room, viewer: User): string[] {
  const isMultiPrefix = session.has("multi-prefix");
  const hasUserhosts = session.has("userhost-in-names");
  // ":server 353 nick = #room :" … CR LF, with the longest nick, so that all viewers get the same lines.
  const start = utf8Bytes(`:${server} 353  = ${room.name} :`) + NICK_BYTES_MAX;
  const bytesMax = LINE_BYTES_MAX - 2 - start;
  const seesAll = canSeeAllMembers(viewer, room);
  const lines: string[] = [];
  let line = "";
  let bytes = 0;
  // Finding a member's prefix and adding the name take as long as looking at three entries.
  session.work.rows += 3 * room.members.size;
  for (const member of room.members.values()) {
    if (!seesAll && !canSeeInNames(viewer, room, member.user)) continue;
    const name = memberName(member, isMultiPrefix, hasUserhosts);
    const nameBytes = utf8Bytes(name) + 1;
    if (bytes + nameBytes > bytesMax && line !== "") {
      lines.push(line);
      line = "";
      bytes = 0;
    }
    line += line === "" ? name : ` ${name}`;
    bytes += nameBytes;
  }
  if (line !== "") lines.push(line);
  return lines;
}

/**
 * Sends the NAMES of one room to many of its members: the names are collected once for all who see the same. Lives
 * for one slice, since it doesn't notice when the room changes.
 */
export class SharedNames {
  readonly #room: Room;
  /** By the capabilities that the names depend on. */
  readonly #lines = new Map<string, readonly string[]>();

  constructor(room: Room) {
    this.#room = room;
  }

  /** Sends the whole reply to a member's session, outside of a command. */
  sendTo(reply: Reply, viewer: User): void {
    const { session, server } = reply;
    const room = this.#room;
    if (!canSeeAllMembers(viewer, room)) return sendNames(reply, room, viewer);
    const key = `${session.has("multi-prefix")} ${session.has("userhost-in-names")}`;
    const lines = this.#lines.get(key) ?? packNames(reply, room, viewer);
    this.#lines.set(key, lines);
    // One piece of bytes for all lines: encoding each by itself takes ten times as long.
    const start = `:${server} ${NUMERIC.RPL_NAMREPLY} ${viewer.nick} ${symbolOf(room)} ${room.name} :`;
    const text = lines.map((line) => `${start}${line}\r\n`).join("");
    const bytes = Buffer.from(text);
    session.work.bytes += bytes.length;
    session.send(bytes);
    endNames(reply, room.name);
  }
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
