import { utf8Bytes } from "./utf8.ts";

/** What is known of a file that is sent: by its sender's word, but for size and hash, which the server checks. */
export interface FileFacts {
  /** The name that it had, without folders. Text from others: clean it before it is shown or used. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of its bytes: 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Its media type: `image/png`. */
  readonly type: string;
  /** Bytes of its preview, a small WebP picture; left out for none. */
  readonly preview?: number;
  /** Pixels of a picture or film. */
  readonly width?: number;
  readonly height?: number;
  /** The length of a film or sound. */
  readonly seconds?: number;
}

/** A file that was sent with a message. */
export interface SharedFile extends FileFacts {
  /** By which it is fetched: can't be guessed. */
  readonly id: string;
}

/** The capability of servers that take files; its value is `max=<bytes>`. */
export const FILES_CAP = "sodam.chat/files";

/** The tag of {@link FILES_CAP}, in both directions. */
export const FILE_TAG = "sodam.chat/file";

/** File systems allow no longer name; in UTF-8. */
export const FILE_NAME_BYTES_MAX = 255;
/** A preview is a thumbnail, and is fetched for each picture that is shown. */
export const PREVIEW_BYTES_MAX = 64 << 10;

/** Stands in front of a file's name where a row of text has one. */
export const FILE_SIGN = "📎";

const SIZE_UNITS = ["B", "KB", "MB", "GB", "TB"] as const;
const SHA256 = /^[0-9a-f]{64}$/;
const ID = /^[a-z0-9]{16,64}$/;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;
const WHOLE_NUMBER = /^(?:0|[1-9][0-9]{0,15})$/;

/**
 * Formats what is known of a file as the value of {@link FILE_TAG}: `size=5,sha256=…,type=text/plain,name=a.txt`, each
 * value percent-encoded.
 */
export function formatFileFacts(file: FileFacts | SharedFile): string {
  const { name, type, sha256, ...numbers } = file;
  const fields = Object.entries({ ...numbers, sha256, type, name });
  return fields
    .flatMap(([key, value]) => (value === undefined ? [] : `${key}=${encode(String(value))}`))
    .join(",");
}

/** Parses the value of {@link FILE_TAG}. `null` if a field is missing or wrong; unknown fields are passed over. */
export function parseFileFacts(text: string): FileFacts | null {
  return factsIn(fieldsIn(text));
}

/** Parses the value of {@link FILE_TAG} with a message. `null` if a field is missing or wrong, the id included. */
export function parseSharedFile(text: string): SharedFile | null {
  const fields = fieldsIn(text);
  const id = fields.get("id") ?? "";
  const facts = isFileId(id) ? factsIn(fields) : null;
  return facts === null ? null : { id, ...facts };
}

/**
 * Returns what stands for a message where it is told in a row of text: what it says, or the name of its file where it
 * says nothing. The name is text from others.
 */
export function textOrFileName({
  text,
  file,
}: {
  readonly text: string;
  readonly file?: Pick<FileFacts, "name"> | null | undefined;
}): string {
  return text !== "" || file == null ? text : `${FILE_SIGN} ${file.name}`;
}

/** Returns a size as people write it, in at most four digits: "812 B", "48 KB", "1.2 MB". */
export function formatFileSize(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  // What would be rounded to 1000 is one of the next unit.
  while (amount >= 999.5 && unit < SIZE_UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && amount < 9.95 ? 1 : 0;
  return `${amount.toFixed(digits)} ${SIZE_UNITS[unit]}`;
}

/** Returns whether a text has the form of a file's id. */
export function isFileId(text: string): boolean {
  return ID.test(text);
}

function fieldsIn(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const field of text.split(",")) {
    const equals = field.indexOf("=");
    if (equals > 0) fields.set(field.slice(0, equals), field.slice(equals + 1));
  }
  return fields;
}

function factsIn(fields: ReadonlyMap<string, string>): FileFacts | null {
  // Composed, as texts are, so that a search finds it: macOS writes names in parts.
  const name = decode(fields.get("name") ?? "")?.normalize("NFC") ?? null;
  const size = wholeNumber(fields.get("size"));
  const sha256 = fields.get("sha256") ?? "";
  const type = decode(fields.get("type") ?? "");
  if (name === null || !isFileName(name) || size === null || !SHA256.test(sha256)) return null;
  if (type === null || !MEDIA_TYPE.test(type)) return null;
  const numbers: { preview?: number; width?: number; height?: number; seconds?: number } = {};
  for (const key of ["preview", "width", "height", "seconds"] as const) {
    const value = wholeNumber(fields.get(key));
    if (value !== null && value > 0) numbers[key] = value;
  }
  return { name, size, sha256, type, ...numbers };
}

/** Returns whether a text can be a file's name: not empty, no folder, and not too long. */
export function isFileName(name: string): boolean {
  if (name === "" || name === "." || name === ".." || /[/\\\0]/.test(name)) return false;
  return name.isWellFormed() && utf8Bytes(name) <= FILE_NAME_BYTES_MAX;
}

function encode(value: string): string {
  return encodeURIComponent(value).replaceAll("%2F", "/");
}

function decode(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && WHOLE_NUMBER.test(text) ? Number(text) : null;
}
