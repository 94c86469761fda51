import { FILE_NAME_BYTES_MAX } from "./file-facts.ts";
import { splitUtf8, utf8Bytes } from "./utf8.ts";

/** What is kept of a name's end when it is cut: longer ones are no extensions. */
const EXTENSION = /\.[\p{L}\p{N}]{1,16}$/u;
/** Controls, and characters that nobody sees or that change the order of others; not those that join emoji and letters. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;
/** Folders, and what Windows allows in no name. */
const FORBIDDEN = /[/\\:*?"<>|]/g;
/** Names of devices on Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * Returns a name under which a file that somebody sent can be written on every system, and shown: without folders,
 * controls and what hides other letters, not hidden itself, and cut between letters before its extension. Never empty.
 *
 * @example safeFileName("../../.bashrc") // "_.._.bashrc"
 * @param bytesMax the longest name, in UTF-8
 */
export function safeFileName(name: string, bytesMax = FILE_NAME_BYTES_MAX): string {
  const seen = name.toWellFormed().normalize("NFC").replace(UNSEEN, "");
  // A dot hides a name, a dash makes an option of it for many programs, and Windows drops dots and spaces at the end.
  const trimmed = seen
    .replace(FORBIDDEN, "_")
    .replace(/^[\s.-]+/u, "")
    .replace(/[\s.]+$/u, "");
  const plain = DEVICE.test(trimmed) ? `_${trimmed}` : trimmed;
  return cut(plain === "" ? "file" : plain, bytesMax);
}

function cut(name: string, bytesMax: number): string {
  if (utf8Bytes(name) <= bytesMax) return name;
  const extension = EXTENSION.exec(name)?.[0] ?? "";
  const stem = name.slice(0, name.length - extension.length);
  const [start = ""] = splitUtf8(stem, bytesMax - utf8Bytes(extension));
  return start.replace(/[\s.]+$/u, "") + extension;
}
