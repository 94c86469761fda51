/** Turns a conversation's lines into the items that stand one below the other on the screen. */
import {
  type ChatLine,
  type ClientConversation,
  countsAsUnread,
  isMessage,
} from "../../../chat-client/client-state.ts";
import type { FoldReason } from "../../../chat-client/preferences/preferences.ts";
import { type Folded, fold } from "../../../protocol/names.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { DateFormat } from "../../i18n/date-format.ts";
import type { ConversationView, Note } from "../ui-state.ts";
import { type BeginningReason, beginningReason } from "./beginning.ts";
import { idOf } from "./message-lines.ts";
import { repliesByThread } from "./threads.ts";

/** A message of the same person within this time doesn't repeat the name. */
const SAME_AUTHOR_MS_MAX = 5 * 60_000;
const MINUTE_MS = 60_000;

/** One item of a timeline. `time` is in ms since 1970, and `key` is unique in its timeline. */
export type TimelineItem =
  /** The date above the first line of a day. */
  | { readonly kind: "day"; readonly key: string; readonly time: number }
  /** "Read up to here", with the number of messages below it. */
  | {
      readonly kind: "read-marker";
      readonly key: string;
      readonly time: number;
      readonly count: number;
    }
  /** Above the oldest line: the history begins here, or why nothing older is shown. */
  | {
      readonly kind: "beginning";
      readonly key: string;
      readonly time: number;
      readonly reason: BeginningReason;
    }
  /** Joins and leaves that follow each other, summed up in one item. */
  | {
      readonly kind: "membership";
      readonly key: string;
      readonly time: number;
      readonly lines: readonly ChatLine[];
    }
  | {
      readonly kind: "line";
      readonly key: string;
      readonly time: number;
      readonly line: ChatLine;
      /** Whether the line above is of the same person shortly before: then the name isn't repeated. */
      readonly continued: boolean;
      /** Whether the line above is of another minute, or isn't a message. */
      readonly newMinute: boolean;
      /** The message that this one replies to; null when it isn't loaded. */
      readonly repliedTo: ChatLine | null;
      /** Whether the message that it replies to is quoted above it. */
      readonly showsQuote: boolean;
      /** Whether a search jumped to this message. */
      readonly highlighted: boolean;
      /** It stands for messages that are folded away, from this line on; null: the message itself is shown. */
      readonly hidden: HiddenLines | null;
      /** Whether the user opened it: it is shown whole, and so are its spoilers. */
      readonly isOpened: boolean;
      /** How many members who share their read marker haven't read it. */
      readonly unreadBy: number;
      /** How many replies its thread has; 0 for a message that is a reply itself. */
      readonly replies: number;
      readonly conversationKey: Folded;
      /** Sanitized. */
      readonly conversationName: string;
      /** Who is in the conversation: decides whom the text mentions. */
      readonly members: ClientConversation["members"];
    }
  | { readonly kind: "note"; readonly key: string; readonly time: number; readonly note: Note };

/** Messages that follow each other and are folded away for the same reason. */
export interface HiddenLines {
  readonly reason: FoldReason;
  readonly count: number;
}

/**
 * Returns the timeline of a conversation as `view` shows it, oldest item first. Below the newest line of another day
 * stands today's date.
 *
 * @param now in milliseconds since 1970
 * @param newest looks only at so many of the newest lines, and returns the items that are in the whole timeline as well:
 *   what the highest line is there depends on those above it
 */
export function timelineItems(
  conversation: ClientConversation,
  view: ConversationView,
  calendar: DateFormat,
  now: number,
  newest = Number.POSITIVE_INFINITY,
): TimelineItem[] {
  const { lines: all } = conversation.detached ?? conversation;
  const isWhole = all.length <= newest;
  // A reply comes after its message: those to the newest lines are among them.
  const recent = isWhole ? all : all.slice(-newest);
  const threads = repliesByThread(recent);
  const lines = linesInView(recent, view, threads);
  const context = lineContext(conversation, view, repliedToLines(lines, all), threads);
  const items: TimelineItem[] = [];
  const reason = beginningReason(conversation);
  if (isWhole && (reason === "loading" || (reason !== null && lines.length > 0))) {
    items.push({ kind: "beginning", key: "beginning", time: lines[0]?.time ?? 0, reason });
  }
  const notes = notesByLine(all, view.thread === null ? all : lines, view);
  if (isWhole) addNotes(items, notes.get(null));
  const dayOf = (time: number) => calendar.dayKey(time);
  const { readAt } = view;
  const newCount = readAt === null || view.thread !== null ? 0 : countNew(all, readAt, newest);
  let isReadMarkerDue = newCount > 0;
  const today = conversation.detached === null && view.thread === null ? dayOf(now) : "";
  const lastKey = lines.findLast((line) => !isHiddenMembership(line))?.key;
  let day = "";
  let above: ChatLine | null = null;
  let group: ChatLine[] | null = null;
  const hiddenRuns = hiddenRunsOf(lines, view);
  /** Adds what stands below a line: notes and, below the last one, today's date. Returns whether that is anything. */
  const addBelow = (line: ChatLine): boolean => {
    const notesBelow = notes.get(line.key) ?? [];
    // The clock of a server that is ahead begins no day.
    const isTodayDue = line.key === lastKey && dayOf(line.time) < today;
    const before = isTodayDue ? notesBelow.filter(({ time }) => dayOf(time) < today) : notesBelow;
    addNotes(items, before);
    if (isTodayDue) items.push({ kind: "day", key: `day:${today}`, time: now });
    addNotes(items, notesBelow.slice(before.length));
    return notesBelow.length > 0;
  };
  for (const line of lines) {
    const hidden = hiddenRuns.get(line);
    if (hidden === "inside" || isHiddenMembership(line)) {
      addBelow(line);
      continue;
    }
    const lineDay = dayOf(line.time);
    if (lineDay !== day) {
      items.push({ kind: "day", key: `day:${lineDay}`, time: line.time });
      above = null;
    }
    day = lineDay;
    if (isReadMarkerDue && readAt !== null && isNew(line, readAt)) {
      items.push({ kind: "read-marker", key: "read-marker", time: line.time, count: newCount });
      isReadMarkerDue = false;
      above = null;
    }
    if (isJoinOrLeave(line)) {
      group = addJoinOrLeave(items, line, group);
      above = null;
    } else {
      items.push(lineItem(line, above, context, hidden ?? null));
      above = hidden === undefined ? line : null;
    }
    if (addBelow(line)) above = null;
  }
  if (isWhole) return items;
  const highest = items.findIndex(({ kind }) => kind === "line" || kind === "membership");
  return items.slice(highest + 1);
}

/** The inputs of a conversation's items, besides the lines. */
interface LineContext {
  readonly conversation: ClientConversation;
  readonly view: ConversationView;
  readonly threads: ReadonlyMap<string, readonly ChatLine[]>;
  readonly repliedToByMsgid: ReadonlyMap<string, ChatLine>;
  /** The times (ms) up to which members have read, the earliest first. */
  readonly readTimes: readonly number[];
  readonly conversationName: string;
}

function lineContext(
  conversation: ClientConversation,
  view: ConversationView,
  repliedToByMsgid: ReadonlyMap<string, ChatLine>,
  threads: ReadonlyMap<string, readonly ChatLine[]>,
): LineContext {
  return {
    ...{ conversation, view, repliedToByMsgid, threads },
    readTimes: [...conversation.readers.values()].sort((a, b) => a - b),
    conversationName: sanitize(conversation.name),
  };
}

/** Makes the item of a line. `above` is the line right above it, null when something else is there. */
function lineItem(
  line: ChatLine,
  above: ChatLine | null,
  context: LineContext,
  hidden: HiddenLines | null,
): TimelineItem {
  // In an open thread, replies to its root don't quote it, and the root needs no way into it.
  const isOpenRoot = line.msgid !== null && line.msgid === context.view.thread;
  const showsQuote = line.replyTo !== null && line.replyTo !== context.view.thread;
  return {
    kind: "line",
    key: line.key,
    time: line.time,
    line,
    continued: above !== null && isContinuation(above, line),
    newMinute: above === null || !isMessage(above) || minuteOf(above) !== minuteOf(line),
    conversationKey: context.conversation.key,
    conversationName: context.conversationName,
    members: context.conversation.members,
    hidden,
    replies: isOpenRoot ? 0 : shownCount(context.threads.get(line.msgid ?? "")),
    unreadBy: countUnreadBy(line, context.conversation, context.readTimes),
    repliedTo: showsQuote ? (context.repliedToByMsgid.get(line.replyTo ?? "") ?? null) : null,
    showsQuote,
    highlighted: idOf(line) === context.view.highlighted,
    isOpened: context.view.opened.has(line.key),
  };
}

/**
 * Returns the lines that are folded away: the first of each run with what stands for it, and "inside" for the others.
 * A run that the user has opened, by its first line, is none. Notes end a run, so that they keep their place.
 */
function hiddenRunsOf(
  lines: readonly ChatLine[],
  { opened, notes }: ConversationView,
): ReadonlyMap<ChatLine, HiddenLines | "inside"> {
  const runs = new Map<ChatLine, HiddenLines | "inside">();
  // Drawing does this for each frame, and seldom is anything folded.
  if (lines.every(({ folded }) => folded === null)) return runs;
  const noted = new Set(notes.map(({ afterLine }) => afterLine));
  let first: ChatLine | null = null;
  let count = 0;
  for (const [index, line] of lines.entries()) {
    const above = lines[index - 1];
    if (isHiddenMembership(line)) continue;
    const isSameRun =
      first !== null && line.folded === first.folded && !noted.has(above?.key ?? null);
    if (line.folded === null) first = null;
    else if (first === null || !isSameRun) {
      first = line;
      count = 1;
    } else count += 1;
    if (first === null || line.folded === null || opened.has(first.key)) continue;
    if (line !== first) runs.set(line, "inside");
    runs.set(first, { reason: line.folded, count });
  }
  return runs;
}

/** Counts the lines that aren't folded away. */
function shownCount(lines: readonly ChatLine[] | undefined): number {
  return lines === undefined ? 0 : lines.filter(({ folded }) => folded === null).length;
}

/** Begins an item of joins and leaves, or adds to `group`, the lines of the one that is the last. Returns its lines. */
function addJoinOrLeave(
  items: TimelineItem[],
  line: ChatLine,
  group: ChatLine[] | null,
): ChatLine[] {
  if (group !== null && items.at(-1)?.kind === "membership") {
    group.push(line);
    return group;
  }
  const lines = [line];
  items.push({ kind: "membership", key: `membership:${line.key}`, time: line.time, lines });
  return lines;
}

/** Returns all lines, or the root and the replies of the open thread. */
function linesInView(
  lines: readonly ChatLine[],
  { thread }: ConversationView,
  threads: ReadonlyMap<string, readonly ChatLine[]>,
): readonly ChatLine[] {
  if (thread === null) return lines;
  const root = lines.find((line) => line.msgid === thread);
  return [...(root === undefined ? [] : [root]), ...(threads.get(thread) ?? [])];
}

/** Returns whether a line is an unread message after `readAt`. */
function isNew(line: ChatLine, readAt: number): boolean {
  return line.time > readAt && countsAsUnread(line);
}

/** Counts the new lines, for the marker above the first of them; 0 where that one isn't among the `newest`. */
function countNew(lines: readonly ChatLine[], readAt: number, newest: number): number {
  let count = 0;
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index];
    if (line === undefined || line.time <= readAt) break;
    if (!isNew(line, readAt)) continue;
    if (lines.length - index > newest) return 0;
    count += 1;
  }
  return count;
}

/** Returns whether somebody came or left whom the user has blocked: nothing stands for that. */
function isHiddenMembership(line: ChatLine): boolean {
  return line.folded !== null && isJoinOrLeave(line);
}

function isJoinOrLeave(line: ChatLine): boolean {
  return line.kind === "joined" || line.kind === "left" || line.kind === "quit";
}

/** Counts the readers whose time in `readTimes` is before the line. Its author counts as having read it. */
function countUnreadBy(
  line: ChatLine,
  { readers }: ClientConversation,
  readTimes: readonly number[],
): number {
  const earliest = readTimes[0];
  if (earliest === undefined || earliest >= line.time || !isMessage(line)) return 0;
  if (line.redacted || line.status !== "sent") return 0;
  const index = readTimes.findIndex((time) => time >= line.time);
  const count = index === -1 ? readTimes.length : index;
  const authorReadAt = readers.get(fold(line.nick));
  return authorReadAt !== undefined && authorReadAt < line.time ? count - 1 : count;
}

function isContinuation(above: ChatLine, line: ChatLine): boolean {
  // A service answers in many notices.
  return (
    (line.kind === "said" || line.kind === "notice") &&
    above.kind === line.kind &&
    above.nick === line.nick &&
    line.replyTo === null &&
    line.time - above.time < SAME_AUTHOR_MS_MAX
  );
}

function minuteOf(line: ChatLine): number {
  return Math.floor(line.time / MINUTE_MS);
}

/** Returns those of all lines that `lines` reply to, by msgid. */
function repliedToLines(
  lines: readonly ChatLine[],
  all: readonly ChatLine[],
): Map<string, ChatLine> {
  const msgids = new Set(lines.flatMap((line) => (line.replyTo === null ? [] : [line.replyTo])));
  const byMsgid = new Map<string, ChatLine>();
  if (msgids.size === 0) return byMsgid;
  for (const line of all) {
    if (line.msgid !== null && msgids.has(line.msgid)) byMsgid.set(line.msgid, line);
  }
  return byMsgid;
}

/**
 * Groups notes by the key of the line above them; null: above all lines. In a thread that is the line of the thread
 * before them, and older notes aren't shown.
 */
function notesByLine(
  all: readonly ChatLine[],
  lines: readonly ChatLine[],
  view: ConversationView,
): Map<string | null, Note[]> {
  const groups = new Map<string | null, Note[]>();
  if (view.notes.length === 0) return groups;
  const keys = new Set(lines.map((line) => line.key));
  for (const note of view.notes) {
    const key = keys.has(note.afterLine ?? "")
      ? note.afterLine
      : lineBefore(note, all, lines, keys);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [note]);
    else group.push(note);
  }
  return groups;
}

/** Returns the key of the last shown line above a note whose own line isn't shown; undefined: the note isn't, either. */
function lineBefore(
  { afterLine, time }: Note,
  all: readonly ChatLine[],
  lines: readonly ChatLine[],
  keys: ReadonlySet<string>,
): string | null | undefined {
  const index = all.findLastIndex(({ key }) => key === afterLine);
  // Its line is no longer in memory, or belongs to another part of the history.
  if (index === -1) return lines.findLast((line) => line.time <= time)?.key ?? null;
  return all.slice(0, index).findLast(({ key }) => keys.has(key))?.key;
}

function addNotes(items: TimelineItem[], notes: readonly Note[] = []): void {
  for (const note of notes) items.push({ kind: "note", key: note.key, time: note.time, note });
}
