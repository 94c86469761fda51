import type { Tags } from "./message.ts";

/** The tag of `sodam.chat/account-id`, in both directions. */
export const ACCOUNT_ID_TAG = "sodam.chat/account-id";

const KEY = /^\+?(?:[A-Za-z0-9.-]+\/)?[A-Za-z0-9-]+$/;
const NEEDS_ESCAPE = /[;\\ \r\n]/;
const ESCAPE = /[;\\ \r\n]/g;
const ESCAPED: Readonly<Record<string, string>> = {
  ";": "\\:",
  " ": "\\s",
  "\\": "\\\\",
  "\r": "\\r",
  "\n": "\\n",
};
const UNESCAPED: Readonly<Record<string, string>> = { ":": ";", s: " ", r: "\r", n: "\n" };

/**
 * Escapes a tag's value, so that it contains no `;`, space, CR or LF. message-tags, "Escaping
 * values"
 */
export function escapeTagValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replace(ESCAPE, (letter) => ESCAPED[letter] ?? letter);
}

/**
 * Reverses `escapeTagValue`. An unknown escape becomes its letter; a lone `\` at the end is
 * dropped.
 */
function unescapeTagValue(value: string): string {
  let index = value.indexOf("\\");
  if (index === -1) return value;
  let start = 0;
  let text = "";
  while (index !== -1) {
    text += value.slice(start, index);
    const letter = value.charAt(index + 1);
    text += UNESCAPED[letter] ?? letter;
    start = index + 2;
    index = value.indexOf("\\", start);
  }
  return text + value.slice(start);
}

/**
 * Returns whether a tag may be called so: an optional `+`, an optional vendor (a host) with `/`, then letters,
 * digits and hyphens. message-tags, "Format"
 */
export function isTagKey(key: string): boolean {
  return KEY.test(key);
}

/**
 * Parses `a=b;+c;d=`, without the "@". A tag without a value is "". Of several tags with one key
 * the last counts; a tag without a key, or with one that isn't {@link isTagKey}, is dropped.
 */
export function parseTags(text: string): Map<string, string> {
  const tags = new Map<string, string>();
  let start = 0;
  let equals = text.indexOf("=");
  while (start < text.length) {
    let end = text.indexOf(";", start);
    if (end === -1) end = text.length;
    // Looked for again only behind the last one: two thousand tags without values would each read the whole text.
    if (equals !== -1 && equals < start) equals = text.indexOf("=", start);
    const keyEnd = equals === -1 || equals > end ? end : equals;
    const key = text.slice(start, keyEnd);
    if (isTagKey(key)) {
      tags.set(key, keyEnd === end ? "" : unescapeTagValue(text.slice(keyEnd + 1, end)));
    }
    start = end + 1;
  }
  return tags;
}

/**
 * Formats tags as `a=b;c`, without the "@", in the map's order; "" for no tags. Keys are not
 * escaped.
 */
export function formatTags(tags: Tags): string {
  let text = "";
  for (const [key, value] of tags) {
    if (text !== "") text += ";";
    text += value === "" ? key : `${key}=${escapeTagValue(value)}`;
  }
  return text;
}

/**
 * Returns whether a tag is client-only, so that clients may send it to each other: it begins with
 * `+`.
 */
export function isClientTag(key: string): boolean {
  return key.charCodeAt(0) === 0x2b;
}
