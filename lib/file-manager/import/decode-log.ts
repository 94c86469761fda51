import { didYouMean } from "../../protocol/did-you-mean.ts";

/** A decoded text, and how it was decoded. */
export interface DecodedLog {
  readonly text: string;
  /** As a person calls it: "UTF-8". */
  readonly encoding: string;
  /** Whether some bytes meant nothing in this encoding: U+FFFD stands in their place. */
  readonly isDamaged: boolean;
}

type EncodingLabel = ConstructorParameters<typeof TextDecoder>[0];

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
  "windows-1252": "Windows-1252 (Latin-1)",
};
const SUGGESTED = ["utf-8", "utf-16", "cp949", "euc-kr", "shift_jis", "euc-jp", "gb18030", "big5"];
/** Enough to recognize an encoding by. */
const SAMPLE_BYTES = 1 << 20;
const NEWLINE = 10;

/** Returns the decoder's label of an encoding; `null` for "", which asks for a guess. An unknown one is refused. */
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
 * Decodes a log. A byte order mark counts for more than `encoding`; without either the encoding is guessed. Bytes that mean
 * nothing cost their line alone, and `isDamaged` tells of them.
 */
export function decodeLog(bytes: Uint8Array, encoding: string | null): DecodedLog {
  const label = markOf(bytes) ?? encoding ?? guessEncoding(bytes);
  const name = NAMES[label] ?? label;
  const whole = decodeStrictly(bytes, label);
  if (whole !== null) return { text: whole, encoding: name, isDamaged: false };
  if (label.startsWith("utf-16") || label.startsWith("iso-2022")) {
    return { text: decoderOf(label).decode(bytes), encoding: name, isDamaged: true };
  }
  // By lines: in a multi-byte encoding a stray byte would swallow the line's end.
  const lines: string[] = [];
  const decoder = decoderOf(label);
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    lines.push(decoder.decode(bytes.subarray(start, end)));
    start = end + 1;
  }
  return { text: lines.join("\n"), encoding: name, isDamaged: true };
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

/** Most logs of today are UTF-8; of the others those of Windows in Korean, Japanese and western Europe are known. */
function guessEncoding(bytes: Uint8Array): string {
  const sample = bytes.length <= SAMPLE_BYTES ? bytes : bytes.subarray(0, SAMPLE_BYTES);
  const utf16 = guessUtf16(sample);
  if (utf16 !== null) return utf16;
  if (isMostlyUtf8(sample)) return "utf-8";
  if (isKorean(sample)) return "euc-kr";
  for (const label of ["shift_jis", "euc-jp"]) if (isJapanese(sample, label)) return label;
  return "windows-1252";
}

/** Each ASCII character of UTF-16 has a zero byte, and times and nicks are full of them. */
function guessUtf16(bytes: Uint8Array): string | null {
  const zeros = [0, 0];
  for (const [index, byte] of bytes.entries())
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const many = bytes.length / 10;
  if (odd > many && even < odd / 20) return "utf-16le";
  return even > many && odd < even / 20 ? "utf-16be" : null;
}

/** Whether of the lines that aren't ASCII at least half are UTF-8. */
function isMostlyUtf8(bytes: Uint8Array): boolean {
  let [valid, invalid] = [0, 0];
  for (const line of linesOf(bytes)) {
    if (!line.some((byte) => byte >= 0x80)) continue;
    if (decodeStrictly(line, "utf-8") === null) invalid += 1;
    else valid += 1;
  }
  return valid >= invalid;
}

/**
 * Whether most of what isn't ASCII are the syllables of KS X 1001, the first bytes of which are 0xB0 to 0xC8. Syllables
 * outside it, which only Windows-949 has, are rare in Korean; "Än" and the like in Latin-1 look like them.
 */
function isKorean(bytes: Uint8Array): boolean {
  let [common, other] = [0, 0];
  for (let index = 0; index < bytes.length; index += 1) {
    const [first = 0, second = 0] = [bytes[index], bytes[index + 1]];
    if (first < 0x80) continue;
    if (first >= 0xb0 && first <= 0xc8 && second >= 0xa1) common += 1;
    else other += 1;
    if (second >= 0x41) index += 1;
  }
  return common > other * 3;
}

/** Whether a text has kana, which every Japanese sentence has. */
function isJapanese(bytes: Uint8Array, label: string): boolean {
  const text = decoderOf(label).decode(bytes);
  const foreign = text.match(/[^\0-\x7f]/g)?.length ?? 0;
  const kana = text.match(/[\u3041-\u30fe]/g)?.length ?? 0;
  const wrong = text.match(/\ufffd/g)?.length ?? 0;
  return kana * 4 > foreign && wrong * 20 < foreign;
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    // A sample may end within a character.
    if (newline >= 0 || bytes.length < SAMPLE_BYTES) yield bytes.subarray(start, end);
    start = end + 1;
  }
}
