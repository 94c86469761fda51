/**
 * The log-in after the welcome, on servers that have no SASL, or no capabilities at all: by NickServ, or as a guest
 * under a nick that the user chooses now. Until it is done the session isn't "ready", so that rooms are joined as
 * whoever the user is then.
 */
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { LogInProblem, ServerOffer } from "../client-event.ts";
import type { HandlerContext } from "../handler-context.ts";
import type { LogIn } from "../session-interface.ts";
import { NickServ } from "./nickserv-log-in.ts";

/** Numerics that refuse a nick. */
const NICK_REFUSED: ReadonlySet<string> = new Set([
  "431",
  "432",
  "433",
  "436",
  "437",
  "438",
  "484",
]);
/** A server without an answer to NICK for so many seconds has taken it. */
const NICK_SECONDS_MAX = 5;

/** What is still to be done at the end of the welcome. */
export type LateTask =
  | { readonly kind: "log-in"; readonly logIn: LogIn }
  /** The user is still to say how to enter. */
  | { readonly kind: "ask" };

interface LateLogInPorts {
  readonly context: HandlerContext;
  /** What the server offers, for the event "awaiting-login". */
  offer(): ServerOffer;
  /** Calls it when the user is in. */
  proceed(): void;
}

/** Owns what is left of the log-in after the welcome. */
export class LateLogIn {
  readonly services: NickServ;
  readonly #ports: LateLogInPorts;
  #stage: "none" | "awaiting" | "identifying" | "renaming" = "none";
  #seconds = 0;

  constructor(ports: LateLogInPorts) {
    this.#ports = ports;
    this.services = new NickServ(ports.context);
  }

  /** Whether the session must not become ready yet. */
  get isHolding(): boolean {
    return this.#stage !== "none";
  }

  /** Forgets everything, after the connection broke. */
  reset(): void {
    this.#stage = "none";
    this.services.reset();
  }

  /** Begins at the end of the welcome. */
  begin(task: LateTask): void {
    if (task.kind === "ask") this.#ask();
    else this.#identify(task.logIn);
  }

  /** Logs in, if the user was asked. */
  logIn(logIn: LogIn): void {
    if (this.#stage !== "awaiting") return;
    const { context } = this.#ports;
    // Services that know only nicks want the user to have the account's.
    if (!context.store.isMe(logIn.account)) context.send("NICK", [logIn.account]);
    this.#identify(logIn);
  }

  /** Enters without an account, if the user was asked. Returns whether that was so. */
  continueAsGuest(nick: string): boolean {
    if (this.#stage !== "awaiting") return false;
    const { context } = this.#ports;
    if (context.store.me.nick === nick) {
      this.#proceed();
      return true;
    }
    this.#stage = "renaming";
    this.#seconds = 0;
    context.store.setPhase({ kind: "logging-in", awaitingLogin: false });
    context.send("NICK", [nick]);
    return true;
  }

  /** Call it once a second. */
  tick(): void {
    this.services.tick();
    if (this.#stage !== "renaming") return;
    this.#seconds += 1;
    if (this.#seconds >= NICK_SECONDS_MAX) this.#proceed();
  }

  /** Returns whether no other handler may see the message. */
  handle(message: Message): boolean {
    if (this.services.handle(message)) return true;
    if (this.#stage === "none") return false;
    const { verb, params, source } = message;
    if (NICK_REFUSED.has(verb)) {
      if (this.#stage !== "renaming") return true;
      const text = params.at(-1) ?? "";
      this.#fail({ kind: "other", code: verb, text });
      return true;
    }
    if (verb !== "NICK" || !this.#ports.context.store.isMe(nickOf(source ?? ""))) return false;
    if (this.#stage !== "renaming") return false;
    this.#ports.context.store.me.nick = params[0] ?? this.#ports.context.store.me.nick;
    this.#proceed();
    return true;
  }

  #identify(logIn: LogIn): void {
    const { store } = this.#ports.context;
    this.#stage = "identifying";
    // What it was on the last connection isn't true of this one.
    store.me.account = null;
    store.setPhase({ kind: "logging-in", awaitingLogin: false });
    this.services.identify(logIn, (problem) => {
      if (problem === null) this.#proceed();
      else this.#fail(problem);
    });
  }

  #fail(problem: LogInProblem): void {
    this.#stage = "awaiting";
    this.#ports.context.emit({ kind: "log-in-failed", problem });
    // A listener may have logged in again at once.
    if (this.#stage === "awaiting") this.#ask();
  }

  #ask(): void {
    const { context } = this.#ports;
    this.#stage = "awaiting";
    context.store.setPhase({ kind: "logging-in", awaitingLogin: true });
    context.emit({ kind: "awaiting-login", offer: this.#ports.offer() });
  }

  #proceed(): void {
    this.#stage = "none";
    this.#ports.proceed();
  }
}
