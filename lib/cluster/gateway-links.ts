import type { Link } from "../chat-server/server-ports.ts";
import type { LinkHandlers } from "../transport/socket-link.ts";
import { type FrameEntry, FrameWriter } from "./frame.ts";
import { readDown, SendReader, type UpEntry, writeUp } from "./link-entries.ts";

/**
 * A reader for whom so much waits is told of to the leader, which holds long answers back, and closes those with the most
 * when too much waits in all: none with less than this.
 */
const BACKLOG_BYTES_MIN = 8 * 1024;
const ENCODER = new TextEncoder();

/** A gateway's side: the connections by their numbers, and the frames for the leader. */
export class GatewayLinks {
  readonly #byNumber = new Map<number, Link>();
  readonly #numbers = new Map<Link, number>();
  /** For whom much waited when it was sent more, and of whom the leader was told. */
  readonly #late = new Set<number>();
  readonly #told = new Set<number>();
  readonly #sends = new SendReader();
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
        ...(link.isUnlimited === true && { isUnlimited: true }),
      });
    },
    data: (link, bytes) => {
      const number = this.#numbers.get(link);
      if (number !== undefined) this.#tell({ kind: "data", link: number, bytes });
    },
    close: (link, why) => this.#ended(link, why),
    evict: (link, reason) => {
      link.send(ENCODER.encode(`ERROR :${reason}\r\n`));
      this.#ended(link, reason);
    },
    overflow: (link) => {
      const number = this.#numbers.get(link);
      if (number !== undefined) this.#tell({ kind: "overflow", link: number });
    },
    drained: (link) => {
      const number = this.#numbers.get(link);
      if (number === undefined) return;
      this.#late.delete(number);
      this.#told.delete(number);
      this.#tell({ kind: "drained", link: number });
    },
  };

  /** Takes a frame of the leader. */
  receive(frame: readonly FrameEntry[]): void {
    this.#sends.beginFrame();
    for (const entry of frame) if (!this.#sends.read(entry, this.#send)) this.#take(entry);
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
    for (const number of this.#late) {
      const backlog = this.#byNumber.get(number)?.backlog ?? 0;
      if (backlog >= BACKLOG_BYTES_MIN) this.#told.add(number);
      else {
        this.#late.delete(number);
        // Usually it leaves at the end of the same turn.
        if (!this.#told.delete(number)) continue;
      }
      this.#tell({ kind: "backlog", link: number, bytes: backlog });
    }
  }

  #send = (number: number, bytes: Uint8Array): void => {
    const link = this.#byNumber.get(number);
    if (link === undefined) return;
    link.send(bytes);
    if ((link.backlog ?? 0) >= BACKLOG_BYTES_MIN) this.#late.add(number);
  };

  #take(entry: FrameEntry): void {
    const read = readDown(entry);
    if (read === null) return;
    const link = this.#byNumber.get(read.link);
    if (link === undefined) return;
    switch (read.kind) {
      case "close":
        return link.close(read.lastWords.length === 0 ? undefined : read.lastWords.slice());
      case "drop":
        return link.drop?.();
      case "ask":
        // At the end of the turn, what came before is offered to the peer.
        return this.#atTurnEnd(() => {
          const bytes = link.backlog ?? 0;
          if (this.#numbers.has(link)) this.#tell({ kind: "answer", link: read.link, bytes });
        });
      case "reading":
        if (read.on) this.#stopped.delete(link);
        else this.#stopped.add(link);
        return link.setReading?.(read.on && !this.#held.has(link));
      case "standing":
        link.setStanding?.(read.standing);
    }
  }

  #ended(link: Link, why: string): void {
    const number = this.#numbers.get(link);
    if (number === undefined) return;
    this.#tell({ kind: "ended", link: number, why });
    this.#numbers.delete(link);
    this.#byNumber.delete(number);
    this.#late.delete(number);
    this.#told.delete(number);
    this.#stopped.delete(link);
    this.#held.delete(link);
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
