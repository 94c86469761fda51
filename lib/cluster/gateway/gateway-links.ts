import type { Link } from "../../chat-server/server-ports.ts";
import type { LinkHandlers } from "../../transport/socket-link.ts";
import type { FrameEntry } from "../frames/frame.ts";
import { type DownEntry, readDown, SendReader, type UpEntry } from "../frames/link-entries.ts";
import { readDownMark } from "../frames/takeover-entries.ts";
import { type GatewayLink, newLink } from "./gateway-link.ts";
import { GoneLinks } from "./gone-links.ts";
import { LateReaders } from "./late-readers.ts";
import { RawRelays } from "./raw-relays.ts";
import { isFull, isOverfull, ReadPauses, TOO_MUCH_WAITS } from "./read-pauses.ts";
import { UpFrames } from "./up-frames.ts";

const ENCODER = new TextEncoder();

/**
 * A gateway's side: the connections by their numbers, what they have sent and no leader has consumed, and the frames for
 * the leader. Without a leader it holds them all, and tells the next one.
 */
export class GatewayLinks {
  readonly #byNumber = new Map<number, GatewayLink>();
  readonly #numbers = new Map<Link, number>();
  readonly #gone = new GoneLinks();
  /** How much of those that are open no leader has consumed. */
  #waitingBytes = 0;
  #isConnected = true;
  /** Whether a leader has taken over, which may not have been told everything yet. */
  #hasTakenOver = true;
  /** Of these a new leader has yet to be told. */
  readonly #untold = new Set<number>();
  #isLed = true;
  /** Whether nothing is heard of the leader. */
  #isSilent = false;
  /** The last record of which the leader has told. */
  #record = 0;
  /** The one of which the leader knows that it was heard of. */
  #toldRecord = 0;
  readonly #late = new LateReaders();
  readonly #sends = new SendReader();
  readonly #pauses = new ReadPauses();
  readonly #raw: RawRelays;
  readonly #up: UpFrames;
  readonly #id: string;
  readonly #atTurnEnd: (run: () => void) => void;
  readonly #led: () => void;
  readonly #failed: (error: unknown) => void;
  readonly #isBusy: () => boolean;
  /** Frames of a turn that isn't whole yet. */
  #parts: FrameEntry[][] = [];
  #lastNumber = 0;

  /**
   * @param id drawn by chance: no other gateway has had it
   * @param write sends a frame to the leader
   * @param atTurnEnd calls a function at the end of this turn
   * @param led is called when a leader has taken over
   * @param failed is called with our own fault, which costs one connection
   * @param isBusy says whether so much waits for the leader that no more is to be told before {@link drained}
   */
  constructor(
    id: string,
    write: (frame: Uint8Array) => void,
    atTurnEnd: (run: () => void) => void = (run) => void setImmediate(run),
    led: () => void = () => {},
    failed: (error: unknown) => void = () => {},
    isBusy: () => boolean = () => false,
  ) {
    this.#id = id;
    this.#up = new UpFrames(write, atTurnEnd);
    this.#raw = new RawRelays(write, isBusy);
    this.#atTurnEnd = atTurnEnd;
    this.#led = led;
    this.#failed = failed;
    this.#isBusy = isBusy;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#byNumber.size;
  }

  /** Whether there is a leader that has taken over. */
  get isLed(): boolean {
    return this.#isLed;
  }

  /** The handlers for the gateway's listeners. */
  readonly handlers: LinkHandlers = {
    open: (link) => {
      this.#lastNumber += 1;
      const number = this.#lastNumber;
      // Behind those that were there before it.
      if (this.#untold.size > 0) this.#untold.add(number);
      const held = newLink(link, number, this.#isToldOf(number));
      this.#byNumber.set(number, held);
      this.#numbers.set(link, number);
      this.#tell({ kind: "open", ...held.opened });
      this.#pauses.opened(link);
    },
    data: (link, bytes) => {
      const number = this.#numbers.get(link) ?? 0;
      const held = this.#byNumber.get(number);
      if (held === undefined || held.isClosing) return;
      const isBounded = !this.#isAnswering || this.#pauses.areAllHeld;
      if (isBounded && isOverfull(this.#allWaitingBytes + bytes.length)) {
        held.isClosing = true;
        return link.close(TOO_MUCH_WAITS);
      }
      held.input.push(bytes);
      this.#waitingBytes += bytes.length;
      held.isGiven ||= this.#isToldOf(number);
      this.#tell({ kind: "data", link: number, bytes });
      if (!isBounded) return;
      this.#pauses.holdIfFull(link, held.input.bytes);
      this.#holdAllIfFull();
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
      this.#late.forget(number);
      this.#tell({ kind: "drained", link: number });
    },
  };

  /** Takes a frame of the leader. */
  receive(frame: readonly FrameEntry[]): void {
    if (this.#raw.receive(frame, this.#takeRaw)) return;
    const last = frame.at(-1);
    if (last !== undefined && readDownMark(last)?.kind === "part") {
      return void this.#parts.push(frame.map((entry) => entry.kept()));
    }
    // A leader that dies before it has written all of a turn is taken to have written none of it.
    for (const part of this.#parts.splice(0)) this.#receive(part);
    this.#receive(frame);
  }

  #receive(frame: readonly FrameEntry[]): void {
    this.#sends.beginFrame();
    for (const entry of frame) if (!this.#sends.read(entry, this.#send)) this.#take(entry);
  }

  /** Whether somebody takes what connections send. */
  get #isAnswering(): boolean {
    return this.#isLed && !this.#isSilent;
  }

  /** Nothing is heard of the leader, or something is again: meanwhile what comes is bounded as without one. */
  setSilent(isSilent: boolean): void {
    this.#isSilent = isSilent;
    this.releaseAll();
    this.#holdAllIfFull();
  }

  /** The leader is gone. Everything stays until another one comes, and is told to it. */
  leaderLost(): void {
    this.#isConnected = false;
    this.#isLed = false;
    this.#isSilent = false;
    this.#untold.clear();
    this.#parts = [];
    this.#up.drop();
    for (const number of this.#raw.takeAll()) {
      const held = this.#byNumber.get(number);
      if (held === undefined || held.isClosing) continue;
      held.isClosing = true;
      held.link.drop?.();
    }
    this.#holdAllIfFull();
  }

  /**
   * There is a new leader: tells it of all connections, and what they sent that no leader has consumed, as fast as it takes
   * that. What comes from now on is bounded until that has taken over.
   */
  leaderCame(): void {
    this.#isConnected = true;
    this.#isLed = false;
    this.#hasTakenOver = false;
    this.#up.drop();
    this.#up.writeMark({ kind: "hello", gateway: this.#id, record: this.#record });
    this.#toldRecord = this.#record;
    this.#untold.clear();
    for (const { opened } of this.#gone.all) this.#untold.add(opened.link);
    for (const number of this.#byNumber.keys()) this.#untold.add(number);
    this.#pauses.releaseStopped();
    this.#tellUntold();
  }

  /** What was written to the leader has left. */
  drained(): void {
    this.releaseAll();
    this.#raw.drained();
    // It may be called by a write.
    if (this.#untold.size > 0) this.#atTurnEnd(() => this.#untold.size > 0 && this.#tellUntold());
  }

  #tellUntold(): void {
    for (const number of this.#untold) {
      if (this.#isBusy()) return;
      this.#untold.delete(number);
      const gone = this.#gone.get(number);
      const link = gone ?? this.#byNumber.get(number);
      if (link !== undefined && !link.isClosing) this.#tellAgain(link);
      if (gone !== undefined) this.#up.write({ kind: "ended", link: number, why: gone.why });
    }
    this.#up.writeMark({ kind: "ready" });
    this.#up.send();
    if (this.#hasTakenOver) this.#takenOver();
  }

  /** Sends the same bytes to all connections. */
  sendAll(bytes: Uint8Array): void {
    for (const { link, isClosing, isRaw } of this.#byNumber.values()) {
      if (!isClosing && !isRaw) link.send(bytes);
    }
  }

  /** Closes all connections: there will be no leader. */
  closeAll(lastWords: Uint8Array): void {
    this.#gone.clear();
    this.#pauses.releaseStopped();
    this.#pauses.releaseHeld();
    this.closeSome(Number.POSITIVE_INFINITY, lastWords);
  }

  /** Closes up to so many connections. The leader hears of it as of any that ends. */
  closeSome(count: number, lastWords: Uint8Array): void {
    const open = [...this.#byNumber.values()].filter(({ isClosing }) => !isClosing);
    for (const held of open.slice(0, count)) {
      held.isClosing = true;
      if (held.isRaw) held.link.drop?.();
      else held.link.close(lastWords);
    }
  }

  /** Reads no more from any connection until {@link releaseAll}: each could give half a megabyte before its own turn. */
  holdAll(): void {
    this.#pauses.holdAll(this.#byNumber.values());
  }

  #holdAllIfFull(): void {
    if (!this.#isAnswering && isFull(this.#allWaitingBytes)) this.holdAll();
  }

  get #allWaitingBytes(): number {
    return this.#waitingBytes + this.#gone.bytes;
  }

  /**
   * Reads again from the connections that were held, but for those of which the leader wants no more. Does nothing while no
   * leader has taken over.
   */
  releaseAll(): void {
    if (this.#isAnswering) this.#pauses.releaseHeld();
  }

  /** Tells the leader for whom much waits, or doesn't any more. Call it about twenty times a second. */
  tellBacklogs(): void {
    const backlogOf = (number: number) => this.#byNumber.get(number)?.link.backlog ?? 0;
    for (const backlog of this.#late.changes(backlogOf))
      this.#tell({ kind: "backlog", ...backlog });
  }

  /** Tells the leader which record was heard of last: it cuts its log. Call it about twenty times a second. */
  tellHeard(): void {
    if (!this.#isConnected || this.#record === this.#toldRecord) return;
    this.#toldRecord = this.#record;
    this.#up.writeMark({ kind: "heard", record: this.#record });
    this.#up.sendSoon();
  }

  /** Returns a connection that is to carry a file. What was held of it before doesn't count any more. */
  #takeRaw = (number: number): GatewayLink | undefined => {
    const held = this.#byNumber.get(number);
    if (held !== undefined) this.#pauses.forget(held.link);
    return held;
  };

  #send = (number: number, bytes: Uint8Array): void => {
    const held = this.#byNumber.get(number);
    if (held === undefined) return;
    this.#attempt(held, () => held.link.send(bytes));
    this.#late.sent(number, held.link.backlog ?? 0);
  };

  /** What fails costs this connection: all others are in the same frame. */
  #attempt(held: GatewayLink, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#failed(error);
      held.isClosing = true;
      held.link.drop?.();
    }
  }

  #take(entry: FrameEntry): void {
    const read = readDown(entry);
    if (read === null) return this.#takeMark(entry);
    const held = this.#byNumber.get(read.link);
    if (held !== undefined) this.#attempt(held, () => this.#takeOf(held, read));
  }

  #takeOf(held: GatewayLink, read: DownEntry): void {
    const { link } = held;
    switch (read.kind) {
      case "close":
        held.isClosing = true;
        return link.close(read.lastWords.length === 0 ? undefined : read.lastWords.slice());
      case "drop":
        held.isClosing = true;
        return link.drop?.();
      case "ask":
        // At the end of the turn, what came before is offered to the peer.
        return this.#atTurnEnd(() => {
          const bytes = link.backlog ?? 0;
          if (this.#numbers.has(link)) this.#tell({ kind: "answer", link: read.link, bytes });
        });
      case "reading":
        return this.#pauses.setReading(link, read.on);
      case "standing":
        link.setStanding?.(read.standing);
    }
  }

  #takeMark(entry: FrameEntry): void {
    const mark = readDownMark(entry);
    if (mark === null || mark.kind === "part") return;
    if (mark.kind === "lead") {
      this.#hasTakenOver = true;
      if (this.#untold.size === 0) this.#takenOver();
      return;
    }
    if (mark.kind === "record") {
      this.#record = mark.sequence;
      return;
    }
    for (const [number, offset] of mark.offsets) {
      const held = this.#byNumber.get(number);
      if (held === undefined) continue;
      this.#waitingBytes -= held.input.consume(offset);
      if (held.input.bytes === 0) held.isGiven = false;
    }
  }

  #takenOver(): void {
    this.#isLed = true;
    this.#gone.clear();
    this.releaseAll();
    this.#led();
  }

  /** Tells a new leader of a connection of another one. */
  #tellAgain(of: GatewayLink): void {
    const { link, opened, input } = of;
    this.#up.write({ kind: "open", ...opened, ...(input.since > 0 && { since: input.since }) });
    const { link: number } = opened;
    if (of.isGiven && input.bytes > 0) this.#up.writeMark({ kind: "given", link: number });
    of.isGiven = input.bytes > 0;
    for (const bytes of input.chunks) this.#up.write({ kind: "data", link: number, bytes });
    const bytes = link.backlog ?? 0;
    if (this.#late.isLate(number, bytes)) this.#up.write({ kind: "backlog", link: number, bytes });
    const held = this.#byNumber.get(number);
    if (held !== undefined) held.isKnown = true;
  }

  #ended(link: Link, why: string): void {
    const number = this.#numbers.get(link);
    if (number === undefined) return;
    this.#tell({ kind: "ended", link: number, why });
    const held = this.#byNumber.get(number);
    if (held !== undefined) {
      this.#waitingBytes -= held.input.bytes;
      if (!this.#isLed && held.isKnown && !held.isClosing) this.#gone.add({ ...held, why });
    }
    this.#numbers.delete(link);
    this.#byNumber.delete(number);
    this.#late.forget(number);
    this.#pauses.forget(link);
  }

  /** Whether there is a leader that knows a connection. */
  #isToldOf(number: number): boolean {
    return this.#isConnected && !this.#untold.has(number);
  }

  #tell(entry: UpEntry): void {
    if (!this.#isToldOf(entry.link)) return;
    this.#up.write(entry);
    this.#up.sendSoon();
  }
}
