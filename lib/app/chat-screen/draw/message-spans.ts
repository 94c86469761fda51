/** What somebody said as spans: my name marked, addresses to click. */
import { mentionRanges } from "../../../protocol/mention.ts";
import { type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize, sanitizeLines } from "../../../terminal/sanitize.ts";
import type { Style } from "../../../terminal/theme.ts";

/** A message's text made harmless, in spans that may hold "\n". `nick` is the reader's own. */
export function messageSpans(text: string, nick: string, base?: Style): ScreenRow {
  return sanitizeLines(text).flatMap((line, at) => [
    ...(at === 0 ? [] : [span("\n")]),
    ...lineSpans(line, sanitize(nick), base),
  ]);
}

function lineSpans(text: string, nick: string, base: Style | undefined): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(/[.,:;!?'"、。]+$/u, "").replace(/^([^(]*)\)+$/, "$1");
    const start = found.index;
    spans.push(...named(text.slice(at, start), nick, base));
    spans.push(span(address, { role: "link", link: address }));
    at = start + address.length;
  }
  spans.push(...named(text.slice(at), nick, base));
  return spans;
}

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gu;

/** Highlights where the text mentions the reader. */
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
