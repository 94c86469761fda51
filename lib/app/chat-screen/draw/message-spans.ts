/** A message's text as spans: addresses become links, mentions of the user and the user's words are marked, and markup is drawn. */
import type { WordList } from "../../../chat-client/preferences/word-list.ts";
import { type IsPresent, maskAddresses, mentionRanges } from "../../../protocol/mention.ts";
import { findMarkup, type Markup } from "../../../protocol/message-markup.ts";
import { findLinks } from "../../../protocol/web-links.ts";
import { type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize, sanitizeLines } from "../../../terminal/sanitize.ts";
import type { Style } from "../../../terminal/theme.ts";

/** How the text of a message is drawn, besides the text itself. */
export interface TextView {
  /** The user's own nick; "" marks no mention. */
  readonly nick: string;
  /** Knows the people whose names the text can mention. */
  readonly isPresent?: IsPresent;
  /** The words that count as a mention; left out: none. */
  readonly highlights?: WordList | null;
  readonly base?: Style;
  /** Stands in place of each spoiler; null: they are open. */
  readonly spoiler: string | null;
}

/** A link, a mention or one of the user's words: no marker within it counts. */
interface Mark {
  readonly start: number;
  readonly end: number;
  readonly style: Style;
}

/** Returns a message's text, sanitized, in spans that may hold "\n". */
export function messageSpans(text: string, view: TextView): ScreenRow {
  return sanitizeLines(text).flatMap((line, index) => [
    ...(index === 0 ? [] : [span("\n")]),
    ...lineSpans(line, view),
  ]);
}

function lineSpans(line: string, view: TextView): Span[] {
  const marks: Mark[] = findLinks(line).map(({ start, end, target }) => ({
    ...{ start, end },
    style: { role: "link", link: target },
  }));
  for (const [start, end] of mentionRanges(line, sanitize(view.nick), view.isPresent)) {
    marks.push({ start, end, style: { role: "mention" } });
  }
  for (const [start, end] of view.highlights?.rangesIn(line) ?? []) {
    const isFree = marks.every((mark) => mark.end <= start || mark.start >= end);
    if (isFree) marks.push({ start, end, style: { role: "mention" } });
  }
  marks.sort((a, b) => a.start - b.start);
  const painter = new LinePainter(line, marks, view.spoiler);
  const markups = findMarkup(line, (row) => maskMarks(row, marks));
  painter.paint(0, line.length, markups, view.base);
  return painter.spans;
}

/** Returns the line with spaces in place of addresses, links and the user's name. */
function maskMarks(line: string, marks: readonly Mark[]): string {
  const lower = line.toLowerCase();
  // Lower case may be longer than upper case ("İ").
  const masked = maskAddresses(lower.length === line.length ? lower : line);
  let result = "";
  let index = 0;
  for (const { start, end } of marks) {
    result += masked.slice(index, start) + " ".repeat(end - start);
    index = end;
  }
  return result + masked.slice(index);
}

/** Writes a line's spans from left to right. Marks don't overlap, and no markup begins or ends within one. */
class LinePainter {
  readonly spans: Span[] = [];
  readonly #line: string;
  readonly #marks: readonly Mark[];
  readonly #spoiler: string | null;
  /** The first mark that isn't painted yet. */
  #next = 0;

  constructor(line: string, marks: readonly Mark[], spoiler: string | null) {
    this.#line = line;
    this.#marks = marks;
    this.#spoiler = spoiler;
  }

  paint(start: number, end: number, markups: readonly Markup[], style: Style | undefined): void {
    let index = start;
    for (const markup of markups) {
      this.#paintText(index, markup.start, style);
      index = markup.end;
      if (markup.kind === "spoiler" && this.#spoiler !== null) {
        this.spans.push(span(this.#spoiler, { role: "spoiler" }));
        this.#skipTo(index);
        continue;
      }
      const inner = styleOf(markup.kind, style);
      this.paint(markup.start + markup.marker, index - markup.marker, markup.inner, inner);
    }
    this.#paintText(index, end, style);
  }

  #paintText(start: number, end: number, style: Style | undefined): void {
    let index = start;
    for (let mark = this.#marks[this.#next]; mark !== undefined; mark = this.#marks[this.#next]) {
      if (mark.start >= end) break;
      this.#push(index, mark.start, style);
      this.#push(mark.start, mark.end, { ...style, ...mark.style });
      index = mark.end;
      this.#next += 1;
    }
    this.#push(index, end, style);
  }

  #push(start: number, end: number, style: Style | undefined): void {
    if (start < end) this.spans.push(span(this.#line.slice(start, end), style));
  }

  #skipTo(index: number): void {
    while ((this.#marks[this.#next]?.start ?? index) < index) this.#next += 1;
  }
}

function styleOf(kind: Markup["kind"], style: Style | undefined): Style | undefined {
  switch (kind) {
    case "bold":
      return { ...style, bold: true };
    case "italic":
      return { ...style, italic: true };
    case "code":
      return { ...style, role: "code" };
    case "spoiler":
      return style;
  }
}
