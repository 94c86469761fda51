/** When people are told that there is no leader: most absences are over before. */
const TELL_AFTER_MS = 5000;
/** Clients that hear nothing for a minute or more take their connection for dead: ours does after 75 s. */
const PING_EVERY_MS = 30_000;

const ENCODER = new TextEncoder();
const WAITING = ENCODER.encode(
  "NOTICE * :The server can't answer at the moment. You stay connected, and what you send now is answered as soon as it can.\r\n",
);
/** The answer waits with all else, and means nothing to the next leader. */
const PING = ENCODER.encode("PING :waiting\r\n");
const BACK = ENCODER.encode("NOTICE * :The server answers again.\r\n");

/** What {@link LeaderAbsence} needs of its gateway. */
interface LeaderAbsenceOptions {
  /** Calls `run` in `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
  /** Sends bytes to all connections. */
  sendAll(bytes: Uint8Array): void;
}

/**
 * What a gateway's people are told while there is no leader. However long that takes, they stay connected: what they have
 * sent is theirs, and the next leader answers it.
 */
export class LeaderAbsence {
  readonly #options: LeaderAbsenceOptions;
  #cancel: (() => void) | null = null;
  #notice: Uint8Array | null = null;

  constructor(options: LeaderAbsenceOptions) {
    this.#options = options;
  }

  /** What a connection is told that comes now; `null` if there is a leader, or was one a moment ago. */
  get notice(): Uint8Array | null {
    return this.#notice;
  }

  /** The leader is gone, perhaps before it had taken over from another one that is. */
  begin(): void {
    if (this.#cancel !== null) return;
    const { after, sendAll } = this.#options;
    this.#cancel = after(TELL_AFTER_MS, () => {
      this.#notice = WAITING;
      sendAll(WAITING);
      this.#pingLater();
    });
  }

  /** A leader has taken over: who was told of its absence is told. */
  end(): void {
    const wasTold = this.#notice !== null;
    this.cancel();
    if (wasTold) this.#options.sendAll(BACK);
  }

  /** Nobody is told anything any more: the gateway ends. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#notice = null;
  }

  #pingLater(): void {
    const { after, sendAll } = this.#options;
    this.#cancel = after(PING_EVERY_MS, () => {
      sendAll(PING);
      this.#pingLater();
    });
  }
}
