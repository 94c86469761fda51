/** The column on the left: the user's rooms at each server, and the members of the current one. */

import type {
  ClientConversation,
  ClientMember,
  ClientState,
} from "../../../chat-client/client-state.ts";
import { fold } from "../../../protocol/names.ts";
import type { ElapsedMs } from "../../../protocol/time.ts";
import { fitRow, rowCells, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { Style } from "../../../terminal/theme.ts";
import { cellsOf, truncate } from "../../../terminal/width.ts";
import {
  type ListedPlace,
  type ListedServer,
  listedPlaces,
  serverName,
  silenceMs,
} from "../listed-places.ts";
import { nameStyle } from "../people/person-name.ts";
import { rankIndex, rankOf } from "../people/ranks.ts";
import { type UiState, viewOf } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";

/** When fewer rows are left for the members, the rooms get all of them. */
const MEMBER_ROWS_MIN = 4;
/** Above this the exact count doesn't matter, and the name needs the room. */
const COUNT_SHOWN_MAX = 999;
/** Rooms that Alt and a digit reach. */
const NUMBERED_ROOMS_MAX = 9;

interface Sidebar {
  /** Exactly `height` rows of exactly `width` cells. */
  readonly rows: readonly ScreenRow[];
  /** The conversation that a click on a row opens, by the row's index. */
  readonly targets: ReadonlyMap<number, ListedPlace>;
  /** The member of a row, by the row's index. */
  readonly nicks: ReadonlyMap<number, string>;
}

/** A row of the list: a server's name above its conversations, or one of these. */
type ListRow =
  | { readonly kind: "server"; readonly server: ListedServer; readonly first: ListedPlace }
  | { readonly kind: "place"; readonly place: ListedPlace; readonly number: number };

/** Draws the sidebar. `state` is of the server on screen, and `members` are those of the current room in order. */
export function drawSidebar(
  servers: readonly ListedServer[],
  state: ClientState,
  ui: UiState,
  width: number,
  height: number,
  members: readonly ClientMember[],
  elapsedMs: ElapsedMs,
  context: DrawContext,
): Sidebar {
  const listRows = listRowsOf(servers);
  const { current } = ui;
  const isCurrent = ({ server, conversation }: ListedPlace): boolean =>
    server.state === state && conversation.key === current;
  // A thread shows nothing of what is said elsewhere in its room.
  const isReading = viewOf(ui, current).thread === null;
  const hasTitle = servers.length === 1;
  const titleRows = hasTitle ? 1 : 0;
  // The members get a third of the rows, or more where the rooms don't need them.
  const memberRowsMax = Math.max(Math.floor(height / 3), height - listRows.length - titleRows);
  const memberRows = members.length === 0 ? 0 : Math.min(members.length + 2, memberRowsMax);
  const hasMembers = memberRows >= MEMBER_ROWS_MIN;
  const listHeight = (hasMembers ? height - memberRows : height) - titleRows;
  const rows: ScreenRow[] = hasTitle ? [drawTitle(width, context)] : [];
  const targets = new Map<number, ListedPlace>();
  for (const listRow of shownListRows(listRows, listHeight, isCurrent)) {
    if (listRow.kind === "server") {
      targets.set(rows.length, listRow.first);
      rows.push(drawServerRow(listRow.server, servers, width, elapsedMs, context));
      continue;
    }
    const { place, number } = listRow;
    targets.set(rows.length, place);
    const isHere = isCurrent(place);
    const hasCounts = !isHere || !isReading;
    rows.push(drawConversationRow(place.conversation, number, isHere, hasCounts, width, context));
  }
  const nicks = new Map<number, string>();
  if (hasMembers) {
    while (rows.length < height - memberRows) rows.push(fitRow([], width, context.widths));
    // An empty row, and the title.
    const firstMemberRow = rows.length + 2;
    const shown = shownMembers(members, memberRows - 1);
    for (const [offset, { nick }] of shown.entries()) nicks.set(firstMemberRow + offset, nick);
    // Without the connection nobody knows who is here.
    const isKnown = state.conversations.get(current)?.joined === true;
    const memberRowsDrawn = isKnown
      ? drawMembers(members, shown, state.me.nick, width, elapsedMs, context)
      : drawFormerMembers(members, shown, width, context);
    rows.push(fitRow([], width, context.widths), ...memberRowsDrawn);
  }
  while (rows.length < height) rows.push(fitRow([], width, context.widths));
  return { rows: rows.slice(0, height), targets, nicks };
}

function drawTitle(width: number, context: DrawContext): ScreenRow {
  return spread(
    [span(` ${context.words.screen.rooms}`, { role: "strong" })],
    [span(`${context.words.screen.altNumber} `, { role: "faint" })],
    width,
    context,
  );
}

/** Returns the conversations, under the names of their servers where there are several. */
function listRowsOf(servers: readonly ListedServer[]): ListRow[] {
  const rows: ListRow[] = [];
  let server: ListedServer | null = null;
  for (const [index, place] of listedPlaces(servers).entries()) {
    if (servers.length > 1 && place.server !== server) {
      rows.push({ kind: "server", server: place.server, first: place });
    }
    server = place.server;
    rows.push({ kind: "place", place, number: index + 1 });
  }
  return rows;
}

/** Returns as many rows as fit around the current one. Rows whose server's name would be above them begin with it. */
function shownListRows(
  rows: readonly ListRow[],
  height: number,
  isCurrent: (place: ListedPlace) => boolean,
): readonly ListRow[] {
  const index = rows.findIndex((row) => row.kind === "place" && isCurrent(row.place));
  const first = Math.max(0, Math.min(index - Math.floor(height / 2), rows.length - height));
  const shown = rows.slice(first, first + height);
  const [top] = shown;
  if (top?.kind !== "place") return shown;
  const heading = rows.findLast(
    (row, at) => at < first && row.kind === "server" && row.server === top.place.server,
  );
  return heading === undefined ? shown : [heading, ...shown.slice(1)];
}

/** Draws a server's name, and how it is where it isn't connected or doesn't answer. */
function drawServerRow(
  server: ListedServer,
  servers: readonly ListedServer[],
  width: number,
  elapsedMs: ElapsedMs,
  context: DrawContext,
): ScreenRow {
  const { glyphs, widths } = context;
  const phase = server.state.phase.kind;
  const name = serverName(server, servers);
  const isOff = phase === "offline" || phase === "waiting";
  const sign = isOff ? glyphs.offline : glyphs.away;
  const isSilent = silenceMs(server.state, elapsedMs) !== null;
  const { offline, connecting, silent } = context.words.screen;
  const word = ` ${isOff ? offline : isSilent ? silent : connecting}`;
  // The name matters more than the word.
  const fits = cellsOf(`  ${name} ${sign}${word}`, widths) <= width;
  const style = { role: isOff ? "bad" : "warning" } as const;
  const isWell = phase === "ready" && !isSilent;
  const right: ScreenRow = isWell ? [] : [span(` ${sign}${fits ? word : ""} `, style)];
  const shown = truncate(name, Math.max(1, width - rowCells(right, widths) - 1), widths);
  return spread([span(` ${shown}`, { role: "strong" })], right, width, context);
}

function drawConversationRow(
  conversation: ClientConversation,
  number: number,
  isCurrent: boolean,
  hasCounts: boolean,
  width: number,
  context: DrawContext,
): ScreenRow {
  const { glyphs, widths } = context;
  const { muted, joined, unread } = conversation;
  const shownNumber = number <= NUMBERED_ROOMS_MAX ? number : " ";
  const left = `${isCurrent ? glyphs.selected : " "}${shownNumber} `;
  // The conversation on screen is about to be marked as read, so its counts would only flicker.
  const counts = countSpans(hasCounts ? conversation : { muted, unread: 0, mentions: 0 }, context);
  const free = width - cellsOf(left, widths) - rowCells(counts, widths) - 1;
  const isUnread = hasCounts && unread > 0 && !muted;
  const faint: Style | undefined = muted || !joined ? { role: "faint" } : undefined;
  const style: Style | undefined = isCurrent || isUnread ? { role: "strong" } : faint;
  const name = truncate(listName(conversation, context), Math.max(1, free), widths);
  return spread([span(left), span(name, style)], [...counts, span(" ")], width, context);
}

/** Returns "@2 12": how many messages mention the user, and how many are unread. */
export function countSpans(
  { unread, mentions, muted }: Pick<ClientConversation, "unread" | "mentions" | "muted">,
  context: DrawContext,
): Span[] {
  const spans: Span[] = [];
  if (mentions > 0) spans.push(span(`@${cappedCount(mentions)}`, { role: "mention" }));
  if (unread > mentions || (unread > 0 && mentions === 0)) {
    const gap = spans.length > 0 ? " " : "";
    spans.push(span(`${gap}${cappedCount(unread)}`, muted ? { role: "faint" } : undefined));
  }
  if (muted) spans.push(span(`${spans.length > 0 ? " " : ""}${context.glyphs.muted}`));
  return spans;
}

function cappedCount(count: number): string {
  return count > COUNT_SHOWN_MAX ? `${COUNT_SHOWN_MAX}+` : String(count);
}

/** Returns a conversation's name for a list that mixes rooms ("tea") and people ("@jun"). */
export function listName(conversation: ClientConversation, context: DrawContext): string {
  const { kind, name } = conversation;
  if (kind === "server") return sanitize(name) || context.words.screen.serverSays;
  return kind === "direct" ? `@${sanitize(name)}` : sanitize(name.replace(/^#/, ""));
}

/** Returns the members for which there is room below the title, and above "and more". */
function shownMembers(members: readonly ClientMember[], height: number): readonly ClientMember[] {
  const free = height - 1;
  return members.slice(0, members.length > free ? free - 1 : free);
}

/** Draws who was in the room when the connection was lost: nothing is said about who is there now. */
function drawFormerMembers(
  members: readonly ClientMember[],
  shown: readonly ClientMember[],
  width: number,
  context: DrawContext,
): ScreenRow[] {
  const { words, widths } = context;
  const faint = (text: string): ScreenRow =>
    fitRow([span(truncate(text, width, widths), { role: "faint" })], width, widths);
  const hidden = members.length - shown.length;
  return [
    faint(` ${words.screen.membersBefore(members.length)}`),
    ...shown.map(({ nick }) => faint(`   ${sanitize(nick)}`)),
    ...(hidden > 0 ? [faint(`   ${words.screen.more(hidden)}`)] : []),
  ];
}

function drawMembers(
  members: readonly ClientMember[],
  shown: readonly ClientMember[],
  ownNick: string,
  width: number,
  elapsedMs: ElapsedMs,
  context: DrawContext,
): ScreenRow[] {
  const { words, widths } = context;
  const presentCount = members.filter(({ away }) => !away).length;
  const title = span(` ${words.screen.presence(presentCount, members.length)}`, {
    role: "strong",
  });
  const rows = [
    fitRow([title], width, widths),
    ...shown.map((member) => {
      const isOwn = fold(member.nick) === fold(ownNick);
      return drawMemberRow(member, isOwn, width, elapsedMs, context);
    }),
  ];
  if (shown.length < members.length) {
    const more = words.screen.more(members.length - shown.length);
    rows.push(fitRow([span(`   ${more}`, { role: "faint" })], width, widths));
  }
  return rows;
}

function drawMemberRow(
  member: ClientMember,
  isOwn: boolean,
  width: number,
  elapsedMs: ElapsedMs,
  context: DrawContext,
): ScreenRow {
  const { glyphs, widths } = context;
  const dot = member.away
    ? span(` ${glyphs.away} `, { role: "warning" })
    : span(` ${glyphs.present} `, { role: "good" });
  // That somebody is away is told by the sign and the time: fainter, a hue couldn't be read.
  const { away, awaySinceElapsedMs } = member;
  const isTimed = away && awaySinceElapsedMs !== null;
  const since = isTimed ? ` ${durationText(elapsedMs - awaySinceElapsedMs, context)}` : "";
  const free = width - rowCells([dot], widths) - cellsOf(since, widths) - 1;
  const name = truncate(sanitize(member.nick), Math.max(1, free), widths);
  const rank = rankOf(member.ranks);
  const word = rank === null ? "" : ` ${context.words.ranks[rank]}`;
  // The name matters more: a rank that doesn't fit beside all of it is in the person's menu.
  const fits = cellsOf(name, widths) + cellsOf(word, widths) <= free;
  const facts = span((fits ? word : "") + since, { role: "faint" });
  return fitRow([dot, span(name, nameStyle(member.nick, isOwn)), facts], width, widths);
}

/** Returns a duration in its largest whole unit: 90 minutes are one hour. */
function durationText(ms: number, context: DrawContext): string {
  const minutes = Math.max(1, Math.floor(ms / 60_000));
  const { ago } = context.words.screen;
  if (minutes < 60) return ago(minutes, "minute");
  return minutes < 24 * 60
    ? ago(Math.floor(minutes / 60), "hour")
    : ago(Math.floor(minutes / (24 * 60)), "day");
}

/** Sorts members: present before away, then by rank (the highest first), then by nick. */
export function membersInOrder(members: Iterable<ClientMember>): ClientMember[] {
  const keyed = [...members].map((member) => ({ member, key: sortKeyOf(member) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ member }) => member);
}

function sortKeyOf(member: ClientMember): string {
  return `${member.away ? 1 : 0}${rankIndex(member.ranks)}${fold(member.nick)}`;
}

/** Draws a row with `left` at its start and `right` at its end; `left` alone when both don't fit. */
export function spread(
  left: ScreenRow,
  right: ScreenRow,
  width: number,
  context: DrawContext,
): ScreenRow {
  const { widths } = context;
  const rightCells = rowCells(right, widths);
  if (rightCells >= width) return fitRow(left, width, widths);
  return [...fitRow(left, width - rightCells, widths), ...right];
}
