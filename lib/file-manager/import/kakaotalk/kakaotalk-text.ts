import { numberedLines } from "../irc/irc-line.ts";
import type { LogFile, ReadOptions } from "../log-format.ts";
import type { LocalTime, LogItem } from "../log-item.ts";
import { isKakaoTalkCsv, readKakaoTalkCsv } from "./kakaotalk-csv.ts";
import { type CalendarDay, isCalendarDay, isTimeOfDay, type TimeOfDay } from "./kakaotalk-dates.ts";
import {
  isDeletedMessage,
  isHeading,
  isNotice,
  type KakaoTalkLine,
  type Layout,
  readLine,
} from "./kakaotalk-lines.ts";
import { type Speech, speechSplitter } from "./kakaotalk-speech.ts";

/** A clock goes back by an hour once a year. A time that is further back isn't the message's own. */
const BACK_MS_MAX = 3_600_000;
/** Of a day line without a frame. */
const BARE_DAY_LINE_LENGTH_MAX = 40;
const TEXT = { kind: "text" } as const;

/** A message whose further lines may follow. */
interface OpenMessage {
  readonly line: number;
  readonly day: CalendarDay;
  readonly time: TimeOfDay;
  readonly nick: string;
  readonly lines: string[];
}

/**
 * Reads a chat that KakaoTalk exported: a table, or the text of Windows, Android or an iPhone, in Korean or
 * English. KakaoTalk documents no format: these are the ones that the public projects kakaoship,
 * kakaotalk-viewer and kakaotalk_msg_preprocessor met.
 */
export function readKakaoTalk(file: LogFile, { localTime }: ReadOptions): Iterable<LogItem> {
  const text = file.text();
  const lines = Array.from(numberedLines(text), ({ line }) => line);
  if (isKakaoTalkCsv(text)) return readKakaoTalkCsv(lines, localTime);
  return new KakaoTalkTextReader(lines, localTime).items();
}

/** Returns whether a text begins like a chat that KakaoTalk exported. */
export function looksLikeKakaoTalk(start: string): boolean {
  if (isKakaoTalkCsv(start)) return true;
  const lines = start.split(/\r?\n/).filter((line) => line.trim() !== "");
  return isHeading(lines[0] ?? "") || lines.some((line) => readLine(line).layout !== null);
}

/** Nothing marks a message's end: what begins no other one belongs to it, empty lines within it as well. */
class KakaoTalkTextReader {
  readonly #lines: readonly string[];
  readonly #localTime: LocalTime;
  readonly #entries: readonly KakaoTalkLine[];
  readonly #layout: Layout | null;
  readonly #split: (speech: string) => Speech;
  readonly #speakers = new Set<string>();
  /** `null` below a day line that can't be read: no line keeps the day before. */
  #day: CalendarDay | null = null;
  /** The newest day that a line named, see {@link dayNumber}. */
  #newestDay = Number.NEGATIVE_INFINITY;
  /** The newest message's time on the clock, as if in UTC. */
  #latest = Number.NEGATIVE_INFINITY;
  #open: OpenMessage | null = null;

  constructor(lines: readonly string[], localTime: LocalTime) {
    this.#lines = lines;
    this.#localTime = localTime;
    const read = lines.map(readLine);
    const layout = read.find((line) => line.layout !== null)?.layout ?? null;
    this.#layout = layout;
    this.#entries = read.map((line) =>
      line.layout === null || line.layout === layout ? line.entry : TEXT,
    );
    const speeches = this.#entries.flatMap((entry) =>
      entry.kind === "message" && typeof entry.speech === "string" ? [entry.speech] : [],
    );
    this.#split = speechSplitter(speeches);
  }

  *items(): Generator<LogItem, void> {
    let isBeginning = true;
    for (const [index, text] of this.#lines.entries()) {
      const entry = this.#entries[index] ?? TEXT;
      if (isBeginning && isHeading(text)) yield { kind: "skipped", line: index + 1 };
      else yield* this.#read(entry, index, text);
      isBeginning &&= entry.kind === "text";
    }
    yield* this.#close();
  }

  *#read(entry: KakaoTalkLine, index: number, text: string): Generator<LogItem, void> {
    const line = index + 1;
    const skipped = { kind: "skipped", line } as const;
    const unreadable = { kind: "unreadable", line, text } as const;
    switch (entry.kind) {
      case "message":
        yield* this.#readMessage(entry, index, text);
        return;
      case "notice":
        yield* this.#close();
        yield entry.isKnown ? skipped : unreadable;
        return;
      case "day": {
        if (!this.#isDayLine(index)) break;
        const isKnown = entry.day !== null && isCalendarDay(entry.day);
        // Days are in order, so this one was pasted into the open message.
        if (isKnown && this.#open !== null && dayNumber(entry.day) < this.#newestDay) break;
        yield* this.#beginDay(isKnown ? entry.day : null);
        yield isKnown ? skipped : unreadable;
        return;
      }
      case "text":
        if (this.#isUnknownDayLine(index)) {
          yield* this.#beginDay(null);
          yield unreadable;
          return;
        }
        if (this.#isUntimedNotice(index)) {
          yield skipped;
          return;
        }
    }
    this.#open?.lines.push(text);
    yield this.#open !== null || text.trim() === "" ? skipped : unreadable;
  }

  *#readMessage(
    { day: ownDay, time, speech }: KakaoTalkLine & { readonly kind: "message" },
    index: number,
    text: string,
  ): Generator<LogItem, void> {
    const line = index + 1;
    const unreadable = { kind: "unreadable", line, text } as const;
    const day = ownDay ?? this.#day;
    if (day === null || !isCalendarDay(day) || !isTimeOfDay(time)) {
      yield* this.#close();
      yield unreadable;
      return;
    }
    const clock = Date.UTC(day.year, day.month - 1, day.day, time.hour, time.minute, time.second);
    if (clock < this.#latest - BACK_MS_MAX) {
      if (ownDay === null && this.#layout === "timed") {
        // A day line was missed: which day this is can't be known.
        yield* this.#beginDay(null);
        yield unreadable;
        return;
      }
      if (this.#open !== null) {
        // Messages are in the order of their times, so this one was pasted into the open message.
        this.#open.lines.push(text);
        yield { kind: "skipped", line };
        return;
      }
    }
    yield* this.#close();
    this.#latest = clock;
    const { nick, text: said } = typeof speech === "string" ? this.#split(speech) : speech;
    this.#speakers.add(nick);
    if (isDeletedMessage(said)) yield { kind: "skipped", line };
    else this.#open = { line, day, time, nick: nick.trim(), lines: [said] };
  }

  *#beginDay(day: CalendarDay | null): Generator<LogItem, void> {
    yield* this.#close();
    this.#day = day;
    if (day !== null) this.#newestDay = dayNumber(day);
    this.#latest = Number.NEGATIVE_INFINITY;
  }

  *#close(): Generator<LogItem, void> {
    if (this.#open === null) return;
    const { line, day, time, nick, lines } = this.#open;
    this.#open = null;
    const text = lines.join("\n").trimEnd();
    const epoch = this.#localTime(
      ...([day.year, day.month, day.day] as const),
      ...([time.hour, time.minute, time.second] as const),
    );
    if (text === "" || nick === "") yield { kind: "skipped", line };
    else if (Number.isNaN(epoch)) yield { kind: "unreadable", line, text: lines[0] ?? "" };
    else yield { kind: "message", line, message: { time: epoch, nick, verb: "PRIVMSG", text } };
  }

  /** Returns whether a date is a day line, and not a message's: an empty line or a message is beside it. */
  #isDayLine(index: number): boolean {
    if (this.#layout === "framed" || this.#open === null) return true;
    return this.#lines[index - 1]?.trim() === "" || this.#entries[index + 1]?.kind === "message";
  }

  /** Returns whether a line stands where a day line would, with a year and a day, in words unknown to us. */
  #isUnknownDayLine(index: number): boolean {
    const text = this.#lines[index] ?? "";
    return (
      this.#layout === "timed" &&
      this.#lines[index - 1]?.trim() === "" &&
      this.#entries[index + 1]?.kind === "message" &&
      text.length <= BARE_DAY_LINE_LENGTH_MAX &&
      /(?<!\d)\d{4}(?!\d)/.test(text) &&
      /(?<!\d)\d{1,2}(?!\d)/.test(text)
    );
  }

  /**
   * Returns whether a line tells that people came or went, which has no time on Windows. Where the text of a
   * message goes on below it, it is part of the message.
   */
  #isUntimedNotice(index: number): boolean {
    const isSaidBy = (name: string): boolean => this.#open === null || this.#speakers.has(name);
    const [text = "", next = ""] = this.#lines.slice(index, index + 2);
    if (this.#layout !== "framed" || !isNotice(text, isSaidBy)) return false;
    if (this.#open === null || next.trim() === "") return true;
    return this.#entries[index + 1]?.kind !== "text" || isNotice(next, isSaidBy);
  }
}

/** Returns a number that is higher for a later day. */
function dayNumber({ year, month, day }: CalendarDay): number {
  return Date.UTC(year, month - 1, day);
}
