import { CLIENT_TAG_BYTES_MAX, LINE_BYTES_MAX, SERVER_TAG_BYTES_MAX } from "./wire-limits.ts";

/** The longest LINELEN that servers are known to announce is 2048. */
const LONG_LINE_BYTES_MAX = 16_384;
/** Limits of lines from a client. message-tags, "Size limit" */
export const FROM_CLIENT: LineLimits = {
  tagBytesMax: CLIENT_TAG_BYTES_MAX,
  bodyBytesMax: LINE_BYTES_MAX,
};
/** Limits of lines from a server, also another than ours: some send longer ones (LINELEN), and old ones text in other encodings. */
export const FROM_SERVER: LineLimits = {
  tagBytesMax: SERVER_TAG_BYTES_MAX,
  bodyBytesMax: LONG_LINE_BYTES_MAX,
  keepsBytes: true,
};
const LF = 0x0a;
const CR = 0x0d;
const AT = 0x40;
const SPACE = 0x20;
/** Keeps no state between calls, so one serves all readers. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LENIENT_UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A line of input, or the problem with it. `text` contains no CR or LF and is not empty. */
export type WireLine =
  | { kind: "text"; text: string }
  | { kind: "too-long"; part: "tags" | "body" }
  /**
   * `text` has U+FFFD in place of invalid bytes: only to find out which command it was. `bytes`: the line as it came,
   * where the limits ask for it.
   */
  | { kind: "not-utf8"; text: string; bytes?: Uint8Array }
  /**
   * It contains NUL, or CR in the middle: neither is allowed in a message, and some clients end a
   * line at CR.
   */
  | { kind: "nul" };

/** Limits of a line in bytes: of the tag part with "@" and space, and of the rest with CR LF. */
interface LineLimits {
  tagBytesMax: number;
  bodyBytesMax: number;
  /** Whether lines that aren't UTF-8 are handed out with their bytes. */
  keepsBytes?: boolean;
}

/**
 * Splits a byte stream into lines, independent of how the bytes are chunked. A line ends with LF or
 * CR LF; empty lines are dropped. A line over its limit gives one `too-long`, and is skipped to its
 * end. Buffers at most the two limits together, and nothing between lines.
 */
export class LineReader {
  readonly #limits: LineLimits;
  /** Start of an unfinished line; only the first `#bufferedBytes` bytes count. */
  #buffer: Uint8Array | null = null;
  #bufferedBytes = 0;
  #skipping = false;
  #noiseBytes = 0;
  /** How many bytes were pushed, and where the line begins that isn't complete. */
  #position = 0;
  #lineStart = 0;
  /** Where the lines begin that were returned; `null` if nobody asks. */
  #starts: number[] | null;

  /** @param notesStarts whether {@link takeStarts} will be called after each `push` */
  constructor(limits: LineLimits, notesStarts = false) {
    this.#limits = limits;
    this.#starts = notesStarts ? [] : null;
  }

  /** Whether it is in a line that is too long, whose rest it passes over. */
  get isSkipping(): boolean {
    return this.#skipping;
  }

  /** Up to where all bytes are in lines that were returned, or in none. */
  get readTo(): number {
    return this.#skipping ? this.#position : this.#lineStart;
  }

  /** Passes over everything to the end of the line: another reader was in one that is too long. */
  skipLine(): void {
    this.#skipping = true;
  }

  /** Returns where the lines begin that were returned since the last call. */
  takeStarts(): number[] {
    const starts = this.#starts ?? [];
    if (starts.length > 0) this.#starts = [];
    return starts;
  }

  /** Bytes that an unfinished line takes in memory. */
  get bufferedBytes(): number {
    return this.#buffer?.length ?? 0;
  }

  /**
   * Returns how many bytes since the last call were in no line: in empty ones, and behind the limit of one that was too
   * long.
   */
  takeNoise(): number {
    const bytes = this.#noiseBytes;
    this.#noiseBytes = 0;
    return bytes;
  }

  /**
   * Takes the next bytes and returns the lines that they complete. The caller may reuse `bytes`.
   */
  push(bytes: Uint8Array): WireLine[] {
    const lines: WireLine[] = [];
    let start = 0;
    while (start < bytes.length) {
      const newline = bytes.indexOf(LF, start);
      const end = newline === -1 ? bytes.length : newline;
      if (this.#skipping) this.#noiseBytes += end - start;
      else this.#take(bytes.subarray(start, end), newline !== -1, lines);
      if (newline !== -1) {
        this.#skipping = false;
        this.#lineStart = this.#position + end + 1;
      }
      start = end + 1;
    }
    this.#position += bytes.length;
    return lines;
  }

  #take(piece: Uint8Array, isWhole: boolean, lines: WireLine[]): void {
    let line = piece;
    if (this.#buffer !== null) {
      // The buffered start is within its limits, so this much more is enough to decide.
      const bytesLeft = this.#limits.tagBytesMax + this.#limits.bodyBytesMax - this.#bufferedBytes;
      this.#append(piece.subarray(0, bytesLeft));
      line = this.#buffer.subarray(0, this.#bufferedBytes);
    }
    const part = partOverLimit(line, this.#limits);
    if (part !== null) {
      lines.push({ kind: "too-long", part: part });
      this.#starts?.push(this.#lineStart);
      this.#skipping = true;
      this.#clear();
    } else if (isWhole) {
      const read = parseLine(line, this.#limits);
      if (read === null) this.#noiseBytes += line.length + 1;
      else {
        lines.push(read);
        this.#starts?.push(this.#lineStart);
      }
      this.#clear();
    } else if (this.#buffer === null && piece.length > 0) {
      this.#append(piece);
    }
  }

  #append(piece: Uint8Array): void {
    const bytes = this.#bufferedBytes + piece.length;
    if (this.#buffer === null || this.#buffer.length < bytes) {
      const buffer = new Uint8Array(Math.max(bytes, 2 * this.#bufferedBytes, 64));
      if (this.#buffer !== null) buffer.set(this.#buffer.subarray(0, this.#bufferedBytes));
      this.#buffer = buffer;
    }
    this.#buffer.set(piece, this.#bufferedBytes);
    this.#bufferedBytes = bytes;
  }

  #clear(): void {
    this.#buffer = null;
    this.#bufferedBytes = 0;
  }
}

/**
 * Returns which part of `line` (without its LF) is over its limit, whatever follows: the result
 * must not depend on how the bytes were chunked.
 */
function partOverLimit(line: Uint8Array, limits: LineLimits): "tags" | "body" | null {
  // The LF counts too, so the body may have one byte less.
  if (line.length < Math.min(limits.bodyBytesMax, limits.tagBytesMax)) return null;
  const tagBytes = tagPartBytes(line);
  if (tagBytes > limits.tagBytesMax) return "tags";
  if (tagBytes === line.length && tagBytes === limits.tagBytesMax && line[tagBytes - 1] !== SPACE) {
    return "tags";
  }
  return line.length - tagBytes >= limits.bodyBytesMax ? "body" : null;
}

/**
 * Returns the length of the tag part with its space: the whole line if it has tags and no space
 * yet.
 */
function tagPartBytes(line: Uint8Array): number {
  if (line[0] !== AT) return 0;
  const space = line.indexOf(SPACE);
  return space === -1 ? line.length : space + 1;
}

function parseLine(line: Uint8Array, limits: LineLimits): WireLine | null {
  let end = line.length;
  while (end > 0 && line[end - 1] === CR) end -= 1;
  if (end === 0) return null;
  const bodyBytes = end - Math.min(end, tagPartBytes(line));
  // A line that ended with LF alone counts as if it had CR.
  if (bodyBytes > limits.bodyBytesMax - 2) return { kind: "too-long", part: "body" };
  const content = end === line.length ? line : line.subarray(0, end);
  if (content.includes(0) || content.includes(CR)) return { kind: "nul" };
  try {
    return { kind: "text", text: UTF8.decode(content) };
  } catch {
    const text = LENIENT_UTF8.decode(content);
    return limits.keepsBytes === true
      ? { kind: "not-utf8", text, bytes: content.slice() }
      : { kind: "not-utf8", text };
  }
}
