/** The first lines of a text file, as they stand below its name. */
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

/** UTF-8, else what Windows in Korea writes. */
function decode(bytes: Uint8Array, isBeginning: boolean): string | null {
  for (const encoding of ["utf-8", "euc-kr"] as const) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: isBeginning });
    } catch {
      // The next one, if there is any.
    }
  }
  return null;
}
