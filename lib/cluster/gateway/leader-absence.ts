/** When people are told that there is no leader: most absences are over before. */
const TELL_AFTER_MS = 5000;
/** How long a gateway waits for a leader from then on. */
const WAIT_S = 90;
const SECOND_MS = 1000;

const ENCODER = new TextEncoder();
const WAITING = ENCODER.encode(
  "NOTICE * :The server can't answer at the moment. You stay connected, and what you send now is answered later. " +
    `It is tried for ${WAIT_S} more seconds.\r\n`,
);
const GIVEN_UP = ENCODER.encode("ERROR :The server can't answer. Connect again later\r\n");

/** What {@link LeaderAbsence} needs of its gateway. */
interface LeaderAbsenceOptions {
  /** Calls `run` in `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
  /** Sends bytes to all connections. */
  sendAll(bytes: Uint8Array): void;
  /** Closes all connections. */
  closeAll(lastWords: Uint8Array): void;
}

/** What a gateway's people are told while there is no leader, and when it gives up. */
export class LeaderAbsence {
  readonly #options: LeaderAbsenceOptions;
  #cancel: (() => void) | null = null;
  #words: { readonly notice?: Uint8Array; readonly lastWords?: Uint8Array } = {};

  constructor(options: LeaderAbsenceOptions) {
    this.#options = options;
  }

  /** What a connection is told that comes now: a notice, or why it is closed; nothing if there is a leader. */
  get words(): { readonly notice?: Uint8Array; readonly lastWords?: Uint8Array } {
    return this.#words;
  }

  /** The leader is gone, perhaps before it had taken over from another one that is. */
  begin(): void {
    if (this.#cancel !== null) return;
    const { after, sendAll, closeAll } = this.#options;
    this.#cancel = after(TELL_AFTER_MS, () => {
      this.#words = { notice: WAITING };
      sendAll(WAITING);
      this.#cancel = after(WAIT_S * SECOND_MS, () => {
        this.#words = { lastWords: GIVEN_UP };
        closeAll(GIVEN_UP);
      });
    });
  }

  /** A leader has taken over, or none will come. */
  end(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#words = {};
  }
}
