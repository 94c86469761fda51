import { fold } from "../../protocol/names.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";

/**
 * Bounds a name. File systems allow 255 bytes (eCryptfs 143), and some count Hangul decomposed, in three
 * times the bytes. An extension and a temporary file's suffix follow.
 */
const NAME_BYTES_MAX = 100;
/** Hexadecimal digits of the digest behind a name that was cut: 128 bits, so that no two names share it. */
const DIGEST_LETTERS = 32;
/** Characters that stay: letters, marks, digits and pictographs, and ASCII that no system interprets. */
const PLAIN = /^[\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Emoji_Modifier}#_.-]$/u;
/** Fillers, joiners and the like, which some file systems ignore when they compare names. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;
/** Names of devices on Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?:\.|$)/;

/**
 * Returns the name of a file or folder for a room, person or server. Ordinary names stay readable; a space
 * becomes "+", and any other character `%` and its UTF-8 bytes. Names that are the same when folded get the
 * same file name. Others get names that differ on every file system, also where it ignores case or
 * normalizes.
 *
 * @example fileNameOf("#Dev.Ops") // "#dev.ops"
 * @example fileNameOf("#dev/ops") // "#dev%2fops"
 */
export function fileNameOf(name: string): string {
  const characters = [...fold(name)];
  if (characters.length === 0) return "%";
  const isDevice = DEVICE.test(characters.join(""));
  const pieces = characters.map((character, index) => {
    const isFirst = index === 0;
    const isLast = index === characters.length - 1;
    // A leading dot hides a file and a leading "-" looks like an option; Windows drops a trailing dot.
    const isRefused =
      (isFirst && (isDevice || character === "-")) || ((isFirst || isLast) && character === ".");
    const isPlain = PLAIN.test(character) && !IGNORABLE.test(character);
    return isPlain && !isRefused ? character : encode(character);
  });
  const encoded = pieces.join("");
  return utf8Bytes(encoded) <= NAME_BYTES_MAX ? encoded : cut(pieces, encoded);
}

/**
 * Returns the name of the folder of a server; each network of a bouncer has its own. No host has a space in it, so that
 * no other server's folder is called so.
 *
 * @example serverFolderName({ host: "bnc.example", port: 6697, network: "oftc" }) // "bnc.example_6697+oftc"
 */
export function serverFolderName({
  host,
  port,
  network = null,
}: {
  readonly host: string;
  readonly port: number;
  readonly network?: string | null;
}): string {
  return fileNameOf(network === null ? `${host}_${port}` : `${host}_${port} ${network}`);
}

/** Returns the pieces that fit, and a digest of all of them behind a "~", which no other name contains. */
function cut(pieces: readonly string[], encoded: string): string {
  const digest = new Bun.CryptoHasher("sha256").update(encoded).digest("hex");
  let start = "";
  for (const piece of pieces) {
    if (utf8Bytes(start + piece) > NAME_BYTES_MAX - DIGEST_LETTERS - 1) break;
    start += piece;
  }
  return `${start}~${digest.slice(0, DIGEST_LETTERS)}`;
}

function encode(character: string): string {
  if (character === " ") return "+";
  const code = character.charCodeAt(0);
  // Half of a surrogate pair has no UTF-8 form. "u" is no hexadecimal digit, so that this is no other character.
  if (!character.isWellFormed()) return `%u${code.toString(16)}`;
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
    .join("");
}
