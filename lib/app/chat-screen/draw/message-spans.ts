/** A message's text as spans: web addresses become links, and mentions of the user are marked. */
import { type IsPresent, mentionRanges } from "../../../protocol/mention.ts";
import { findLinks } from "../../../protocol/web-links.ts";
import { type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize, sanitizeLines } from "../../../terminal/sanitize.ts";
import type { Style } from "../../../terminal/theme.ts";

/**
 * Returns a message's text, sanitized, in spans that may hold "\n". `nick` is the user's own; `isPresent`
 * knows the people whose names the text can mention.
 */
export function messageSpans(
  text: string,
  nick: string,
  base?: Style,
  isPresent?: IsPresent,
): ScreenRow {
  return sanitizeLines(text).flatMap((line, index) => [
    ...(index === 0 ? [] : [span("\n")]),
    ...lineSpans(line, mentionRanges(line, sanitize(nick), isPresent), base),
  ]);
}

/** Styles the links and the mentions of a line. They don't overlap. */
function lineSpans(
  line: string,
  mentions: readonly (readonly [number, number])[],
  base: Style | undefined,
): Span[] {
  const marked: { start: number; end: number; style: Style }[] = [];
  for (const { start, end, target } of findLinks(line)) {
    marked.push({ start, end, style: { role: "link", link: target } });
  }
  for (const [start, end] of mentions) marked.push({ start, end, style: { role: "mention" } });
  marked.sort((a, b) => a.start - b.start);
  const spans: Span[] = [];
  let end = 0;
  for (const part of marked) {
    if (part.start > end) spans.push(span(line.slice(end, part.start), base));
    spans.push(span(line.slice(part.start, part.end), part.style));
    end = part.end;
  }
  if (end < line.length) spans.push(span(line.slice(end), base));
  return spans;
}
