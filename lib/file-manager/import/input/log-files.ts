import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { constants, gunzipSync, zstdDecompressSync } from "node:zlib";
import { fsErrorText } from "../../disk/fs-errors.ts";
import type { LogFile } from "../log-format.ts";
import { type DecodedLog, decodeLog } from "./decode-log.ts";
import { isZip, UNZIPPED_BYTES_MAX, unzip } from "./unzip.ts";

/** A folder of logs: a file a day, for some hundred rooms and years in an export of many. */
const FILES_MAX = 200_000;
const DEPTH_MAX = 8;

/** The files of a log, in the order of their names. */
export interface LogFiles {
  readonly files: readonly OpenedLogFile[];
  /** Names of files that the format doesn't accept. */
  readonly passedOver: readonly string[];
}

/** A {@link LogFile} that remembers how it was decoded. */
export interface OpenedLogFile extends LogFile {
  readonly decoded: () => DecodedLog;
}

/**
 * Reads a log: a file, the files of a folder and its subfolders, or those of a zip. Files packed
 * with gzip or zstd are unpacked, and lose that ending. A refusal is a sentence for the owner.
 *
 * @param bytesMax how much there may be in all, packed and unpacked
 */
export function readLogFiles(
  path: string,
  accepts: (name: string) => boolean,
  encoding: string | null,
  bytesMax = UNZIPPED_BYTES_MAX,
): LogFiles | { readonly refused: string } {
  const unpacker = new Unpacker(bytesMax);
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return filesOfFolder(path, accepts, encoding, unpacker);
    // A pipe or a device may never end.
    if (!stat.isFile()) return { refused: `${path} is no file.` };
    if (stat.size > bytesMax) return { refused: tooLarge(path, bytesMax) };
    const bytes = readFileSync(path);
    const isZipped = isZip(bytes);
    const content = isZipped ? unzip(bytes, accepts, bytesMax) : new Map([[basename(path), bytes]]);
    if ("refused" in content) return { refused: `${path} ${content.refused}.` };
    const files = [...content].map(([name, packed]) =>
      openFile(name, unpacker.unpack(packed), encoding),
    );
    return { files: inOrder(files), passedOver: [] };
  } catch (error) {
    if (unpacker.isFull) return { refused: tooLarge(path, bytesMax) };
    return { refused: `${path} cannot be read: ${fsErrorText(error)}.` };
  }
}

function tooLarge(path: string, bytesMax: number): string {
  return `${path} is larger than ${bytesMax / 1024 ** 3} GiB, as it is or when it is unpacked.`;
}

function filesOfFolder(
  root: string,
  accepts: (name: string) => boolean,
  encoding: string | null,
  unpacker: Unpacker,
): LogFiles | { readonly refused: string } {
  const names = namesBelow(root, "", 0);
  const isAccepted = (name: string): boolean => accepts(unpackedName(name));
  const accepted = names.filter(isAccepted);
  if (accepted.length > FILES_MAX) return { refused: `${root} has more than ${FILES_MAX} files.` };
  const total = accepted.reduce((sum, name) => sum + statSync(join(root, name)).size, 0);
  if (total > unpacker.bytesMax) return { refused: tooLarge(root, unpacker.bytesMax) };
  const files = accepted.map((name) =>
    openFile(name, unpacker.unpack(readFileSync(join(root, name))), encoding),
  );
  return { files: inOrder(files), passedOver: names.filter((name) => !isAccepted(name)) };
}

function namesBelow(root: string, folder: string, depth: number): string[] {
  if (depth > DEPTH_MAX) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".")) return [];
    const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
    const isFolder = entry.isDirectory();
    return isFolder ? namesBelow(root, name, depth + 1) : entry.isFile() ? [name] : [];
  });
}

function openFile(name: string, bytes: Uint8Array, encoding: string | null): OpenedLogFile {
  let decoded: DecodedLog | null = null;
  const decode = (): DecodedLog => {
    decoded ??= decodeLog(bytes, encoding);
    return decoded;
  };
  return { name: unpackedName(name), bytes, decoded: decode, text: () => decode().text };
}

/** Unpacks files as long as all of them together stay below a bound: some kilobytes can unpack to many gigabytes. */
class Unpacker {
  readonly bytesMax: number;
  #left: number;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.#left = bytesMax;
  }

  /** Whether there was more than the bound. */
  get isFull(): boolean {
    return this.#left < 0;
  }

  /** Returns the content of a file, unpacked if it is packed. Throws when there is too much, or it is damaged. */
  unpack(packed: Uint8Array): Uint8Array {
    try {
      const bytes = this.#unpacked(packed);
      this.#left -= bytes.length;
      if (this.#left >= 0) return bytes;
    } catch (error) {
      // Its code is ERR_BUFFER_TOO_LARGE.
      if (!(error instanceof RangeError)) throw error;
      this.#left = -1;
    }
    throw new Error("more than the bound");
  }

  #unpacked(bytes: Uint8Array): Uint8Array {
    const maxOutputLength = Math.max(1, this.#left);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
      return gunzipSync(bytes, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH });
    }
    const isZstd = [0x28, 0xb5, 0x2f, 0xfd].every((byte, index) => bytes[index] === byte);
    return isZstd ? zstdDecompressSync(bytes, { maxOutputLength }) : bytes;
  }
}

function unpackedName(name: string): string {
  return name.replace(/\.(?:gz|zst)$/i, "");
}

/** By code units: the names of days are in order then, whatever the machine's language. */
function inOrder(files: readonly OpenedLogFile[]): readonly OpenedLogFile[] {
  return [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
