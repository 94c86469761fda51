/*
 * How much a reader asks for at a time, and how long it waits for an answer: little and long on a slow or busy way, more
 * and shorter on a quick one.
 */

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 15_000;
/** Before anything was answered. */
const FIRST_RETRY_MS = 2000;

/** Counts what is under way, and learns from the answers. */
export class RequestWindow {
  readonly #bytesMax: number;
  readonly #pieceBytes: number;
  #bytes: number;
  #underWay = 0;
  /** Smoothed time of an answer and its deviation, as TCP has them (RFC 6298). */
  #answerMs: number | null = null;
  #deviationMs = 0;

  /**
   * @param bytesMax what may be under way at most
   * @param pieceBytes the longest request; the window is never smaller
   */
  constructor(bytesMax: number, pieceBytes: number) {
    this.#bytesMax = Math.max(bytesMax, pieceBytes);
    this.#pieceBytes = pieceBytes;
    this.#bytes = Math.min(this.#bytesMax, 2 * pieceBytes);
  }

  /** Bytes that were asked for, and aren't on the disk yet. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Whether so many bytes more may be asked for. */
  hasRoom(bytes: number): boolean {
    return this.#underWay === 0 || this.#underWay + bytes <= this.#bytes;
  }

  /** How long the n-th try of a request waits for its answer. */
  retryMs(tries: number): number {
    const once =
      this.#answerMs === null
        ? FIRST_RETRY_MS
        : Math.max(RETRY_MS_MIN, this.#answerMs + 4 * this.#deviationMs);
    return Math.min(RETRY_MS_MAX, once * 2 ** Math.min(tries - 1, 10));
  }

  asked(bytes: number): void {
    this.#underWay += bytes;
  }

  /** An answer came. `tookMs` is `null` when it may be that to an earlier try. */
  answered(tookMs: number | null): void {
    this.#bytes = Math.min(this.#bytesMax, this.#bytes + this.#pieceBytes);
    if (tookMs === null) return;
    const difference = Math.abs(tookMs - (this.#answerMs ?? tookMs));
    this.#deviationMs =
      this.#answerMs === null ? tookMs / 2 : 0.75 * this.#deviationMs + 0.25 * difference;
    this.#answerMs = this.#answerMs === null ? tookMs : 0.875 * this.#answerMs + 0.125 * tookMs;
  }

  /** No answer came in time. */
  lost(): void {
    this.#bytes = Math.max(this.#pieceBytes, Math.floor(this.#bytes / 2));
  }

  /** Bytes are on the disk, or aren't wanted any more. */
  released(bytes: number): void {
    this.#underWay -= bytes;
  }
}
