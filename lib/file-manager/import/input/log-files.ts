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
 */
export function readLogFiles(
  path: string,
  accepts: (name: string) => boolean,
  encoding: string | null,
): LogFiles | { readonly refused: string } {
  try {
    const isFolder = statSync(path).isDirectory();
    if (isFolder) return filesOfFolder(path, accepts, encoding);
    if (statSync(path).size > UNZIPPED_BYTES_MAX)
      return { refused: `${path} is larger than 1 GiB.` };
    const bytes = readFileSync(path);
    if (!isZip(bytes))
      return { files: [openFile(basename(path), bytes, encoding)], passedOver: [] };
    const unpacked = unzip(bytes, accepts);
    if ("refused" in unpacked) return { refused: `${path} ${unpacked.refused}.` };
    const files = [...unpacked].map(([name, content]) => openFile(name, content, encoding));
    return { files: inOrder(files), passedOver: [] };
  } catch (error) {
    return { refused: `${path} cannot be read: ${fsErrorText(error)}.` };
  }
}

function filesOfFolder(
  root: string,
  accepts: (name: string) => boolean,
  encoding: string | null,
): LogFiles | { readonly refused: string } {
  const names = namesBelow(root, "", 0);
  const accepted = names.filter((name) => accepts(unpackedName(name)));
  if (accepted.length > FILES_MAX) return { refused: `${root} has more than ${FILES_MAX} files.` };
  const total = accepted.reduce((sum, name) => sum + statSync(join(root, name)).size, 0);
  if (total > UNZIPPED_BYTES_MAX) return { refused: `${root} is larger than 1 GiB.` };
  const files = accepted.map((name) => openFile(name, readFileSync(join(root, name)), encoding));
  return { files: inOrder(files), passedOver: names.filter((name) => !accepted.includes(name)) };
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

function openFile(name: string, packed: Uint8Array, encoding: string | null): OpenedLogFile {
  const bytes = unpack(packed);
  let decoded: DecodedLog | null = null;
  const decode = (): DecodedLog => {
    decoded ??= decodeLog(bytes, encoding);
    return decoded;
  };
  return { name: unpackedName(name), bytes, decoded: decode, text: () => decode().text };
}

function unpack(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return gunzipSync(bytes, {
      maxOutputLength: UNZIPPED_BYTES_MAX,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
  }
  const isZstd = bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
  return isZstd ? zstdDecompressSync(bytes, { maxOutputLength: UNZIPPED_BYTES_MAX }) : bytes;
}

function unpackedName(name: string): string {
  return name.replace(/\.(?:gz|zst)$/i, "");
}

/** By code units: the names of days are in order then, whatever the machine's language. */
function inOrder(files: readonly OpenedLogFile[]): readonly OpenedLogFile[] {
  return [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
