/** Splits a text as it was typed into pieces that fit into messages. */
import { splitUtf8, utf8Bytes } from "../../protocol/utf8.ts";
import { LINE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";

/** Longest user@host that others see, where it isn't known: `~`, 12, `@`, 63 bytes. */
const USER_HOST_BYTES_ASSUMED = 77;
/** The least bytes of text per line, even if long names leave less. */
const TEXT_BYTES_MIN = 64;
/** Lines of a batch where the server gives no max-lines. */
const BATCH_LINES_DEFAULT = 24;
/** The longest letter. A batch that may have less can't carry every text. */
const LETTER_BYTES_MAX = 4;

/** Limits of one multiline batch. */
export interface MultilineLimits {
  readonly bytesMax: number;
  readonly linesMax: number;
}

/** One line of a multiline batch. `concat`: joined to the previous one without a line feed. */
export interface Piece {
  readonly text: string;
  readonly concat: boolean;
}

/**
 * Returns how many bytes of text fit beside what the server writes in front of them.
 *
 * @param lineBytes the longest line that the server relays (LINELEN)
 */
export function textBytes(
  nick: string,
  userHost: string | null,
  verb: string,
  target: string,
  lineBytes = LINE_BYTES_MAX,
): number {
  const prefix = `:${nick}! ${verb} ${target} :\r\n`;
  const hostBytes = userHost === null ? USER_HOST_BYTES_ASSUMED : utf8Bytes(userHost);
  return Math.max(TEXT_BYTES_MIN, lineBytes - utf8Bytes(prefix) - hostBytes);
}

/** Splits a text for servers without multiline: one message per line, without empty ones. */
export function splitLines(text: string, bytesMax: number): string[] {
  return text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== "")
    .flatMap((line) => splitUtf8(line, bytesMax));
}

/** Parses the capability's value, `max-bytes=4096,max-lines=24`. Returns null without max-bytes, and where not even a letter fits. */
export function multilineLimits(value: string): MultilineLimits | null {
  const limits = new Map(value.split(",").map((token) => token.split("=", 2) as [string, string]));
  const bytesMax = Number(limits.get("max-bytes"));
  const linesMax = Number(limits.get("max-lines") ?? BATCH_LINES_DEFAULT);
  return bytesMax >= LETTER_BYTES_MAX && linesMax >= 1 ? { bytesMax, linesMax } : null;
}

/**
 * Splits a text into multiline batches; most texts need one. No batch exceeds the limits, or
 * consists only of empty lines. `joinPieces` of a batch gives the text that others see.
 * https://ircv3.net/specs/extensions/multiline
 */
export function splitBatches(text: string, lineBytes: number, limits: MultilineLimits): Piece[][] {
  const batches: Piece[][] = [];
  let batch: Piece[] = [];
  let bytes = 0;
  const closeBatch = () => {
    if (batch.some((piece) => piece.text !== "")) batches.push(trimEmpty(batch));
    batch = [];
    bytes = 0;
  };
  const pieceBytes = Math.min(lineBytes, limits.bytesMax);
  // Empty lines at the ends are an accident of pasting.
  const lines = text.replace(/\r\n|\r/g, "\n").replace(/^\n+|\n+$/g, "");
  for (const line of lines.split("\n")) {
    const parts = line === "" ? [""] : splitUtf8(line, pieceBytes);
    parts.forEach((part, index) => {
      const size = utf8Bytes(part) + (batch.length > 0 && index === 0 ? 1 : 0);
      if (batch.length >= limits.linesMax || bytes + size > limits.bytesMax) closeBatch();
      batch.push({ text: part, concat: index > 0 && batch.length > 0 });
      bytes += size;
    });
  }
  closeBatch();
  return batches;
}

/** Returns the text that the pieces of a batch make. */
export function joinPieces(pieces: readonly Piece[]): string {
  return pieces
    .map((piece, index) => (index === 0 || piece.concat ? piece.text : `\n${piece.text}`))
    .join("");
}

function trimEmpty(batch: readonly Piece[]): Piece[] {
  const first = batch.findIndex((piece) => piece.text !== "");
  const last = batch.findLastIndex((piece) => piece.text !== "");
  return batch.slice(first, last + 1);
}
