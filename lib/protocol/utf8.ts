/**
 * Returns the length of `text` in bytes of UTF-8. A lone surrogate counts as U+FFFD, which is
 * written for it.
 */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isSurrogatePairAt(text, index)) {
      bytes += 2;
      index += 1;
    } else bytes += 2;
  }
  return bytes;
}

/**
 * Returns the longest prefix of `text` that takes at most `bytesMax` bytes and splits no code
 * point.
 */
export function cutUtf8(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  return text.slice(0, cutAt(text, 0, bytesMax));
}

/**
 * Splits `text` into pieces of at most `bytesMax` bytes that concatenate to `text`. A piece ends
 * after a space if there is one in its second half, otherwise between two graphemes. Only a
 * grapheme longer than `bytesMax` is split, between code points; a code point longer than that is a
 * piece by itself.
 */
export function splitUtf8(text: string, bytesMax: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (start < text.length) {
    // A code point longer than `bytesMax` is a piece by itself, so that the loop advances.
    let end = Math.max(
      cutAt(text, start, bytesMax),
      start + (isSurrogatePairAt(text, start) ? 2 : 1),
    );
    if (end < text.length) end = preferredEnd(text, start, end);
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

/**
 * Returns the last index at which a piece that starts at `start` can end, between two code points.
 */
function cutAt(text: string, start: number, bytesMax: number): number {
  let bytes = 0;
  let index = start;
  while (index < text.length) {
    const unit = text.charCodeAt(index);
    const isSurrogatePair = unit >= 0xd800 && isSurrogatePairAt(text, index);
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : isSurrogatePair ? 4 : 3;
    if (bytes > bytesMax) break;
    index += isSurrogatePair ? 2 : 1;
  }
  return index;
}

function preferredEnd(text: string, start: number, end: number): number {
  const space = text.lastIndexOf(" ", end - 1);
  if (space >= start + (end - start) / 2) return space + 1;
  // With the next letter included, the segmenter knows whether it belongs to the last grapheme.
  const cut =
    graphemes()
      .segment(text.slice(start, end + 2))
      .containing(end - start)?.index ?? 0;
  return cut === 0 ? end : start + cut;
}

let segmenter: Intl.Segmenter | null = null;

/** Created on first use: it takes 25 ms, which would delay a server's start. */
function graphemes(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  return segmenter;
}

function isSurrogatePairAt(text: string, index: number): boolean {
  const high = text.charCodeAt(index);
  const low = text.charCodeAt(index + 1);
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}
