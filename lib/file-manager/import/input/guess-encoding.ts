import { analyse } from "chardet";

/** A label of an encoding that TextDecoder knows. */
export type EncodingLabel = ConstructorParameters<typeof TextDecoder>[0];

/** Enough to recognize an encoding by. */
const SAMPLE_BYTES = 1 << 20;
/** Below it chardet only excludes what can't be. */
const CONFIDENCE_MIN = 12;
const LATIN_1 = "windows-1252";
/** Encodings of Latin letters, which differ in a few of them: a few words don't tell them apart. */
const LATIN = /^(?:ISO-8859-[1249]|windows-125[02478])$/;
/** What chardet calls an encoding, and the label of the decoder that knows the most of it. */
const DECODERS: Readonly<Record<string, string>> = {
  "ISO-8859-1": LATIN_1,
  "ISO-8859-9": "windows-1254",
  "EUC-KR": "euc-kr",
  "KOI8-R": "koi8-u",
};
const SPACE = 32;
const SEPARATOR = Uint8Array.of(SPACE);

/** Recognizes encodings that mark themselves by bytes that no other text has: UTF-16 and ISO-2022-JP. */
export function guessMarked(whole: Uint8Array): string | null {
  const bytes = whole.subarray(0, SAMPLE_BYTES);
  // Each ASCII character of UTF-16 has a zero byte, and times and nicks are full of them.
  const zeros = [0, 0];
  for (const [index, byte] of bytes.entries())
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const many = bytes.length / 10;
  if (odd > many && even < odd / 20) return "utf-16le";
  if (even > many && odd < even / 20) return "utf-16be";
  return Buffer.from(bytes).includes("\x1b$B") ? "iso-2022-jp" : null;
}

/**
 * Recognizes the encoding of lines that aren't UTF-8, by their words that aren't ASCII. An encoding of one
 * byte a letter looks like damage, so it counts only where most lines need it (`areMost`).
 */
export function guessLegacy(bytes: Uint8Array, areMost: boolean): string | null {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  // A few words are enough for these two.
  if (isKorean(sample)) return "euc-kr";
  const japanese = ["shift_jis", "euc-jp"].find((label) => isJapanese(sample, label));
  if (japanese !== undefined) return japanese;
  const label = likelyDecoder(foreignWords(sample));
  return areMost || /^(?:big5|gb18030|shift_jis|euc)/.test(label) ? label : null;
}

function likelyDecoder(words: Uint8Array): string {
  const matches = analyse(words);
  const [likely] = matches;
  if (likely === undefined || likely.confidence < CONFIDENCE_MIN) return LATIN_1;
  const western = matches.find(({ name }) => /^(?:ISO-8859-1|windows-1252)$/.test(name));
  const count = new Set(Buffer.from(words).toString("latin1").split(" ")).size;
  const isSure = count > 4 && likely.confidence >= Math.max(30, 1.5 * (western?.confidence ?? 0));
  if (LATIN.test(likely.name) && !isSure) return LATIN_1;
  return DECODERS[likely.name] ?? likely.name.toLowerCase();
}

/** Whether most of what isn't ASCII are Korean syllables, and half of these such as KS X 1001 has. */
function isKorean(bytes: Uint8Array): boolean {
  const { foreign, wrong, text } = decoded(bytes, "euc-kr");
  const syllables = text.match(/[가-힣ㄱ-ㅣ]/g)?.length ?? 0;
  // "Är" and the like in Latin-1 look like syllables that Windows-949 has beyond them.
  let common = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const [first = 0, second = 0] = [bytes[index], bytes[index + 1]];
    if (first < 0x80) continue;
    if (((first >= 0xb0 && first <= 0xc8) || first === 0xa4) && second >= 0xa1) common += 1;
    if (second >= 0x41) index += 1;
  }
  return syllables * 4 > foreign * 3 && common * 2 > syllables && wrong * 20 < foreign;
}

/** Whether a text has kana, which every Japanese sentence has. */
function isJapanese(bytes: Uint8Array, label: string): boolean {
  const { foreign, wrong, text } = decoded(bytes, label);
  const kana = text.match(/[\u3041-\u30fe]/g)?.length ?? 0;
  return kana * 4 > foreign && wrong * 20 < foreign;
}

/** The cast: the labels come from this file, and are such as the decoder knows. */
function decoded(bytes: Uint8Array, label: string) {
  const text = new TextDecoder(label as EncodingLabel).decode(bytes);
  const foreign = text.match(/[^\0-\x7f]/g)?.length ?? 0;
  return { text, foreign, wrong: text.match(/\ufffd/g)?.length ?? 0 };
}

/** Returns the words with a byte that isn't ASCII. The others tell nothing, and mislead chardet. */
function foreignWords(bytes: Uint8Array): Uint8Array {
  const words: Uint8Array[] = [];
  let [start, isForeign] = [0, false];
  for (let index = 0; index <= bytes.length; index += 1) {
    const byte = bytes[index] ?? SPACE;
    if (byte >= 0x80) isForeign = true;
    if (byte > SPACE) continue;
    if (isForeign) words.push(bytes.subarray(start, index), SEPARATOR);
    [start, isForeign] = [index + 1, false];
  }
  return Buffer.concat(words);
}
