/** What is said of a file that was sent, in one row: its name, its size and what it is, by its sender's word. */
import { FILE_SIGN, type FileFacts, formatFileSize } from "../../protocol/file-facts.ts";
import { mediaKindOf } from "../../protocol/media-type.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import type { Words } from "../i18n/words.ts";

/** Returns size, kind, pixels and length: "1.2 MB · picture 1600×1060", "48 MB · film 1920×1080 · 1:23". */
export function fileFactsText(file: FileFacts, { files }: Pick<Words, "files">): string {
  const kind = mediaKindOf(file.type);
  const { width, height, seconds } = file;
  const pixels = width === undefined || height === undefined ? "" : `${width}×${height}`;
  const what = [kind === null ? "" : files.kinds[kind], pixels].filter((part) => part !== "");
  const length = seconds === undefined ? "" : formatLength(seconds);
  return [formatFileSize(file.size), what.join(" "), length]
    .filter((part) => part !== "")
    .join(" · ");
}

/** Returns a message's text with its file behind it, as a line of plain text has it; sanitized. */
export function withFileBehind(
  text: string,
  file: FileFacts | null,
  words: Pick<Words, "files">,
): string {
  if (file === null) return text;
  const shown = `${FILE_SIGN} ${sanitize(file.name)} (${fileFactsText(file, words)})`;
  return text === "" ? shown : `${text} ${shown}`;
}

/** Returns a length in minutes and seconds: "1:23", "1:02:03". */
export function formatLength(seconds: number): string {
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    Math.floor(seconds) % 60,
  ];
  const padded = (part: number): string => String(part).padStart(2, "0");
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}
