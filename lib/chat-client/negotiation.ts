/**
 * Connection registration: from the first byte to RPL_WELCOME (001). Capabilities, nick, SASL
 * log-in, and the end by CAP END. https://ircv3.net/specs/extensions/sasl-3.2
 */
import type { Message } from "../protocol/wire/message.ts";
import { encodePlain } from "../protocol/wire/sasl.ts";
import { CapabilityRequests, READ_RECEIPTS_CAP, WANTED_CAPS } from "./capability-requests.ts";
import type { ClientEvent, LogInProblem, ServerOffer } from "./client-event.ts";
import type { ClientStore } from "./client-store.ts";
import type { HandlerContext } from "./handler-context.ts";
import type { LogIn, SessionOptions } from "./session-interface.ts";

/** Other nicks tried when the wanted one is taken. */
const NICKS_TRIED_MAX = 5;
/** A server that hasn't finished a step of registration after so many seconds never will. */
export const REGISTRATION_SECONDS_MAX = 60;
/** A welcome (001) without its end (376 or 422) counts as complete after so many seconds. */
const WELCOME_SECONDS_MAX = 10;
/** The code of the note that this session was ended from another device. */
export const SESSION_ENDED = "SESSION_ENDED";
const RETRY_LATER = /try again in (\d+) seconds/i;

interface NegotiationPorts {
  readonly store: ClientStore;
  send(verb: string, params: readonly string[]): void;
  emit(event: ClientEvent): void;
  /** Requests ISUPPORT before registration ends; calls `done` whether an answer came or not. */
  requestIsupport(done: () => void): void;
  /** Whether the server has announced, on this connection, that it allows guests. */
  allowsGuests(): boolean;
}

/** Returns what a Negotiation needs of its session. */
export function negotiationPorts(context: HandlerContext): NegotiationPorts {
  return {
    store: context.store,
    send: (verb, params) => context.send(verb, params),
    emit: (event) => context.emit(event),
    requestIsupport: (done) =>
      context.request("ISUPPORT", [], {
        quiet: true,
        isAnswer: ({ verb, params }) => verb === "BATCH" && params[0] === "draft/isupport",
        onAnswer: done,
      }),
    allowsGuests: () =>
      context.isupport.has("CHANTYPES") && !context.isupport.has("DRAFT/ACCOUNTREQUIRED"),
  };
}

/**
 * Owns how far connection registration has come, and which log-in, nick and read receipts the next
 * connection begins with.
 */
export class Negotiation {
  /** From `begin` until RPL_WELCOME. The owner clears it when the connection ends. */
  isActive = false;
  /** Why we were refused permanently, so that reconnecting is useless; else "". */
  refusal = "";
  /** The numeric of the refusal, or "". */
  refusalCode = "";
  readonly #options: SessionOptions;
  readonly #ports: NegotiationPorts;
  readonly #capabilities: CapabilityRequests;
  /** Whether all requested capabilities are answered. */
  #capabilitiesSettled = false;
  #logIn: LogIn | null;
  #invitation: string | null;
  #sasl: "none" | "started" | "responded" | "failed" | "succeeded" = "none";
  /** CAP END was sent, or the server welcomed us without it. */
  #hasEnded = false;
  /** Continued without an account, and does so again on the next connection. */
  #asGuest = false;
  #wantsReceipts: boolean;
  #nicksTried = 0;
  /** Seconds for which the server has owed the next step. */
  #owedSeconds = 0;
  /** The nick that this connection wanted first, and the one that it sent last. */
  #firstNick = "";
  #lastNick = "";

  constructor(options: SessionOptions, ports: NegotiationPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#capabilities = new CapabilityRequests(ports.store.caps, (verb, params) =>
      ports.send(verb, params),
    );
    this.#logIn = options.logIn;
    this.#invitation = options.invitation ?? null;
    this.#wantsReceipts = options.receipts === true;
  }

  /** Offered capabilities: name → value. */
  get offered(): ReadonlyMap<string, string> {
    return this.#capabilities.offered;
  }

  /** Sends the first lines of a new connection: CAP LS, PASS, NICK, USER. */
  begin(): void {
    const { store, send } = this.#ports;
    this.isActive = true;
    this.refusal = "";
    this.refusalCode = "";
    this.#capabilitiesSettled = false;
    this.#sasl = "none";
    this.#hasEnded = false;
    this.#nicksTried = 0;
    this.#owedSeconds = 0;
    store.setPhase({ kind: "handshaking" });
    this.#capabilities.begin();
    for (const password of [this.#options.serverPassword, this.#invitation]) {
      if (password) send("PASS", [password]);
    }
    this.#firstNick = store.me.nick;
    this.#lastNick = this.#firstNick;
    send("NICK", [this.#firstNick]);
    const realname = this.#options.realname ?? this.#firstNick;
    send("USER", [usernameOf(this.#firstNick), "0", "*", realname]);
  }

  /**
   * Call it once a second while connected. Returns, once, what the server has not finished in time, whatever
   * else it sends. "registration": its list of capabilities has no end, a log-in has no answer, or there is
   * no welcome. "welcome": the welcome has no end.
   */
  tick(): "registration" | "welcome" | null {
    const { phase } = this.#ports.store;
    const isUsersTurn = phase.kind === "logging-in" && phase.awaitingLogin;
    this.#owedSeconds = isUsersTurn || phase.kind === "ready" ? 0 : this.#owedSeconds + 1;
    if (this.isActive)
      return this.#owedSeconds === REGISTRATION_SECONDS_MAX ? "registration" : null;
    return this.#owedSeconds === WELCOME_SECONDS_MAX ? "welcome" : null;
  }

  /** Logs in now, if the server waits for it, or else on the next connection. */
  logIn(logIn: LogIn): void {
    this.#logIn = logIn;
    this.#asGuest = false;
    if (this.isActive && this.#capabilitiesSettled && !this.#hasEnded) this.#authenticate();
  }

  /** Turns read receipts on or off, now and on the next connections. */
  setReceipts(on: boolean): void {
    this.#wantsReceipts = on;
    this.#capabilities.setEnabled(READ_RECEIPTS_CAP, on);
  }

  /**
   * Sends a code that lets the user sign up, now and on the next connections. The server takes it only until
   * registration ends.
   */
  sendInvitation(code: string): void {
    this.#invitation = code;
    if (this.isActive) this.#ports.send("PASS", [code]);
  }

  /** Ends registration without an account, under this nick. */
  continueAsGuest(nick: string): void {
    this.#asGuest = true;
    this.#ports.store.me.nick = nick;
    this.#firstNick = nick;
    this.end();
  }

  /** Sends CAP END: the server then welcomes us, or says why not. */
  end(): void {
    if (!this.isActive || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#owedSeconds = 0;
    // The nick sent first may have been a stand-in: after the log-in it is the account's.
    const { account } = this.#ports.store.me;
    const nick = this.#asGuest
      ? this.#firstNick
      : (this.#options.nick ?? account ?? this.#firstNick);
    if (nick !== this.#lastNick) this.#ports.send("NICK", [nick]);
    this.#lastNick = nick;
    this.#ports.send("CAP", ["END"]);
  }

  /** Handles a message of registration. Returns whether no other handler needs to see it. */
  handle(message: Message): boolean {
    switch (message.verb) {
      case "CAP":
        if (this.#capabilities.handle(message, this.#wantedCaps())) this.#settleCapabilities();
        return true;
      case "AUTHENTICATE":
        this.#respond();
        return true;
      case "903":
      case "907":
        this.#succeed();
        return true;
      case "902":
      case "904":
      case "905":
      case "906":
        this.#fail(problemOfNumeric(message, this.#logIn));
        return true;
      case "908":
        // The mechanism that was offered isn't there after all. The 904 that follows says the same.
        if (this.#sasl === "started") this.#fail({ kind: "not-offered" });
        return true;
      case "FAIL":
        return this.#handleFail(message);
      case "NOTE":
        this.#noteEnd(message);
        return false;
      case "432":
      case "433":
      case "436":
      case "437":
        return this.#tryAnotherNick();
      case "464":
      case "465":
        this.refusal = message.params.at(-1) ?? "";
        // After too many attempts the server's text says how long to wait; the numeric alone would
        // say that the password was wrong.
        this.refusalCode = RETRY_LATER.test(this.refusal) ? "" : message.verb;
        return false;
      case "001":
        this.#handleWelcome();
        return false;
      default:
        return false;
    }
  }

  #wantedCaps(): readonly string[] {
    const wanted = this.#options.caps ?? WANTED_CAPS;
    return this.#wantsReceipts ? [...wanted, READ_RECEIPTS_CAP] : wanted;
  }

  /** Once all requests are answered: logs in, waits for the user, or ends registration. */
  #settleCapabilities(): void {
    if (this.#capabilitiesSettled || this.#capabilities.isPending || !this.isActive) return;
    this.#capabilitiesSettled = true;
    if (this.#logIn !== null) this.#authenticate();
    else if (this.#options.wait === true && !this.#asGuest) this.#awaitFirstLogin();
    else this.end();
  }

  /** First asks whether the server allows guests, if it can answer before registration ends. */
  #awaitFirstLogin(): void {
    if (!this.#ports.store.caps.has("draft/extended-isupport")) return this.#awaitLogin();
    this.#ports.requestIsupport(() => {
      if (this.isActive && this.#logIn === null && !this.#hasEnded) this.#awaitLogin();
    });
  }

  #awaitLogin(): void {
    this.#ports.store.setPhase({ kind: "logging-in", awaitingLogin: true });
    this.#ports.emit({ kind: "awaiting-login", offer: this.#offer() });
  }

  #offer(): ServerOffer {
    const { offered } = this;
    const registration = offered.get("draft/account-registration");
    return {
      password: this.#offersMechanism("PLAIN"),
      certificate: this.#offersMechanism("EXTERNAL"),
      signUp: registration !== undefined,
      accountCheck: offered.has("sodam.chat/account"),
      guests: this.#ports.allowsGuests(),
      emailRequired: registration?.split(",").includes("email-required") ?? false,
    };
  }

  #offersMechanism(mechanism: string): boolean {
    const mechanisms = this.offered.get("sasl");
    if (mechanisms === undefined) return false;
    return mechanisms === "" || mechanisms.split(",").includes(mechanism);
  }

  #authenticate(): void {
    const { store, send } = this.#ports;
    const mechanism = this.#logIn?.kind === "certificate" ? "EXTERNAL" : "PLAIN";
    if (!this.#offersMechanism(mechanism) || !store.caps.has("sasl")) {
      this.#fail({ kind: "not-offered" });
      return;
    }
    this.#sasl = "started";
    store.setPhase({ kind: "logging-in", awaitingLogin: false });
    send("AUTHENTICATE", [mechanism]);
  }

  /** Answers the server's AUTHENTICATE with the credentials. */
  #respond(): void {
    const logIn = this.#logIn;
    if (this.#sasl !== "started" || logIn === null) return;
    this.#sasl = "responded";
    const chunks =
      logIn.kind === "certificate" ? ["+"] : encodePlain(logIn.account, logIn.password);
    for (const chunk of chunks) this.#ports.send("AUTHENTICATE", [chunk]);
  }

  #succeed(): void {
    if (this.#sasl !== "started" && this.#sasl !== "responded") return;
    this.#sasl = "succeeded";
    this.end();
  }

  #fail(problem: LogInProblem): void {
    // A FAIL and a numeric may report the same failure: only the first one is emitted.
    if (this.#sasl === "failed" || this.#sasl === "succeeded") return;
    this.#sasl = "failed";
    this.#ports.emit({ kind: "log-in-failed", problem });
    // A listener may have logged in again at once.
    if (this.isActive && !this.#hasEnded && this.#sasl === "failed") this.#awaitLogin();
  }

  #handleFail({ params }: Message): boolean {
    const [verb = "", code = ""] = params;
    if (verb === "AUTHENTICATE" || (verb === "*" && code === "ACCOUNT_REQUIRED")) {
      if (code === "ACCOUNT_REQUIRED") {
        if (!this.isActive) return false;
        // We sent CAP END too early; the server still takes a log-in.
        this.#hasEnded = false;
        this.#asGuest = false;
      }
      this.#fail(problemOfCode(code, params.slice(2, -1), params.at(-1) ?? ""));
      return true;
    }
    if (verb === "*" && code === "SECOND_FACTOR_SETUP_REQUIRED" && this.isActive) {
      // The log-in has succeeded, and the welcome follows the set-up: it is the user's turn.
      this.#ports.store.setPhase({ kind: "logging-in", awaitingLogin: true });
      this.#ports.emit({ kind: "log-in-failed", problem: { kind: "second-factor-setup" } });
      return true;
    }
    return this.isActive && verb === "NICK" ? this.#tryAnotherNick() : false;
  }

  /** Ended from another of the account's devices: whoever is here now must not come back by themselves. */
  #noteEnd({ params }: Message): void {
    if (params[0] !== "ACCOUNT" || params[1] !== SESSION_ENDED) return;
    this.refusal = params.at(-1) ?? "";
    this.refusalCode = SESSION_ENDED;
    this.#logIn = null;
  }

  #tryAnotherNick(): boolean {
    // After a log-in the server gives us the account's nick in the end; until then any nick will
    // do.
    if (!this.isActive) return false;
    this.#nicksTried += 1;
    if (this.#nicksTried > NICKS_TRIED_MAX) {
      // Shown by the numeric, in the user's language. The server would wait for another nick.
      this.refusal = "No nick was free.";
      this.refusalCode = "433";
      this.#ports.send("QUIT", []);
      return false;
    }
    const suffix = this.#nicksTried === 1 ? "_" : `_${this.#nicksTried}`;
    this.#lastNick = `${this.#firstNick}${suffix}`;
    this.#ports.send("NICK", [this.#lastNick]);
    return true;
  }

  #handleWelcome(): void {
    this.isActive = false;
    this.#owedSeconds = 0;
    if (this.#logIn !== null && this.#sasl === "none") {
      this.#ports.emit({ kind: "log-in-failed", problem: { kind: "not-offered" } });
    }
    this.#hasEnded = true;
  }
}

function problemOfNumeric(message: Message, logIn: LogIn | null): LogInProblem {
  const text = message.params.at(-1) ?? "";
  if (message.verb === "904") {
    // Some servers send only the numeric: its text distinguishes a rate limit from a wrong password.
    const retryLater = RETRY_LATER.exec(text);
    if (retryLater !== null) return { kind: "slowed", seconds: Number(retryLater[1]) };
    if (/\bbusy\b/i.test(text)) return { kind: "busy" };
    return logIn?.kind === "certificate" ? { kind: "certificate-unknown" } : { kind: "wrong" };
  }
  return { kind: "other", code: message.verb, text };
}

function problemOfCode(code: string, context: readonly string[], text: string): LogInProblem {
  if (code === "RATE_LIMITED" || code === "TOO_MANY_ATTEMPTS") {
    const seconds = context.find((word) => /^\d+$/.test(word));
    return { kind: "slowed", seconds: seconds === undefined ? null : Number(seconds) };
  }
  if (code === "TEMPORARILY_UNAVAILABLE") return { kind: "busy" };
  if (code === "SECOND_FACTOR_REQUIRED") return { kind: "code-missing" };
  if (code === "SECOND_FACTOR_WRONG") return { kind: "code-wrong" };
  return { kind: "other", code, text };
}

/** Makes a user name that old servers accept: ASCII letters and digits, at most ten. */
function usernameOf(nick: string): string {
  const ascii = nick.replace(/[^A-Za-z0-9]/g, "").slice(0, 10);
  return ascii === "" ? "sodam" : ascii;
}
