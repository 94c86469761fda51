/** By what somebody logged in or proved a right, or tried to. */
export type LogInMethod =
  | "password"
  | "token"
  | "certificate"
  | "confirm"
  | "oper"
  | "server-password"
  | "reset"
  | "file";
type LogInResult = "right" | "wrong" | "slowed" | "busy";

/** Why a session was closed, by the beginning of the reason that its user is shown. */
const CLOSE_CAUSES: readonly (readonly [string, string])[] = [
  ["Excess Flood", "flood"],
  ["Ping timeout", "ping-timeout"],
  ["Registration timed out", "registration-timeout"],
  ["Too many wrong passwords", "wrong-passwords"],
  ["You are banned", "banned"],
  ["Killed", "killed"],
  ["Reading too slowly", "reads-too-slowly"],
  ["Quit", "quit"],
  ["Connection", "connection-ended"],
];

type Counts = readonly (readonly [key: string, count: number])[];

/** All counts as JSON. */
export interface CounterValues {
  readonly linesIn: number;
  readonly signUps: number;
  readonly messages: Counts;
  readonly logIns: Counts;
  readonly refusals: Counts;
  readonly closed: Counts;
}

/** Owns the counts since the server's start, for the metrics file. All labels come from the code: nobody can add one. */
export class ServerCounters {
  linesIn = 0;
  signUps = 0;
  readonly #messages = new Map<string, number>();
  readonly #logIns = new Map<string, number>();
  readonly #refusals = new Map<string, number>();
  readonly #closed = new Map<string, number>();

  /** Counts a stored message by its verb. */
  message(verb: "PRIVMSG" | "NOTICE" | "TAGMSG"): void {
    add(this.#messages, verb);
  }

  /** Counts an attempt to log in, or to prove a right by a password. */
  logIn(method: LogInMethod, result: LogInResult): void {
    add(this.#logIns, `${method} ${result}`);
  }

  /** Counts a refused command, by the code of its FAIL or by its numeric. */
  refusal(cause: string): void {
    add(this.#refusals, cause);
  }

  /** Counts a closed session, by the reason that its user was shown. */
  closed(reason: string): void {
    const [, cause] = CLOSE_CAUSES.find(([start]) => reason.startsWith(start)) ?? ["", "other"];
    add(this.#closed, cause);
  }

  /** Returns all counts, for another server. */
  toJson(): CounterValues {
    return {
      linesIn: this.linesIn,
      signUps: this.signUps,
      messages: [...this.#messages],
      logIns: [...this.#logIns],
      refusals: [...this.#refusals],
      closed: [...this.#closed],
    };
  }

  /** Sets all counts to those of another server. */
  restore({ linesIn, signUps, messages, logIns, refusals, closed }: CounterValues): void {
    this.linesIn = linesIn;
    this.signUps = signUps;
    for (const [key, count] of messages) this.#messages.set(key, count);
    for (const [key, count] of logIns) this.#logIns.set(key, count);
    for (const [key, count] of refusals) this.#refusals.set(key, count);
    for (const [key, count] of closed) this.#closed.set(key, count);
  }

  /** Verb → count. */
  get messages(): ReadonlyMap<string, number> {
    return this.#messages;
  }

  /** "password wrong" → count. */
  get logIns(): ReadonlyMap<string, number> {
    return this.#logIns;
  }

  /** Code → count. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** Cause → count. */
  get closedSessions(): ReadonlyMap<string, number> {
    return this.#closed;
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
