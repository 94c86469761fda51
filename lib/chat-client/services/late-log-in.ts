/**
 * The log-in after the welcome, on servers that have no SASL, or no capabilities at all: by NickServ, or as a guest
 * under a nick that the user chooses now. Until it is done the session isn't "ready", so that rooms are joined as
 * whoever the user is then.
 */
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { LogInProblem, ServerOffer } from "../client-event.ts";
import type { HandlerContext } from "../handler-context.ts";
import type { LogIn } from "../session-interface.ts";
import { NICKSERV_SILENT, NickServ } from "./nickserv-log-in.ts";
import { ServiceLanguage } from "./set-language.ts";

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

/** A server that hasn't said so many seconds later whether there is a NickServ is taken to have one. */
const LOOK_SECONDS_MAX = 5;

/** What is still to be done at the end of the welcome. */
export type LateTask =
  | { readonly kind: "log-in"; readonly logIn: LogIn }
  /** A guest was welcomed under another nick than the chosen one: some servers change no nick before that. */
  | { readonly kind: "rename"; readonly nick: string }
  /** The user is still to say how to enter. */
  | { readonly kind: "ask" };

/** Owns what is left of the log-in after the welcome. */
export class LateLogIn {
  readonly services: NickServ;
  readonly language: ServiceLanguage;
  readonly #context: HandlerContext;
  readonly #offer: () => ServerOffer;
  readonly #onDone: () => void;
  #stage: "none" | "looking" | "awaiting" | "identifying" | "renaming" = "none";
  #seconds = 0;
  /** The account to log in to, whose nick the user is to have. */
  #account = "";
  /** Whether there is somebody by the nick NickServ. */
  #hasNickServ = true;
  /** Whether the user was in before, in this run. */
  #wasIn = false;

  /** `offer`: what the server offers, for the event "awaiting-login". `onDone` is called when the user is in. */
  constructor(context: HandlerContext, offer: () => ServerOffer, onDone: () => void) {
    this.#context = context;
    this.#offer = offer;
    this.#onDone = onDone;
    this.services = new NickServ(context);
    this.language = new ServiceLanguage(context, this.services);
  }

  /** Whether the session must not become ready yet. */
  get isHolding(): boolean {
    return this.#stage !== "none";
  }

  /** Forgets everything, after the connection broke. */
  reset(): void {
    this.#stage = "none";
    this.services.reset();
    this.language.reset();
  }

  /** Begins at the end of the welcome. */
  begin(task: LateTask): void {
    if (task.kind === "ask") this.#look();
    else if (task.kind === "rename") this.#rename(task.nick);
    else this.#identify(task.logIn);
  }

  /** Logs in, if the user was asked. */
  logIn(logIn: LogIn): void {
    if (this.#isAsking) this.#identify(logIn);
  }

  /** Enters without an account, if the user was asked. Returns whether that was so. */
  continueAsGuest(nick: string): boolean {
    if (!this.#isAsking) return false;
    this.#rename(nick);
    return true;
  }

  /** Call it once a second. */
  tick(): void {
    this.services.tick();
    this.language.tick();
    this.#seconds += 1;
    const { store } = this.#context;
    const isDue = this.#seconds % NICK_SECONDS_MAX === 0;
    // A connection that was lost may have the nick for a moment.
    if (this.#stage === "identifying" && isDue && !store.isMe(this.#account)) {
      this.#context.send("NICK", [this.#account]);
    }
    if (this.#stage === "looking" && this.#seconds >= LOOK_SECONDS_MAX) this.#ask();
    if (this.#stage !== "renaming") return;
    if (this.#seconds >= NICK_SECONDS_MAX) this.#proceed();
  }

  /** Returns whether no other handler may see the message. */
  handle(message: Message): boolean {
    if (this.services.handle(message) || this.language.handle(message)) return true;
    if (this.#stage === "none") return false;
    const { verb, params, source } = message;
    if (NICK_REFUSED.has(verb)) {
      if (this.#stage !== "renaming") return true;
      const text = params.at(-1) ?? "";
      this.#fail({ kind: "other", code: verb, text });
      return true;
    }
    if (verb !== "NICK" || !this.#context.store.isMe(nickOf(source ?? ""))) return false;
    if (this.#stage !== "renaming") return false;
    this.#context.store.me.nick = params[0] ?? this.#context.store.me.nick;
    this.#proceed();
    return true;
  }

  #rename(nick: string): void {
    const context = this.#context;
    if (context.store.me.nick === nick) return this.#proceed();
    this.#stage = "renaming";
    this.#seconds = 0;
    context.store.setPhase({ kind: "logging-in", awaitingLogin: false });
    context.send("NICK", [nick]);
  }

  #identify(logIn: LogIn): void {
    const context = this.#context;
    const { store } = context;
    // Services that know only nicks want the user to have the account's.
    if (!store.isMe(logIn.account)) context.send("NICK", [logIn.account]);
    this.#stage = "identifying";
    this.#seconds = 0;
    this.#account = logIn.account;
    // What it was on the last connection isn't true of this one.
    store.me.account = null;
    store.setPhase({ kind: "logging-in", awaitingLogin: false });
    this.services.identify(logIn, (problem) => {
      if (problem !== null) return this.#fail(problem);
      // Somebody has the nick of the account: then one like it, rather than the stand-in of the welcome.
      const { nick } = store.me;
      if (!store.fold(nick).startsWith(store.fold(logIn.account))) {
        context.send("NICK", [`${logIn.account}_`]);
      }
      this.#proceed();
    });
  }

  #fail(problem: LogInProblem): void {
    // Services may be away for a while. Who was in comes back without them, and is told.
    if (this.#wasIn && (problem.kind === "other" || problem.kind === "slowed")) {
      const note: Message = { verb: "NOTE", params: [], tags: new Map(), source: null };
      this.#proceed();
      return this.#context.addInfo(this.#context.store.server, note, NICKSERV_SILENT);
    }
    this.#stage = "awaiting";
    this.#context.emit({ kind: "log-in-failed", problem });
    // A listener may have logged in again at once.
    if (this.#stage === "awaiting") this.#ask();
  }

  get #isAsking(): boolean {
    return this.#stage === "looking" || this.#stage === "awaiting";
  }

  /** Asks the server for NickServ first: where there is none, a log-in isn't offered. */
  #look(): void {
    this.#stage = "looking";
    this.#seconds = 0;
    this.#hasNickServ = true;
    this.#context.store.setPhase({ kind: "logging-in", awaitingLogin: true });
    if (!this.#offer().nickServ) return this.#ask();
    this.services.look((isThere) => {
      if (this.#stage !== "looking") return;
      this.#hasNickServ = isThere;
      this.#ask();
    });
  }

  #ask(): void {
    const context = this.#context;
    this.#stage = "awaiting";
    context.store.setPhase({ kind: "logging-in", awaitingLogin: true });
    const offer = this.#offer();
    const nickServ = offer.nickServ && this.#hasNickServ;
    context.emit({ kind: "awaiting-login", offer: { ...offer, nickServ } });
  }

  #proceed(): void {
    this.#stage = "none";
    this.#wasIn = true;
    this.#onDone();
  }
}
