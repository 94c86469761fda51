import { FrameWriter } from "../frames/frame.ts";
import { type UpEntry, writeUp } from "../frames/link-entries.ts";
import { type UpMark, writeUpMark } from "../frames/takeover-entries.ts";

/** A frame with more bytes than this is not continued. */
const FRAME_FULL_BYTES = 256 * 1024;

/** Writes a gateway's frames for its leader: one a turn, or several when they are long. */
export class UpFrames {
  readonly #frame = new FrameWriter();
  readonly #send: (frame: Uint8Array) => void;
  readonly #atTurnEnd: (run: () => void) => void;
  #isScheduled = false;

  /**
   * @param send sends a frame
   * @param atTurnEnd calls a function at the end of this turn
   */
  constructor(send: (frame: Uint8Array) => void, atTurnEnd: (run: () => void) => void) {
    this.#send = send;
    this.#atTurnEnd = atTurnEnd;
  }

  /** Adds an entry. It leaves with {@link send} or {@link sendSoon}, if not before. */
  write(entry: UpEntry): void {
    if (this.#frame.length > FRAME_FULL_BYTES) this.send();
    writeUp(this.#frame, entry);
  }

  /** The same for a mark. */
  writeMark(mark: UpMark): void {
    writeUpMark(this.#frame, mark);
  }

  /** Sends what was written. */
  send(): void {
    if (!this.#frame.isEmpty) this.#send(this.#frame.take());
  }

  /** Sends what is written by the end of this turn. */
  sendSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#atTurnEnd(() => {
      this.#isScheduled = false;
      this.send();
    });
  }

  /** Forgets what hasn't left. */
  drop(): void {
    this.#frame.take();
  }
}
