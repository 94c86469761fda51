import { utf8Bytes } from "../../protocol/utf8.ts";
import type { ClientTags, RoomEvent } from "../event.ts";
import { LINE_TAG_BYTES_MAX, STORED_TAG_BYTES_MAX } from "../limits.ts";

/** Stored first: a later reader needs them to understand the message. */
const LASTING_TAGS: readonly string[] = [
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
/** Repeated first: they make a line a part of a reply or of a room's conversation. */
const REPEATED_TAGS: readonly string[] = [
  "+reply",
  "+draft/reply",
  "+channel-context",
  "+draft/channel-context",
];
/** Never stored: they matter only when they are sent. */
const EPHEMERAL_TAGS: readonly string[] = ["+typing", "+draft/typing"];

/**
 * Returns an event as it is stored: without the client tags that are only relayed. May be the same object.
 */
export function toStored(event: RoomEvent): RoomEvent {
  if (event.kind !== "said") return event;
  const tags = storedTags(event.tags);
  return tags === event.tags ? event : { ...event, tags };
}

/** Returns those of a message's client tags that are stored. May be the same object. */
export function storedTags(tags: ClientTags): ClientTags {
  const keys = Object.keys(tags);
  if (keys.length === 0) return tags;
  const isLasting = (key: string): boolean => LASTING_TAGS.includes(key);
  const isOther = (key: string): boolean => !isLasting(key) && !EPHEMERAL_TAGS.includes(key);
  const ordered = [...keys.filter(isLasting), ...keys.filter(isOther)];
  const stored = takeWithinBytes(tags, ordered, STORED_TAG_BYTES_MAX);
  return Object.keys(stored).length === keys.length ? tags : stored;
}

/**
 * Returns the client tags for each line of a split message but the first, for readers to whom the lines are
 * separate messages.
 */
export function perLineTags(tags: ClientTags): ClientTags {
  const repeated = REPEATED_TAGS.filter((key) => Object.hasOwn(tags, key));
  const isOther = (key: string): boolean =>
    !repeated.includes(key) && !EPHEMERAL_TAGS.includes(key);
  const ordered = [...repeated, ...Object.keys(tags).filter(isOther)];
  return takeWithinBytes(tags, ordered, LINE_TAG_BYTES_MAX);
}

/** Takes tags in the order of the keys. A tag that doesn't fit is skipped. */
function takeWithinBytes(tags: ClientTags, keys: readonly string[], bytesMax: number): ClientTags {
  const taken: Record<string, string> = {};
  let bytesLeft = bytesMax;
  for (const key of keys) {
    const value = tags[key] ?? "";
    const bytes = utf8Bytes(key) + utf8Bytes(value);
    if (bytes > bytesLeft) continue;
    taken[key] = value;
    bytesLeft -= bytes;
  }
  return taken;
}
