import { didYouMean } from "../../../protocol/did-you-mean.ts";
import { type EncodingLabel, guessLegacy, guessMarked } from "./guess-encoding.ts";

/** A decoded text, and how it was decoded. */
export interface DecodedLog {
  readonly text: string;
  /** As a person calls it: "UTF-8". */
  readonly encoding: string;
  /** Whether some bytes meant nothing in this encoding: U+FFFD stands in their place. */
  readonly isDamaged: boolean;
}

/** Labels of encodings that aren't in the WHATWG's list, and what people mean by them. */
const ALIASES: Readonly<Record<string, string>> = {
  ...{ cp949: "euc-kr", ms949: "euc-kr", uhc: "euc-kr", 949: "euc-kr" },
  ...{ cp932: "shift_jis", cp936: "gbk", cp950: "big5", cp65001: "utf-8" },
  ...{ "latin-1": "latin1", "latin-9": "iso-8859-15", ansi: "windows-1252" },
};
/** The names of the decoders that have another one among people. */
const NAMES: Readonly<Record<string, string>> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16",
  "utf-16be": "UTF-16 (big-endian)",
  "euc-kr": "Windows-949 (CP949, EUC-KR)",
  shift_jis: "Shift_JIS",
  "euc-jp": "EUC-JP",
  "iso-2022-jp": "ISO-2022-JP",
  "windows-1252": "Windows-1252 (Latin-1)",
};
const SUGGESTED = ["utf-8", "utf-16", "cp949", "euc-kr", "shift_jis", "euc-jp", "gb18030", "big5"];
const NEWLINE = 10;

/**
 * Returns the decoder's label of an encoding; `null` for "", which asks for a guess. An unknown one
 * is refused.
 */
export function parseEncoding(text: string): string | null | { readonly refused: string } {
  if (text === "") return null;
  const label = text.trim().toLowerCase().replace(/^cp-/, "cp");
  const windows = label.replace(/^cp(?=125\d$)/, "windows-");
  try {
    return decoderOf(ALIASES[label] ?? windows).encoding;
  } catch {
    const nearest = didYouMean(label, SUGGESTED) ?? "cp949";
    return {
      refused: `There is no encoding "${text}". Did you mean ${nearest}? Without --encoding it is guessed.`,
    };
  }
}

/**
 * Decodes a log. A byte order mark counts for more than `encoding`; without either the encoding is
 * guessed, for each line that isn't UTF-8: clients that write what they receive mix encodings.
 * Bytes that mean nothing cost their line alone, and `isDamaged` tells of them.
 */
export function decodeLog(bytes: Uint8Array, encoding: string | null): DecodedLog {
  const label = markOf(bytes) ?? encoding ?? guessMarked(bytes) ?? "utf-8";
  const whole = decodeStrictly(bytes, label);
  if (whole !== null) return { text: whole, encoding: nameOf(label), isDamaged: false };
  if (label.startsWith("utf-16") || label.startsWith("iso-2022")) {
    return { text: decoderOf(label).decode(bytes), encoding: nameOf(label), isDamaged: true };
  }
  const isGuess = encoding === null && markOf(bytes) === null;
  return decodeLines([...linesOf(bytes)], label, isGuess);
}

/** Decodes line by line: in a multi-byte encoding a stray byte would swallow the line's end. */
function decodeLines(lines: readonly Uint8Array[], label: string, isGuess: boolean): DecodedLog {
  const decoded = lines.map((line) => decodeStrictly(line, label));
  const rest = lines.filter((_line, index) => decoded[index] === null);
  const foreign = decoded.filter((text) => text !== null && /[^\0-\x7f]/.test(text)).length;
  const second = isGuess ? guessLegacy(Buffer.concat(rest), rest.length > foreign) : null;
  const decoder = decoderOf(label);
  let isDamaged = false;
  const texts = lines.map((line, index) => {
    const text = decoded[index] ?? (second === null ? null : decodeStrictly(line, second));
    if (text !== null) return text;
    isDamaged = true;
    return decoder.decode(line);
  });
  const labels = second === null ? [label] : foreign === 0 ? [second] : [label, second];
  return { text: texts.join("\n"), encoding: labels.map(nameOf).join(" and "), isDamaged };
}

function nameOf(label: string): string {
  return NAMES[label] ?? label;
}

function decodeStrictly(bytes: Uint8Array, label: string): string | null {
  try {
    return decoderOf(label, true).decode(bytes);
  } catch {
    return null;
  }
}

/** The cast: a label that the decoder doesn't know throws a RangeError. */
function decoderOf(label: string, fatal = false): TextDecoder {
  return new TextDecoder(label as EncodingLabel, { fatal });
}

function markOf(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, start);
    yield bytes.subarray(start, newline < 0 ? bytes.length : newline);
    if (newline < 0) return;
    start = newline + 1;
  }
}
