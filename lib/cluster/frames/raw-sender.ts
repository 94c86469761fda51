import { FrameWriter } from "./frame.ts";
import { type RawEntry, writeRaw } from "./raw-entries.ts";

/** Longer pieces would hold up what people say. */
const PIECE_BYTES_MAX = 64 << 10;

/** Sends the frames of all raw links of one connection between a gateway and its leader, one entry in each. */
export class RawFrames {
  readonly #frame = new FrameWriter();
  readonly #write: (frame: Uint8Array) => void;
  readonly #isBusy: () => boolean;

  /**
   * @param write sends a frame: bytes that are valid during the call only
   * @param isBusy says whether so much waits for the other side that files have to wait as well
   */
  constructor(write: (frame: Uint8Array) => void, isBusy: () => boolean) {
    this.#write = write;
    this.#isBusy = isBusy;
  }

  /** Whether files have to wait. */
  get isBusy(): boolean {
    return this.#isBusy();
  }

  send(entry: RawEntry): void {
    writeRaw(this.#frame, entry);
    this.#write(this.#frame.take());
  }
}

/** What is to be sent of one raw link. It leaves as the other side has room for it. */
export class RawSender {
  readonly #link: number;
  readonly #frames: RawFrames;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #credit: number;

  /** @param credit how much the other side takes at first */
  constructor(link: number, frames: RawFrames, credit: number) {
    this.#link = link;
    this.#frames = frames;
    this.#credit = credit;
  }

  /** How many bytes wait here. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Sends bytes now, or later. Returns how many of them wait.
   *
   * @param isShared whether the bytes may change after the call: then what waits is copied
   */
  send(bytes: Uint8Array, isShared: boolean): number {
    const sent = this.#bytes === 0 ? this.#sendNow(bytes) : 0;
    if (sent === bytes.length) return 0;
    const rest = bytes.subarray(sent);
    // A Buffer's slice() would be no copy.
    this.#waiting.push(isShared ? new Uint8Array(rest) : rest);
    this.#bytes += rest.length;
    return rest.length;
  }

  /** The other side takes so many bytes more. */
  grant(bytes: number): void {
    this.#credit += bytes;
    this.pump();
  }

  /** Sends of what waits as much as the other side takes. */
  pump(): void {
    let sentCount = 0;
    for (const bytes of this.#waiting) {
      const sent = this.#sendNow(bytes);
      this.#bytes -= sent;
      if (sent < bytes.length) {
        this.#waiting[sentCount] = bytes.subarray(sent);
        break;
      }
      sentCount += 1;
    }
    this.#waiting.splice(0, sentCount);
  }

  /** Sends all that waits, whether the other side has room for it or not: something else is to follow it. */
  finish(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    for (const bytes of waiting) this.#frames.send({ kind: "data", link: this.#link, bytes });
  }

  #sendNow(bytes: Uint8Array): number {
    let sent = 0;
    while (sent < bytes.length && this.#credit > 0 && !this.#frames.isBusy) {
      const piece = bytes.subarray(sent, sent + Math.min(this.#credit, PIECE_BYTES_MAX));
      this.#frames.send({ kind: "data", link: this.#link, bytes: piece });
      this.#credit -= piece.length;
      sent += piece.length;
    }
    return sent;
  }
}
