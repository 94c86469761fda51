/** What somebody said as spans: my name marked, addresses to click. */
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
