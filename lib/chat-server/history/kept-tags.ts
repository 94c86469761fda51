import { utf8Bytes } from "../../protocol/text.ts";
import type { ClientTags, RoomEvent } from "../event.ts";

/**
 * Client tags that are kept with one message, in bytes of keys and values: a reply and a reaction to it are
 * some 60. A client may send 4 KB of them with each line, and the newest hundred lines of a room are in memory.
 */
export const KEPT_TAG_BYTES_MAX = 512;
/** What a later reader needs to understand a message comes first. */
const MEANT_FOR_LATER: readonly string[] = [
  "+reply",
  "+draft/reply",
  "+react",
  "+draft/react",
  "+unreact",
  "+draft/unreact",
  "+channel-context",
  "+draft/channel-context",
  "+draft/persist",
];
/** These are about the moment. */
const PASSING: readonly string[] = ["+typing", "+draft/typing"];

/** An event as it is kept: without what is relayed alone. The same value where there is nothing of that. */
export function asKept(event: RoomEvent): RoomEvent {
  if (event.kind !== "said") return event;
  const tags = keptTags(event.tags);
  return tags === event.tags ? event : { ...event, tags };
}

/** Those of a message's client tags that are kept with it; all of them are relayed. */
export function keptTags(tags: ClientTags): ClientTags {
  const keys = Object.keys(tags);
  if (keys.length === 0) return tags;
  const kept: Record<string, string> = {};
  let left = KEPT_TAG_BYTES_MAX;
  const isForLater = (key: string): boolean => MEANT_FOR_LATER.includes(key);
  for (const key of [...keys.filter(isForLater), ...keys.filter((key) => !isForLater(key))]) {
    const value = tags[key] ?? "";
    const bytes = utf8Bytes(key) + utf8Bytes(value);
    if (bytes > left || PASSING.includes(key)) continue;
    kept[key] = value;
    left -= bytes;
  }
  return Object.keys(kept).length === keys.length ? tags : kept;
}
