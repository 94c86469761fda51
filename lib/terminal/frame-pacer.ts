import type { Frame } from "./screen-frame.ts";

/** Between two frames. Nobody reads more than 20 a second, and they cost bandwidth and battery. */
const FRAME_MS_MIN = 50;
/** Frames that are costly to draw come less often, but at least 10 a second. */
const FRAME_MS_MAX = 100;
/** What drawing may take of the time: with 0.7 ms for a frame, 10 a second. */
const DRAWING_SHARE = 0.007;
/** The same after a key: in a busy room, letters would come a frame late otherwise. */
const KEY_FRAME_MS = 5;

/** What {@link FramePacer} needs. */
interface PacerPorts {
  /** Draws a frame on the screen. Returns whether it may draw the next: not before `onDrained`, otherwise. */
  show(frame: Frame): boolean;
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls `action` after so many milliseconds. The returned function stops that. */
  after(ms: number, action: () => void): () => void;
}

/** Decides when a requested frame is drawn, and owns the request. */
export class FramePacer {
  readonly #ports: PacerPorts;
  /** Draws the requested frame. */
  #requested: (() => Frame) | null = null;
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  /** Between the last frame and the next. */
  #frameMs = FRAME_MS_MIN;
  #stopTimer: (() => void) | null = null;
  /** Whether the terminal has yet to read the last frame: a slow connection gets no more of them. */
  #isBlocked = false;

  constructor(ports: PacerPorts) {
    this.#ports = ports;
  }

  /** Whether a requested frame isn't drawn yet. */
  get isDue(): boolean {
    return this.#requested !== null;
  }

  /**
   * Requests a frame, drawn at once or, soon after the last one, later: within FRAME_MS_MAX of it, and after a key
   * (`isForKey`) within KEY_FRAME_MS. Only the last request is drawn.
   */
  request(draw: () => Frame, isForKey = false): void {
    this.#requested = draw;
    if (isForKey) this.#clearTimer();
    this.#schedule(isForKey ? KEY_FRAME_MS : this.#frameMs);
  }

  /** Goes on: the terminal has read everything. */
  onDrained(): void {
    this.#isBlocked = false;
    this.#schedule(this.#frameMs);
  }

  /** Draws nothing any more. */
  stop(): void {
    this.#clearTimer();
    this.#requested = null;
  }

  #schedule(frameMs: number): void {
    if (this.#requested === null || this.#stopTimer !== null || this.#isBlocked) return;
    const delayMs = this.#drawnAtMs + frameMs - this.#ports.now();
    if (delayMs <= 0) return this.#draw();
    this.#stopTimer = this.#ports.after(delayMs, () => {
      this.#stopTimer = null;
      this.#draw();
    });
  }

  #draw(): void {
    const draw = this.#requested;
    if (draw === null || this.#isBlocked) return;
    this.#requested = null;
    const { now, show } = this.#ports;
    this.#drawnAtMs = now();
    this.#isBlocked = !show(draw());
    const restMs = (now() - this.#drawnAtMs) / DRAWING_SHARE;
    this.#frameMs = Math.min(Math.max(restMs, FRAME_MS_MIN), FRAME_MS_MAX);
  }

  #clearTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }
}
