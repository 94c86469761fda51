import type { ElapsedMs } from "../../protocol/time.ts";

const NOTE_MS = 60_000;

/** Tells the owner of messages on the bus that nobody of the cluster has made: at most once a minute. */
export class ForgedMessages {
  readonly #elapsed: () => ElapsedMs;
  readonly #note: (text: string) => void;
  #count = 0;
  #notedAtMs = Number.NEGATIVE_INFINITY;

  /** @param note writes a line to the server's log */
  constructor(elapsed: () => ElapsedMs, note: (text: string) => void) {
    this.#elapsed = elapsed;
    this.#note = note;
  }

  /** A message was passed over. */
  add(): void {
    this.#count += 1;
    const now = this.#elapsed();
    if (now - this.#notedAtMs < NOTE_MS) return;
    const what = this.#count === 1 ? "a message was" : `${this.#count} messages were`;
    this.#note(
      `on NATS ${what} passed over that no server with this certificate's key has made: damaged, forged, or of another version of Sodam`,
    );
    this.#count = 0;
    this.#notedAtMs = now;
  }
}
