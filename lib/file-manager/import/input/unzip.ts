import { strToU8, unzipSync } from "fflate";

/** Bounds what a zip may unpack to, since a file of some kilobytes can unpack to many gigabytes. */
export const UNZIPPED_BYTES_MAX = 1024 ** 3;

/** "PK", and what comes first: a file, or the end of an empty zip. */
const ZIP_STARTS: readonly (readonly number[])[] = [
  [0x50, 0x4b, 3, 4],
  [0x50, 0x4b, 5, 6],
];

/** Returns whether bytes begin as a zip does. */
export function isZip(bytes: Uint8Array): boolean {
  return ZIP_STARTS.some((start) => start.every((byte, index) => bytes[index] === byte));
}

/**
 * Unpacks the files of a zip that `accepts` names, by their paths with "/". `refused` is a sentence
 * without the file's name: "is damaged…".
 */
export function unzip(
  zip: Uint8Array,
  accepts: (name: string) => boolean,
  bytesMax = UNZIPPED_BYTES_MAX,
): ReadonlyMap<string, Uint8Array> | { readonly refused: string } {
  const sizes = new Map<string, number>();
  let total = 0;
  let unpacked: Readonly<Record<string, Uint8Array>>;
  try {
    unpacked = unzipSync(zip, {
      filter: ({ name, originalSize }) => {
        if (name.endsWith("/") || !accepts(entryName(name))) return false;
        total += originalSize;
        if (total > bytesMax) return false;
        sizes.set(name, originalSize);
        return true;
      },
    });
  } catch {
    return { refused: "is no zip, damaged, or locked with a password. Unpack it yourself" };
  }
  if (total > bytesMax) {
    const size = `${Math.floor(bytesMax / 1024 ** 2)} MiB`;
    return { refused: `holds more than ${size} when it is unpacked. Unpack only what you need` };
  }
  // No more is unpacked of an entry than the size that it claims.
  const damaged = [...sizes].find(([name, size]) => unpacked[name]?.length !== size);
  if (damaged !== undefined)
    return { refused: `is damaged at ${entryName(damaged[0])}. Unpack it yourself` };
  return new Map(Object.entries(unpacked).map(([name, bytes]) => [entryName(name), bytes]));
}

/**
 * Decodes a name that the zip doesn't mark as UTF-8, which then arrives as one character a byte: macOS writes
 * UTF-8 without the mark, and Windows in Korean writes Windows-949.
 */
function entryName(name: string): string {
  const normal = name.replaceAll("\\", "/");
  if (!/[\u0080-\u00ff]/.test(normal) || /[^\0-\u00ff]/.test(normal))
    return normal.normalize("NFC");
  const bytes = strToU8(normal, true);
  for (const encoding of ["utf-8", "euc-kr"] as const) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes).normalize("NFC");
    } catch {
      // Not this encoding: the next may fit.
    }
  }
  return normal.normalize("NFC");
}
