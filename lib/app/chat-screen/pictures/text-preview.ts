/** The first lines of a text file, as they stand below its name. */
import { decodeText, decodeUtf16, guessEncoding } from "../../../protocol/text-encoding.ts";
import { sanitize } from "../../../terminal/sanitize.ts";

/** The beginning of a text. */
export interface TextPreview {
  /** Sanitized. */
  readonly lines: readonly string[];
  /** Whether the file goes on behind them. */
  readonly isCut: boolean;
}

/** As many as a long message has when it is opened on a usual screen. */
const LINES_MAX = 40;
const LINE_UNITS_MAX = 400;
const TAB = "    ";
const LINE_FEED = 0x0a;
/** Anything can be read as Latin-1. Texts in its languages are ASCII for the most part. */
const NOT_ASCII_SHARE_MAX = 0.3;
/** Colours, with which programs write logs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these begin with one.
const COLOURS = /\x1b\[[0-9;]*m/g;

/**
 * Returns the first lines of a text file; null for what is no text.
 *
 * @param isBeginning whether the file goes on behind these bytes, which may end within a letter
 */
export function textPreview(bytes: Uint8Array, isBeginning = false): TextPreview | null {
  const text = decode(bytes, isBeginning);
  if (text === null || text.includes("\0")) return null;
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/, LINES_MAX + 1);
  return {
    isCut: isBeginning || lines.length > LINES_MAX,
    lines: lines
      .slice(0, LINES_MAX)
      .map((line) =>
        sanitize(line.replaceAll(COLOURS, "").replaceAll("\t", TAB).slice(0, LINE_UNITS_MAX)),
      ),
  };
}

/** Decodes UTF-8, UTF-16, or what the text looks like: Windows-949 or Latin-1. Returns null for what is none of them. */
function decode(bytes: Uint8Array, isBeginning: boolean): string | null {
  const utf16 = decodeUtf16(bytes, isBeginning);
  if (utf16 !== null) return utf16;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isBeginning });
  } catch {
    // The last line may end within a letter.
    const end = isBeginning ? bytes.lastIndexOf(LINE_FEED) + 1 || bytes.length : bytes.length;
    const lines = bytes.subarray(0, end);
    const encoding = guessEncoding(lines);
    const isWestern = lines.filter((byte) => byte > 0x7f).length <= end * NOT_ASCII_SHARE_MAX;
    return encoding === "windows-1252" && !isWestern ? null : decodeText(lines, encoding);
  }
}
