/** A message's text as spans: web addresses become links, and mentions of the user are marked. */
import { type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize, sanitizeLines } from "../../../terminal/sanitize.ts";
import type { Style } from "../../../terminal/theme.ts";

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gu;

/** Returns a message's text, sanitized, in spans that may hold "\n". `nick` is the user's own. */
export function messageSpans(text: string, nick: string, base?: Style): ScreenRow {
  return sanitizeLines(text).flatMap((line, index) => [
    ...(index === 0 ? [] : [span("\n")]),
    ...lineSpans(line, sanitize(nick), base),
  ]);
}

function lineSpans(text: string, nick: string, base: Style | undefined): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    // Punctuation after an address isn't part of it, nor is a ")" that it doesn't open.
    const address = match[0].replace(/[.,:;!?'"、。]+$/u, "").replace(/^([^(]*)\)+$/, "$1");
    spans.push(...named(text.slice(end, match.index), nick, base));
    spans.push(span(address, { role: "link", link: address }));
    end = match.index + address.length;
  }
  spans.push(...named(text.slice(end), nick, base));
  return spans;
}

/** The places where the reader is named, marked. */
function named(text: string, nick: string, base: Style | undefined): Span[] {
  if (text === "") return [];
  if (nick === "") return [span(text, base)];
  const letters = nick.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const pattern = new RegExp(`@?(?<![\\p{L}\\p{N}_])${letters}`, "giu");
  const spans: Span[] = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > at) spans.push(span(text.slice(at, found.index), base));
    spans.push(span(found[0], { role: "mention" }));
    at = found.index + found[0].length;
  }
  if (at < text.length) spans.push(span(text.slice(at), base));
  return spans;
}
