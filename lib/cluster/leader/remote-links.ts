import type { RawReceiver } from "../../chat-server/raw-link.ts";
import type { Link } from "../../chat-server/server-ports.ts";
import { REJECTIONS } from "../../transport/connection-places.ts";
import type { Flushable } from "../../transport/flush-scheduler.ts";
import type { FrameEntry, FrameWriter } from "../frames/frame.ts";
import { type DownEntry, type OpenedLink, readUp, type UpEntry } from "../frames/link-entries.ts";
import { readUpMark, type UpMark, writeDownMark } from "../frames/takeover-entries.ts";
import type { ConsumedBytes } from "../log/record.ts";
import { DownFrames } from "./down-frames.ts";
import { EarlyEntries } from "./early-entries.ts";
import { SuspectInput } from "./input-trials.ts";
import { LineOffsets } from "./line-offsets.ts";
import type { GatewayPlace } from "./link-notes.ts";
import type { NotedLink } from "./link-takeover.ts";
import { ASK_BYTES, RemoteLink, type RemoteLinksContext } from "./remote-link.ts";
import { type RemoteRawLink, RemoteRawLinks } from "./remote-raw-links.ts";

/** More than any gateway holds of a link. */
const SKIP_BYTES_MAX = 2 ** 31;
const NOTHING = new Uint8Array(0);
const NOT_TAKEN_OVER = new TextEncoder().encode(
  "ERROR :The server starts again: connect again\r\n",
);
const DEADLY = "What you sent last made the server fail, and was dropped";
const FAILED = new TextEncoder().encode("ERROR :Internal error\r\n");

/** Owns the leader's links of one gateway, and the frames for it. */
export class RemoteLinks implements Flushable {
  readonly isMembers = true;
  readonly context: RemoteLinksContext;
  readonly #links = new Map<number, RemoteLink>();
  readonly #write: (frame: Uint8Array) => void;
  readonly #frames: DownFrames;
  readonly #place: () => GatewayPlace | null;
  /** Links that carry files. */
  readonly raw: RemoteRawLinks;
  #isScheduled = false;
  #gateway: string | null = null;
  #heardRecord = 0;
  #toldRecord = 0;
  /** Whether the gateway is to be told of the last record, though it isn't sent anything. */
  #isRecordDue = false;
  /** What the gateway told before the takeover is over. */
  readonly #early = new EarlyEntries();
  /** Of links whose input another leader was given. */
  readonly #suspects = new SuspectInput();
  /** Links of whose input more may be consumed than is noted. */
  readonly #unsettled = new Set<RemoteLink>();
  /** What is consumed, and not in a record yet, and what the gateway isn't told of yet. */
  #unrecorded: ConsumedBytes[] = [];
  #untold = new Map<number, number>();

  /**
   * @param write sends a frame to the gateway: bytes that are valid during the call only
   * @param place returns where the gateway runs, as far as that is known
   * @param isBusy says whether so much waits for the gateway that files have to wait
   */
  constructor(
    context: RemoteLinksContext,
    write: (frame: Uint8Array) => void,
    place: () => GatewayPlace | null = () => null,
    isBusy: () => boolean = () => false,
  ) {
    this.context = context;
    this.#write = write;
    this.#frames = new DownFrames(context.frameFullBytes);
    this.#place = place;
    this.raw = new RemoteRawLinks(write, isBusy);
  }

  /** How many links there are. */
  get size(): number {
    return this.#links.size;
  }

  /** The links that the gateway has now. */
  get links(): readonly Link[] {
    return [...this.#links.values()];
  }

  /** The gateway's id; `null` before it has said it. */
  get gateway(): string | null {
    return this.#gateway;
  }

  /** Where the gateway runs; `null` before that is known. */
  get place(): GatewayPlace | null {
    return this.#place();
  }

  /** The last record of which the gateway has got the frames, as it said. */
  get heardRecord(): number {
    return this.#heardRecord;
  }

  /** Takes a frame of the gateway. */
  receive(frame: readonly FrameEntry[]): void {
    const { takeover } = this.context;
    if (this.raw.receive(frame, this.#attempt)) return;
    for (const entry of frame) {
      const mark = readUpMark(entry);
      if (mark !== null) {
        this.#takeMark(mark);
        continue;
      }
      const read = readUp(entry);
      if (read === null) continue;
      if (takeover?.isOver === false) {
        this.#early.add(read);
      } else this.#take(read);
    }
  }

  #takeMark(mark: UpMark): void {
    const { takeover } = this.context;
    switch (mark.kind) {
      case "hello":
        this.#gateway = mark.gateway;
        this.#heardRecord = mark.record;
        if (takeover?.isOver === false) takeover.came(this);
        else this.#lead();
        return;
      case "ready":
        return takeover?.ready(this);
      case "heard":
        this.#heardRecord = mark.record;
        return;
      case "given":
        // Who comes late has links that are opened anew, or closed.
        if (takeover?.isOver === false) this.#suspects.add(mark.link);
    }
  }

  /** Makes the link that another leader had, if it is still there. */
  takeUp(noted: NotedLink): RemoteLink | null {
    const early = this.#early.takeOpened(noted.link);
    if (early === null) return null;
    const skipBytes = (noted.position.offset - (early.since ?? 0)) >>> 0;
    // The gateway has forgotten bytes that aren't consumed as far as the log says: its end is lost.
    if (skipBytes >= SKIP_BYTES_MAX) return null;
    const link = new RemoteLink(this, early, new LineOffsets(noted.position), skipBytes);
    // The gateway has them still: with what is told again, it gets the answers.
    if (skipBytes > 0) this.#untold.set(link.number, noted.position.offset);
    this.context.places.restore(link, early.isUnlimited);
    this.#links.set(link.number, link);
    return link;
  }

  /** Returns the first bytes that the gateway told of a link before the takeover is over. */
  earlyBytes(link: number, length: number): Uint8Array {
    return this.#early.firstBytes(link, length);
  }

  /** Closes a link that another leader has closed: the gateway may not have heard it. */
  closeAgain(link: number): void {
    if (!this.#early.remove(link)) return;
    this.tell({ kind: "close", link, lastWords: NOTHING });
  }

  /** Takes what the gateway told meanwhile: all links of the other leader are taken up. */
  goOn(): void {
    const early = this.#early.takeAll();
    this.#lead();
    for (const entry of early) this.#take(entry);
    for (const link of this.#suspects.links) this.#try(link);
  }

  /** Runs what another leader was given when its turn comes, unless a leader has ended by it. */
  #try(number: number): void {
    const link = this.#links.get(number);
    const { takeover, handlers } = this.context;
    const run = (): void => {
      for (const entry of this.#suspects.release(number)) this.#take(entry);
    };
    const trials = takeover?.trials ?? null;
    if (link === undefined || trials === null) return run();
    const of = { gateway: this.#gateway ?? "", link: number, since: link.offsets.settled };
    if (trials.isDeadly(of)) {
      const entries = this.#suspects.release(number).filter(({ kind }) => kind !== "data");
      this.context.deadlyInput?.(link.address);
      this.#call(link, () => handlers.evict?.(link, DEADLY));
      for (const entry of entries) this.#take(entry);
      return;
    }
    const isOver = (): boolean => !link.isOpen || (handlers.isIdle?.(link) ?? true);
    trials.add({ of, run, isOver });
  }

  /** Notes that something of a link may be consumed. */
  changed(link: RemoteLink): void {
    this.#unsettled.add(link);
    this.#schedule();
  }

  /** Returns up to where links are consumed that weren't so far at the last call. */
  takeConsumed(): ConsumedBytes[] {
    this.#settle();
    const unrecorded = this.#unrecorded;
    this.#unrecorded = [];
    return unrecorded;
  }

  /** Tells the gateway of the last record, if it doesn't know it. */
  tellRecord(): void {
    if (this.#toldRecord === this.context.lastRecord?.()) return;
    this.#isRecordDue = true;
    this.#schedule();
  }

  /** The gateway is gone, and all its connections with it. */
  ended(): void {
    this.context.takeover?.left(this);
    this.#early.takeAll();
    this.#suspects.clear();
    for (const link of [...this.#links.values()]) this.#end(link, "Connection lost");
  }

  /** See `Link.takeRaw`. */
  takeRaw(link: RemoteLink, receiver: RawReceiver): RemoteRawLink {
    this.context.places.liftLimits(link);
    return this.raw.take(link.number, receiver, () => link.drop());
  }

  /** Queues bytes for a link. */
  send(link: number, bytes: Uint8Array): void {
    this.#frames.send(link, bytes);
    this.#schedule();
  }

  /** Queues anything else. */
  tell(entry: DownEntry): void {
    this.#frames.tell(entry);
    this.#schedule();
  }

  seal(): void {
    this.#isScheduled = false;
    // With a log, this is done when the turn's record is written.
    if (this.context.lastRecord === undefined) this.#settle();
    this.#frames.seal();
  }

  flush(): number {
    const { lastRecord } = this.context;
    const record = lastRecord?.() ?? 0;
    const hasMarks = this.#untold.size > 0 || this.#isRecordDue;
    this.#isRecordDue = false;
    if (this.#frames.isFlushed && !hasMarks) return 0;
    return this.#frames.flush((frame, isLast) => {
      // With the last one, the gateway has all of the turn.
      if (isLast) this.#writeMarks(frame, record);
      else if (lastRecord !== undefined) writeDownMark(frame, { kind: "part" });
    }, this.#write);
  }

  flushed(): void {}

  #lead(): void {
    this.#frames.mark({ kind: "lead" });
    this.#schedule();
  }

  #writeMarks(frame: FrameWriter, record: number): void {
    if (this.#untold.size > 0) writeDownMark(frame, { kind: "consumed", offsets: this.#untold });
    this.#untold = new Map();
    // Before the takeover is over, it hasn't been told again what it missed.
    if (record === this.#toldRecord || this.context.takeover?.isOver === false) return;
    writeDownMark(frame, { kind: "record", sequence: record });
    this.#toldRecord = record;
  }

  #settle(): void {
    const { linesDone } = this.context.handlers;
    for (const link of this.#unsettled) {
      const position = link.offsets.settle(linesDone?.(link) ?? Infinity);
      if (!link.offsets.hasUndone) this.#unsettled.delete(link);
      if (position === null) continue;
      const { number } = link;
      this.#untold.set(number, position.offset);
      if (this.context.lastRecord !== undefined && this.#gateway !== null) {
        const { offset, isInLine } = position;
        const consumed = { gateway: this.#gateway, link: number, offset };
        this.#unrecorded.push(isInLine ? { ...consumed, isInLine } : consumed);
      }
    }
  }

  /** What fails is an entry of one link: without this, its gateway would be cut off, and tell it again. */
  #take(entry: UpEntry): void {
    try {
      this.#takeEntry(entry);
    } catch (error) {
      this.context.entryFailed?.(error);
      this.tell({ kind: "close", link: entry.link, lastWords: FAILED });
    }
  }

  #takeEntry(entry: UpEntry): void {
    if (entry.kind === "open") return this.#open(entry);
    if (this.#suspects.hold(entry)) return;
    const link = this.#links.get(entry.link);
    if (link === undefined) return;
    const { handlers } = this.context;
    switch (entry.kind) {
      case "data":
        return this.#receive(link, entry.bytes);
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

  #receive(link: RemoteLink, bytes: Uint8Array): void {
    const skipped = Math.min(link.skipBytes, bytes.length);
    link.skipBytes -= skipped;
    if (!link.isOpen || skipped === bytes.length) return;
    const rest = bytes.subarray(skipped);
    this.#call(link, () => {
      if (link.raw === null) this.context.handlers.data(link, rest);
      else link.raw.receive(rest);
    });
  }

  #setBacklog(link: RemoteLink, bytes: number): void {
    this.context.owedBytes?.change(bytes - link.backlog);
    link.backlog = bytes;
  }

  #open(opened: OpenedLink): void {
    const { handlers, places } = this.context;
    // A number is used once: the place of a link that is replaced would never be given back.
    if (this.#links.has(opened.link)) return;
    if (this.context.takeover?.isClosed(this.#gateway, opened.link) === true) {
      return this.tell({ kind: "close", link: opened.link, lastWords: NOTHING });
    }
    // It has told another leader who it is, and that leader's notes are lost.
    if (opened.since !== undefined) {
      return this.tell({ kind: "close", link: opened.link, lastWords: NOT_TAKEN_OVER });
    }
    const link = new RemoteLink(this, opened, new LineOffsets());
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
    if (link.raw !== null) this.#call(link, () => this.raw.ended(link.number, why));
    this.#call(link, () => this.context.handlers.close(link, why));
  }

  #attempt = (number: number, run: () => void): void => {
    const link = this.#links.get(number);
    if (link !== undefined) this.#call(link, run);
  };

  /** An error in a handler costs this one link, not the server. */
  #call(link: RemoteLink, handler: () => void): void {
    try {
      handler();
    } catch (error) {
      link.drop();
      this.context.handlers.failed?.(link, error);
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.context.flushScheduler.schedule(this);
  }
}
