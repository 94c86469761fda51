/**
 * Text that isn't UTF-8, as servers from before it still relay it: one byte a letter in Western Europe, Windows-949
 * (EUC-KR and the syllables that it lacks) in Korea. Nothing on the wire says which it is. Files may be in UTF-16, too.
 */

/** Names that people know encodings by, and those of https://encoding.spec.whatwg.org/#names-and-labels. */
const ALIASES: Readonly<Record<string, string>> = {
  cp949: "euc-kr",
  uhc: "euc-kr",
  ms949: "euc-kr",
  "latin-1": "windows-1252",
  cp1252: "windows-1252",
  cp1251: "windows-1251",
};
/** How encodings are called here, where people know them by another name than the standard's. */
const SHOWN: Readonly<Record<string, string>> = {
  "euc-kr": "Windows-949",
  "windows-1252": "Latin-1",
  "utf-8": "UTF-8",
};
const HANGUL = /\p{Script=Hangul}/gu;
const NOT_ASCII = /[^\0-\x7f]/u;
const CONTROLS = /[\x80-\x9f\ue000-\uf8ff]/u;
/** Of the letters of a Korean text, at least so many are Hangul. */
const HANGUL_SHARE_MIN = 0.6;
/** The first byte of a pair in EUC-KR and in Windows-949, and the highest. */
const LEAD_MIN = 0x81;
const LEAD_MAX = 0xfe;
const TRAIL_MIN = 0x41;
const KS_MIN = 0xa1;
const LINE_FEED = 0x0a;
const REPLACEMENT = "?".charCodeAt(0);

/** An encoding by its standard name. */
export type TextEncoding = string;

/** Returns the encoding of that name, in any case; null for one that isn't known. */
export function parseEncoding(name: string): TextEncoding | null {
  const label = name.trim().toLowerCase();
  try {
    return decoderOf(ALIASES[label] ?? label).encoding;
  } catch {
    return null;
  }
}

/** Returns an encoding's name as people know it. */
export function encodingName(encoding: TextEncoding): string {
  return SHOWN[encoding] ?? encoding;
}

/**
 * Guesses the encoding of a line that isn't valid UTF-8. "utf-8": it is, but a server cut it in the middle of a letter.
 */
export function guessEncoding(bytes: Uint8Array): TextEncoding {
  const start = decodes(bytes, "utf-8", { stream: true });
  // A Latin-1 word may end in what begins a letter of UTF-8; then it is the only one.
  if (start !== null && NOT_ASCII.test(start)) return "utf-8";
  const korean = decodes(bytes, "euc-kr");
  if (korean !== null && isKorean(korean, bytes)) return "euc-kr";
  return "windows-1252";
}

/** Decodes text; what is invalid becomes U+FFFD. */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding): string {
  return decoderOf(encoding).decode(bytes);
}

/**
 * Decodes UTF-16 that begins with its mark, as programs on Windows write files; returns null for all else.
 *
 * @param isBeginning whether the text goes on behind these bytes, which may end within a letter
 */
export function decodeUtf16(bytes: Uint8Array, isBeginning: boolean): string | null {
  const mark = `${bytes[0]} ${bytes[1]}`;
  const encoding = mark === "255 254" ? "utf-16le" : mark === "254 255" ? "utf-16be" : null;
  return encoding === null ? null : decodes(bytes, encoding, { stream: isBeginning });
}

/** Encodes text for people who read it so; "?" stands for letters that the encoding lacks. */
export class TextEncoderFor {
  readonly #bytesOf: ReadonlyMap<string, readonly number[]>;

  constructor(encoding: TextEncoding) {
    this.#bytesOf = reverseTable(encoding);
  }

  encode(text: string): Uint8Array {
    const bytes: number[] = [];
    for (const letter of text) {
      const code = letter.charCodeAt(0);
      if (code < 0x80) bytes.push(code);
      else bytes.push(...(this.#bytesOf.get(letter) ?? [REPLACEMENT]));
    }
    return new Uint8Array(bytes);
  }
}

/** Whether a text that can be read as Korean is: Western letters in a row can be, too. */
function isKorean(text: string, bytes: Uint8Array): boolean {
  const letters = [...text].filter((letter) => NOT_ASCII.test(letter)).length;
  const hangul = text.match(HANGUL)?.length ?? 0;
  if (hangul < letters * HANGUL_SHARE_MIN || CONTROLS.test(text)) return false;
  // Everyday syllables are pairs of high bytes; an accent before an ASCII letter is none.
  let high = 0;
  for (const byte of bytes) if (byte >= KS_MIN) high += 1;
  return high >= letters * 1.5;
}

function decodes(
  bytes: Uint8Array,
  encoding: TextEncoding,
  options?: { readonly stream: boolean },
): string | null {
  try {
    return decoderOf(encoding, { fatal: true }).decode(bytes, options);
  } catch {
    return null;
  }
}

/** The runtime decodes many encodings and encodes only UTF-8: so all bytes and pairs are decoded once. */
function reverseTable(encoding: TextEncoding): ReadonlyMap<string, readonly number[]> {
  const table = new Map<string, readonly number[]>();
  const add = (codes: readonly (readonly number[])[]): void => {
    const lines = codes.flatMap((bytes) => [...bytes, LINE_FEED]);
    const letters = decoderOf(encoding).decode(new Uint8Array(lines)).split("\n");
    codes.forEach((bytes, index) => {
      const letter = letters[index] ?? "";
      const isOne = [...letter].length === 1 && letter !== "\ufffd";
      if (isOne && !table.has(letter)) table.set(letter, bytes);
    });
  };
  add(rangeOf(LEAD_MIN - 1, 0xff).map((byte) => [byte]));
  for (const lead of rangeOf(LEAD_MIN, LEAD_MAX)) {
    add(rangeOf(TRAIL_MIN, LEAD_MAX).map((trail) => [lead, trail]));
  }
  return table;
}

function rangeOf(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Throws for an encoding that the runtime doesn't know; its types list fewer than it does. */
function decoderOf(encoding: string, options?: { readonly fatal: boolean }): TextDecoder {
  return new TextDecoder(encoding as ConstructorParameters<typeof TextDecoder>[0], options);
}
