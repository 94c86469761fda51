/** A message's text as spans: web addresses become links, and mentions of the user are marked. */
import { mentionRanges } from "../../../protocol/mention.ts";
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
    // Punctuation after an address isn't part of it. Neither is a ")" without its "(".
    const address = match[0].replace(/[.,:;!?'"、。]+$/u, "").replace(/^([^(]*)\)+$/, "$1");
    spans.push(...named(text.slice(end, match.index), nick, base));
    spans.push(span(address, { role: "link", link: address }));
    end = match.index + address.length;
  }
  spans.push(...named(text.slice(end), nick, base));
  return spans;
}

/** Marks where the text mentions the viewer. */
function named(text: string, nick: string, base: Style | undefined): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const [from, to] of mentionRanges(text, nick)) {
    if (from > end) spans.push(span(text.slice(end, from), base));
    spans.push(span(text.slice(from, to), { role: "mention" }));
    end = to;
  }
  if (end < text.length) spans.push(span(text.slice(end), base));
  return spans;
}
