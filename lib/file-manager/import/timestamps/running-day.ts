import { type LogDate, type LogStamp, secondOf } from "./log-stamp.ts";
import { mayNameDay, type NamedDay } from "./named-day.ts";

/** Between two lines of a day the clock goes back for an hour at most, at the end of summer time. */
const BACK_SECONDS_MAX = 2 * 3600;

/**
 * The day of a log whose lines have only the time of day, from the lines that name days. It is unknown
 * (`null`) after a line that isn't understood and may have named a day, and where the time runs back, since
 * nothing marks that midnight.
 */
export class RunningDay {
  day: LogDate | null;
  #secondOfDay = 0;

  constructor(day: LogDate | null) {
    this.day = day;
  }

  /** Handles a line without a stamp. `named` is the day in it, or `null`. */
  handleUnstamped(line: string, named: NamedDay | null): void {
    if (named === null && !mayNameDay(line)) return;
    this.day = named?.day ?? null;
    // The next stamps must not be earlier. Those of a 12-hour clock without AM and PM may be, and get no day.
    this.#secondOfDay = named?.second ?? 0;
  }

  /** Handles the stamp of the next line. */
  handleStamp(stamp: LogStamp): void {
    const second = secondOf(stamp);
    if (second === null) return;
    if (second < this.#secondOfDay - BACK_SECONDS_MAX) this.day = null;
    this.#secondOfDay = second;
  }
}
