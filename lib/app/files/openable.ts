/** Which files are opened with another program from within the chat: pictures and plain texts, and nothing that could run. */
import { mediaTypeOf } from "../../protocol/media-type.ts";

/** What a file is opened as. */
export type OpenableKind = "picture" | "text";

/**
 * What files may be called that are opened. Programs are chosen by the end of a name, so a harmless content isn't enough:
 * a text that is called `.bat` or `.desktop` runs.
 */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  "image/png": ["png"],
  "image/jpeg": ["jpg", "jpeg", "jpe", "jfif"],
  "image/gif": ["gif"],
  "image/webp": ["webp"],
  "image/bmp": ["bmp"],
  "image/tiff": ["tif", "tiff"],
  "image/avif": ["avif"],
  "image/heic": ["heic", "heif"],
  "text/plain": [
    "txt",
    "log",
    "conf",
    "ini",
    "yml",
    "yaml",
    "toml",
    "tsv",
    "jsonl",
    "diff",
    "patch",
  ],
  "text/markdown": ["md"],
  "text/csv": ["csv"],
  "application/json": ["json"],
};
const ALL_ENDINGS: ReadonlyMap<string, OpenableKind> = new Map(
  Object.entries(ENDINGS).flatMap(([type, endings]) =>
    endings.map((ending) => [ending, kindOfType(type)] as const),
  ),
);

/** Returns whether a file of this name may be opened, as far as the name tells; null: not. */
export function openableByName(name: string): OpenableKind | null {
  return ALL_ENDINGS.get(endingOf(name)) ?? null;
}

/**
 * Returns what a file is opened as; null where it isn't opened: its content is neither a picture nor a plain text, or is
 * another one than its name says.
 *
 * @param head what it begins with, see `MEDIA_TYPE_HEAD_BYTES`
 */
export function openableAs(head: Uint8Array, name: string): OpenableKind | null {
  const type = mediaTypeOf(head, name);
  return ENDINGS[type]?.includes(endingOf(name)) === true ? kindOfType(type) : null;
}

function kindOfType(type: string): OpenableKind {
  return type.startsWith("image/") ? "picture" : "text";
}

function endingOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
