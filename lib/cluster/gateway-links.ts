import type { Link } from "../chat-server/server-ports.ts";
import type { LinkHandlers } from "../transport/socket-link.ts";
import { type FrameEntry, FrameWriter } from "./frame.ts";
import { readDown, type UpEntry, writeUp } from "./link-entries.ts";

/** A reader for whom more than this waits is told of to the leader: it holds long answers back then. */
const BACKLOG_BYTES_MIN = 32 * 1024;
const ENCODER = new TextEncoder();

/** A gateway's side: the connections by their numbers, and the frames for the leader. */
export class GatewayLinks {
  readonly #byNumber = new Map<number, Link>();
  readonly #numbers = new Map<Link, number>();
  /** Whose backlog was told to the leader. */
  readonly #late = new Set<number>();
  /** Who is not read from: whom the leader named, and who waits until it reads again. */
  readonly #stopped = new Set<Link>();
  readonly #held = new Set<Link>();
  readonly #frame = new FrameWriter();
  readonly #write: (frame: Uint8Array) => void;
  readonly #atTurnEnd: (run: () => void) => void;
  #lastNumber = 0;
  #isScheduled = false;

  /**
   * @param write sends a frame to the leader
   * @param atTurnEnd calls a function at the end of this turn
   */
  constructor(
    write: (frame: Uint8Array) => void,
    atTurnEnd: (run: () => void) => void = (run) => void setImmediate(run),
  ) {
    this.#write = write;
    this.#atTurnEnd = atTurnEnd;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#byNumber.size;
  }

  /** The handlers for the gateway's listeners. */
  readonly handlers: LinkHandlers = {
    open: (link) => {
      this.#lastNumber += 1;
      const number = this.#lastNumber;
      this.#byNumber.set(number, link);
      this.#numbers.set(link, number);
      const { address, secure, certificate, certificateValidity = null } = link;
      this.#tell({
        kind: "open",
        ...{ link: number, address, secure, certificate, validity: certificateValidity },
      });
    },
    data: (link, bytes) => this.#tellOf(link, (number) => ({ kind: "data", link: number, bytes })),
    close: (link, why) => this.#ended(link, why),
    evict: (link, reason) => {
      link.send(ENCODER.encode(`ERROR :${reason}\r\n`));
      this.#ended(link, reason);
    },
    overflow: (link) => this.#tellOf(link, (number) => ({ kind: "overflow", link: number })),
    drained: (link) => {
      this.#late.delete(this.#numbers.get(link) ?? 0);
      this.#tellOf(link, (number) => ({ kind: "drained", link: number }));
    },
  };

  /** Takes a frame of the leader. */
  receive(frame: readonly FrameEntry[]): void {
    for (const entry of frame) this.#take(entry);
  }

  /** Closes all connections: the leader is gone. */
  closeAll(lastWords: Uint8Array): void {
    this.releaseAll();
    for (const link of this.#byNumber.values()) link.close(lastWords);
  }

  /** Reads no more from a connection until {@link releaseAll}. */
  hold(link: Link): void {
    this.#held.add(link);
    link.setReading?.(false);
  }

  /** Reads again from the connections that were held, but for those of which the leader wants no more. */
  releaseAll(): void {
    for (const link of this.#held) if (!this.#stopped.has(link)) link.setReading?.(true);
    this.#held.clear();
  }

  /** Tells the leader for whom much waits, or doesn't any more. Call it about twenty times a second. */
  tellBacklogs(): void {
    for (const [number, { backlog = 0 }] of this.#byNumber) {
      const isLate = backlog >= BACKLOG_BYTES_MIN;
      if (!isLate && !this.#late.delete(number)) continue;
      if (isLate) this.#late.add(number);
      this.#tell({ kind: "backlog", link: number, bytes: backlog });
    }
  }

  #take(entry: FrameEntry): void {
    const read = readDown(entry);
    if (read === null) return;
    if (read.kind === "send") {
      // One copy for all: the frame's own bytes are used again, and links keep what they queue.
      const bytes = read.bytes.slice();
      for (const number of read.links) this.#byNumber.get(number)?.send(bytes);
      return;
    }
    const link = this.#byNumber.get(read.link);
    if (link === undefined) return;
    switch (read.kind) {
      case "close":
        return link.close(read.lastWords.length === 0 ? undefined : read.lastWords.slice());
      case "drop":
        return link.drop?.();
      case "reading":
        if (read.on) this.#stopped.delete(link);
        else this.#stopped.add(link);
        return link.setReading?.(read.on && !this.#held.has(link));
      case "standing":
        link.setStanding?.(read.standing);
    }
  }

  #ended(link: Link, why: string): void {
    this.#tellOf(link, (number) => ({ kind: "ended", link: number, why }));
    const number = this.#numbers.get(link) ?? 0;
    this.#numbers.delete(link);
    this.#byNumber.delete(number);
    this.#late.delete(number);
    this.#stopped.delete(link);
    this.#held.delete(link);
  }

  #tellOf(link: Link, entryOf: (number: number) => UpEntry): void {
    const number = this.#numbers.get(link);
    if (number !== undefined) this.#tell(entryOf(number));
  }

  #tell(entry: UpEntry): void {
    writeUp(this.#frame, entry);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#atTurnEnd(() => {
      this.#isScheduled = false;
      this.#write(this.#frame.take());
    });
  }
}
