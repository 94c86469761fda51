import type { AccountName, RoomName } from "../../protocol/names.ts";
import { cutUtf8 } from "../../protocol/utf8.ts";
import type { ConversationId } from "../event.ts";

/** Readable in a listing, and far below what any file system allows for one name with the id behind it. */
const READABLE_BYTES_MAX = 60;

/**
 * A room's id for ever: `room.수다방.<id>`. The name in it is for people who look into the data folder; a
 * renamed room keeps its id, and `id` makes sure that no later room of the same name gets it.
 */
export function roomId(name: RoomName, id: string): ConversationId {
  return `room.${readable(name.slice(1))}.${id}` as ConversationId;
}

/** The id of two people's direct messages: `dm.민수+서연.<id>`. */
export function directConversationId(
  pair: readonly [AccountName, AccountName],
  id: string,
): ConversationId {
  return `dm.${readable(pair[0])}+${readable(pair[1])}.${id}` as ConversationId;
}

/** Letters, digits and - alone: nothing that a file system or a shell takes in another way. */
function readable(name: string): string {
  return cutUtf8(name.toLowerCase().replace(/[^\p{L}\p{M}\p{N}-]/gu, "_"), READABLE_BYTES_MAX / 2);
}
