import { FrameWriter } from "../frames/frame.ts";
import { type DownEntry, SendWriter, writeDown } from "../frames/link-entries.ts";
import { type DownMark, writeDownMark } from "../frames/takeover-entries.ts";

const FULL_BYTES = 256 * 1024;

/** The frames for one gateway: those of this turn, and those whose turn is over. Reuses their buffers. */
export class DownFrames {
  #frame = new FrameBuffer();
  /** The frames before it, the oldest first: most turns have one. */
  #frames: FrameBuffer[] = [];
  /** Those whose turn is over, which may leave. */
  #sealed: FrameBuffer[] = [];
  /** One that has left, to be used again. */
  #spare: FrameBuffer | null = null;
  readonly #fullBytes: number;

  /** @param fullBytes a frame with more bytes is not continued: the buffer that is used again stays as small */
  constructor(fullBytes = FULL_BYTES) {
    this.#fullBytes = fullBytes;
  }

  /** Adds bytes for a link. */
  send(link: number, bytes: Uint8Array): void {
    if (this.#frame.writer.length > this.#fullBytes) this.#next();
    this.#frame.sends.send(link, bytes);
  }

  /** Adds anything else for a link. */
  tell(entry: DownEntry): void {
    this.#frame.sends.end();
    writeDown(this.#frame.writer, entry);
  }

  /** Adds what is for the gateway itself. */
  mark(mark: DownMark): void {
    this.#frame.sends.end();
    writeDownMark(this.#frame.writer, mark);
  }

  /** The turn is over. */
  seal(): void {
    this.#next();
    this.#sealed.push(...this.#frames);
    this.#frames = [];
  }

  /** Whether no frame waits whose turn is over. */
  get isFlushed(): boolean {
    return this.#sealed.length === 0;
  }

  /**
   * Writes the frames whose turn is over: at least one.
   *
   * @param end adds to each frame what it ends with
   * @param write gets bytes that are valid during the call only
   */
  flush(
    end: (frame: FrameWriter, isLast: boolean) => void,
    write: (bytes: Uint8Array) => void,
  ): number {
    const frames = this.isFlushed ? [this.#takeSpare()] : this.#sealed;
    this.#sealed = [];
    for (const [index, frame] of frames.entries()) {
      frame.sends.endFrame();
      end(frame.writer, index === frames.length - 1);
      const bytes = frame.writer.take();
      write(bytes);
      if (bytes.length <= 2 * this.#fullBytes) this.#spare = frame;
    }
    return frames.length;
  }

  /** Begins another frame, unless this one has no entries. */
  #next(): void {
    if (this.#frame.writer.isEmpty) return;
    this.#frames.push(this.#frame);
    this.#frame = this.#takeSpare();
  }

  #takeSpare(): FrameBuffer {
    const frame = this.#spare ?? new FrameBuffer();
    this.#spare = null;
    return frame;
  }
}

class FrameBuffer {
  readonly writer = new FrameWriter();
  readonly sends = new SendWriter(this.writer);
}
