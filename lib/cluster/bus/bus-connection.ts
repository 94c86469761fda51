import type { ElapsedMs } from "../../protocol/time.ts";
import { SleepWatch } from "../awake-time.ts";
import type { FrameConnection, FrameHandlers, GatewayOpening } from "../frames/frame-connection.ts";
import type { BusConnectionNumbers, BusMessage, BusMessageKind } from "./bus-message.ts";
import { type BusTiming, TICK_MS } from "./bus-timing.ts";
import { type FrameCipher, SEALED_HEAD_BYTES } from "./frame-cipher.ts";

/*
 * One end of a connection over the bus, which may lose, and at a reconnect reorder, what is said. Bytes wait until the
 * other end has acknowledged them. Who misses some says so at once, and gets everything again from there: the bus loses
 * so rarely that nothing is held behind a gap.
 */

/** What may wait for the other side: as much as over a unix socket. More means that it hangs. */
const WAITING_BYTES_MAX = 64 << 20;
/** Until so much waits, the sender may go on. */
const BUSY_BYTES = 4 << 20;
/**
 * So much is under way at once, unacknowledged: 20 MB/s with an acknowledgement every 100 ms. NATS cuts off a reader for
 * whom 64 MB wait, so a leader that hangs for a moment may have some thirty gateways.
 */
const WINDOW_BYTES = 2 << 20;
/** A message is no longer than this, whatever the bus takes, so that several are under way. */
const MESSAGE_BYTES_MAX = 512 << 10;
/** After so many bytes an acknowledgement doesn't wait for the next tick. */
const ACKNOWLEDGE_BYTES = 256 << 10;
/** Who has said nothing for so long says that it is there. */
const BEAT_MS = 1000;
/** The same before it has heard the other end, which may not know yet that there is a connection. */
const FIRST_BEAT_MS = 200;
/** After so long without an acknowledgement the first bytes are sent again, and after twice as long, and so on. */
const RESEND_MS = 400;
const RESEND_MS_MAX = 1000;
/** Who has missed four beats is called silent. */
const SILENT_MS = 4000;
const NOTHING = new Uint8Array(0);

/** What {@link BusConnection} needs of its owner. */
export interface BusConnectionOptions {
  readonly numbers: BusConnectionNumbers;
  readonly cipher: FrameCipher;
  readonly timing: BusTiming;
  readonly handlers: FrameHandlers;
  /** Whether the bus is there now. */
  readonly isConnected: boolean;
  /** The other end is given up when it has been silent for so long. */
  readonly silenceMsMax: number;
  readonly opening?: GatewayOpening;
  /** The longest message, in bytes. */
  messageBytesMax(): number;
  /** Sends a message to the other end. `false`: the bus isn't there. */
  publish(message: Uint8Array): boolean;
  /** A message was passed over: the other end didn't make it. */
  forged(): void;
  /** The connection is closed: it is called before the handlers are. */
  closed(): void;
}

/** One end of a connection over the bus. Its owner passes on the messages of the other end, and ticks. */
export class BusConnection implements FrameConnection {
  readonly opening?: GatewayOpening;
  readonly numbers: BusConnectionNumbers;
  isOverLimit = false;
  readonly #options: BusConnectionOptions;
  /** The bodies of messages that aren't acknowledged. The first `#sentCount` of them are under way. */
  readonly #waiting: Uint8Array[] = [];
  /** Where the first of them begins, and the first byte that isn't acknowledged, under way, and written. */
  #waitingOffset = 0;
  #acknowledgedOffset = 0;
  #sentOffset = 0;
  #writtenOffset = 0;
  #sentCount = 0;
  /** Whether only one message is sent until something is acknowledged: the other end may hear nothing. */
  #isProbing = false;
  /** Whether something has waited for its turn. */
  #hasWaited = false;
  /** When something was acknowledged or sent again last, and after how long it is sent again. */
  #movedAtMs: ElapsedMs;
  #resendMs = RESEND_MS;
  #againOffset = -1;
  /** The next byte that is awaited, and what the other end was told of it. */
  #receivedOffset = 0;
  #toldOffset = 0;
  /** Whether it was owed an acknowledgement at the last tick, and got none since. */
  #isOwed = false;
  #missingOffset = -1;
  #missedAtMs = 0;
  #saidAtMs: ElapsedMs;
  #heardAtMs: ElapsedMs;
  /** Since when its silence counts. */
  #countsFromMs: ElapsedMs;
  readonly #sleep: SleepWatch;
  #isConnected: boolean;
  #hasHeard = false;
  #isSilent = false;
  #isEnding = false;
  #isClosed = false;

  constructor(options: BusConnectionOptions) {
    this.#options = options;
    this.numbers = options.numbers;
    if (options.opening !== undefined) this.opening = options.opening;
    const now = options.timing.elapsed();
    this.#movedAtMs = now;
    this.#saidAtMs = now;
    this.#heardAtMs = now;
    this.#countsFromMs = now;
    this.#isConnected = options.isConnected;
    this.#sleep = new SleepWatch(now);
  }

  /** Whether nothing was heard of the other end for some seconds. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  get isBusy(): boolean {
    return this.#writtenOffset - this.#acknowledgedOffset > BUSY_BYTES;
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed || bytes.length === 0) return;
    if (this.#sentOffset === this.#acknowledgedOffset) this.#move();
    const messageMax = Math.min(this.#options.messageBytesMax(), MESSAGE_BYTES_MAX);
    const bodyMax = Math.max(messageMax - SEALED_HEAD_BYTES, 1);
    for (let start = 0; start < bytes.length; start += bodyMax) {
      // A copy, which a Buffer's slice is not.
      this.#waiting.push(new Uint8Array(bytes.subarray(start, start + bodyMax)));
    }
    this.#writtenOffset += bytes.length;
    this.#pump();
    if (this.#writtenOffset - this.#acknowledgedOffset <= WAITING_BYTES_MAX) return;
    this.isOverLimit = true;
    this.close();
  }

  end(): void {
    this.#isEnding = true;
    if (this.#acknowledgedOffset === this.#writtenOffset) this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#say("closed");
    this.#end();
  }

  /** The same, and its owner, which is in the middle of nothing, hears of it before this returns. */
  closeNow(): void {
    if (this.#isClosed) return;
    this.#say("closed");
    this.#release();
    this.#options.handlers.close(this);
  }

  /** Says that this end is there. */
  greet(): void {
    if (!this.#isClosed) this.#say("acknowledge");
  }

  /** Takes a message with this connection's numbers. What the other end didn't make, or makes too late, changes nothing. */
  receive(message: BusMessage): void {
    const { cipher, forged } = this.#options;
    if (this.#isClosed || cipher.isLate(message)) return;
    const body = cipher.open(message);
    if (body === null) forged();
    else this.take(message, body);
  }

  /** Takes a message that was opened: with its body, and this connection's numbers. */
  take({ kind, acknowledged, offset }: BusMessage, body: Uint8Array): void {
    if (this.#isClosed) return;
    this.#hasHeard = true;
    this.#heardAtMs = this.#options.timing.elapsed();
    this.#countsFromMs = this.#heardAtMs;
    this.#setSilent(false);
    // Only another program would say so.
    if (acknowledged > this.#writtenOffset) return this.close();
    this.#acknowledge(acknowledged);
    switch (kind) {
      case "data":
        return this.#receiveBytes(offset, body);
      case "acknowledge":
      case "again":
        if (offset > this.#receivedOffset) this.#miss();
        if (kind === "again") this.#sendAgain(acknowledged);
        return;
      case "closed":
        return this.#end();
      case "open":
      case "opened":
      case "refused":
      case "unknown":
    }
  }

  /** The bus is lost, or there again: what was said meanwhile is lost. */
  connectionChanged(isConnected: boolean): void {
    this.#isConnected = isConnected;
    if (!isConnected || this.#isClosed) return;
    this.#countsFromMs = this.#options.timing.elapsed();
    this.#say("acknowledge");
    this.#goBack(true);
    this.#resendMs = RESEND_MS;
    this.#move();
    this.#pump();
  }

  /** Call it every {@link TICK_MS}. `silenceMsMax` is less when the other process is known to be gone. */
  tick(silenceMsMax = this.#options.silenceMsMax): void {
    if (this.#isClosed) return;
    const now = this.#options.timing.elapsed();
    if (this.#sleep.hasSlept(now) || !this.#isConnected) this.#countsFromMs = now;
    if (now - this.#countsFromMs >= silenceMsMax) return this.close();
    if (now - this.#heardAtMs >= SILENT_MS) this.#setSilent(true);
    if (this.#isClosed) return;
    const isUnderWay = this.#sentOffset > this.#acknowledgedOffset;
    if (isUnderWay && now - this.#movedAtMs >= this.#resendMs) {
      this.#goBack(true);
      this.#resendMs = Math.min(this.#resendMs * 2, RESEND_MS_MAX);
      this.#movedAtMs = now;
    }
    this.#pump();
    // What is said until the next tick may carry it.
    const isOwed = this.#isOwed;
    this.#isOwed = this.#toldOffset < this.#receivedOffset;
    const beatMs = this.#hasHeard ? BEAT_MS : FIRST_BEAT_MS;
    if (isOwed || now - this.#saidAtMs >= beatMs) this.#say("acknowledge");
  }

  #receiveBytes(offset: number, body: Uint8Array): void {
    const end = offset + body.length;
    if (offset > this.#receivedOffset) return this.#miss();
    // Its acknowledgement was lost.
    if (end <= this.#receivedOffset) return this.#say("acknowledge");
    const bytes = body.subarray(this.#receivedOffset - offset);
    this.#receivedOffset = end;
    this.#options.handlers.data(this, bytes);
    const owed = this.#receivedOffset - this.#toldOffset;
    if (owed >= ACKNOWLEDGE_BYTES && !this.#isClosed) this.#say("acknowledge");
  }

  /** Asks once for what is missing, and again with each tick that brings more of what comes after it. */
  #miss(): void {
    const now = this.#options.timing.elapsed();
    const isKnown = this.#missingOffset === this.#receivedOffset;
    if (isKnown && now - this.#missedAtMs < TICK_MS) return;
    this.#missingOffset = this.#receivedOffset;
    this.#missedAtMs = now;
    this.#say("again");
  }

  #acknowledge(offset: number): void {
    if (offset <= this.#acknowledgedOffset) return;
    this.#acknowledgedOffset = offset;
    this.#isProbing = false;
    this.#resendMs = RESEND_MS;
    this.#move();
    let count = 0;
    for (const message of this.#waiting) {
      const end = this.#waitingOffset + message.length;
      if (end > offset) break;
      this.#waitingOffset = end;
      count += 1;
    }
    this.#waiting.splice(0, count);
    // What was to be sent again has arrived the first time.
    this.#sentCount = Math.max(this.#sentCount - count, 0);
    this.#sentOffset = Math.max(this.#sentOffset, this.#waitingOffset);
    if (this.#isEnding) this.end();
    this.#pump();
  }

  /** The other end misses something. What it says twice of the same byte is said of one loss. */
  #sendAgain(offset: number): void {
    const now = this.#options.timing.elapsed();
    const isKnown = offset === this.#againOffset && now - this.#movedAtMs < RESEND_MS;
    if (isKnown || offset < this.#acknowledgedOffset || this.#sentCount === 0) return;
    this.#againOffset = offset;
    this.#goBack(false);
    this.#move();
    this.#pump();
  }

  #goBack(isProbing: boolean): void {
    this.#sentCount = 0;
    this.#sentOffset = this.#waitingOffset;
    this.#isProbing = isProbing;
  }

  #move(): void {
    this.#movedAtMs = this.#options.timing.elapsed();
  }

  /** Sends what may be under way. */
  #pump(): void {
    while (this.#sentCount < this.#waiting.length) {
      const body = this.#waiting[this.#sentCount] as Uint8Array;
      const underWay = this.#sentOffset - this.#acknowledgedOffset;
      const isFull = this.#isProbing || underWay + body.length > WINDOW_BYTES;
      if ((underWay > 0 && isFull) || !this.#publishData(body)) break;
      this.#sentCount += 1;
      this.#sentOffset += body.length;
    }
    const isWaiting = this.#sentCount < this.#waiting.length;
    const hasWaited = this.#hasWaited;
    this.#hasWaited = isWaiting;
    if (hasWaited && !isWaiting) this.#options.handlers.drained?.(this);
  }

  /** The bus may take less than it did when the body was written: it goes in pieces then. */
  #publishData(body: Uint8Array): boolean {
    const bodyMax = Math.max(this.#options.messageBytesMax() - SEALED_HEAD_BYTES, 1);
    if (body.length <= bodyMax) return this.#publish("data", this.#sentOffset, body);
    for (let start = 0; start < body.length; start += bodyMax) {
      const piece = body.subarray(start, start + bodyMax);
      if (!this.#publish("data", this.#sentOffset + start, piece)) return false;
    }
    return true;
  }

  #say(kind: BusMessageKind): void {
    this.#publish(kind, this.#sentOffset, NOTHING);
  }

  #publish(kind: BusMessageKind, offset: number, body: Uint8Array): boolean {
    const acknowledged = this.#receivedOffset;
    this.#toldOffset = acknowledged;
    this.#isOwed = false;
    this.#saidAtMs = this.#options.timing.elapsed();
    const { cipher, publish } = this.#options;
    return publish(cipher.seal(kind, { acknowledged, offset }, body));
  }

  #setSilent(isSilent: boolean): void {
    if (this.#isSilent === isSilent) return;
    this.#isSilent = isSilent;
    this.#options.handlers.silent?.(this, isSilent);
  }

  #release(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
    this.#options.closed();
  }

  #end(): void {
    this.#release();
    // As a socket's: whoever closes it may be in the middle of something.
    this.#options.timing.atTurnEnd(() => this.#options.handlers.close(this));
  }
}
