import { didYouMean } from "../../../protocol/did-you-mean.ts";
import type { LocalTime } from "../log-item.ts";

/**
 * Abbreviations of zones, most of which the time zone database lacks. Some mean several zones, so
 * they are only hints.
 */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  ...{
    kst: "Asia/Seoul",
    jst: "Asia/Tokyo",
    pst: "America/Los_Angeles",
    pdt: "America/Los_Angeles",
  },
  ...{ cst: "America/Chicago", cdt: "America/Chicago", edt: "America/New_York" },
  ...{ bst: "Europe/London", cest: "Europe/Berlin", msk: "Europe/Moscow", ist: "Asia/Kolkata" },
};

/**
 * Returns the canonical name of a time zone: one of the time zone database or an offset from UTC
 * such as `+09:00`. "" is the machine's own zone. An unknown one is refused with a sentence for the
 * owner.
 */
export function parseTimeZone(text: string): string | { readonly refused: string } {
  if (text === "") return Temporal.Now.timeZoneId();
  const offset = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?$/i.exec(text);
  const [, sign, hours = "", minutes = "00"] = offset ?? [];
  const name = sign === undefined ? text : `${sign}${hours.padStart(2, "0")}:${minutes}`;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    const nearest = nearestZone(text);
    const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
    return {
      refused: `There is no time zone "${text}".${hint} Write it as Asia/Seoul or +09:00.`,
    };
  }
}

/**
 * Makes the conversion of one log's times, which must be called in the log's order. On the day of a
 * clock change, an hour that came twice is the first one until the log's times would run backwards;
 * a time that the clock skipped is as much later. NaN for a date or time that no calendar has.
 */
export function makeLocalTime(timeZone: string): LocalTime {
  let previous = Number.NEGATIVE_INFINITY;
  return (year, month, day, hour, minute, second) => {
    const wholeSecond = Math.min(59, Math.floor(second));
    const milliseconds = Math.floor((second % 1) * 1000 + 1e-6);
    let first: number;
    let last: number;
    try {
      const wall = Temporal.PlainDateTime.from(
        { year, month, day, hour, minute, second: wholeSecond, millisecond: milliseconds },
        { overflow: "reject" },
      );
      const later = wall.toZonedDateTime(timeZone, { disambiguation: "later" });
      last = later.epochMilliseconds;
      // "earlier" and "later" differ for skipped times, too, and there the later one is meant.
      const isSkipped = !later.toPlainDateTime().equals(wall);
      first = isSkipped
        ? last
        : wall.toZonedDateTime(timeZone, { disambiguation: "earlier" }).epochMilliseconds;
    } catch {
      return Number.NaN;
    }
    const time = first < previous ? last : first;
    previous = time;
    return time;
  };
}

/** Returns the zone that was meant, also by the name of a city alone: "Seoul". */
function nearestZone(text: string): string | null {
  const names = Intl.supportedValuesOf("timeZone");
  const known = ABBREVIATIONS[text.toLowerCase()];
  if (known !== undefined) return known;
  const ending = `/${text.toLowerCase().replaceAll(" ", "_")}`;
  return names.find((name) => name.toLowerCase().endsWith(ending)) ?? didYouMean(text, names);
}
