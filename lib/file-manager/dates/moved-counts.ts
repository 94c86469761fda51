import { isJsonObject, type JsonObject } from "../../protocol/json-decoder.ts";
import { dayOf } from "../history/day-file.ts";
import type { MovedLineTimes } from "./moved-times.ts";

/*
 * The unread counts of a conversation whose lines have moved. They are kept by UTC day
 * (`ConversationSnapshot.days` and `ReadStateSnapshot`), so they move with the messages: every total stays
 * what it was.
 */

/** A message of the days that are read. */
export interface MovedMessage {
  readonly time: number;
  readonly newTime: number;
  readonly author: unknown;
  /** The accounts that it mentions. */
  readonly named: readonly unknown[];
  /** Its text was erased, or it is withheld from its reader: it isn't counted. */
  readonly isErased: boolean;
}

/** Day → a number. */
type CountsByDay = Record<string, number>;

/** Moves the counts of one conversation. */
export class MovedCounts {
  readonly #messages: readonly MovedMessage[];
  readonly #times: MovedLineTimes;
  readonly #firstNewDay: string;

  /** @param messages those of all days from the first new one on, in order */
  constructor(messages: readonly MovedMessage[], times: MovedLineTimes) {
    this.#messages = messages;
    this.#times = times;
    this.#firstNewDay = dayOf(times.firstNew);
  }

  /** Moves the numbers of messages by day. */
  days(before: CountsByDay): CountsByDay {
    const days = this.#settled(before);
    for (const { newTime, isErased } of this.#messages) {
      const day = dayOf(newTime);
      if (!isErased && day >= this.#firstNewDay) days[day] = (days[day] ?? 0) + 1;
    }
    return days;
  }

  /** Moves a user's read state: the marker, the messages read on its day, and the mentions after it. */
  readState(account: string, state: JsonObject): JsonObject {
    const time = Number(state["time"]);
    const newTime = this.#times.of(time);
    const named = state["named"];
    return {
      ...state,
      time: newTime,
      ...(newTime !== time && { read: this.#countUpTo(newTime) }),
      ...(isJsonObject(named) && { named: this.#mentions(account, time, named as CountsByDay) }),
    };
  }

  /** Moves the numbers of an account's erased messages by day. */
  erased(authors: readonly unknown[], before: CountsByDay): CountsByDay {
    return this.#moved(before, ({ author }) => author !== undefined && authors.includes(author));
  }

  /** Moves the numbers of an account's mentions after a time, by day. */
  #mentions(account: string, after: number, before: CountsByDay): CountsByDay {
    const isMention = ({ time, named, isErased }: MovedMessage): boolean =>
      time > after && !isErased && named.includes(account);
    return this.#moved(before, isMention);
  }

  #countUpTo(limit: number): number {
    const day = dayOf(limit);
    return this.#messages.filter(
      ({ newTime, isErased }) => !isErased && newTime <= limit && dayOf(newTime) === day,
    ).length;
  }

  /**
   * Moves each day's count with the newest messages of that day that it may have counted. There may be fewer
   * of them than the count says, since an edit changes whom a message mentions: the rest goes to the day of
   * the last message.
   */
  #moved(before: CountsByDay, isCounted: (message: MovedMessage) => boolean): CountsByDay {
    const after = this.#settled(before);
    for (const [day, count] of Object.entries(before)) {
      if (day < this.#firstNewDay) continue;
      const ofDay = this.#messages.filter(({ time }) => dayOf(time) === day);
      const counted = ofDay.filter(isCounted).slice(-count);
      const rest = count - counted.length;
      for (const { newTime } of counted) add(after, dayOf(newTime), 1);
      if (rest > 0) add(after, dayOf(ofDay.at(-1)?.newTime ?? this.#times.firstNew), rest);
    }
    return after;
  }

  /** Returns the counts of the days before all that moved. */
  #settled(counts: CountsByDay): CountsByDay {
    return Object.fromEntries(Object.entries(counts).filter(([day]) => day < this.#firstNewDay));
  }
}

function add(counts: CountsByDay, day: string, count: number): void {
  counts[day] = (counts[day] ?? 0) + count;
}
