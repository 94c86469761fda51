import type { Tags } from "./message.ts";

/** Writes a tag's value so that it holds no `;`, space, CR or LF. message-tags, "Escaping values" */
export function escapeTagValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replace(ESCAPE, (letter) => ESCAPED[letter] ?? letter);
}

const NEEDS_ESCAPE = /[;\\ \r\n]/;
const ESCAPE = /[;\\ \r\n]/g;
const ESCAPED: Readonly<Record<string, string>> = {
  ";": "\\:",
  " ": "\\s",
  "\\": "\\\\",
  "\r": "\\r",
  "\n": "\\n",
};

/** Undoes `escapeTagValue`. An unknown escape is its letter; a lone `\` at the end is dropped. */
export function unescapeTagValue(value: string): string {
  let at = value.indexOf("\\");
  if (at === -1) return value;
  let from = 0;
  let text = "";
  while (at !== -1) {
    text += value.slice(from, at);
    const letter = value.charAt(at + 1);
    text += UNESCAPED[letter] ?? letter;
    from = at + 2;
    at = value.indexOf("\\", from);
  }
  return text + value.slice(from);
}

const UNESCAPED: Readonly<Record<string, string>> = { ":": ";", s: " ", r: "\r", n: "\n" };

/**
 * Reads `a=b;+c;d=`, without the '@'. A tag without a value is "". Of two with one key the last
 * counts; a tag without a key is dropped.
 */
export function parseTags(text: string): Map<string, string> {
  const tags = new Map<string, string>();
  let from = 0;
  while (from < text.length) {
    let end = text.indexOf(";", from);
    if (end === -1) end = text.length;
    const equals = text.indexOf("=", from);
    const keyEnd = equals === -1 || equals > end ? end : equals;
    if (keyEnd > from) {
      const value = keyEnd === end ? "" : unescapeTagValue(text.slice(keyEnd + 1, end));
      tags.set(text.slice(from, keyEnd), value);
    }
    from = end + 1;
  }
  return tags;
}

/** Writes `a=b;c`, without the '@', in the map's order; "" for no tags. Keys are written as is. */
export function formatTags(tags: Tags): string {
  let text = "";
  for (const [key, value] of tags) {
    if (text !== "") text += ";";
    text += value === "" ? key : `${key}=${escapeTagValue(value)}`;
  }
  return text;
}

/** Whether clients may send it to one another: it begins with `+`. */
export function isClientTag(key: string): boolean {
  return key.charCodeAt(0) === 0x2b;
}
