/** A text as it was typed, in pieces that the wire can carry. */

import { splitUtf8, utf8Bytes } from "../../protocol/utf8.ts";
import { LINE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";

/** Longest user@host that others see when it isn't known: `~`, 12, `@`, 63 bytes. */
const USER_HOST_BYTES_ASSUMED = 77;

/** How many bytes of text fit beside everything else that the server writes in front of it. */
export function textBytes(
  nick: string,
  userHost: string | null,
  verb: string,
  target: string,
): number {
  const before = `:${nick}! ${verb} ${target} :\r\n`;
  const host = userHost === null ? USER_HOST_BYTES_ASSUMED : utf8Bytes(userHost);
  return Math.max(64, LINE_BYTES_MAX - utf8Bytes(before) - host);
}

/** For servers without multiline: every line by itself, no empty ones. */
export function splitLines(text: string, bytesMax: number): string[] {
  return text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== "")
    .flatMap((line) => splitUtf8(line, bytesMax));
}

export interface MultilineLimits {
  readonly bytesMax: number;
  readonly linesMax: number;
}

/** One line of a multiline batch; `concat`: joined to the one before without a line feed. */
export interface Piece {
  readonly text: string;
  readonly concat: boolean;
}

/** Reads the capability's value: `max-bytes=4096,max-lines=24`. null without max-bytes. */
export function multilineLimits(value: string): MultilineLimits | null {
  const found = new Map(value.split(",").map((token) => token.split("=", 2) as [string, string]));
  const bytesMax = Number(found.get("max-bytes"));
  const linesMax = Number(found.get("max-lines") ?? "24");
  return bytesMax > 0 && linesMax > 0 ? { bytesMax, linesMax } : null;
}

/**
 * The batches that carry `text`: most texts take one. No batch is over the limits, or made of empty
 * lines alone. Joining each one's pieces gives the text that the others see.
 */
export function splitBatches(text: string, lineBytes: number, limits: MultilineLimits): Piece[][] {
  const batches: Piece[][] = [];
  let batch: Piece[] = [];
  let bytes = 0;
  const close = () => {
    if (batch.some((piece) => piece.text !== "")) batches.push(trimmed(batch));
    batch = [];
    bytes = 0;
  };
  const pieceBytes = Math.min(lineBytes, limits.bytesMax);
  // Empty lines at the ends are an accident of pasting.
  const lines = text.replace(/\r\n|\r/g, "\n").replace(/^\n+|\n+$/g, "");
  for (const line of lines.split("\n")) {
    const parts = line === "" ? [""] : splitUtf8(line, pieceBytes);
    parts.forEach((part, i) => {
      const size = utf8Bytes(part) + (batch.length > 0 && i === 0 ? 1 : 0);
      if (batch.length >= limits.linesMax || bytes + size > limits.bytesMax) close();
      batch.push({ text: part, concat: i > 0 && batch.length > 0 });
      bytes += size;
    });
  }
  close();
  return batches;
}

/** The text that a batch's pieces make. */
export function joinPieces(pieces: readonly Piece[]): string {
  return pieces
    .map((piece, i) => (i === 0 || piece.concat ? piece.text : `\n${piece.text}`))
    .join("");
}

/** Without empty lines at its ends, which nobody means. */
function trimmed(batch: readonly Piece[]): Piece[] {
  const first = batch.findIndex((piece) => piece.text !== "");
  const last = batch.findLastIndex((piece) => piece.text !== "");
  return batch.slice(first, last + 1);
}
