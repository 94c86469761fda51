import { formatCount } from "../../protocol/plural.ts";

/** What a joining node does. */
export type TransferStage =
  /** No leader answers yet. */
  | "waiting"
  /** Others are being served. */
  | "busy"
  /** The leader lists its folder. `files` and `bytes` are what it has listed. */
  | "listing"
  | "fetching"
  /** Everything is there, and is made safe. */
  | "finishing";

/** How far a transfer is. */
export interface TransferProgress {
  readonly stage: TransferStage;
  /** Complete files, of so many. */
  readonly files: number;
  readonly filesInAll: number;
  /** Bytes that are there, of so many. */
  readonly bytes: number;
  readonly bytesInAll: number;
  /** At the speed of the last half minute; `null` when it can't be told. */
  readonly msLeft: number | null;
}

const KILO = 1000;
const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Says how far a transfer is: "got 1.2 of 5.0 GB, 84 of 2,031 files, 3 minutes left". */
export function formatTransferProgress(progress: TransferProgress): string {
  const { stage, files, filesInAll, bytes, bytesInAll, msLeft } = progress;
  switch (stage) {
    case "waiting":
      return "waits for the leader to answer";
    case "busy":
      return "waits until the leader has sent its folder to other nodes";
    case "listing":
      return `the leader lists its data folder: ${formatNumber(files, "file")} so far`;
    case "finishing":
      return "makes everything safe on the disk";
    case "fetching": {
      const left = msLeft === null ? "" : `, ${formatSpan(msLeft)} left`;
      const count = `${grouped(files)} of ${formatNumber(filesInAll, "file")}`;
      return `got ${formatShare(bytes, bytesInAll)}, ${count}${left}`;
    }
  }
}

/** "1.2 of 5.0 GB": both in the unit of the whole. */
function formatShare(part: number, whole: number): string {
  let power = 0;
  while (whole >= KILO ** (power + 1) && power < UNITS.length - 1) power += 1;
  const digits = power === 0 ? 0 : 1;
  const [partText, wholeText] = [part, whole].map((bytes) =>
    (bytes / KILO ** power).toFixed(digits),
  );
  return `${partText} of ${wholeText} ${UNITS[power]}`;
}

function formatSpan(ms: number): string {
  if (ms < MINUTE_MS) return "less than a minute";
  if (ms < 2 * HOUR_MS) return formatCount(Math.round(ms / MINUTE_MS), "minute");
  return formatCount(Math.round(ms / HOUR_MS), "hour");
}

function formatNumber(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${grouped(count)} ${noun}s`;
}

function grouped(count: number): string {
  return count.toString().replace(/\B(?=(?:\d{3})+$)/g, ",");
}

const SPEED_MS = 30_000;

/** Tells from what came lately how long the rest will take. */
export class TransferSpeed {
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];

  /** Notes how many bytes came in all since the beginning. */
  note(at: number, bytes: number): void {
    // One a second is enough.
    if (at - (this.#samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) < KILO) return;
    this.#samples.push({ at, bytes });
    while (at - (this.#samples[1]?.at ?? at) > SPEED_MS) this.#samples.shift();
  }

  /** Returns how long `bytes` more will take, in ms; `null` when it can't be told. */
  msFor(bytes: number): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.bytes <= first.bytes) return null;
    return Math.round((bytes * (last.at - first.at)) / (last.bytes - first.bytes));
  }
}
