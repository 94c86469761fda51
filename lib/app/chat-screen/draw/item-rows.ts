/** One item of a conversation as rows: the only place that knows what a message looks like. */
import type { ChatLine } from "../../../chat-client/client-state.ts";
import { fold } from "../../../protocol/names.ts";
import { fitRow, type ScreenRow, type Span, span, wrapRow } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { hueOf, type Style } from "../../../terminal/theme.ts";
import { cellsOf, pad, truncate } from "../../../terminal/width.ts";
import { failureSentence } from "../../i18n/words.ts";
import type { TimelineItem } from "../timeline-items.ts";
import type { DrawContext, Viewer } from "./draw-context.ts";
import { type Gutter, gutterFor } from "./gutter.ts";
import { messageSpans } from "./message-spans.ts";
import { systemSentence } from "./system-line.ts";

type LineItem = Extract<TimelineItem, { kind: "line" }>;

/** Rows of exactly `width` cells. Never empty. */
export function drawItem(
  item: TimelineItem,
  width: number,
  reader: Viewer,
  pen: DrawContext,
): ScreenRow[] {
  const { words, calendar, signs } = pen;
  switch (item.kind) {
    case "day":
      return [rule(calendar.day(item.time), signs.line, width, pen, { role: "faint" })];
    case "read":
      return [
        rule(words.screen.readToNew(item.count), signs.dashed, width, pen, { role: "accent" }),
      ];
    case "top": {
      const text = item.loading ? words.screen.loadingOlder : words.screen.beginning;
      return [rule(text, " ", width, pen, { role: "faint" })];
    }
    case "fold":
      return drawSystem(comingSentence(item.lines, pen), width, pen, { role: "faint" });
    case "note": {
      const style: Style = item.note.tone === "bad" ? { role: "bad" } : { role: "accent" };
      return drawSystem(item.note.text, width, pen, style);
    }
    case "line":
      return drawLine(item, width, reader, pen);
  }
}

function drawLine(item: LineItem, width: number, reader: Viewer, pen: DrawContext): ScreenRow[] {
  const { line } = item;
  const system = systemSentence(line, pen.words);
  if (system !== null) {
    return drawSystem(system.text, width, pen, { role: system.bad ? "bad" : "faint" });
  }
  const gutter = gutterFor(width);
  const body = bodyRows(item, width - gutter.cells, reader, pen);
  const bar = barOf(item, gutter, pen);
  // The row with the name is where the mark stands, so a line that isn't sent yet always has one.
  const nameless = item.continued && line.status === "sent";
  const rows = gutter.stacked
    ? [...(nameless ? [] : [nameRow(item, width, pen)]), ...body.map((row) => [bar, ...row])]
    : body.map((row, at) => [
        ...(at === 0 ? margin(item, gutter, pen) : [span(" ".repeat(gutter.cells - gutter.bar))]),
        bar,
        ...row,
      ]);
  return rows.map((row) => fitRow(row, width, pen.widths));
}

/** In front of every row of a message: that it names the reader, or that they have gone to it. */
function barOf({ line, marked }: LineItem, gutter: Gutter, pen: DrawContext): Span {
  const { signs } = pen;
  if (marked) return span(`${signs.selected} `.slice(0, gutter.bar), { role: "accent" });
  if (line.mention) return span(`${signs.mention} `.slice(0, gutter.bar), { role: "mention" });
  return span(" ".repeat(gutter.bar));
}

/** Time, mark and name in front of a message's first row. */
function margin(item: LineItem, gutter: Gutter, pen: DrawContext): ScreenRow {
  const time = item.newMinute ? pen.calendar.clock(item.line.time) : "     ";
  const name = item.continued ? "" : nameOf(item.line, pen);
  return [
    span(`${time} `, { role: "faint" }),
    ...mark(item, pen),
    span(" "),
    span(pad(name, gutter.name, "left", pen.widths), nameStyle(item.line)),
  ];
}

/** In a narrow window the name stands above what was said. */
function nameRow(item: LineItem, width: number, pen: DrawContext): ScreenRow {
  const time = ` ${pen.calendar.clock(item.line.time)} `;
  const name = truncate(nameOf(item.line, pen), width - 9, pen.widths);
  return [span(name, nameStyle(item.line)), span(time, { role: "faint" }), ...mark(item, pen)];
}

/** How many haven't read it yet, or what became of one's own line, in exactly two cells. */
function mark({ line, unreadBy }: LineItem, pen: DrawContext): ScreenRow {
  const { signs, widths } = pen;
  if (unreadBy > 0) {
    const count = Math.min(unreadBy, UNREAD_SHOWN_MAX);
    return [span(pad(String(count), 2, "right", widths), { role: "warning" })];
  }
  if (!line.own) return [span("  ")];
  switch (line.status) {
    case "sent":
      return [span(pad(signs.sent, 2, "left", widths), { role: "faint" })];
    case "sending":
    case "queued":
    case "unsure":
      return [span(pad(signs.waiting, 2, "left", widths), { role: "warning" })];
    case "failed":
      return [span(pad(signs.failed, 2, "left", widths), { role: "bad" })];
  }
}

/** What two cells hold. */
const UNREAD_SHOWN_MAX = 99;

function nameOf(line: ChatLine, pen: DrawContext): string {
  if (line.kind === "action") return "*";
  return line.own ? pen.words.you : sanitize(line.nick);
}

function nameStyle(line: ChatLine): Style {
  return line.own ? { role: "strong" } : { hue: hueOf(fold(line.nick)), bold: true };
}

/** What was said, with what it answers above, and reactions and trouble below it. */
function bodyRows(item: LineItem, width: number, reader: Viewer, pen: DrawContext): ScreenRow[] {
  const { line } = item;
  const { words, widths } = pen;
  const faint: Style = { role: "faint" };
  const rows: ScreenRow[] = [];
  if (item.quotes) {
    rows.push([span(truncate(quote(item.answered, pen), width, widths), faint)]);
  }
  rows.push(...wrapRow(textSpans(line, reader, pen), width, { widths }));
  const under = [...reactionSpans(line, reader), ...threadSpans(item, pen)];
  if (under.length > 0) rows.push(...wrapRow(under, width, { widths }));
  if (line.status === "failed") {
    const why =
      line.code === null
        ? sanitize(line.problem)
        : failureSentence(words, line.code, item.place, sanitize(line.problem));
    const text = why === "" ? words.screen.failed : words.screen.failedWhy(why);
    rows.push(...wrapRow([span(text, { role: "bad" })], width, { widths }));
  }
  return rows;
}

function textSpans(line: ChatLine, reader: Viewer, pen: DrawContext): ScreenRow {
  const { words } = pen;
  if (line.redacted) return [span(words.screen.deleted, { role: "faint" })];
  const edited = line.edited ? [span(` ${words.screen.edited}`, { role: "faint" })] : [];
  const nick = line.own ? "" : reader.nick;
  if (line.kind === "action") {
    const who = line.own ? reader.nick : line.nick;
    return [
      span(`${sanitize(who)} `, nameStyle(line)),
      ...messageSpans(line.text, nick, { role: "italic" }),
      ...edited,
    ];
  }
  const base: Style | undefined = line.kind === "notice" ? { role: "faint" } : undefined;
  return [...messageSpans(line.text, nick, base), ...edited];
}

function reactionSpans(line: ChatLine, reader: Viewer): ScreenRow {
  const me = fold(reader.nick);
  return [...line.reactions].flatMap(([reaction, nicks], at): Span[] => {
    const mine = nicks.some((nick) => fold(nick) === me);
    const text = `${sanitize(reaction)} ${nicks.length}`;
    const gap = at === 0 ? [] : [span("  ")];
    return [...gap, span(text, mine ? { role: "accent", bold: true } : { role: "accent" })];
  });
}

/** A single answer quotes what it answers: that is enough to find one from the other. */
const ANSWERS_TOLD_MIN = 2;

function threadSpans({ line, thread }: LineItem, pen: DrawContext): ScreenRow {
  if (thread === null || thread.answers < ANSWERS_TOLD_MIN) return [];
  const gap = line.reactions.size === 0 ? "" : "   ";
  return [span(gap + pen.words.screen.answers(thread.answers, thread.number), { role: "faint" })];
}

function quote(answered: ChatLine | null, pen: DrawContext): string {
  const { words } = pen;
  if (answered === null) return words.screen.replyToUnknown;
  const text = answered.redacted
    ? words.screen.deleted
    : sanitize(answered.text.replace(/\s+/g, " "));
  return words.screen.replyTo(answered.own ? words.you : sanitize(answered.nick), text);
}

/** "alice and 3 more came in": who is here now and wasn't, and the other way round. */
function comingSentence(lines: readonly ChatLine[], pen: DrawContext): string {
  const { screen } = pen.words;
  const fates = new Map<string, { name: string; first: boolean; last: boolean }>();
  for (const line of lines) {
    const key = fold(line.nick);
    const came = line.kind === "joined";
    const known = fates.get(key);
    fates.set(key, { name: sanitize(line.nick), first: known?.first ?? came, last: came });
  }
  const came: string[] = [];
  const went: string[] = [];
  const both: string[] = [];
  for (const { name, first, last } of fates.values()) {
    if (first && !last) both.push(name);
    else (last ? came : went).push(name);
  }
  const sentences: string[] = [];
  const [oneCame = "", ...othersCame] = came;
  if (othersCame.length > 0) sentences.push(screen.joinedMany(oneCame, othersCame.length));
  else if (oneCame !== "") sentences.push(screen.joined(oneCame));
  const [oneWent = "", ...othersWent] = went;
  if (othersWent.length > 0) sentences.push(screen.leftMany(oneWent, othersWent.length));
  else if (oneWent !== "") sentences.push(screen.left(oneWent));
  for (const name of both.slice(0, COME_AND_GONE_MAX)) sentences.push(screen.cameAndWent(name));
  return sentences.join(` ${pen.signs.dot} `);
}

/** More of them would say nothing new. */
const COME_AND_GONE_MAX = 3;

/** A sentence of the room's, or of the screen's, in the column where messages stand. */
function drawSystem(text: string, width: number, pen: DrawContext, style: Style): ScreenRow[] {
  const gutter = gutterFor(width);
  const indent = Math.max(0, gutter.cells - 2);
  const bullet = `${pen.signs.dot} `;
  const room = width - indent - cellsOf(bullet, pen.widths);
  return wrapRow([span(text, style)], room, { widths: pen.widths, wholeHangul: true }).map(
    (row, at) =>
      fitRow(
        [
          span(" ".repeat(indent)),
          span(at === 0 ? bullet : " ".repeat(cellsOf(bullet, pen.widths)), style),
          ...row,
        ],
        width,
        pen.widths,
      ),
  );
}

/** A line across with a text in its middle. */
function rule(
  text: string,
  sign: string,
  width: number,
  pen: DrawContext,
  style: Style,
): ScreenRow {
  const { widths } = pen;
  const shown = ` ${truncate(text, Math.max(0, width - 4), widths)} `;
  const free = width - cellsOf(shown, widths);
  const left = Math.max(0, Math.floor(free / 2));
  return fitRow(
    [
      span(sign.repeat(left), style),
      span(shown, style),
      span(sign.repeat(Math.max(0, free - left)), style),
    ],
    width,
    widths,
  );
}
