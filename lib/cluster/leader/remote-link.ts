import type { RawLink, RawReceiver } from "../../chat-server/raw-link.ts";
import type { Link, Standing } from "../../chat-server/server-ports.ts";
import type { ConnectionPlaces, PlaceHolder } from "../../transport/connection-places.ts";
import type { FlushScheduler } from "../../transport/flush-scheduler.ts";
import type { OwedBytes } from "../../transport/owed-bytes.ts";
import type { LinkHandlers } from "../../transport/socket-link.ts";
import type { OpenedLink } from "../frames/link-entries.ts";
import type { LineOffsets } from "./line-offsets.ts";
import type { GatewayPlace } from "./link-notes.ts";
import type { LinkTakeover } from "./link-takeover.ts";
import type { RemoteLinks } from "./remote-links.ts";
import type { RemoteRawLink } from "./remote-raw-links.ts";

/** When so much was sent to a link, its gateway is asked how much of it waits. */
export const ASK_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);
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
  /** The links of another leader that are taken over; left out without a log. */
  readonly takeover?: LinkTakeover;
  /** Returns the sequence of the last record that was appended; left out without a log. */
  lastRecord?(): number;
  /** An entry could not be taken in, by our own fault. It costs its link. */
  entryFailed?(error: unknown): void;
  /** A link is closed, since leaders have ended when they ran its input. */
  deadlyInput?(address: string): void;
  /** A frame with more bytes is not continued. Left out: as `DownFrames` has it; tests have turns of several frames. */
  readonly frameFullBytes?: number;
}

/** A connection whose socket a gateway has. There may be tens of thousands: it has no functions of its own. */
export class RemoteLink implements Link, PlaceHolder {
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
  /** While it carries a file. */
  raw: RemoteRawLink | null = null;
  readonly offsets: LineOffsets;
  /** How many bytes come that another leader had consumed. */
  skipBytes: number;
  #host: string | null = null;
  #standing: Standing = "stranger";
  /** When the gateway was told of it. */
  #toldElapsedMs = 0;
  readonly #links: RemoteLinks;

  constructor(links: RemoteLinks, opened: OpenedLink, offsets: LineOffsets, skipBytes = 0) {
    this.#links = links;
    this.offsets = offsets;
    this.skipBytes = skipBytes;
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

  /** Returns what another leader had consumed, as far as the gateway has not heard so: before the first input. */
  unheard(): Uint8Array {
    return this.skipBytes === 0 ? NOTHING : this.#links.earlyBytes(this.number, this.skipBytes);
  }

  get pressure(): number {
    return this.#links.context.places.pressureOn(this);
  }

  get isMembers(): boolean {
    if (this.raw !== null) return false;
    return this.#links.context.places.goesFirst(this);
  }

  /**
   * Counts only while much is on its way to the gateway: long answers are made faster than it tells. It is no backlog:
   * what a thousand readers in a room get at once would look as if all of them were slow.
   */
  get bytesUnderWay(): number {
    return this.#askedBytes === 0 ? 0 : this.#askedBytes + this.#sentBytes;
  }

  get place(): GatewayPlace | null {
    return this.#links.place;
  }

  /** Its gateway; `null` if that hasn't said who it is. */
  get gateway(): string | null {
    return this.#links.gateway;
  }

  noteLine(offset: number): void {
    this.offsets.give(offset);
    this.#links.changed(this);
  }

  noteInput(offset: number, isInLine: boolean): void {
    this.offsets.readTo(offset, isInLine);
    this.#links.changed(this);
  }

  /** A gateway of an earlier version can't tell what is a file's from what is its person's. */
  get takeRaw(): ((receiver: RawReceiver) => RawLink | null) | undefined {
    return this.#links.raw.areKnown ? (receiver) => this.#takeRaw(receiver) : undefined;
  }

  send(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.raw?.finish();
    this.#links.send(this.number, bytes);
    this.#sentBytes += bytes.length;
    if (this.#sentBytes >= ASK_BYTES && this.#askedBytes === 0) this.#ask();
  }

  /** The gateway has answered how much waits. */
  answered(): void {
    this.#askedBytes = 0;
    if (this.#sentBytes >= ASK_BYTES && this.isOpen) this.#ask();
  }

  #takeRaw(receiver: RawReceiver): RawLink | null {
    if (!this.isOpen) return null;
    this.raw = this.#links.takeRaw(this, receiver);
    return this.raw;
  }

  #ask(): void {
    this.#askedBytes = this.#sentBytes;
    this.#sentBytes = 0;
    this.#links.tell({ kind: "ask", link: this.number });
  }

  setReading(on: boolean): void {
    if (this.isOpen) this.#links.tell({ kind: "reading", link: this.number, on });
  }

  setStanding(standing: Standing, idleMs = 0): boolean {
    const { places } = this.#links.context;
    if (!places.setStanding(this, standing, idleMs)) return false;
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
    this.raw?.finish();
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
