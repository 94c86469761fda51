import { CLIENT_TAG_BYTES_MAX, LINE_BYTES_MAX, SERVER_TAG_BYTES_MAX } from "./wire-limits.ts";

/** One line of input, or what was wrong with it. `text` has neither CR nor LF and is not empty. */
export type WireLine =
  | { kind: "text"; text: string }
  | { kind: "too-long"; part: "tags" | "body" }
  /** `text` has U+FFFD for what could not be read: for finding out which command it was, and no more. */
  | { kind: "not-utf8"; text: string }
  /** A NUL, or a CR in the middle: neither may be in a message, and some clients end a line there. */
  | { kind: "nul" };

/** Both in bytes: the tag part with its '@' and space, the body with its CR LF. */
export interface LineLimits {
  tagBytesMax: number;
  bodyBytesMax: number;
}

/** What a server reads from a client. message-tags, "Size limit" */
export const FROM_CLIENT: LineLimits = {
  tagBytesMax: CLIENT_TAG_BYTES_MAX,
  bodyBytesMax: LINE_BYTES_MAX,
};
/** What a client reads from a server. */
export const FROM_SERVER: LineLimits = {
  tagBytesMax: SERVER_TAG_BYTES_MAX,
  bodyBytesMax: LINE_BYTES_MAX,
};

/**
 * Bytes in, lines out, wherever the bytes were cut. A line ends with LF or CR LF; empty lines are
 * dropped. A line over its limit gives one `too-long` and is skipped to its end. It holds at most
 * the two limits together, whatever comes, and nothing between whole lines.
 */
export class LineReader {
  readonly #limits: LineLimits;
  /** The beginning of a line whose end has not come: the first `#heldBytes` of it. */
  #held: Uint8Array | null = null;
  #heldBytes = 0;
  #skipping = false;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  /** `bytes` may be used again by the caller afterwards. */
  push(bytes: Uint8Array): WireLine[] {
    const lines: WireLine[] = [];
    let from = 0;
    while (from < bytes.length) {
      const newline = bytes.indexOf(LF, from);
      const end = newline === -1 ? bytes.length : newline;
      if (!this.#skipping) this.#take(bytes.subarray(from, end), newline !== -1, lines);
      if (newline !== -1) this.#skipping = false;
      from = end + 1;
    }
    return lines;
  }

  #take(piece: Uint8Array, whole: boolean, lines: WireLine[]): void {
    let line = piece;
    if (this.#held !== null) {
      // A held beginning is within its limits, so this much more is enough to judge by.
      const room = this.#limits.tagBytesMax + this.#limits.bodyBytesMax - this.#heldBytes;
      this.#hold(piece.subarray(0, room));
      line = this.#held.subarray(0, this.#heldBytes);
    }
    const over = partOverLimit(line, this.#limits);
    if (over !== null) {
      lines.push({ kind: "too-long", part: over });
      this.#skipping = true;
      this.#drop();
    } else if (whole) {
      const read = readWhole(line, this.#limits);
      if (read !== null) lines.push(read);
      this.#drop();
    } else if (this.#held === null && piece.length > 0) {
      this.#hold(piece);
    }
  }

  #hold(piece: Uint8Array): void {
    const bytes = this.#heldBytes + piece.length;
    if (this.#held === null || this.#held.length < bytes) {
      const grown = new Uint8Array(Math.max(bytes, 2 * this.#heldBytes, 64));
      if (this.#held !== null) grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(piece, this.#heldBytes);
    this.#heldBytes = bytes;
  }

  #drop(): void {
    this.#held = null;
    this.#heldBytes = 0;
  }
}

const LF = 0x0a;
const CR = 0x0d;
const AT = 0x40;
const SPACE = 0x20;
/** Keeps nothing between calls, so one serves every reader. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LENIENT_UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The part of `line` (without its LF) that is over its limit, and would be whatever came next: the
 * answer must not hang on where the bytes were cut.
 */
function partOverLimit(line: Uint8Array, limits: LineLimits): "tags" | "body" | null {
  // The LF makes one more, so the body may have one less.
  if (line.length < Math.min(limits.bodyBytesMax, limits.tagBytesMax)) return null;
  const tagBytes = tagPart(line);
  if (tagBytes > limits.tagBytesMax) return "tags";
  if (tagBytes === line.length && tagBytes === limits.tagBytesMax && line[tagBytes - 1] !== SPACE) {
    return "tags";
  }
  return line.length - tagBytes >= limits.bodyBytesMax ? "body" : null;
}

/** Bytes of the tag part with its space; all of a line that has tags and no space yet. */
function tagPart(line: Uint8Array): number {
  if (line[0] !== AT) return 0;
  const space = line.indexOf(SPACE);
  return space === -1 ? line.length : space + 1;
}

function readWhole(line: Uint8Array, limits: LineLimits): WireLine | null {
  let end = line.length;
  while (end > 0 && line[end - 1] === CR) end -= 1;
  if (end === 0) return null;
  const body = end - Math.min(end, tagPart(line));
  // A line that came with LF alone is measured as if it had its CR.
  if (body > limits.bodyBytesMax - 2) return { kind: "too-long", part: "body" };
  const content = end === line.length ? line : line.subarray(0, end);
  if (content.includes(0) || content.includes(CR)) return { kind: "nul" };
  try {
    return { kind: "text", text: UTF8.decode(content) };
  } catch {
    return { kind: "not-utf8", text: LENIENT_UTF8.decode(content) };
  }
}
