/** The bar above the input: where the user is, the connection, the account and unread counts. */
import type { ClientConversation, ClientState, Phase } from "../../../chat-client/client-state.ts";
import type { ElapsedMs } from "../../../protocol/time.ts";
import { fitRow, rowCells, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { type ListedServer, listedPlaces, silenceMs, unreadElsewhere } from "../listed-places.ts";
import { type ConversationView, type UiState, viewOf } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { serverBeside, shortThreadName, titleOf } from "./header.ts";
import { countSpans } from "./sidebar.ts";
import { ROWS_BELOW_MAX } from "./timeline.ts";

/** How far the conversation is scrolled up. */
export interface ScrollPosition {
  /** Rows below the window; 0 at the bottom. */
  readonly rowsBelow: number;
  /** Unread messages below the window. */
  readonly newBelow: number;
  /** True in an older part of the history, with a gap between it and the newest lines. */
  readonly detached?: boolean;
}

/** Draws the status bar. A part that doesn't fit is left out whole, the least important one first. */
export function drawStatusBar(
  servers: readonly ListedServer[],
  state: ClientState,
  conversation: ClientConversation | null,
  ui: UiState,
  position: ScrollPosition,
  width: number,
  elapsedMs: ElapsedMs,
  context: DrawContext,
): ScreenRow {
  const { glyphs, widths } = context;
  const view = viewOf(ui, ui.current);
  const right = positionSpans(position, context);
  const separator = span(` ${glyphs.divider} `, { role: "faint" });
  const parts: { readonly spans: Span[]; readonly importance: number }[] = [
    // A thread is a place of its own, and where one writes to matters more than what is elsewhere.
    {
      spans: conversationSpans(servers, state, conversation, view, context),
      importance: view.thread === null ? 2 : state.phase.kind === "ready" ? 5 : 3.5,
    },
    { spans: connectionSpans(state, elapsedMs, context), importance: 4 },
    { spans: accountSpans(state, context), importance: 1 },
    ...(context.statuses?.() ?? []).map((text) => ({ spans: [span(text)], importance: 1.5 })),
    // Looking at a thread marks nothing in the conversation as read.
    {
      spans: unreadSpans(servers, view.thread === null ? conversation : null, context),
      importance: 3,
    },
  ].filter((part) => part.spans.length > 0);
  const joined = (): ScreenRow =>
    parts.flatMap((part, index) => (index === 0 ? part.spans : [separator, ...part.spans]));
  // Scrolled up in a narrow window, the way back to the bottom matters most.
  const rightCells = right.length === 0 ? 0 : rowCells(right, widths) + 2;
  const free = Math.max(0, width - 1 - rightCells);
  while (parts.length > 0 && rowCells(joined(), widths) > free) {
    const least = parts.reduce((low, part) => (part.importance < low.importance ? part : low));
    parts.splice(parts.indexOf(least), 1);
  }
  const left: ScreenRow = [span(" "), ...joined()];
  if (right.length === 0) {
    // Where Escape leads, as long as nothing else needs the room.
    const hint: ScreenRow = [span(`${escapeHint(conversation, ui, context)} `, { role: "faint" })];
    const hintCells = rowCells(hint, widths);
    const unused = width - rowCells(left, widths);
    if (unused >= hintCells + 2) return [...fitRow(left, width - hintCells, widths), ...hint];
  }
  const rest = Math.max(0, width - rowCells(right, widths));
  return fitRow([...fitRow(left, rest, widths), ...right], width, widths);
}

/** Returns where Escape leads from here; in a conversation also how to get help. Pages say so themselves. */
function escapeHint(
  conversation: ClientConversation | null,
  ui: UiState,
  context: DrawContext,
): string {
  const { screen, pointing } = context.words;
  const { selection, editTarget, replyTarget, thread } = viewOf(ui, ui.current);
  if (ui.page !== null || ui.search !== null || ui.switcher !== null) return "";
  if (selection !== null) return pointing.hint;
  if (editTarget !== null) return screen.editing;
  if (replyTarget !== null) return screen.replyBack;
  if (conversation === null) return screen.help;
  if (thread !== null) return screen.threadBack(titleOf(conversation, context));
  return conversation.detached === null ? screen.help : screen.detachedBack;
}

function conversationSpans(
  servers: readonly ListedServer[],
  state: ClientState,
  conversation: ClientConversation | null,
  { thread }: ConversationView,
  context: DrawContext,
): Span[] {
  if (conversation === null) return [];
  const all = listedPlaces(servers);
  const number = all.findIndex((place) => place.conversation === conversation) + 1;
  const name = serverBeside(servers, state, conversation, context);
  const server = name === "" ? "" : ` ${context.glyphs.dot} ${name}`;
  const place = thread === null ? "" : ` ${shortThreadName(conversation, thread, context)}`;
  return [span(`${number}/${all.length} ${titleOf(conversation, context)}${server}${place}`)];
}

function connectionSpans(state: ClientState, elapsedMs: ElapsedMs, context: DrawContext): Span[] {
  const { words, glyphs } = context;
  const phase: Phase = state.phase;
  switch (phase.kind) {
    case "ready": {
      const silence = silenceMs(state, elapsedMs);
      if (silence !== null) {
        const text = words.screen.noAnswer(Math.floor(silence / 1000));
        return [span(glyphs.away, { role: "warning" }), span(` ${text}`, { role: "warning" })];
      }
      if (state.isChecking) {
        const text = words.screen.checking;
        return [span(glyphs.away, { role: "warning" }), span(` ${text}`, { role: "warning" })];
      }
      const latency = state.latencyMs === null ? "" : ` ${Math.round(state.latencyMs)}ms`;
      return [span(glyphs.present, { role: "good" }), span(` ${words.screen.connected}${latency}`)];
    }
    case "connecting":
    case "handshaking":
    case "logging-in":
      return [span(glyphs.away, { role: "warning" }), span(` ${words.screen.connecting}`)];
    case "waiting": {
      if (phase.trouble !== null) {
        return [
          span(glyphs.offline, { role: "bad" }),
          span(` ${words.screen.trouble[phase.trouble]}`, { role: "bad" }),
        ];
      }
      const seconds = Math.max(0, Math.ceil((phase.retryElapsedMs - elapsedMs) / 1000));
      return [span(glyphs.offline, { role: "bad" }), span(` ${words.screen.waiting(seconds)}`)];
    }
    case "offline":
      return [span(glyphs.offline, { role: "bad" }), span(` ${words.screen.stayedOut}`)];
  }
}

function accountSpans({ me }: ClientState, context: DrawContext): Span[] {
  const { screen } = context.words;
  if (me.nick === "") return [];
  const account =
    me.account === null ? screen.guest(sanitize(me.nick)) : screen.loggedInAs(sanitize(me.account));
  return [span(account), ...(me.away ? [span(` (${screen.away})`, { role: "warning" })] : [])];
}

/** Returns the unread counts of all other conversations that aren't muted. */
function unreadSpans(
  servers: readonly ListedServer[],
  conversation: ClientConversation | null,
  context: DrawContext,
): Span[] {
  const { unread, mentions } = unreadElsewhere(servers, conversation);
  return unread === 0 ? [] : countSpans({ unread, mentions, muted: false }, context);
}

function positionSpans(position: ScrollPosition, context: DrawContext): Span[] {
  const { words, glyphs } = context;
  if (position.rowsBelow === 0) return [];
  const dot = ` ${glyphs.dot} `;
  return [
    position.detached === true
      ? span(words.screen.past, { role: "warning" })
      : span(words.screen.up(shownRows(position.rowsBelow)), { role: "faint" }),
    ...(position.newBelow > 0
      ? [span(`${dot}${words.screen.newBelow(position.newBelow)}`, { role: "accent" })]
      : []),
    span(`${dot}${words.screen.toBottom} `, { role: "faint" }),
  ];
}

function shownRows(rows: number): string {
  return rows > ROWS_BELOW_MAX ? `${ROWS_BELOW_MAX}+` : String(rows);
}
