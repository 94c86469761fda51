import type { ClientConversation, ClientState, Phase } from "../../../chat-client/client-state.ts";
import { fitRow, rowCells, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { listedConversations } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { title } from "./header.ts";
import { countSpans } from "./sidebar.ts";

/** Where one looks: what the right end of the bar says. */
export interface Position {
  readonly under: number;
  readonly newUnder: number;
  /** It is a part further up, with a gap between it and the newest lines. */
  readonly past?: boolean;
}

/** The bar above the input. What doesn't fit is left out whole, the least needed first. */
export function drawStatusBar(
  state: ClientState,
  one: ClientConversation | null,
  position: Position,
  width: number,
  now: number,
  pen: DrawContext,
): ScreenRow {
  const { signs, widths } = pen;
  const right = positionSpans(position, pen);
  const separator = span(` ${signs.wall} `, { role: "faint" });
  const pieces: { readonly spans: Span[]; readonly need: number }[] = [
    { spans: placeSpans(state, one, pen), need: 2 },
    { spans: connectionSpans(state, now, pen), need: 4 },
    { spans: whoSpans(state, pen), need: 1 },
    { spans: waitingSpans(state, one, pen), need: 3 },
  ].filter((piece) => piece.spans.length > 0);
  const compose = (): ScreenRow =>
    pieces.flatMap((piece, at) => (at === 0 ? piece.spans : [separator, ...piece.spans]));
  let free = width - 1 - (right.length === 0 ? 0 : rowCells(right, widths) + 2);
  // Scrolled far up in a narrow window, the way back to the bottom matters most.
  if (free < 0) free = 0;
  while (pieces.length > 0 && rowCells(compose(), widths) > free) {
    const least = pieces.reduce((low, piece) => (piece.need < low.need ? piece : low));
    pieces.splice(pieces.indexOf(least), 1);
  }
  const composed = compose();
  const left: ScreenRow = [span(" "), ...composed];
  if (right.length === 0) {
    // Who is new here sees where to ask, as long as nothing else wants the room.
    const hint: ScreenRow = [span(`${pen.words.screen.help} `, { role: "faint" })];
    const cells = rowCells(hint, widths);
    const unused = width - 1 - rowCells(composed, widths);
    if (unused >= cells + 2) return [...fitRow(left, width - cells, widths), ...hint];
  }
  const rest = Math.max(0, width - rowCells(right, widths));
  return fitRow([...fitRow(left, rest, widths), ...right], width, widths);
}

function placeSpans(state: ClientState, one: ClientConversation | null, pen: DrawContext): Span[] {
  if (one === null) return [];
  const all = listedConversations(state);
  const at = all.findIndex((other) => other.key === one.key) + 1;
  return [span(`${at}/${all.length} ${title(one, pen)}`)];
}

function connectionSpans(state: ClientState, now: number, pen: DrawContext): Span[] {
  const { words, signs } = pen;
  const phase: Phase = state.phase;
  switch (phase.kind) {
    case "ready": {
      const latency = state.latencyMs === null ? "" : ` ${Math.round(state.latencyMs)}ms`;
      return [span(signs.here, { role: "good" }), span(` ${words.screen.connected}${latency}`)];
    }
    case "connecting":
    case "handshaking":
    case "logging-in":
      return [span(signs.away, { role: "warning" }), span(` ${words.screen.connecting}`)];
    case "waiting": {
      if (phase.trouble !== null) {
        return [
          span(signs.gone, { role: "bad" }),
          span(` ${words.screen.trouble[phase.trouble]}`, { role: "bad" }),
        ];
      }
      const seconds = Math.max(0, Math.ceil((phase.retryAt - now) / 1000));
      return [span(signs.gone, { role: "bad" }), span(` ${words.screen.waiting(seconds)}`)];
    }
    case "offline":
      return [span(signs.gone, { role: "bad" }), span(` ${words.screen.stayedOut}`)];
  }
}

function whoSpans(state: ClientState, pen: DrawContext): Span[] {
  const { words } = pen;
  const { me } = state;
  if (me.nick === "") return [];
  const who =
    me.account === null
      ? words.screen.guest(sanitize(me.nick))
      : words.screen.loggedInAs(sanitize(me.account));
  return me.away ? [span(who), span(` (${words.screen.away})`, { role: "warning" })] : [span(who)];
}

/** What waits elsewhere, in all rooms that aren't muted. */
function waitingSpans(
  state: ClientState,
  one: ClientConversation | null,
  pen: DrawContext,
): Span[] {
  let unread = 0;
  let mentions = 0;
  for (const other of state.conversations.values()) {
    if (other === one || other.muted || other.kind === "server") continue;
    unread += other.unread;
    mentions += other.mentions;
  }
  return unread === 0 ? [] : countSpans({ unread, mentions, muted: false }, pen);
}

function positionSpans(position: Position, pen: DrawContext): Span[] {
  const { words, signs } = pen;
  if (position.under === 0) return [];
  const dot = ` ${signs.dot} `;
  return [
    position.past === true
      ? span(words.screen.past, { role: "warning" })
      : span(words.screen.up(position.under), { role: "faint" }),
    ...(position.newUnder > 0
      ? [span(`${dot}${words.screen.newBelow(position.newUnder)}`, { role: "accent" })]
      : []),
    span(`${dot}${words.screen.toBottom} `, { role: "faint" }),
  ];
}
