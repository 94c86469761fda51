/** Bytes of `text` in UTF-8. A lone surrogate counts as the U+FFFD that is written for it. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isPair(text, i)) {
      bytes += 2;
      i += 1;
    } else bytes += 2;
  }
  return bytes;
}

/** The longest beginning of `text` that takes at most `bytesMax` bytes and ends between letters. */
export function cutUtf8(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  return text.slice(0, cutAt(text, 0, bytesMax));
}

/**
 * Parts `text` into pieces of at most `bytesMax` bytes; together they are `text` again. A piece
 * ends behind a space where one is in its second half, otherwise between two graphemes. Only a
 * grapheme that is longer than `bytesMax` by itself is cut, between code points.
 */
export function splitUtf8(text: string, bytesMax: number): string[] {
  const pieces: string[] = [];
  let from = 0;
  while (from < text.length) {
    // A letter that is larger than a piece is sent all the same: the text must go on.
    let end = Math.max(cutAt(text, from, bytesMax), from + (isPair(text, from) ? 2 : 1));
    if (end < text.length) end = betterEnd(text, from, end);
    pieces.push(text.slice(from, end));
    from = end;
  }
  return pieces;
}

/** Where a piece that begins at `from` must end at the latest, between two code points. */
function cutAt(text: string, from: number, bytesMax: number): number {
  let bytes = 0;
  let at = from;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    const pair = unit >= 0xd800 && isPair(text, at);
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : pair ? 4 : 3;
    if (bytes > bytesMax) break;
    at += pair ? 2 : 1;
  }
  return at;
}

function betterEnd(text: string, from: number, end: number): number {
  const space = text.lastIndexOf(" ", end - 1);
  if (space >= from + (end - from) / 2) return space + 1;
  // With the next letter in sight, the segmenter knows whether it belongs to the last grapheme.
  const cut =
    graphemes()
      .segment(text.slice(from, end + 2))
      .containing(end - from)?.index ?? 0;
  return cut === 0 ? end : from + cut;
}

let segmenter: Intl.Segmenter | null = null;

/** Made when somebody first needs it: it takes 25 ms, and a server's start hasn't got them. */
function graphemes(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  return segmenter;
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  const low = text.charCodeAt(at + 1);
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}
