/** The column on the left: one's rooms, and who is in the current one. */
import type {
  ClientConversation,
  ClientMember,
  ClientState,
} from "../../../chat-client/client-state.ts";
import { type Folded, fold } from "../../../protocol/names.ts";
import { fitRow, rowCells, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { hueOf, type Style } from "../../../terminal/theme.ts";
import { cellsOf, truncate } from "../../../terminal/width.ts";
import { listedConversations } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";

export interface Sidebar {
  /** Each exactly `width` cells; exactly `height` of them. */
  readonly rows: readonly ScreenRow[];
  /** What a click on a row goes to. */
  readonly targets: ReadonlyMap<number, Folded>;
}

/** Below so many rows of height the rooms have all of it. */
const PRESENCE_ROWS_MIN = 4;

export function drawSidebar(
  state: ClientState,
  current: Folded,
  width: number,
  height: number,
  members: readonly ClientMember[],
  now: number,
  pen: DrawContext,
): Sidebar {
  const rooms = listedConversations(state);
  const people = members.length;
  // A third for the people, more where the rooms leave it.
  const peopleRows =
    people === 0
      ? 0
      : Math.min(people + 2, Math.max(Math.floor(height / 3), height - rooms.length - 1));
  const roomRows = peopleRows < PRESENCE_ROWS_MIN ? height - 1 : height - 1 - peopleRows;
  const at = rooms.findIndex((one) => one.key === current);
  const first = Math.max(0, Math.min(at - Math.floor(roomRows / 2), rooms.length - roomRows));
  const shown = rooms.slice(first, first + roomRows);
  const rows: ScreenRow[] = [
    spread(
      [span(` ${pen.words.screen.rooms}`, { role: "strong" })],
      [span(`${pen.words.screen.altNumber} `, { role: "faint" })],
      width,
      pen,
    ),
  ];
  const targets = new Map<number, Folded>();
  for (const [index, one] of shown.entries()) {
    targets.set(rows.length, one.key);
    rows.push(roomRow(one, first + index + 1, one.key === current, width, pen));
  }
  if (peopleRows >= PRESENCE_ROWS_MIN) {
    while (rows.length < height - peopleRows) rows.push(fitRow([], width, pen.widths));
    rows.push(
      fitRow([], width, pen.widths),
      ...presenceRows(members, width, peopleRows - 1, now, pen),
    );
  }
  while (rows.length < height) rows.push(fitRow([], width, pen.widths));
  return { rows: rows.slice(0, height), targets };
}

function roomRow(
  one: ClientConversation,
  number: number,
  current: boolean,
  width: number,
  pen: DrawContext,
): ScreenRow {
  const { signs, widths } = pen;
  const left = `${current ? signs.selected : " "}${number <= 9 ? number : " "} `;
  // What is being looked at is about to be read.
  const { muted } = one;
  const counts = countSpans(current ? { muted, unread: 0, mentions: 0 } : one, pen);
  const free = width - cellsOf(left, widths) - rowCells(counts, widths) - 1;
  const style: Style | undefined = current
    ? { role: "strong" }
    : one.muted || !one.joined
      ? { role: "faint" }
      : undefined;
  const name = truncate(listName(one, pen), Math.max(1, free), widths);
  return spread([span(left), span(name, style)], [...counts, span(" ")], width, pen);
}

/** "@2 12": how many name me, and how many there are. */
export function countSpans(
  one: Pick<ClientConversation, "unread" | "mentions" | "muted">,
  pen: DrawContext,
): Span[] {
  const spans: Span[] = [];
  if (one.mentions > 0) spans.push(span(`@${counted(one.mentions)}`, { role: "mention" }));
  if (one.unread > one.mentions || (one.unread > 0 && one.mentions === 0)) {
    const gap = spans.length > 0 ? " " : "";
    spans.push(span(`${gap}${counted(one.unread)}`, one.muted ? { role: "faint" } : undefined));
  }
  if (one.muted) spans.push(span(`${spans.length > 0 ? " " : ""}${pen.signs.muted}`));
  return spans;
}

/** Beyond this only "many" matters, and the name needs the room. */
const COUNT_SHOWN_MAX = 999;

function counted(count: number): string {
  return count > COUNT_SHOWN_MAX ? `${COUNT_SHOWN_MAX}+` : String(count);
}

/** A conversation's name where the kind must be seen in it. */
export function listName(one: ClientConversation, pen: DrawContext): string {
  if (one.kind === "server") return pen.words.screen.serverSays;
  return one.kind === "direct" ? `dm:${sanitize(one.name)}` : sanitize(one.name.replace(/^#/, ""));
}

function presenceRows(
  members: readonly ClientMember[],
  width: number,
  height: number,
  now: number,
  pen: DrawContext,
): ScreenRow[] {
  const { words, widths } = pen;
  const here = members.reduce((count, one) => count + (one.away ? 0 : 1), 0);
  const title = span(` ${words.screen.presence(here, members.length)}`, { role: "strong" });
  const room = height - 1;
  const shown = members.slice(0, members.length > room ? room - 1 : room);
  const rows = [
    fitRow([title], width, widths),
    ...shown.map((one) => memberRow(one, width, now, pen)),
  ];
  if (shown.length < members.length) {
    const more = words.screen.more(members.length - shown.length);
    rows.push(fitRow([span(`   ${more}`, { role: "faint" })], width, widths));
  }
  return rows;
}

function memberRow(one: ClientMember, width: number, now: number, pen: DrawContext): ScreenRow {
  const { signs, widths } = pen;
  const dot = one.away
    ? span(` ${signs.away} `, { role: "warning" })
    : span(` ${signs.here} `, { role: "good" });
  const rank = one.ranks.slice(0, 1).replace("+", "");
  const style: Style = one.away ? { role: "faint" } : { hue: hueOf(fold(one.nick)) };
  const since = one.away && one.awaySince !== null ? ` ${ago(now - one.awaySince, pen)}` : "";
  const room = width - rowCells([dot], widths) - cellsOf(since, widths) - 1;
  const name = truncate(`${rank}${sanitize(one.nick)}`, Math.max(1, room), widths);
  return fitRow([dot, span(name, style), span(since, { role: "faint" })], width, widths);
}

/** The largest whole unit: who is away for 90 minutes is away for an hour. */
function ago(ms: number, pen: DrawContext): string {
  const minutes = Math.max(1, Math.floor(ms / 60_000));
  const { ago: said } = pen.words.screen;
  if (minutes < 60) return said(minutes, "minute");
  return minutes < 24 * 60
    ? said(Math.floor(minutes / 60), "hour")
    : said(Math.floor(minutes / (24 * 60)), "day");
}

/** Operators first, then who is here, then by name. */
export function membersInOrder(members: Iterable<ClientMember>): ClientMember[] {
  const keyed = [...members].map((member) => ({ member, key: orderOf(member) }));
  keyed.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  return keyed.map(({ member }) => member);
}

function orderOf(member: ClientMember): string {
  const rank = "~&@%".indexOf(member.ranks.slice(0, 1) || " ");
  return `${member.away ? 1 : 0}${rank < 0 ? 9 : rank}${fold(member.nick)}`;
}

/** `left` and `right` at the two ends of a row; what is left of the middle is blank. */
export function spread(
  left: ScreenRow,
  right: ScreenRow,
  width: number,
  pen: DrawContext,
): ScreenRow {
  const { widths } = pen;
  const rightCells = rowCells(right, widths);
  if (rightCells >= width) return fitRow(left, width, widths);
  return [...fitRow(left, width - rightCells, widths), ...right];
}
