/*
 * How one leader hands its place over to another one while people talk: `LeaderHandover` is the side of the one that leads,
 * `CandidateHandover` that of the process that is to follow it. Both know no sockets, files or clocks.
 *
 *     candidate: follow            I am here, and want to read the folder beside you
 *     leader:    quiet             files only grow from now on
 *     candidate: take              I have all that your log has
 *     leader:    yours             my last record is written, the folder is free
 *
 * Until `take`, the leader leads on whatever happens to the candidate. From then on it ends in any case: whatever happens to
 * it, the log has everything, and the folder's lock says who may write.
 */

/** The exit code of a leader that has handed over. */
export const HANDED_OVER = 75;
/** The exit code of a node of a cluster that begins again, as a standby. */
export const BEGINS_AGAIN = 76;
/** The exit code of a gateway that its leader told to end: the leader is about to, and the supervisor with it. */
export const ENDS_WITH_LEADER = 77;

/** How long a candidate may keep the leader from saving its files. */
const QUIET_MS = 60_000;
/** How long the leader may take for its end. */
const GIVE_MS = 10_000;

/** What a candidate says. */
export type CandidateWord =
  | { readonly kind: "follow"; readonly pid: number; readonly version: string }
  | { readonly kind: "take" };

/** What the leader says to a candidate. */
export type LeaderWord =
  | { readonly kind: "quiet" }
  | { readonly kind: "yours" }
  | { readonly kind: "refused"; readonly why: string };

/** What a leader does to hand over. */
export interface HandoverPlace {
  /** Resolves when nothing is saved, folded or cut any more: files only grow until {@link goOn}. */
  quiet(): Promise<void>;
  /** Lets files be saved again. */
  goOn(): void;
  /** Hears no gateway any more, writes the last record, and gives the folder's lock back. */
  give(): Promise<void>;
  /** Ends the process with {@link HANDED_OVER}. */
  end(): void;
  /** Writes a line to the server's log. */
  note(level: "info" | "warn" | "error", text: string): void;
}

/** What {@link LeaderHandover} needs of its process. `Candidate` is the connection of one. */
export interface LeaderHandoverOptions<Candidate> extends HandoverPlace {
  tell(candidate: Candidate, word: LeaderWord): void;
  /** Calls `run` in `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
}

/** The leader's side. */
export class LeaderHandover<Candidate extends object> {
  readonly #options: LeaderHandoverOptions<Candidate>;
  #state: "leading" | "quieting" | "quiet" | "giving" = "leading";
  #candidate: Candidate | null = null;
  #cancel = (): void => {};

  constructor(options: LeaderHandoverOptions<Candidate>) {
    this.#options = options;
  }

  /** Whether the process is about to end, since another one takes its place. */
  get isGiving(): boolean {
    return this.#state === "giving";
  }

  /** Takes what a candidate says. */
  hear(candidate: Candidate, word: CandidateWord): void {
    if (word.kind === "follow") this.#follow(candidate, word);
    else if (candidate === this.#candidate && this.#state === "quiet") void this.#give(candidate);
  }

  /** The connection of a candidate is gone. */
  lost(candidate: Candidate): void {
    if (candidate !== this.#candidate || this.#state === "giving") return;
    this.#candidate = null;
    this.#options.note("warn", "the new leader has ended before it could take over");
    this.#leadOn();
  }

  #follow(candidate: Candidate, { pid, version }: Extract<CandidateWord, { kind: "follow" }>) {
    const { tell, note } = this.#options;
    if (this.#candidate !== null || this.#state === "giving") {
      return tell(candidate, { kind: "refused", why: "Another process is taking over already." });
    }
    note("info", `process ${pid} (${version}) reads the data folder, and takes over then`);
    this.#candidate = candidate;
    // One that has come and gone meanwhile has begun it.
    if (this.#state === "leading") void this.#quiet();
  }

  async #quiet(): Promise<void> {
    const { quiet, tell, after } = this.#options;
    this.#state = "quieting";
    await quiet();
    this.#state = "quiet";
    if (this.#candidate === null) return this.#leadOn();
    this.#cancel = after(QUIET_MS, () => this.#giveUp());
    tell(this.#candidate, { kind: "quiet" });
  }

  #giveUp(): void {
    const { tell, note } = this.#options;
    const candidate = this.#candidate;
    this.#candidate = null;
    const why = `It was not ready in ${QUIET_MS / 1000} seconds.`;
    if (candidate !== null) tell(candidate, { kind: "refused", why });
    note("warn", `the new leader is not waited for any longer. ${why}`);
    this.#leadOn();
  }

  #leadOn(): void {
    if (this.#state !== "quiet") return;
    this.#cancel();
    this.#state = "leading";
    this.#options.goOn();
  }

  async #give(candidate: Candidate): Promise<void> {
    const { give, end, tell, after, note } = this.#options;
    this.#cancel();
    this.#state = "giving";
    const cancel = after(GIVE_MS, end);
    try {
      await give();
      tell(candidate, { kind: "yours" });
    } catch (error) {
      note("error", `handing over failed: ${String(error)}`);
    }
    cancel();
    end();
  }
}

/** What {@link CandidateHandover} needs of its process. */
export interface CandidateHandoverOptions {
  tell(word: CandidateWord): void;
  /** The folder may be read beside the leader. */
  quiet(): void;
  /** The leader has ended, or is about to: the folder's lock is free. */
  yours(): void;
  /** It comes to nothing: with the reason, unless the leader has ended. */
  failed(why: string | null): void;
}

/** The candidate's side. */
export class CandidateHandover {
  readonly #options: CandidateHandoverOptions;
  #state: "following" | "reading" | "taking" | "over" = "following";

  constructor(options: CandidateHandoverOptions) {
    this.#options = options;
  }

  /** Says hello to the leader. */
  begin(pid: number, version: string): void {
    this.#options.tell({ kind: "follow", pid, version });
  }

  /** Asks for the leader's place: everything is read. Does nothing when it has come to nothing. */
  take(): void {
    if (this.#state !== "reading") return;
    this.#state = "taking";
    this.#options.tell({ kind: "take" });
  }

  /** Takes what the leader says. */
  hear(word: LeaderWord): void {
    if (word.kind === "quiet" && this.#state === "following") {
      this.#state = "reading";
      this.#options.quiet();
    } else if (word.kind === "yours" && this.#state === "taking") this.#over().yours();
    else if (word.kind === "refused" && this.#state !== "over") this.#over().failed(word.why);
  }

  /** The connection is gone. */
  lost(): void {
    // A leader that was asked for its place ends: what it could still write is in the log.
    if (this.#state === "taking") this.#over().yours();
    else if (this.#state !== "over") this.#over().failed(null);
  }

  #over(): CandidateHandoverOptions {
    this.#state = "over";
    return this.#options;
  }
}
