import { utf8Bytes } from "../../protocol/utf8.ts";
import type { ClientTags, RoomEvent } from "../event.ts";

/**
 * Client tags that are kept with one message, in bytes of keys and values: a reply and a reaction to it are
 * some 60. A client may send 4 KB of them with each line, and the newest hundred lines of a room are in memory.
 */
export const STORED_TAG_BYTES_MAX = 512;
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
/** What makes a line a part of an answer, or of what is said in a room, where it stands by itself. */
const OF_EACH_LINE: readonly string[] = [
  "+reply",
  "+draft/reply",
  "+channel-context",
  "+draft/channel-context",
];
/** Both names of each with our ids and a room of the longest: a hundred lines have them. */
const LINE_TAG_BYTES_MAX = 256;
/** These are about the moment. */
const PASSING: readonly string[] = ["+typing", "+draft/typing"];

/** An event as it is kept: without what is relayed alone. The same value where there is nothing of that. */
export function toStored(event: RoomEvent): RoomEvent {
  if (event.kind !== "said") return event;
  const tags = storedTags(event.tags);
  return tags === event.tags ? event : { ...event, tags };
}

/** Those of a message's client tags that are kept with it; all of them are relayed. */
export function storedTags(tags: ClientTags): ClientTags {
  const keys = Object.keys(tags);
  if (keys.length === 0) return tags;
  const isForLater = (key: string): boolean => MEANT_FOR_LATER.includes(key);
  const isOther = (key: string): boolean => !isForLater(key) && !PASSING.includes(key);
  const wanted = [...keys.filter(isForLater), ...keys.filter(isOther)];
  const kept = fitting(tags, wanted, STORED_TAG_BYTES_MAX);
  return Object.keys(kept).length === keys.length ? tags : kept;
}

/**
 * Those that stand on each further line of a message, for readers to whom its lines are messages: what makes it
 * one comes first, and then as many as have a place.
 */
export function perLineTags(tags: ClientTags): ClientTags {
  const first = OF_EACH_LINE.filter((key) => Object.hasOwn(tags, key));
  const isOther = (key: string): boolean => !first.includes(key) && !PASSING.includes(key);
  const wanted = [...first, ...Object.keys(tags).filter(isOther)];
  return fitting(tags, wanted, LINE_TAG_BYTES_MAX);
}

function fitting(tags: ClientTags, keys: readonly string[], bytesMax: number): ClientTags {
  const chosen: Record<string, string> = {};
  let left = bytesMax;
  for (const key of keys) {
    const value = tags[key] ?? "";
    const bytes = utf8Bytes(key) + utf8Bytes(value);
    if (bytes > left) continue;
    chosen[key] = value;
    left -= bytes;
  }
  return chosen;
}
