import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import { fitRow, rowCells, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { cellsOf } from "../../../terminal/width.ts";
import { visibleLines } from "../message-lines.ts";
import type { DrawContext } from "./draw-context.ts";
import { countSpans } from "./sidebar.ts";

/** The row above the conversation: what it is called, how many are there, what it is about. */
function drawHeader(one: ClientConversation | null, width: number, pen: DrawContext): ScreenRow {
  if (one === null) return fitRow([span("Sodam", { role: "strong" })], width, pen.widths);
  const spans: Span[] = [span(title(one, pen), { role: "strong" }), ...memberCount(one, pen)];
  for (const part of about(one, pen)) spans.push(span(` ${pen.signs.dot} ${part}`));
  return fitRow(spans, width, pen.widths);
}

/** What is pinned, and what the room is about: the first is news to more people. */
function about({ pinned, topic }: ClientConversation, pen: DrawContext): string[] {
  const pin = pinned === null ? "" : `${pen.signs.pin} ${sanitize(pinned)}`;
  // Some pin what the topic says already.
  return [pin, topic === pinned ? "" : sanitize(topic)].filter((part) => part !== "");
}

/** The same beside the sidebar, with a word of how to find something. */
export function drawWideHeader(
  one: ClientConversation | null,
  width: number,
  pen: DrawContext,
): ScreenRow {
  const key: ScreenRow = [span(`${pen.words.finder.key} `, { role: "faint" })];
  const rest = width - rowCells(key, pen.widths);
  // A topic is worth more than the hint.
  const whole = one === null ? 0 : cellsOf(about(one, pen).join("   "), pen.widths);
  if (one === null || rest < whole + HEADER_NAME_CELLS) return drawHeader(one, width, pen);
  return [...drawHeader(one, rest, pen), ...key];
}

/** What a room's name and the number of its members take, about. */
const HEADER_NAME_CELLS = 30;

/** Where the sidebar is folded away: the same in one row, and what waits in the other rooms. */
export function drawFoldedHeader(
  state: ClientState,
  one: ClientConversation | null,
  width: number,
  pen: DrawContext,
): ScreenRow {
  const others = [...state.conversations.values()].filter(
    (other) => other !== one && other.kind !== "server" && !other.muted && other.unread > 0,
  );
  const unread = others.reduce((sum, other) => sum + other.unread, 0);
  const mentions = others.reduce((sum, other) => sum + other.mentions, 0);
  if (one === null || unread === 0) return drawHeader(one, width, pen);
  const counts = countSpans({ muted: false, unread, mentions }, pen);
  const short: ScreenRow = [span(" ["), ...counts, span("]")];
  const hint = span(` ${pen.words.screen.nextUnread}`, { role: "faint" });
  const right = width < 50 ? short : [...short, hint];
  const rest = width - rowCells(right, pen.widths);
  return rest < 1 ? drawHeader(one, width, pen) : [...drawHeader(one, rest, pen), ...right];
}

/** Above the answers to one message. */
export function drawThreadHeader(
  one: ClientConversation,
  thread: string,
  width: number,
  pen: DrawContext,
): ScreenRow {
  const first = visibleLines(one).find((line) => line.msgid === thread);
  const who = first === undefined ? "" : first.own ? pen.words.you : sanitize(first.nick);
  const back = pen.words.screen.threadBack;
  const name = span(pen.words.screen.thread(title(one, pen), who), { role: "strong" });
  return fitRow([name, span(` ${pen.signs.dot} ${back}`, { role: "faint" })], width, pen.widths);
}

export function title(one: ClientConversation, pen: DrawContext): string {
  if (one.kind === "server") return pen.words.screen.serverSays;
  return sanitize(one.name);
}

function memberCount(one: ClientConversation, pen: DrawContext): Span[] {
  const { words, signs } = pen;
  if (one.kind === "direct") {
    return [span(` ${signs.dot} ${words.screen.direct}`, { role: "faint" })];
  }
  if (one.kind !== "room" || one.members.size === 0) return [];
  return [span(` ${signs.dot} ${words.screen.members(one.members.size)}`, { role: "faint" })];
}
