/** Draws one timeline item as rows. Only this file knows what a message looks like. */

import { type ChatLine, isMessage } from "../../../chat-client/client-state.ts";
import { hasSpoiler } from "../../../protocol/message-markup.ts";
import { fold } from "../../../protocol/names.ts";
import { fitRow, type ScreenRow, type Span, span, wrapRow } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { Style } from "../../../terminal/theme.ts";
import { cellsOf, pad, truncate } from "../../../terminal/width.ts";
import { failureSentence } from "../../i18n/words.ts";
import { keyHint } from "../keys/key-map.ts";
import type { Disclosure } from "../messages/message-actions.ts";
import type { HiddenLines, TimelineItem } from "../messages/timeline-items.ts";
import { authorName, nameStyle } from "../people/person-name.ts";
import type { DrawContext, Viewer } from "./draw-context.ts";
import { fileRows } from "./file-rows.ts";
import { membershipSentence, messageMarks, quoteText } from "./item-sentences.ts";
import type { TextView } from "./message-spans.ts";
import { drawFolded, drawText } from "./message-text.ts";
import { previewRows } from "./preview-rows.ts";
import { systemSentence } from "./system-line.ts";

/** In a narrower conversation the gutter would take more room than the text. */
const GUTTER_COLUMNS_MIN = 50;
/** The names' column grows with the conversation: from a window of 60 columns to one of 120, which has a sidebar. */
const NARROW_NAME_WIDTH = 60;
const WIDE_NAME_WIDTH = 95;
const NAME_CELLS_MIN = 8;
const NAME_CELLS_MAX = 16;
/** The largest number that fits the two cells of a mark. */
const UNREAD_SHOWN_MAX = 99;
/** The count of replies is shown from this number on: a single reply quotes its message, which is enough. */
const REPLIES_SHOWN_MIN = 2;

type LineItem = Extract<TimelineItem, { kind: "line" }>;

/** An item as it is drawn. */
export interface DrawnItem {
  /** At least one, each exactly as wide as the timeline. */
  readonly rows: readonly ScreenRow[];
  readonly disclosure: Disclosure;
  /** The row that says how much is folded away; null for none. */
  readonly foldRow: number | null;
}

/** Cells to the left of a message's text: time, mark, name, and a bar on a mention. */
interface Gutter {
  /** All of it, with the bar. */
  readonly cells: number;
  readonly nameCells: number;
  readonly barCells: number;
  /** True when the name has its own row, and only the bar is left of the text. */
  readonly stacked: boolean;
}

/** Draws an item. */
export function drawItem(
  item: TimelineItem,
  width: number,
  viewer: Viewer,
  context: DrawContext,
  isSelected = false,
): DrawnItem {
  if (item.kind === "line") return drawLine(item, width, viewer, context, isSelected);
  return whole(drawOther(item, width, context));
}

/** Makes the drawn item of what has nothing to open. */
function whole(rows: readonly ScreenRow[]): DrawnItem {
  return { rows, disclosure: "none", foldRow: null };
}

function drawOther(
  item: Exclude<TimelineItem, LineItem>,
  width: number,
  context: DrawContext,
): ScreenRow[] {
  const { words, calendar, glyphs } = context;
  switch (item.kind) {
    case "day":
      return [drawRule(calendar.day(item.time), glyphs.line, width, context, { role: "faint" })];
    case "read-marker": {
      const text = words.screen.readToNew(item.count);
      return [drawRule(text, glyphs.dashed, width, context, { role: "accent" })];
    }
    case "beginning": {
      return [drawRule(words.history[item.reason], " ", width, context, { role: "faint" })];
    }
    case "membership":
      return drawSystem(membershipSentence(item.lines, context), width, context, { role: "faint" });
    case "note": {
      const style: Style = item.note.tone === "bad" ? { role: "bad" } : { role: "accent" };
      return drawSystem(item.note.text, width, context, style);
    }
  }
}

function gutterFor(width: number): Gutter {
  if (width < GUTTER_COLUMNS_MIN) return { cells: 1, nameCells: 0, barCells: 1, stacked: true };
  const share = (width - NARROW_NAME_WIDTH) / (WIDE_NAME_WIDTH - NARROW_NAME_WIDTH);
  const added = Math.floor(share * (NAME_CELLS_MAX - NAME_CELLS_MIN));
  const nameCells = Math.max(NAME_CELLS_MIN, Math.min(NAME_CELLS_MAX, NAME_CELLS_MIN + added));
  // "09:41 ✓  민수     ┃ "
  return { cells: 5 + 1 + 2 + 1 + nameCells + 2, nameCells, barCells: 2, stacked: false };
}

/** Returns the cells of a message's text, quote and file in a timeline of this width. */
export function bodyWidth(width: number): number {
  return width - gutterFor(width).cells;
}

function drawLine(
  item: LineItem,
  width: number,
  viewer: Viewer,
  context: DrawContext,
  isSelected: boolean,
): DrawnItem {
  const { line } = item;
  const system = isMessage(line) ? null : systemSentence(line, context.words, context.calendar);
  if (system !== null) {
    const style: Style = { role: system.bad ? "bad" : "faint" };
    return whole(drawSystem(system.text, width, context, style));
  }
  const gutter = gutterFor(width);
  if (item.hidden !== null) return drawHidden(item, item.hidden, width, context, isSelected);
  const body = drawBody(item, bodyWidth(width), viewer, context);
  const bar = barSpan(item, gutter, context, isSelected);
  const names = gutter.stacked && hasNameRow(item) ? [nameRow(item, width, context)] : [];
  const texts = body.rows.map((row, index) => [
    ...(gutter.stacked
      ? []
      : index === 0
        ? gutterSpans(item, gutter, context)
        : [span(" ".repeat(gutter.cells - gutter.barCells))]),
    bar,
    ...row,
  ]);
  return {
    rows: [...names, ...texts].map((row) => fitRow(row, width, context.widths)),
    disclosure: body.disclosure,
    foldRow: body.foldRow === null ? null : names.length + body.foldRow,
  };
}

/** Draws the quiet row that stands for messages of blocked people, or with a word that the user is spared. */
function drawHidden(
  item: LineItem,
  { reason, count }: HiddenLines,
  width: number,
  context: DrawContext,
  isSelected: boolean,
): DrawnItem {
  const gutter = gutterFor(width);
  const sentence = context.words.screen.hidden[reason](count);
  const row = [
    span(" ".repeat(gutter.cells - gutter.barCells)),
    // It may have mentioned the user before its author was blocked.
    barSpan({ ...item, line: { ...item.line, mention: false } }, gutter, context, isSelected),
    span(`${context.glyphs.dot} ${sentence}`, { role: "faint" }),
  ];
  return { rows: [fitRow(row, width, context.widths)], disclosure: "closed", foldRow: 0 };
}

/** The mark is in the row with the name, so a line that isn't sent yet always has that row. */
function hasNameRow({ continued, line }: LineItem): boolean {
  return !continued || line.status !== "sent";
}

/** What a click on a message hits. "fold": the row that opens it; "thread": the number of its replies. */
export type MessagePart = "name" | "quote" | "text" | "fold" | "thread";

/** Returns which part of a message is at a row of it, counted from 0, and a column. */
export function messagePartAt(
  item: LineItem,
  row: number,
  { rows, foldRow }: DrawnItem,
  column: number,
  width: number,
): MessagePart {
  const gutter = gutterFor(width);
  const bodyStart = gutter.stacked && hasNameRow(item) ? 1 : 0;
  const isInName = gutter.stacked ? row < bodyStart : row === 0 && column < gutter.cells;
  if (isInName && !(item.continued && !gutter.stacked)) return "name";
  if (row === bodyStart && item.showsQuote) return "quote";
  if (row === foldRow) return "fold";
  return showsReplies(item) && row === rows.length - 1 ? "thread" : "text";
}

/** Returns the bar in front of every row of a message that is selected, was jumped to, or mentions the user. */
function barSpan(
  { line, highlighted }: LineItem,
  gutter: Gutter,
  context: DrawContext,
  isSelected: boolean,
): Span {
  const { glyphs } = context;
  if (isSelected)
    return span(`${glyphs.selected} `.slice(0, gutter.barCells), { role: "selected" });
  if (highlighted) {
    return span(`${glyphs.selected} `.slice(0, gutter.barCells), { role: "accent" });
  }
  if (line.mention) {
    return span(`${glyphs.mention} `.slice(0, gutter.barCells), { role: "mention" });
  }
  return span(" ".repeat(gutter.barCells));
}

/** Returns time, mark and name in front of a message's first row. */
function gutterSpans(item: LineItem, gutter: Gutter, context: DrawContext): ScreenRow {
  const time = item.newMinute ? context.calendar.clock(item.line.time) : "     ";
  const name = item.continued ? "" : nameOf(item.line, context);
  return [
    span(`${time} `, { role: "faint" }),
    ...markSpans(item, context),
    span(" "),
    span(pad(name, gutter.nameCells, "left", context.widths), authorStyle(item.line)),
  ];
}

/** Returns the row with name, time and mark that stands above a message in a narrow window. */
function nameRow(item: LineItem, width: number, context: DrawContext): ScreenRow {
  const time = ` ${context.calendar.clock(item.line.time)} `;
  const name = truncate(nameOf(item.line, context), width - 9, context.widths);
  return [
    span(name, authorStyle(item.line)),
    span(time, { role: "faint" }),
    ...markSpans(item, context),
  ];
}

/** Returns how many haven't read the message, or the status of one's own, in exactly two cells. */
function markSpans({ line, unreadBy }: LineItem, context: DrawContext): ScreenRow {
  const { glyphs, widths } = context;
  if (unreadBy > 0) {
    const count = Math.min(unreadBy, UNREAD_SHOWN_MAX);
    return [span(pad(String(count), 2, "right", widths), { role: "warning" })];
  }
  if (!line.own) return [span("  ")];
  switch (line.status) {
    case "sent":
      return [span(pad(glyphs.sent, 2, "left", widths), { role: "faint" })];
    case "sending":
    case "queued":
    case "unsure":
      return [span(pad(glyphs.waiting, 2, "left", widths), { role: "warning" })];
    case "failed":
      return [span(pad(glyphs.failed, 2, "left", widths), { role: "bad" })];
  }
}

function nameOf(line: ChatLine, context: DrawContext): string {
  if (line.kind === "action") return "*";
  return authorName(line, context.words);
}

function authorStyle({ nick, own }: ChatLine): Style {
  return { ...nameStyle(nick, own), bold: true };
}

/** Draws quote, text, file, reactions, number of replies, and why the message failed. */
function drawBody(item: LineItem, width: number, viewer: Viewer, context: DrawContext): DrawnItem {
  const { line } = item;
  const { words, widths } = context;
  const rows: ScreenRow[] = [];
  if (item.showsQuote) {
    const quote = quoteText(item.repliedTo, context);
    rows.push([span(truncate(quote, width, widths), { role: "faint" })]);
  }
  const text = drawMessage(item, width, viewer, context);
  let foldRow = text.foldRow === null ? null : rows.length + text.foldRow;
  let { disclosure } = text;
  rows.push(...text.rows);
  if (line.file !== null && !line.redacted) {
    const marks = line.text === "" ? markSpansBehind(line, words) : [];
    rows.push(...fileRows(line.file, marks, width, context));
    const below = context.previews?.below(line.file, width) ?? { kind: "none" };
    const preview = previewRows(below, item.isOpened, width, context);
    if (disclosure === "none") disclosure = preview.disclosure;
    if (preview.foldRow !== null) foldRow ??= rows.length + preview.foldRow;
    rows.push(...preview.rows);
  }
  const footer = [...reactionSpans(line, viewer), ...threadSpans(item, context)];
  if (footer.length > 0) rows.push(...wrapRow(footer, width, { widths }));
  if (line.status === "failed") {
    const serverText = sanitize(line.problem);
    const reason =
      line.code === null
        ? serverText
        : failureSentence(words, line.code, item.conversationName, serverText);
    // Where another attempt would fail too, the key for it isn't offered.
    const retryKey = line.code === "PEER_LEFT" ? null : keyHint(context.input.keyMap, "retry");
    const { failed, retryBy } = words.screen;
    const sentence = retryKey === null ? reason || failed : retryBy(reason || failed, retryKey);
    rows.push(...wrapRow([span(sentence, { role: "bad" })], width, { widths }));
  }
  return { rows, disclosure, foldRow };
}

/** Draws a message's text: folded if it is long, and with its spoilers hidden, until it is opened. */
function drawMessage(
  item: LineItem,
  width: number,
  viewer: Viewer,
  context: DrawContext,
): DrawnItem {
  const { line, members, isOpened } = item;
  const { words } = context;
  if (line.redacted) {
    return whole(wrapRow([span(words.screen.deleted, { role: "faint" })], width, context));
  }
  if (line.text === "" && line.file !== null) return whole([]);
  const isAction = line.kind === "action";
  const author = sanitize(line.own ? viewer.nick : line.nick);
  const front = isAction ? [span(`${author} `, authorStyle(line))] : [];
  const marks = markSpansBehind(line, words);
  const view: TextView = {
    nick: line.own ? "" : viewer.nick,
    highlights: line.own ? null : (viewer.highlights ?? null),
    isPresent: (name) => members.has(name),
    ...(isAction && { base: { role: "italic" } }),
    ...(line.kind === "notice" && { base: { role: "faint" } }),
    spoiler: isOpened ? null : words.screen.spoiler,
  };
  const draw = (text: string) => drawText(text, view, front, marks, width, context);
  const folded = drawFolded(line.text, draw, width, context);
  const isClosable = folded.foldRow !== null || hasSpoiler(line.text) || line.folded !== null;
  if (!isClosable) return whole(folded.rows);
  if (isOpened) return { rows: draw(line.text), disclosure: "opened", foldRow: null };
  return { ...folded, disclosure: "closed" };
}

/** Returns what stands behind the text of a message, or behind its file where it has no text. */
function markSpansBehind(line: ChatLine, words: DrawContext["words"]): Span[] {
  return messageMarks(line, words).map((mark) => span(` ${mark}`, { role: "faint" }));
}

function reactionSpans(line: ChatLine, viewer: Viewer): ScreenRow {
  const ownNick = fold(viewer.nick);
  return [...line.reactions].flatMap(([reaction, nicks], index): Span[] => {
    const isOwn = nicks.some((nick) => fold(nick) === ownNick);
    const text = `${sanitize(reaction)} ${nicks.length}`;
    const gap = index === 0 ? [] : [span("  ")];
    return [...gap, span(text, isOwn ? { role: "accent", bold: true } : { role: "accent" })];
  });
}

function showsReplies({ replies }: LineItem): boolean {
  return replies >= REPLIES_SHOWN_MIN;
}

function threadSpans(item: LineItem, context: DrawContext): ScreenRow {
  if (!showsReplies(item)) return [];
  const gap = item.line.reactions.size === 0 ? "" : "   ";
  return [span(gap + context.words.screen.replies(item.replies), { role: "faint" })];
}

function drawSystem(text: string, width: number, context: DrawContext, style: Style): ScreenRow[] {
  const { widths } = context;
  const indent = Math.max(0, gutterFor(width).cells - 2);
  const bullet = `${context.glyphs.dot} `;
  const bulletCells = cellsOf(bullet, widths);
  const textWidth = width - indent - bulletCells;
  return wrapRow([span(text, style)], textWidth, { widths }).map((row, index) => {
    const front = span(index === 0 ? bullet : " ".repeat(bulletCells), style);
    return fitRow([span(" ".repeat(indent)), front, ...row], width, widths);
  });
}

/** Draws a horizontal line made of `glyph`, with a text in its middle. */
function drawRule(
  text: string,
  glyph: string,
  width: number,
  context: DrawContext,
  style: Style,
): ScreenRow {
  const { widths } = context;
  const title = ` ${truncate(text, Math.max(0, width - 4), widths)} `;
  const free = width - cellsOf(title, widths);
  const left = Math.max(0, Math.floor(free / 2));
  const right = Math.max(0, free - left);
  return fitRow(
    [span(glyph.repeat(left), style), span(title, style), span(glyph.repeat(right), style)],
    width,
    widths,
  );
}
