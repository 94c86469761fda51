/**
 * Connection registration: from the first byte to RPL_WELCOME (001). Capabilities, nick, SASL
 * log-in, and the end by CAP END. https://ircv3.net/specs/extensions/sasl-3.2
 */
import type { Message } from "../protocol/wire/message.ts";
import { encodePlain } from "../protocol/wire/sasl.ts";
import { CapabilityRequests, READ_RECEIPTS_CAP, WANTED_CAPS } from "./capability-requests.ts";
import type { LogInProblem, ServerOffer } from "./client-event.ts";
import { problemOfCode, problemOfNumeric, RETRY_LATER } from "./log-in-problems.ts";
import type { NegotiationPorts } from "./negotiation-ports.ts";
import { asciiNick, shortNick, usernameOf } from "./server-names.ts";
import { offersMechanism, serverOffer } from "./server-offer.ts";
import type { LateTask } from "./services/late-log-in.ts";
import type { LogIn, SessionOptions } from "./session-interface.ts";

/** Other nicks tried when the wanted one is taken. */
const NICKS_TRIED_MAX = 5;
/** A server that hasn't finished a step of registration after so many seconds never will. */
export const REGISTRATION_SECONDS_MAX = 60;
/** A welcome (001) without its end (376 or 422) counts as complete after so many seconds. */
const WELCOME_SECONDS_MAX = 10;
/** The code of the note that this session was ended from another device. */
export const SESSION_ENDED = "SESSION_ENDED";

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
  /** The id of a bouncer's network that the next connections are to lead to. */
  network: string | null;
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
  /** The session was ended from another device, and nobody has logged in since. */
  #wasEnded = false;
  /** Continued without an account, and does so again on the next connection. */
  #asGuest = false;
  #wantsReceipts: boolean;
  #nicksTried = 0;
  /** Seconds for which the server has owed the next step. */
  #owedSeconds = 0;
  /** The nick that this connection wanted first, and the one that it sent last. */
  #firstNick = "";
  #lastNick = "";
  /** The server has said so on this connection. */
  #isLoggedIn = false;
  /** What is still to be done at the end of the welcome. */
  #lateTask: LateTask | null = null;

  constructor(options: SessionOptions, ports: NegotiationPorts) {
    this.#options = options;
    this.#ports = ports;
    const send = ports.send.bind(ports);
    this.#capabilities = new CapabilityRequests(ports.store.caps, send);
    this.#logIn = options.logIn;
    this.network = options.network ?? null;
    this.#invitation = options.invitation ?? null;
    this.#wantsReceipts = options.receipts === true;
  }

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
    this.#lateTask = null;
    this.#isLoggedIn = false;
    store.setPhase({ kind: "handshaking" });
    this.#capabilities.begin();
    for (const password of [this.#options.serverPassword?.(), this.#invitation]) {
      if (password) send("PASS", [password]);
    }
    this.#firstNick = store.me.nick;
    this.#lastNick = this.#firstNick;
    send("NICK", [this.#firstNick]);
    const realname = this.#options.realname ?? this.#firstNick;
    send("USER", [usernameOf(this.#firstNick), "0", "*", realname]);
  }

  /**
   * Call it once a second while connected. Returns, once, what the server has not finished in time, whatever else it
   * sends. "registration": no end of its capabilities, no answer to a log-in, or no welcome. "welcome": no end of that.
   */
  tick(): "registration" | "welcome" | null {
    const { phase } = this.#ports.store;
    const isUsersTurn = phase.kind === "logging-in" && phase.awaitingLogin;
    this.#owedSeconds = isUsersTurn || phase.kind === "ready" ? 0 : this.#owedSeconds + 1;
    if (this.isActive)
      return this.#owedSeconds === REGISTRATION_SECONDS_MAX ? "registration" : null;
    return this.#owedSeconds === WELCOME_SECONDS_MAX ? "welcome" : null;
  }

  /** Logs in now, if the server waits for it, or else on the next connection; null: the user is asked there again. */
  logIn(logIn: LogIn | null): void {
    this.#logIn = logIn;
    this.#wasEnded = false;
    this.#asGuest = false;
    const isAwaited = this.isActive && this.#capabilitiesSettled && !this.#hasEnded;
    if (isAwaited && logIn !== null) this.#authenticate();
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

  /** Ends registration without an account, under this nick. `isWelcomed`: after the welcome; nothing is sent. */
  continueAsGuest(nick: string, isWelcomed: boolean): void {
    this.#asGuest = true;
    this.#logIn = null;
    if (isWelcomed) return;
    this.#ports.store.me.nick = nick;
    this.#firstNick = nick;
    if (this.#hasEnded) this.#lateTask = { kind: "rename", nick };
    this.end();
  }

  /** Sends CAP END: the server then welcomes us, or says why not. */
  end(): void {
    if (!this.isActive || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#owedSeconds = 0;
    // The nick sent first may have been a stand-in: after the log-in it is the account's.
    const { account } = this.#ports.store.me;
    const late = this.#lateTask?.kind === "log-in" ? this.#lateTask.logIn.account : null;
    const nick = this.#asGuest
      ? this.#firstNick
      : (this.#options.nick ?? account ?? late ?? this.#firstNick);
    if (nick !== this.#lastNick) this.#ports.send("NICK", [nick]);
    this.#lastNick = nick;
    // Where it is taken, one like it is tried.
    this.#firstNick = nick;
    // Only between the log-in and the welcome can a bouncer be told.
    const isBouncer = this.#ports.store.caps.has("soju.im/bouncer-networks");
    if (this.network !== null && isBouncer) this.#ports.send("BOUNCER", ["BIND", this.network]);
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
      case "REGISTER":
      case "VERIFY":
        // A sign-up logs in as well.
        if (message.params[0] === "SUCCESS") this.#sasl = "succeeded";
        return false;
      case "900":
        this.#isLoggedIn = true;
        return false;
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
        // Another nick with the same letters is as wrong.
        return this.#tryAnotherNick(asciiNick(this.#firstNick));
      case "433":
      case "436":
      case "437":
        return this.#tryAnotherNick();
      case "421":
      case "451":
        // An old server that doesn't know CAP: the welcome follows.
        return this.isActive && message.params.includes("CAP");
      case "462":
        // ngIRCd takes no other nick between USER and CAP END: it is changed after the welcome.
        return this.isActive;
      case "464":
        // After the welcome it is about the password of an operator, and no reason to end anything.
        if (!this.isActive) return false;
        this.#refuse(message);
        // Bouncers wait for a PASS, and hear nothing else, not even QUIT: the next connection has it.
        this.#ports.emit({ kind: "stalled" });
        return false;
      case "465":
        return this.#refuse(message);
      case "001":
        this.#handleWelcome(message.params[0] ?? "");
        return false;
      default:
        return false;
    }
  }

  /** After too many attempts the text says how long to wait; the numeric alone would say that a password was wrong. */
  #refuse({ verb, params }: Message): false {
    this.refusal = params.at(-1) ?? "";
    this.refusalCode = RETRY_LATER.test(this.refusal) ? "" : verb;
    return false;
  }

  /** Returns once, at the end of the welcome, what is still to be done. */
  takeLateTask(): LateTask | null {
    const task = this.#lateTask;
    this.#lateTask = null;
    return task;
  }

  /** What the server offers, as far as it is known now. */
  offer(): ServerOffer {
    return serverOffer(this.offered, this.#ports.allowsGuests());
  }

  /** Whether the user is to be asked how to enter, unless a log-in is known. */
  get #awaitsChoice(): boolean {
    return this.#options.wait === true && !this.#asGuest;
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
    else if (this.#wasEnded) this.#fail({ kind: "other", code: SESSION_ENDED, text: "" });
    else if (!this.#awaitsChoice) this.end();
    else if (this.offer().nickServ) {
      // Whether there are services, and what a nick may be, is known only after the welcome: the user is asked then.
      this.#lateTask = { kind: "ask" };
      this.end();
    } else this.#awaitFirstLogin();
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
    this.#ports.emit({ kind: "awaiting-login", offer: this.offer() });
  }

  #authenticate(): void {
    const { store, send } = this.#ports;
    const mechanism = this.#logIn?.kind === "certificate" ? "EXTERNAL" : "PLAIN";
    if (this.#logIn !== null && this.offer().nickServ) {
      // Services are users: they hear nobody before the welcome.
      this.#lateTask = { kind: "log-in", logIn: this.#logIn };
      return this.end();
    }
    if (!offersMechanism(this.offered, mechanism) || !store.caps.has("sasl")) {
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
    this.#wasEnded = true;
  }

  #tryAnotherNick(base = this.#firstNick): boolean {
    // After a log-in the server gives us the account's nick in the end; until then any will do.
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
    // A server that cuts nicks at nine letters would cut the suffix off again.
    const isCut = this.#nicksTried > NICKS_TRIED_MAX - 2;
    this.#lastNick = isCut ? shortNick(base, this.#ports.id()) : `${base}${suffix}`;
    this.#ports.send("NICK", [this.#lastNick]);
    return true;
  }

  #handleWelcome(nick: string): void {
    this.isActive = false;
    this.#owedSeconds = 0;
    // Without CAP END: the server knows no capabilities, and didn't wait for the user.
    if (this.#logIn !== null && this.#sasl === "none") {
      this.#lateTask = { kind: "log-in", logIn: this.#logIn };
    } else if (!this.#hasEnded && !this.#isLoggedIn && this.#awaitsChoice) {
      this.#lateTask = { kind: "ask" };
    } else if (this.#asGuest && nick !== this.#lastNick && !this.offer().accountCheck) {
      this.#lateTask ??= { kind: "rename", nick: this.#lastNick };
    }
    this.#hasEnded = true;
  }
}
