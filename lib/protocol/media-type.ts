/** Media types, told by what a file begins with. Its name alone could claim anything. */
import { decodeUtf16 } from "./text-encoding.ts";

/** As many bytes of a file are enough for {@link mediaTypeOf}. */
export const MEDIA_TYPE_HEAD_BYTES = 4096;

/** The media type of what is nothing else. */
const UNKNOWN_MEDIA_TYPE = "application/octet-stream";

/** What files begin with; `at`: the offset of the mark. */
const MARKS: readonly { readonly mark: string; readonly at?: number; readonly type: string }[] = [
  { mark: "\x89PNG\r\n\x1a\n", type: "image/png" },
  { mark: "\xff\xd8\xff", type: "image/jpeg" },
  { mark: "GIF87a", type: "image/gif" },
  { mark: "GIF89a", type: "image/gif" },
  { mark: "WEBP", at: 8, type: "image/webp" },
  { mark: "BM", type: "image/bmp" },
  { mark: "II*\0", type: "image/tiff" },
  { mark: "MM\0*", type: "image/tiff" },
  { mark: "ftypavif", at: 4, type: "image/avif" },
  { mark: "ftyphei", at: 4, type: "image/heic" },
  { mark: "ftypmif1", at: 4, type: "image/heic" },
  { mark: "ftypM4A", at: 4, type: "audio/mp4" },
  { mark: "ftypqt", at: 4, type: "video/quicktime" },
  { mark: "ftyp", at: 4, type: "video/mp4" },
  { mark: "\x1a\x45\xdf\xa3", type: "video/x-matroska" },
  { mark: "WAVE", at: 8, type: "audio/wav" },
  { mark: "AVI ", at: 8, type: "video/x-msvideo" },
  { mark: "OggS", type: "audio/ogg" },
  { mark: "fLaC", type: "audio/flac" },
  { mark: "ID3", type: "audio/mpeg" },
  { mark: "%PDF-", type: "application/pdf" },
  { mark: "PK\x03\x04", type: "application/zip" },
  { mark: "\x1f\x8b", type: "application/gzip" },
  { mark: "\x28\xb5\x2f\xfd", type: "application/zstd" },
  { mark: "\x7fELF", type: "application/x-executable" },
  { mark: "MZ", type: "application/x-msdownload" },
  { mark: "\xcf\xfa\xed\xfe", type: "application/x-mach-binary" },
];

/** Of texts, by the end of their names. What a browser or shell would run isn't `text/plain`. */
const TEXTS: Readonly<Record<string, string>> = {
  csv: "text/csv",
  css: "text/css",
  htm: "text/html",
  html: "text/html",
  js: "text/javascript",
  json: "application/json",
  log: "text/plain",
  md: "text/markdown",
  svg: "image/svg+xml",
  txt: "text/plain",
  xml: "text/xml",
};
/** Packed documents, which all begin as a zip file does. */
const ZIPPED: Readonly<Record<string, string>> = {
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  hwpx: "application/hwp+zip",
  epub: "application/epub+zip",
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes that no text has; tabs, ends of lines and pages, colours, and the bells and backspaces of a terminal's log may be there.
const NO_TEXT = /[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]/;
const MARKUP =
  /^(?:\ufeff|\xef\xbb\xbf)?\s*<(?:(svg)|!doctype html|html|head|body|script|\?xml|!--)/i;
/** MPEG audio without a tag begins with a frame, whose mark is too short to tell anything alone. */
const MPEG_FRAME = /^\xff[\xe2\xe3\xf2\xf3\xfa\xfb]/;

/**
 * Returns the media type of a file.
 *
 * @param head what it begins with, at best {@link MEDIA_TYPE_HEAD_BYTES}
 * @param name which is asked where the bytes leave a choice
 */
export function mediaTypeOf(head: Uint8Array, name: string): string {
  const bytes = head.subarray(0, MEDIA_TYPE_HEAD_BYTES);
  const start = String.fromCharCode(...bytes);
  const extension = /\.([^.]{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? "";
  const marked = MARKS.find(({ mark, at = 0 }) => start.startsWith(mark, at))?.type ?? null;
  if (marked === "application/zip") return ZIPPED[extension] ?? marked;
  if (marked === "video/x-matroska" && start.includes("webm")) return "video/webm";
  const text = textOf(bytes, start, extension);
  // A text may begin with these two letters.
  if (marked !== null && !(marked === "image/bmp" && text !== null)) return marked;
  if (extension === "mp3" && MPEG_FRAME.test(start)) return "audio/mpeg";
  if (text === null) return UNKNOWN_MEDIA_TYPE;
  if (text.startsWith("#!")) return "text/x-shellscript";
  const markup = MARKUP.exec(text);
  if (markup === null) return TEXTS[extension] ?? "text/plain";
  return markup[1] !== undefined || text.includes("<svg") ? "image/svg+xml" : "text/html";
}

/**
 * Returns what of a text tells its kind; null for what is none. It is UTF-8, UTF-16 with a mark, or in another encoding
 * where the name says that it is a text.
 */
function textOf(bytes: Uint8Array, start: string, extension: string): string | null {
  const utf16 = decodeUtf16(bytes, true);
  const text = utf16 ?? start;
  if (NO_TEXT.test(text)) return null;
  if (utf16 !== null || TEXTS[extension] !== undefined) return text;
  try {
    // The head may end within a letter.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return text;
  } catch {
    return null;
  }
}

/** Returns whether a media type is one of the pictures that can be drawn. Some of them only where the system can. */
export function isPictureType(type: string): boolean {
  return /^image\/(?:png|jpeg|gif|webp|bmp|tiff|avif|heic)$/.test(type);
}

/** What a file can be, as far as it matters to a person: as lists of files are asked for it, and rows show it. */
export const MEDIA_KINDS = ["picture", "video", "audio", "text"] as const;

/** See {@link MEDIA_KINDS}. */
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** Texts that have a media type among programs' own. */
const APPLICATION_TEXT =
  /^application\/(?:json|xml|yaml|toml|sql|javascript|x-sh)$|^application\/.*\+(?:json|xml)$/;
const KINDS: Readonly<Record<string, MediaKind>> = {
  image: "picture",
  video: "video",
  audio: "audio",
  text: "text",
};

/** Returns what a file of this media type is; `null` for all else. */
export function mediaKindOf(type: string): MediaKind | null {
  const [group = ""] = type.split("/");
  if (APPLICATION_TEXT.test(type)) return "text";
  return Object.hasOwn(KINDS, group) ? (KINDS[group] ?? null) : null;
}

/** Returns whether a media type is a text that can be shown as it is. */
export function isTextType(type: string): boolean {
  return /^(?:text\/(?!html)|application\/json$)/.test(type);
}
