import type { Link, Standing } from "../chat-server/server-ports.ts";
import {
  type ConnectionPlaces,
  type PlaceHolder,
  REJECTIONS,
} from "../transport/connection-places.ts";
import type { Flushable, FlushScheduler } from "../transport/flush-scheduler.ts";
import type { OwedBytes } from "../transport/owed-bytes.ts";
import type { LinkHandlers } from "../transport/socket-link.ts";
import { type FrameEntry, FrameWriter } from "./frame.ts";
import {
  type DownEntry,
  type OpenedLink,
  readUp,
  SendWriter,
  type UpEntry,
  writeDown,
} from "./link-entries.ts";

/** When so much was sent to a link, its gateway is asked how much of it waits. */
const ASK_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);
/** A frame with more bytes than this is not continued: the buffer that is used again stays as small. */
const FRAME_FULL_BYTES = 256 * 1024;
/** A guest's activity matters after minutes only, so the gateway is not told of it with each message. */
const ACTIVITY_TOLD_EVERY_MS = 10_000;

/** What {@link RemoteLinks} needs of the leader. */
export interface RemoteLinksContext {
  /** The owner of the links. */
  readonly handlers: LinkHandlers;
  /** Shared by all gateways: an address has its limit over all of them. */
  readonly places: ConnectionPlaces;
  readonly flushScheduler: FlushScheduler;
  /** Counts what the links of all gateways owe their readers, as they tell; `null` where nobody looks at it. */
  readonly owedBytes: OwedBytes | null;
  /** Returns `Link.host` for an address. */
  hostOf(address: string): string;
}

/** Owns the leader's links of one gateway, and the frames for it. */
export class RemoteLinks implements Flushable {
  readonly isMembers = true;
  readonly context: RemoteLinksContext;
  readonly #links = new Map<number, RemoteLink>();
  readonly #write: (frame: Uint8Array) => void;
  #frame = new FrameBuffer();
  /** The frames before it, the oldest first: most turns have one. */
  #frames: FrameBuffer[] = [];
  /** Those whose turn is over, which may leave. */
  #sealed: FrameBuffer[] = [];
  /** One that has left, to be used again. */
  #spare: FrameBuffer | null = null;
  #isScheduled = false;

  /** @param write sends a frame to the gateway: bytes that are valid during the call only */
  constructor(context: RemoteLinksContext, write: (frame: Uint8Array) => void) {
    this.context = context;
    this.#write = write;
  }

  /** How many links there are. */
  get size(): number {
    return this.#links.size;
  }

  /** Takes a frame of the gateway. */
  receive(frame: readonly FrameEntry[]): void {
    for (const entry of frame) {
      const read = readUp(entry);
      if (read !== null) this.#take(read);
    }
  }

  /** The gateway is gone, and all its connections with it. */
  ended(): void {
    for (const link of [...this.#links.values()]) this.#end(link, "Connection lost");
  }

  /** Queues bytes for a link. */
  send(link: number, bytes: Uint8Array): void {
    if (this.#frame.writer.length > FRAME_FULL_BYTES) this.#nextFrame();
    this.#frame.sends.send(link, bytes);
    this.#schedule();
  }

  /** Queues anything else. */
  tell(entry: DownEntry): void {
    this.#frame.sends.end();
    writeDown(this.#frame.writer, entry);
    this.#schedule();
  }

  seal(): void {
    this.#isScheduled = false;
    this.#nextFrame();
    this.#sealed.push(...this.#frames);
    this.#frames = [];
  }

  flush(): number {
    const frames = this.#sealed;
    this.#sealed = [];
    for (const frame of frames) {
      frame.sends.endFrame();
      const bytes = frame.writer.take();
      this.#write(bytes);
      if (bytes.length <= 2 * FRAME_FULL_BYTES) this.#spare = frame;
    }
    return frames.length;
  }

  flushed(): void {}

  #take(entry: UpEntry): void {
    if (entry.kind === "open") return this.#open(entry);
    const link = this.#links.get(entry.link);
    if (link === undefined) return;
    const { handlers } = this.context;
    switch (entry.kind) {
      case "data":
        if (link.isOpen) this.#call(link, () => handlers.data(link, entry.bytes));
        return;
      case "ended":
        return this.#end(link, entry.why);
      case "drained":
        this.#setBacklog(link, 0);
        if (link.isOpen) this.#call(link, () => handlers.drained?.(link));
        return;
      case "overflow":
        if (link.isOpen) this.#call(link, () => handlers.overflow?.(link));
        return;
      case "backlog":
        return this.#setBacklog(link, entry.bytes);
      case "answer": {
        this.#setBacklog(link, entry.bytes);
        link.answered();
        const { isOpen, backlog, bytesUnderWay } = link;
        if (isOpen && backlog + bytesUnderWay < ASK_BYTES)
          this.#call(link, () => handlers.drained?.(link));
      }
    }
  }

  #setBacklog(link: RemoteLink, bytes: number): void {
    this.context.owedBytes?.change(bytes - link.backlog);
    link.backlog = bytes;
  }

  #open(opened: OpenedLink): void {
    const { handlers, places } = this.context;
    // A number is used once: the place of a link that is replaced would never be given back.
    if (this.#links.has(opened.link)) return;
    const link = new RemoteLink(this, opened);
    const admission = opened.isUnlimited === true ? places.admit(link, true) : places.admit(link);
    if (admission !== "in") {
      const { line, why } = REJECTIONS[admission];
      handlers.refused?.(opened.address, why);
      return this.tell({ kind: "close", link: opened.link, lastWords: line });
    }
    this.#links.set(opened.link, link);
    this.#call(link, () => handlers.open(link));
  }

  #end(link: RemoteLink, why: string): void {
    this.#links.delete(link.number);
    link.isOpen = false;
    this.context.places.leave(link);
    this.#setBacklog(link, 0);
    this.#call(link, () => this.context.handlers.close(link, why));
  }

  /** An error in a handler costs this one link, not the server. */
  #call(link: RemoteLink, handler: () => void): void {
    try {
      handler();
    } catch (error) {
      link.drop();
      this.context.handlers.failed?.(link, error);
    }
  }

  /** Begins another frame, unless this one has no entries. */
  #nextFrame(): void {
    if (this.#frame.writer.isEmpty) return;
    this.#frames.push(this.#frame);
    this.#frame = this.#spare ?? new FrameBuffer();
    this.#spare = null;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.context.flushScheduler.schedule(this);
  }
}

/** A frame that is being written. */
class FrameBuffer {
  readonly writer = new FrameWriter();
  readonly sends = new SendWriter(this.writer);
}

/** A connection whose socket a gateway has. There may be tens of thousands: it has no functions of its own. */
class RemoteLink implements Link, PlaceHolder {
  readonly number: number;
  readonly address: string;
  readonly secure: boolean;
  readonly certificate: string | null;
  readonly certificateValidity: OpenedLink["validity"];
  inputBytes = 0;
  /** What waits for the peer, as the gateway told last. */
  backlog = 0;
  /** Bytes that were sent since the gateway was asked last, and before that while it hasn't answered. */
  #sentBytes = 0;
  #askedBytes = 0;
  /** Whether neither side has closed it. */
  isOpen = true;
  #host: string | null = null;
  #standing: Standing = "stranger";
  /** When the gateway was told of it. */
  #toldElapsedMs = 0;
  readonly #links: RemoteLinks;

  constructor(links: RemoteLinks, opened: OpenedLink) {
    this.#links = links;
    this.number = opened.link;
    this.address = opened.address;
    this.secure = opened.secure;
    this.certificate = opened.certificate;
    this.certificateValidity = opened.validity;
  }

  /** Made when it is asked for: many links are refused. */
  get host(): string {
    this.#host ??= this.#links.context.hostOf(this.address);
    return this.#host;
  }

  get pressure(): number {
    return this.#links.context.places.pressureOn(this);
  }

  get isMembers(): boolean {
    return this.#links.context.places.goesFirst(this);
  }

  /**
   * Counts only while much is on its way to the gateway: long answers are made faster than it tells. It is no backlog:
   * what a thousand readers in a room get at once would look as if all of them were slow.
   */
  get bytesUnderWay(): number {
    return this.#askedBytes === 0 ? 0 : this.#askedBytes + this.#sentBytes;
  }

  send(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.#links.send(this.number, bytes);
    this.#sentBytes += bytes.length;
    if (this.#sentBytes >= ASK_BYTES && this.#askedBytes === 0) this.#ask();
  }

  /** The gateway has answered how much waits. */
  answered(): void {
    this.#askedBytes = 0;
    if (this.#sentBytes >= ASK_BYTES && this.isOpen) this.#ask();
  }

  #ask(): void {
    this.#askedBytes = this.#sentBytes;
    this.#sentBytes = 0;
    this.#links.tell({ kind: "ask", link: this.number });
  }

  setReading(on: boolean): void {
    if (this.isOpen) this.#links.tell({ kind: "reading", link: this.number, on });
  }

  setStanding(standing: Standing): boolean {
    const { places } = this.#links.context;
    if (!places.setStanding(this, standing)) return false;
    const now = places.elapsed();
    const isNews = standing !== this.#standing;
    if (!isNews && now - this.#toldElapsedMs < ACTIVITY_TOLD_EVERY_MS) return true;
    this.#standing = standing;
    this.#toldElapsedMs = now;
    if (this.isOpen) this.#links.tell({ kind: "standing", link: this.number, standing });
    return true;
  }

  close(lastWords: Uint8Array = NOTHING): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#links.tell({ kind: "close", link: this.number, lastWords });
  }

  drop(): void {
    this.isOpen = false;
    this.#links.tell({ kind: "drop", link: this.number });
  }

  evict(sentence: string, isPatient: boolean): void {
    const { handlers } = this.#links.context;
    if (this.isOpen) handlers.evict?.(this, sentence);
    if (isPatient) this.close();
    else this.drop();
  }
}
