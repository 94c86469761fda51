import type { RawLink, RawReceiver } from "../../chat-server/raw-link.ts";
import type { FrameEntry } from "../frames/frame.ts";
import { RAW_WINDOW_BYTES, readRaw } from "../frames/raw-entries.ts";
import { RawFrames, RawSender } from "../frames/raw-sender.ts";

/** The links of one gateway that carry files, at their leader. */
export class RemoteRawLinks {
  /** Whether the gateway is of a version that knows of them. */
  areKnown = false;
  readonly #links = new Map<number, RemoteRawLink>();
  readonly #frames: RawFrames;

  /** See {@link RawFrames}. */
  constructor(write: (frame: Uint8Array) => void, isBusy: () => boolean) {
    this.#frames = new RawFrames(write, isBusy);
  }

  /**
   * Gives what comes of a link to a receiver from now on.
   *
   * @param drop ends the link at once
   */
  take(number: number, receiver: RawReceiver, drop: () => void): RemoteRawLink {
    const link = new RemoteRawLink(number, receiver, drop, this.#frames);
    this.#links.set(number, link);
    this.#frames.send({ kind: "begin", link: number, bytes: RAW_WINDOW_BYTES });
    return link;
  }

  /**
   * Takes a frame of the gateway, if it is about a raw link. Returns whether it was.
   *
   * @param attempt runs what is about a link: what fails costs that link alone
   */
  receive(frame: readonly FrameEntry[], attempt: (link: number, run: () => void) => void): boolean {
    const [first] = frame;
    const entry = first === undefined ? null : readRaw(first);
    if (entry === null) return false;
    const link = this.#links.get(entry.link);
    if (link === undefined || entry.kind === "begin") return true;
    attempt(entry.link, () => {
      if (entry.kind === "data") link.receive(entry.bytes);
      else link.grant(entry.bytes);
    });
    return true;
  }

  /** The gateway takes more again. */
  drained(): void {
    for (const link of this.#links.values()) link.pump();
  }

  /** A link has ended. */
  ended(number: number, why: string): void {
    const link = this.#links.get(number);
    this.#links.delete(number);
    link?.ended(why);
  }
}

/** A connection that carries a file, whose socket a gateway has. */
export class RemoteRawLink implements RawLink {
  readonly #number: number;
  readonly #receiver: RawReceiver;
  readonly #drop: () => void;
  readonly #frames: RawFrames;
  readonly #sender: RawSender;
  /** What was sent, and the peer hasn't taken, as far as its gateway has told. */
  #owedBytes = 0;
  /** What has arrived, and the gateway hasn't been told of. */
  #takenBytes = 0;
  #isReading = true;
  #isOpen = true;

  constructor(number: number, receiver: RawReceiver, drop: () => void, frames: RawFrames) {
    this.#number = number;
    this.#receiver = receiver;
    this.#drop = drop;
    this.#frames = frames;
    this.#sender = new RawSender(number, frames, RAW_WINDOW_BYTES);
  }

  get backlog(): number {
    return this.#owedBytes;
  }

  send(bytes: Uint8Array): void {
    if (!this.#isOpen) return;
    this.#owedBytes += bytes.length;
    this.#sender.send(bytes, false);
  }

  setReading(on: boolean): void {
    this.#isReading = on;
    this.#tellTaken();
  }

  drop(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#drop();
  }

  /** Bytes of the peer have come, which are valid during this call only. */
  receive(bytes: Uint8Array): void {
    this.#takenBytes += bytes.length;
    if (this.#isOpen) this.#receiver.data(bytes);
    this.#tellTaken();
  }

  /** The peer has taken so many bytes. */
  grant(bytes: number): void {
    this.#owedBytes -= bytes;
    this.#sender.grant(bytes);
    if (this.#isOpen) this.#receiver.drained();
  }

  /** Sends all that waits: what the link's session sends comes behind it. */
  finish(): void {
    this.#sender.finish();
  }

  pump(): void {
    this.#sender.pump();
  }

  ended(why: string): void {
    this.#isOpen = false;
    this.#receiver.closed(why);
  }

  /** What was taken is told of when it is a good part of the window: each is a frame. */
  #tellTaken(): void {
    if (!this.#isReading || !this.#isOpen || this.#takenBytes < RAW_WINDOW_BYTES / 4) return;
    const bytes = this.#takenBytes;
    this.#takenBytes = 0;
    this.#frames.send({ kind: "credit", link: this.#number, bytes });
  }
}
