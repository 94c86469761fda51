import type { AdminField, AdminRow } from "../protocol/admin/admin-answer.ts";
import { formatTime } from "../protocol/time.ts";
import { sanitize } from "../terminal/sanitize.ts";
import type { AdminWords } from "./admin-words.ts";

type Value = AdminRow[keyof AdminRow];

const SECONDS_PER_UNIT = [86_400, 3600, 60, 1] as const;
const SIZE_UNITS = ["B", "KB", "MB", "GB", "TB"] as const;
const TIME_FIELDS: ReadonlySet<string> = new Set(["time", "until"]);

/** Formats a time for people: to the second, in UTC as the log and the audit file. */
export function formatMoment(ms: number): string {
  return `${formatTime(ms).slice(0, 19).replace("T", " ")}Z`;
}

/** Writes one value of an answer in words, by the end of its field's name; text of other people can't harm a terminal. */
export function formatValue(field: AdminField, value: Value, words: AdminWords): string {
  if (value === null || value === undefined) return field === "backupAt" ? words.never : "-";
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (typeof value === "string") {
    const named = words.values[field]?.[value] ?? sanitize(value);
    return named === "" ? "-" : named;
  }
  if (field.endsWith("At") || TIME_FIELDS.has(field)) return formatMoment(value);
  if (field.endsWith("Seconds")) return formatDuration(value, words);
  if (field.endsWith("Bytes")) return formatSize(value);
  return field.endsWith("Ms") ? `${value} ms` : String(value);
}

/** The two largest units: "3d 4h", "12m 5s". */
function formatDuration(seconds: number, { units }: AdminWords): string {
  let rest = Math.floor(seconds);
  const parts = SECONDS_PER_UNIT.map((size, index) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return { count, text: `${count}${units[index]}` };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first < 0) return parts.at(-1)?.text ?? "";
  const shown = parts.slice(first, first + 2).filter(({ count }) => count > 0);
  return shown.map(({ text }) => text).join(" ");
}

function formatSize(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < SIZE_UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size >= 100 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${SIZE_UNITS[unit]}`;
}
