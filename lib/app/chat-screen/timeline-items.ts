/** A conversation's lines as what stands on the screen, one under the other. */
import type { ChatLine, ClientConversation } from "../../chat-client/client-state.ts";
import { fold } from "../../protocol/names.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import type { DateFormat } from "../i18n/date-format.ts";
import { isMessageLine, numberedMessages } from "./message-lines.ts";
import { answersIn } from "./threads.ts";
import type { ConversationView, Note } from "./ui-state.ts";

export type TimelineItem =
  | { readonly kind: "day"; readonly key: string; readonly time: number }
  | { readonly kind: "read"; readonly key: string; readonly time: number; readonly count: number }
  | { readonly kind: "top"; readonly key: string; readonly time: number; readonly loading: boolean }
  /** People who came and went, in one row. */
  | {
      readonly kind: "fold";
      readonly key: string;
      readonly time: number;
      readonly lines: readonly ChatLine[];
    }
  | {
      readonly kind: "line";
      readonly key: string;
      readonly time: number;
      readonly line: ChatLine;
      /** Same person as above, a moment later: the name isn't said again. */
      readonly continued: boolean;
      /** Whether the minute is another one than above. */
      readonly newMinute: boolean;
      readonly answered: ChatLine | null;
      /** One has gone to it by finding it. */
      readonly marked: boolean;
      /** Whether what it answers stands above it. */
      readonly quotes: boolean;
      /** How many haven't read it yet, of those who have it told. */
      readonly unreadBy: number;
      /** How many answers it has, and its number in `/thread N`; null without any. */
      readonly thread: { readonly answers: number; readonly number: number } | null;
      /** The conversation's name, cleaned. */
      readonly place: string;
    }
  | { readonly kind: "note"; readonly key: string; readonly time: number; readonly note: Note };

/** Who goes on within this time is not named again. */
const SAME_BREATH_MS = 5 * 60_000;
/** Time zones differ by quarters of an hour, so all times within one are of the same day. */
const QUARTER_MS = 15 * 60_000;

export function timelineItems(
  conversation: ClientConversation,
  look: ConversationView,
  calendar: DateFormat,
): TimelineItem[] {
  const { lines: all, oldestReached, loadingOlder } = conversation.detached ?? conversation;
  const threads = answersIn(all);
  const lines = linesShown(all, look, threads);
  const about = aboutLines(conversation, look, lines, threads);
  const items: TimelineItem[] = [];
  if (loadingOlder || (oldestReached && lines.length > 0)) {
    const time = lines[0]?.time ?? 0;
    items.push({ kind: "top", key: "top", time, loading: loadingOlder });
  }
  const notes = notesByPlace(lines, look);
  addNotes(items, notes.get(null));
  const dayOf = dayFinder(calendar);
  const news = look.readAt === null || look.thread !== null ? 0 : newAfter(lines, look.readAt);
  let readShown = news === 0;
  let day = "";
  let above: ChatLine | null = null;
  for (const line of lines) {
    const itsDay = dayOf(line.time);
    if (itsDay !== day) {
      items.push({ kind: "day", key: `day:${itsDay}`, time: line.time });
      above = null;
    }
    day = itsDay;
    if (!readShown && look.readAt !== null && isNew(line, look.readAt)) {
      items.push({ kind: "read", key: "read", time: line.time, count: news });
      readShown = true;
      above = null;
    }
    if (isComing(line)) {
      addComing(items, line);
      above = null;
    } else {
      items.push(lineItem(line, above, about));
      above = line;
    }
    const under = notes.get(line.key);
    if (under !== undefined) {
      addNotes(items, under);
      above = null;
    }
  }
  return items;
}

/** What the items of one conversation's lines are made of, besides the lines. */
interface About {
  readonly conversation: ClientConversation;
  readonly look: ConversationView;
  readonly threads: ReadonlyMap<string, readonly ChatLine[]>;
  readonly numbers: ReadonlyMap<ChatLine, number> | null;
  readonly byMsgid: ReadonlyMap<string, ChatLine>;
  /** How far each has read, the slowest first. */
  readonly readers: readonly number[];
  readonly place: string;
}

function aboutLines(
  conversation: ClientConversation,
  look: ConversationView,
  lines: readonly ChatLine[],
  threads: ReadonlyMap<string, readonly ChatLine[]>,
): About {
  return {
    ...{ conversation, look, threads },
    numbers: threads.size === 0 ? null : numbersOf(conversation),
    byMsgid: answeredLines(lines),
    readers: [...conversation.readers.values()].sort((one, other) => one - other),
    place: sanitize(conversation.name),
  };
}

/** A line that stands for itself. `above`: the line right over it, null when something else is. */
function lineItem(line: ChatLine, above: ChatLine | null, about: About): TimelineItem {
  // Among its answers, a message needn't be quoted.
  const quotes = line.replyTo !== null && line.replyTo !== about.look.thread;
  return {
    kind: "line",
    key: line.key,
    time: line.time,
    line,
    continued: above !== null && goesOn(above, line),
    newMinute: above === null || !isMessageLine(above) || minuteOf(above) !== minuteOf(line),
    place: about.place,
    thread: threadOf(line, about.threads, about.numbers),
    unreadBy: unreadBy(line, about.conversation, about.readers),
    answered: quotes ? (about.byMsgid.get(line.replyTo ?? "") ?? null) : null,
    quotes,
    marked: line.msgid !== null && line.msgid === about.look.highlighted,
  };
}

/** People who come and go one after the other share a row. */
function addComing(items: TimelineItem[], line: ChatLine): void {
  const last = items.at(-1);
  if (last?.kind === "fold") items[items.length - 1] = { ...last, lines: [...last.lines, line] };
  else items.push({ kind: "fold", key: `fold:${line.key}`, time: line.time, lines: [line] });
}

/** The day of a time, looked up once for each quarter of an hour. */
function dayFinder(calendar: DateFormat): (time: number) => string {
  const days = new Map<number, string>();
  return (time) => {
    const quarter = Math.floor(time / QUARTER_MS);
    const known = days.get(quarter) ?? calendar.dayKey(time);
    days.set(quarter, known);
    return known;
  };
}

/** All lines, or one message and its answers. */
function linesShown(
  lines: readonly ChatLine[],
  { thread }: ConversationView,
  threads: ReadonlyMap<string, readonly ChatLine[]>,
): readonly ChatLine[] {
  if (thread === null) return lines;
  const first = lines.find((line) => line.msgid === thread);
  return [...(first === undefined ? [] : [first]), ...(threads.get(thread) ?? [])];
}

/** What `/thread N` and its like call each line: counted from the newest. */
function numbersOf(conversation: ClientConversation): ReadonlyMap<ChatLine, number> {
  return new Map(numberedMessages(conversation).map((line, at) => [line, at + 1]));
}

function threadOf(
  line: ChatLine,
  threads: ReadonlyMap<string, readonly ChatLine[]>,
  numbers: ReadonlyMap<ChatLine, number> | null,
): { answers: number; number: number } | null {
  const answers = line.msgid === null ? undefined : threads.get(line.msgid);
  const number = numbers?.get(line);
  return answers === undefined || number === undefined ? null : { answers: answers.length, number };
}

/** Whether the read line stands above this one. */
export function isNew(line: ChatLine, readAt: number): boolean {
  return line.time > readAt && isMessageLine(line) && !line.own;
}

function newAfter(lines: readonly ChatLine[], readAt: number): number {
  let count = 0;
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at];
    if (line === undefined || line.time <= readAt) break;
    if (isNew(line, readAt)) count += 1;
  }
  return count;
}

function isComing(line: ChatLine): boolean {
  return line.kind === "joined" || line.kind === "left" || line.kind === "quit";
}

/** `readers`: how far each has read, the slowest first. Who said it has read it. */
function unreadBy(
  line: ChatLine,
  { readers }: ClientConversation,
  times: readonly number[],
): number {
  const slowest = times[0];
  if (slowest === undefined || slowest >= line.time || !isMessageLine(line)) return 0;
  if (line.redacted || line.status !== "sent") return 0;
  let count = times.findIndex((time) => time >= line.time);
  if (count === -1) count = times.length;
  const sayers = readers.get(fold(line.nick));
  return sayers !== undefined && sayers < line.time ? count - 1 : count;
}

function goesOn(above: ChatLine, line: ChatLine): boolean {
  return (
    above.kind === "said" &&
    line.kind === "said" &&
    above.nick === line.nick &&
    line.replyTo === null &&
    line.time - above.time < SAME_BREATH_MS
  );
}

function minuteOf(line: ChatLine): number {
  return Math.floor(line.time / 60_000);
}

/** The lines that others answer, by msgid. */
function answeredLines(lines: readonly ChatLine[]): Map<string, ChatLine> {
  const wanted = new Set(lines.flatMap((line) => (line.replyTo === null ? [] : [line.replyTo])));
  const found = new Map<string, ChatLine>();
  if (wanted.size === 0) return found;
  for (const line of lines)
    if (line.msgid !== null && wanted.has(line.msgid)) found.set(line.msgid, line);
  return found;
}

/** Notes under the line that they followed; those whose line is gone stand under the last one. */
function notesByPlace(
  lines: readonly ChatLine[],
  look: ConversationView,
): Map<string | null, Note[]> {
  const places = new Map<string | null, Note[]>();
  if (look.notes.length === 0) return places;
  const keys = new Set(lines.map((line) => line.key));
  const last = lines.at(-1)?.key ?? null;
  for (const note of look.notes) {
    const place = note.after !== null && keys.has(note.after) ? note.after : last;
    const there = places.get(place);
    if (there === undefined) places.set(place, [note]);
    else there.push(note);
  }
  return places;
}

function addNotes(items: TimelineItem[], notes: readonly Note[] = []): void {
  for (const note of notes) items.push({ kind: "note", key: note.key, time: note.time, note });
}
