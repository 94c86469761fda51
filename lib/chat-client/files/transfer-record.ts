/** Owns what is shown of one transfer, and tells of it at most five times a second while its bytes move. */
import type { ElapsedMs } from "../../protocol/time.ts";
import type { Transfer } from "./transfer.ts";

/** Between two events about bytes alone. */
const PROGRESS_MS_MIN = 200;
/** The rate is that of so many seconds. */
const RATE_MS = 5000;
/** Between two readings of the rate. */
const RATE_STEP_MS = 500;

/** How many bytes had moved at a moment. */
interface Reading {
  readonly elapsedMs: ElapsedMs;
  readonly bytes: number;
}

/** Where a record has its time from, and whom it tells. */
export interface RecordPorts {
  elapsed(): ElapsedMs;
  changed(transfer: Transfer): void;
}

/** The mutable state of a transfer. Each `Transfer` that it gives out is a copy that stays as it is. */
export class TransferRecord {
  #now: Transfer;
  readonly #ports: RecordPorts;
  #readings: Reading[] = [];
  #toldElapsedMs = Number.NEGATIVE_INFINITY;
  /** Whether bytes moved since it was told last. */
  #isBehind = false;
  /** When bytes moved last, or its state changed. */
  #movedElapsedMs: ElapsedMs;

  constructor(
    start: Pick<Transfer, "key" | "direction" | "target" | "name" | "size">,
    ports: RecordPorts,
  ) {
    const nothing = { problem: null, path: null, fileId: null, msgid: null } as const;
    this.#now = { ...start, ...nothing, state: "queued", bytes: 0, bytesPerSecond: 0 };
    this.#ports = ports;
    this.#movedElapsedMs = ports.elapsed();
  }

  get now(): Transfer {
    return this.#now;
  }

  /** Changes it, and tells of it at once. */
  change(fields: Partial<Omit<Transfer, "key" | "direction">>): void {
    if (fields.state !== undefined && fields.state !== this.#now.state) this.#readings = [];
    const stands = fields.state !== undefined && fields.state !== "running";
    this.#now = { ...this.#now, ...(stands && { bytesPerSecond: 0 }), ...fields };
    this.#movedElapsedMs = this.#ports.elapsed();
    this.#tell();
  }

  /** For how long it runs without a byte that moved, in ms; 0 while it doesn't run. */
  stoodMs(elapsedMs: ElapsedMs): number {
    return this.#now.state === "running" ? elapsedMs - this.#movedElapsedMs : 0;
  }

  /** Bytes moved: `bytes` in all. */
  progress(bytes: number): void {
    const elapsedMs = this.#ports.elapsed();
    this.#movedElapsedMs = elapsedMs;
    this.#now = { ...this.#now, bytes, bytesPerSecond: this.#rateAt({ elapsedMs, bytes }) };
    this.#isBehind = true;
    if (elapsedMs - this.#toldElapsedMs >= PROGRESS_MS_MIN) this.#tell();
  }

  /** Call it about once a second: a rate falls also when nothing comes. */
  tick(): void {
    if (this.#now.state !== "running") return;
    const { bytes } = this.#now;
    const bytesPerSecond = this.#rateAt({ elapsedMs: this.#ports.elapsed(), bytes });
    if (!this.#isBehind && bytesPerSecond === this.#now.bytesPerSecond) return;
    this.#now = { ...this.#now, bytesPerSecond };
    this.#tell();
  }

  /** Notes how many bytes have moved by now, and returns the rate since the oldest note. */
  #rateAt(now: Reading): number {
    const readings = this.#readings;
    const last = readings.at(-1);
    if (last === undefined || now.elapsedMs - last.elapsedMs >= RATE_STEP_MS) readings.push(now);
    while (readings.length > 2 && now.elapsedMs - (readings[0]?.elapsedMs ?? 0) > RATE_MS) {
      readings.shift();
    }
    const first = readings[0] ?? now;
    const ms = now.elapsedMs - first.elapsedMs;
    return ms < RATE_STEP_MS ? 0 : Math.round(((now.bytes - first.bytes) * 1000) / ms);
  }

  #tell(): void {
    this.#toldElapsedMs = this.#ports.elapsed();
    this.#isBehind = false;
    this.#ports.changed(this.#now);
  }
}
