import type { Link } from "../chat-server/server-ports.ts";
import type { Connected, ConnectFailure, ConnectOptions } from "./connect.ts";
import { noteFileBytes } from "./file-garbage.ts";

/** A link says when it is drained if more than this was queued. */
const REPORTED_BYTES_MIN = 64 * 1024;
/** Pieces are sent one after the other, so that no more than two wait. */
const OUTBOX_BYTES_MAX = 8 << 20;

/** What a connection of bytes calls; nothing after `close`. */
export interface BytesHandlers {
  opened(): void;
  /** The bytes are valid during this call only. */
  data(bytes: Uint8Array): void;
  /** What was sent has left. Called once after each `send`. */
  drained(): void;
  /** It has ended, or could not be opened. */
  closed(why: string): void;
}

/**
 * A connection of bytes, over which files go: with the checks of {@link connect}, and nothing between the socket and its
 * owner. It is returned before it is open.
 */
export class BytesConnection {
  readonly #handlers: BytesHandlers;
  #link: Link | null = null;
  #pauseReading: Connected["pauseReading"] = () => {};
  #isOver = false;

  constructor(options: ConnectOptions, handlers: BytesHandlers) {
    this.#handlers = handlers;
    this.#open(options).catch((error) => this.#end(String(error)));
  }

  /**
   * Queues bytes, which must not change until `drained` was called. Nothing longer than a line goes first: a link tells
   * when it is drained only after the peer has said something.
   */
  send(bytes: Uint8Array): void {
    const link = this.#link;
    if (link === null || this.#isOver) return;
    if (bytes.length > REPORTED_BYTES_MIN) return link.send(bytes);
    link.send(bytes.slice());
    setImmediate(() => {
      if (!this.#isOver) this.#handlers.drained();
    });
  }

  /** Stops reading, or goes on. While it is stopped, the end of the connection goes unnoticed. */
  setReading(isReading: boolean): void {
    if (!this.#isOver) this.#pauseReading(!isReading);
  }

  /** Ends it at once; what is queued is dropped. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // A paused socket wouldn't report its end.
    this.#pauseReading(false);
    this.#link?.drop?.();
  }

  async #open(options: ConnectOptions): Promise<void> {
    // Most clients never send a file.
    const { connect } = await import("./connect.ts");
    if (this.#isOver) return;
    const outcome = await connect(
      { ...options, outboxBytesMax: OUTBOX_BYTES_MAX },
      {
        open: () => {},
        data: (_, bytes) => {
          if (!this.#isOver) this.#handlers.data(bytes);
          noteFileBytes(bytes.length);
        },
        drained: () => {
          if (!this.#isOver) this.#handlers.drained();
        },
        close: (_, why) => this.#end(why),
      },
    );
    if (outcome.kind !== "connected") return this.#end(failureText(outcome));
    this.#link = outcome.link;
    this.#pauseReading = outcome.pauseReading;
    if (this.#isOver) outcome.link.drop?.();
    else this.#handlers.opened();
  }

  #end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handlers.closed(why);
  }
}

function failureText({ kind, detail }: ConnectFailure): string {
  return `${kind}: ${detail}`;
}
