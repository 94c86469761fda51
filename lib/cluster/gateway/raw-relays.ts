import type { RawLink, RawReceiver } from "../../chat-server/raw-link.ts";
import type { FrameEntry } from "../frames/frame.ts";
import { RAW_WINDOW_BYTES, readRaw } from "../frames/raw-entries.ts";
import { RawFrames, RawSender } from "../frames/raw-sender.ts";
import type { GatewayLink } from "./gateway-link.ts";

/** Connections of a gateway that carry files: what comes on one side leaves on the other, in windows. */
export class RawRelays {
  readonly #relays = new Map<number, RawRelay>();
  readonly #frames: RawFrames;

  /** See {@link RawFrames}. */
  constructor(write: (frame: Uint8Array) => void, isBusy: () => boolean) {
    this.#frames = new RawFrames(write, isBusy);
  }

  /**
   * Takes a frame of the leader, if it is about a raw link. Returns whether it was.
   *
   * @param linkOf returns a connection that the leader takes raw, if it is there; it is read from by this class from then on
   */
  receive(
    frame: readonly FrameEntry[],
    linkOf: (link: number) => GatewayLink | undefined,
  ): boolean {
    const [first] = frame;
    const entry = first === undefined ? null : readRaw(first);
    if (entry === null) return false;
    const { kind, link: number } = entry;
    if (kind === "begin") this.#begin(number, entry.bytes, linkOf(number));
    else if (kind === "data") this.#relays.get(number)?.send(entry.bytes);
    else this.#relays.get(number)?.grant(entry.bytes);
    return true;
  }

  /** The leader takes more again. */
  drained(): void {
    for (const relay of this.#relays.values()) relay.pump();
  }

  /** Forgets all of them, and returns them: their leader is gone, and another one knows nothing of them. */
  takeAll(): readonly number[] {
    const links = [...this.#relays.keys()];
    this.#relays.clear();
    return links;
  }

  #begin(number: number, credit: number, held: GatewayLink | undefined): void {
    if (held === undefined || this.#relays.has(number)) return;
    const relay = new RawRelay(number, new RawSender(number, this.#frames, credit), this.#frames);
    const raw = held.link.takeRaw?.({
      data: (bytes) => relay.data(bytes),
      drained: () => relay.drained(),
      closed: () => {
        relay.closed();
        this.#relays.delete(number);
      },
    });
    // It has ended, or can't: as if it had broken.
    if (raw === undefined || raw === null) return held.link.drop?.();
    relay.raw = raw;
    held.isRaw = true;
    this.#relays.set(number, relay);
  }
}

/** One connection of a gateway that carries a file. */
class RawRelay implements RawReceiver {
  raw: RawLink | null = null;
  readonly #number: number;
  readonly #sender: RawSender;
  readonly #frames: RawFrames;
  /** How much of what the leader sent the peer hasn't taken, as far as the leader knows. */
  #owedBytes = 0;

  constructor(number: number, sender: RawSender, frames: RawFrames) {
    this.#number = number;
    this.#sender = sender;
    this.#frames = frames;
  }

  data(bytes: Uint8Array): void {
    if (this.#sender.send(bytes, true) > 0) this.raw?.setReading(false);
  }

  drained(): void {
    const backlog = this.raw?.backlog ?? 0;
    const takenBytes = this.#owedBytes - backlog;
    if (takenBytes === 0 || (backlog > 0 && takenBytes < RAW_WINDOW_BYTES / 4)) return;
    this.#owedBytes = backlog;
    this.#frames.send({ kind: "credit", link: this.#number, bytes: takenBytes });
  }

  closed(): void {
    // What the peer sent before it closed: it may be the end of a file.
    this.#sender.finish();
    this.raw = null;
  }

  /** Sends bytes of the leader, which are valid during this call only. */
  send(bytes: Uint8Array): void {
    this.#owedBytes += bytes.length;
    this.raw?.send(new Uint8Array(bytes));
  }

  grant(bytes: number): void {
    this.#sender.grant(bytes);
    this.#readOn();
  }

  pump(): void {
    this.#sender.pump();
    this.#readOn();
  }

  #readOn(): void {
    if (this.#sender.bytes === 0) this.raw?.setReading(true);
  }
}
