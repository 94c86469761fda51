/** The row above the conversation: its name, its number of members, the pinned text, and its topic. */

import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import { textOrFileName } from "../../../protocol/file-facts.ts";
import { withoutSpoilers } from "../../../protocol/message-markup.ts";
import { fitRow, rowCells, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { cellsOf, truncate } from "../../../terminal/width.ts";
import { keyHint } from "../keys/key-map.ts";
import { type ListedServer, serverName, unreadElsewhere } from "../listed-places.ts";
import { visibleLines } from "../messages/message-lines.ts";
import { repliesByThread } from "../messages/threads.ts";
import { authorName } from "../people/person-name.ts";
import type { DrawContext } from "./draw-context.ts";
import { oneRowOf } from "./item-sentences.ts";
import { countSpans } from "./sidebar.ts";

/** About what a room's name and its number of members take. */
const NAME_AND_COUNT_CELLS = 30;
/** In a narrower window the key that goes to unread messages isn't named. */
const UNREAD_HINT_COLUMNS_MIN = 50;
/** Cells of a thread's name in the prompt and in the status bar. */
const THREAD_NAME_CELLS = 16;
/** Cells of a server's name beside a room's. */
const SERVER_CELLS = 16;

/**
 * Draws the header beside a sidebar, with the key for the search, or `hintText`, when there is room for it.
 *
 * @param server stands behind the conversation's name, unless it is ""
 */
export function drawWideHeader(
  state: ClientState,
  conversation: ClientConversation | null,
  width: number,
  context: DrawContext,
  server = "",
  hintText: string | null = null,
): ScreenRow {
  const key = keyHint(context.input.keyMap, "search");
  const text = hintText ?? (key === null ? "" : context.words.finder.key(key));
  const hint: ScreenRow = text === "" ? [] : [span(`${text} `, { role: "faint" })];
  const rest = width - rowCells(hint, context.widths);
  // The topic is worth more than the hint.
  const topicCells =
    conversation === null ? 0 : cellsOf(shownTopic(conversation, context), context.widths);
  const fixedCells = NAME_AND_COUNT_CELLS + cellsOf(server, context.widths);
  if (conversation === null || rest < topicCells + fixedCells) {
    return drawHeader(state, conversation, width, context, server);
  }
  return [...drawHeader(state, conversation, rest, context, server), ...hint];
}

/**
 * Draws the header of a window without a sidebar, with the unread counts of all other conversations and, among several
 * servers, the name of this one.
 */
export function drawFoldedHeader(
  servers: readonly ListedServer[],
  state: ClientState,
  conversation: ClientConversation | null,
  width: number,
  context: DrawContext,
): ScreenRow {
  const { unread, mentions } = unreadElsewhere(servers, conversation);
  const server = serverBeside(servers, state, conversation, context);
  const drawLeft = (cells: number): ScreenRow =>
    drawHeader(state, conversation, cells, context, server);
  if (conversation === null || unread === 0) return drawLeft(width);
  const counts = countSpans({ muted: false, unread, mentions }, context);
  const short: ScreenRow = [span(" ["), ...counts, span("]")];
  const key = keyHint(context.input.keyMap, "next-unread");
  const isShort = key === null || width < UNREAD_HINT_COLUMNS_MIN;
  const hint = isShort ? "" : ` ${context.words.screen.nextUnread(key)}`;
  const right = isShort ? short : [...short, span(hint, { role: "faint" })];
  const rest = width - rowCells(right, context.widths);
  return rest < 1 ? drawLeft(width) : [...drawLeft(rest), ...right];
}

/**
 * Returns the name of the server on screen where there are several, short enough to stand beside a conversation's; else
 * "". The server's own conversation is mostly called the same, and needs it only beside another server of this name.
 */
export function serverBeside(
  servers: readonly ListedServer[],
  state: ClientState,
  conversation: ClientConversation | null,
  context: DrawContext,
): string {
  const server = servers.length > 1 ? servers.find((listed) => listed.state === state) : undefined;
  if (server === undefined) return "";
  const name = serverName(server, servers);
  const isSaid = conversation?.kind === "server" && titleOf(conversation, context) === name;
  return isSaid ? "" : truncate(name, SERVER_CELLS, context.widths);
}

/** Draws the header of an open thread: its name, its number of replies, and where Escape leads. */
export function drawThreadHeader(
  state: ClientState,
  conversation: ClientConversation,
  thread: string,
  width: number,
  context: DrawContext,
): ScreenRow {
  const { words, widths, glyphs } = context;
  const lines = visibleLines(conversation);
  const root = lines.find((line) => line.msgid === thread);
  const isNamed = root !== undefined && root.folded === null;
  const author = isNamed ? authorName(root, words) : "";
  const name = threadName(conversation, thread, context);
  const title = titleOf(conversation, context);
  const count = repliesByThread(lines).get(thread)?.length ?? 0;
  // The way back is always there; the name is cut for it.
  const back = span(` ${words.screen.threadBack(title)} `, { role: "faint" });
  const rest = Math.max(0, width - rowCells([back], widths));
  const spans = [
    span(`${title} ⤷ ${author === "" ? "" : `${author}: `}${name}`, { role: "strong" }),
    ...(count === 0
      ? []
      : [span(` ${glyphs.dot} ${words.screen.replyCount(count)}`, { role: "faint" })]),
    ...plainTextSpans(state, context),
  ];
  return fitRow([...fitRow(spans, rest, widths), back], width, widths);
}

/** Returns the name of a thread: what its first message says, on one row; sanitized. */
function threadName(
  conversation: ClientConversation,
  thread: string,
  context: DrawContext,
): string {
  const { words } = context;
  const root = visibleLines(conversation).find((line) => line.msgid === thread);
  if (root === undefined) return words.screen.threadUnknown;
  if (root.redacted) return words.screen.deleted;
  if (root.folded !== null) return words.screen.hiddenMessage[root.folded];
  return oneRowOf(textOrFileName(root), context);
}

/** Returns "⤷ " and the name of a thread, short enough to stand beside other things. */
export function shortThreadName(
  conversation: ClientConversation,
  thread: string,
  context: DrawContext,
): string {
  const { widths } = context;
  return `⤷ ${truncate(threadName(conversation, thread, context), THREAD_NAME_CELLS, widths)}`;
}

/** Returns a conversation's name as a person reads it, sanitized. */
export function titleOf(conversation: ClientConversation, context: DrawContext): string {
  const name = sanitize(conversation.name);
  return conversation.kind === "server" && name === "" ? context.words.screen.serverSays : name;
}

function drawHeader(
  state: ClientState,
  conversation: ClientConversation | null,
  width: number,
  context: DrawContext,
  server = "",
): ScreenRow {
  const { widths, glyphs } = context;
  if (conversation === null) return fitRow([span("Sodam", { role: "strong" })], width, widths);
  const title = span(titleOf(conversation, context), { role: "strong" });
  // Behind the name alone: it must be seen in the narrowest window.
  const warning = plainTextSpans(state, context);
  const place: Span[] = server === "" ? [] : [span(` ${glyphs.dot} ${server}`)];
  const spans: Span[] = [title, ...place, ...warning, ...kindSpans(conversation, context)];
  const topic = shownTopic(conversation, context);
  if (topic !== "") spans.push(span(` ${glyphs.dot} ${topic}`));
  return fitRow(spans, width, widths);
}

/** Returns the warning that strangers can read this connection, as long as they can. */
function plainTextSpans({ isReadable }: ClientState, { glyphs, words }: DrawContext): Span[] {
  return isReadable ? [span(` ${glyphs.dot} ${words.plainText.header}`, { role: "bad" })] : [];
}

/** Returns the topic, its spoilers hidden; "" if the row below shows the same text as pinned. */
function shownTopic({ pinned, topic }: ClientConversation, { words }: DrawContext): string {
  return topic === pinned ? "" : sanitize(withoutSpoilers(topic, words.screen.spoiler));
}

function kindSpans(conversation: ClientConversation, context: DrawContext): Span[] {
  const { words, glyphs } = context;
  if (conversation.kind === "direct") {
    return [span(` ${glyphs.dot} ${words.screen.direct}`, { role: "faint" })];
  }
  // Without the connection nobody knows how many there are.
  const isKnown = conversation.kind === "room" && conversation.joined;
  if (!isKnown || conversation.members.size === 0) return [];
  const members = words.screen.members(conversation.members.size);
  return [span(` ${glyphs.dot} ${members}`, { role: "faint" })];
}
