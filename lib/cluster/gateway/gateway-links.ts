import type { Link } from "../../chat-server/server-ports.ts";
import type { LinkHandlers } from "../../transport/socket-link.ts";
import { type FrameEntry, FrameWriter } from "../frames/frame.ts";
import {
  type DownEntry,
  type OpenedLink,
  readDown,
  SendReader,
  type UpEntry,
  writeUp,
} from "../frames/link-entries.ts";
import { readDownMark, writeUpMark } from "../frames/takeover-entries.ts";
import { type GatewayLink, GoneLinks } from "./gone-links.ts";
import { ReadPauses } from "./read-pauses.ts";
import { UnconsumedInput } from "./unconsumed-input.ts";

/**
 * A reader for whom so much waits is told of to the leader, which holds long answers back, and closes those with the most
 * when too much waits in all: none with less than this.
 */
const BACKLOG_BYTES_MIN = 8 * 1024;
/**
 * While there is no leader, a connection is not read from when so much of it waits, or so much of all. A stranger who gives
 * more than 32 KB at once is closed by the next leader.
 */
const WAITING_BYTES_MAX = 4 * 1024;
const ALL_WAITING_BYTES_MAX = 64 << 20;
/** A frame with more bytes than this is not continued. */
const FRAME_FULL_BYTES = 256 * 1024;
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
  #isLed = true;
  /** Whether nothing is heard of the leader. */
  #isSilent = false;
  /** The last record of which the leader has told. */
  #record = 0;
  /** The one of which the leader knows that it was heard of. */
  #toldRecord = 0;
  /** For whom much waited when it was sent more, and of whom the leader was told. */
  readonly #late = new Set<number>();
  readonly #told = new Set<number>();
  readonly #sends = new SendReader();
  readonly #pauses = new ReadPauses();
  readonly #frame = new FrameWriter();
  readonly #id: string;
  readonly #write: (frame: Uint8Array) => void;
  readonly #atTurnEnd: (run: () => void) => void;
  readonly #led: () => void;
  readonly #failed: (error: unknown) => void;
  /** Frames of a turn that isn't whole yet. */
  #parts: FrameEntry[][] = [];
  #lastNumber = 0;
  #isScheduled = false;

  /**
   * @param id drawn by chance: no other gateway has had it
   * @param write sends a frame to the leader
   * @param atTurnEnd calls a function at the end of this turn
   * @param led is called when a leader has taken over
   * @param failed is called with our own fault, which costs one connection
   */
  constructor(
    id: string,
    write: (frame: Uint8Array) => void,
    atTurnEnd: (run: () => void) => void = (run) => void setImmediate(run),
    led: () => void = () => {},
    failed: (error: unknown) => void = () => {},
  ) {
    this.#id = id;
    this.#write = write;
    this.#atTurnEnd = atTurnEnd;
    this.#led = led;
    this.#failed = failed;
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
      const { address, secure, certificate, certificateValidity = null } = link;
      const opened: OpenedLink = {
        ...{ link: number, address, secure, certificate, validity: certificateValidity },
        ...(link.isUnlimited === true && { isUnlimited: true }),
      };
      const isKnown = this.#isConnected;
      const input = new UnconsumedInput();
      const isGiven = false;
      this.#byNumber.set(number, { link, opened, input, isKnown, isGiven, isClosing: false });
      this.#numbers.set(link, number);
      this.#tell({ kind: "open", ...opened });
    },
    data: (link, bytes) => {
      const number = this.#numbers.get(link) ?? 0;
      const held = this.#byNumber.get(number);
      if (held === undefined || held.isClosing) return;
      held.input.push(bytes);
      this.#waitingBytes += bytes.length;
      held.isGiven ||= this.#isConnected;
      this.#tell({ kind: "data", link: number, bytes });
      if (this.#isAnswering) return;
      const isFull = this.#waitingBytes + this.#gone.bytes > ALL_WAITING_BYTES_MAX;
      if (isFull || held.input.bytes > WAITING_BYTES_MAX) this.hold(link);
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
  }

  /** The leader is gone. Everything stays until another one comes, and is told to it. */
  leaderLost(): void {
    this.#isConnected = false;
    this.#isLed = false;
    this.#isSilent = false;
    this.#parts = [];
    // What it holds is told again.
    this.#frame.take();
  }

  /**
   * There is a new leader: tells it of all connections, and what they sent that no leader has consumed. What comes from now
   * on is bounded until that has taken over.
   */
  leaderCame(): void {
    this.#isConnected = true;
    this.#isLed = false;
    this.#frame.take();
    writeUpMark(this.#frame, { kind: "hello", gateway: this.#id, record: this.#record });
    this.#toldRecord = this.#record;
    for (const gone of this.#gone.all) {
      this.#tellAgain(gone);
      this.#writeUp({ kind: "ended", link: gone.opened.link, why: gone.why });
    }
    for (const held of this.#byNumber.values()) if (!held.isClosing) this.#tellAgain(held);
    writeUpMark(this.#frame, { kind: "ready" });
    this.#write(this.#frame.take());
    this.#pauses.releaseStopped();
  }

  /** Sends the same bytes to all connections. */
  sendAll(bytes: Uint8Array): void {
    for (const { link, isClosing } of this.#byNumber.values()) if (!isClosing) link.send(bytes);
  }

  /** Closes all connections: there will be no leader. */
  closeAll(lastWords: Uint8Array): void {
    this.#gone.clear();
    this.#pauses.releaseStopped();
    this.#pauses.releaseHeld();
    for (const held of this.#byNumber.values()) {
      held.isClosing = true;
      held.link.close(lastWords);
    }
  }

  /** Closes up to so many connections. The leader hears of it as of any that ends. */
  closeSome(count: number, lastWords: Uint8Array): void {
    const open = [...this.#byNumber.values()].filter(({ isClosing }) => !isClosing);
    for (const held of open.slice(0, count)) {
      held.isClosing = true;
      held.link.close(lastWords);
    }
  }

  /** Reads no more from a connection until {@link releaseAll}. */
  hold(link: Link): void {
    this.#pauses.hold(link);
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
    for (const number of this.#late) {
      const backlog = this.#byNumber.get(number)?.link.backlog ?? 0;
      if (backlog >= BACKLOG_BYTES_MIN) this.#told.add(number);
      else {
        this.#late.delete(number);
        // Usually it leaves at the end of the same turn.
        if (!this.#told.delete(number)) continue;
      }
      this.#tell({ kind: "backlog", link: number, bytes: backlog });
    }
  }

  /** Tells the leader which record was heard of last: it cuts its log. Call it about twenty times a second. */
  tellHeard(): void {
    if (!this.#isConnected || this.#record === this.#toldRecord) return;
    this.#toldRecord = this.#record;
    writeUpMark(this.#frame, { kind: "heard", record: this.#record });
    this.#schedule();
  }

  #send = (number: number, bytes: Uint8Array): void => {
    const held = this.#byNumber.get(number);
    if (held === undefined) return;
    this.#attempt(held, () => held.link.send(bytes));
    if ((held.link.backlog ?? 0) >= BACKLOG_BYTES_MIN) this.#late.add(number);
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
      this.#isLed = true;
      this.#gone.clear();
      this.releaseAll();
      return this.#led();
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

  /** Tells a new leader of a connection of another one. */
  #tellAgain(of: GatewayLink): void {
    const { link, opened, input } = of;
    this.#writeUp({ kind: "open", ...opened, ...(input.since > 0 && { since: input.since }) });
    const { link: number } = opened;
    if (of.isGiven && input.bytes > 0) writeUpMark(this.#frame, { kind: "given", link: number });
    of.isGiven = input.bytes > 0;
    for (const bytes of input.chunks) this.#writeUp({ kind: "data", link: number, bytes });
    const backlog = link.backlog ?? 0;
    if (backlog >= BACKLOG_BYTES_MIN) {
      this.#late.add(number);
      this.#told.add(number);
      this.#writeUp({ kind: "backlog", link: number, bytes: backlog });
    }
    const held = this.#byNumber.get(number);
    if (held !== undefined) held.isKnown = true;
  }

  #writeUp(entry: UpEntry): void {
    if (this.#frame.length > FRAME_FULL_BYTES) this.#write(this.#frame.take());
    writeUp(this.#frame, entry);
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
    this.#late.delete(number);
    this.#told.delete(number);
    this.#pauses.forget(link);
  }

  #tell(entry: UpEntry): void {
    if (!this.#isConnected) return;
    writeUp(this.#frame, entry);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#atTurnEnd(() => {
      this.#isScheduled = false;
      if (!this.#frame.isEmpty) this.#write(this.#frame.take());
    });
  }
}
