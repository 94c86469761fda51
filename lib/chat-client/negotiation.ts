/**
 * From the first byte to the door: capabilities, log-in, and the end of registration.
 * https://ircv3.net/specs/extensions/capability-negotiation
 */
import type { Message } from "../protocol/wire/message.ts";
import { encodePlain } from "../protocol/wire/sasl.ts";
import type { ClientEvent, LogInProblem, ServerOffer } from "./client-event.ts";
import type { LogIn, SessionOptions } from "./session-ports.ts";
import type { ClientStore } from "./store.ts";
import { READ_RECEIPTS_CAP, WANTED_CAPS } from "./wanted-caps.ts";

/** Leaves a REQ line room for its verb and CR LF in 512 bytes. */
const REQ_BYTES_MAX = 400;
/** Capabilities remembered of one server; the richest announce about sixty. */
const OFFERED_MAX = 500;
/** Other nicks tried when the wanted one is taken. */
const NICKS_TRIED_MAX = 5;

export interface NegotiationPorts {
  readonly book: ClientStore;
  send(verb: string, params: readonly string[]): void;
  tell(event: ClientEvent): void;
  /** Asks what the server can do, before it lets anybody in; calls `done` with the answer or without one. */
  askIsupport(done: () => void): void;
  /** Whether it has said, this time, that people need no account. */
  takesGuests(): boolean;
}

/** What one CAP REQ asked for, and which of it has no ACK yet. */
interface AskedSet {
  readonly names: readonly string[];
  readonly left: Set<string>;
}

export class Negotiation {
  /** What the server offers: name → value. */
  readonly offered = new Map<string, string>();
  /** From opened() to 001. */
  underWay = false;
  /** The server sends us away for good: reconnecting would change nothing. */
  refused = "";
  /** The numeric that said so, if one did. */
  refusedBy = "";
  readonly #options: SessionOptions;
  readonly #ports: NegotiationPorts;
  /** By CAP REQ, in order: a set changes with its last ACK, and not before. */
  #asked: AskedSet[] = [];
  #listed = false;
  #logIn: LogIn | null;
  #sasl: "no" | "asked" | "answered" | "failed" | "done" = "no";
  #ended = false;
  /** Came in without an account, and comes back so after a loss. */
  #guest = false;
  #receipts: boolean;
  #nicksTried = 0;
  /** The nick that this connection wanted first, and the one that it asked for last. */
  #nick = "";
  #nickAsked = "";

  constructor(options: SessionOptions, ports: NegotiationPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#logIn = options.logIn;
    this.#receipts = options.receipts === true;
  }

  begin(): void {
    const { book, send } = this.#ports;
    this.underWay = true;
    this.refused = "";
    this.refusedBy = "";
    this.offered.clear();
    book.caps.clear();
    this.#asked = [];
    this.#listed = false;
    this.#sasl = "no";
    this.#ended = false;
    this.#nicksTried = 0;
    book.setPhase({ kind: "handshaking" });
    send("CAP", ["LS", "302"]);
    for (const word of [this.#options.serverPassword, this.#options.invitation]) {
      if (word) send("PASS", [word]);
    }
    this.#nick = book.me.nick;
    this.#nickAsked = this.#nick;
    send("NICK", [this.#nick]);
    send("USER", [userOf(this.#nick), "0", "*", this.#options.realname ?? this.#nick]);
  }

  /** Logs in now (at the door), or on the next connection. */
  logIn(logIn: LogIn): void {
    this.#logIn = logIn;
    this.#guest = false;
    if (this.underWay && this.#listed && !this.#ended) this.#authenticate();
  }

  /** From now on and on the next connections. */
  setReceipts(on: boolean): void {
    const { book, send } = this.#ports;
    this.#receipts = on;
    if (on === book.caps.has(READ_RECEIPTS_CAP) || !this.offered.has(READ_RECEIPTS_CAP)) return;
    send("CAP", ["REQ", on ? READ_RECEIPTS_CAP : `-${READ_RECEIPTS_CAP}`]);
  }

  /** A code that lets us sign up; taken until the registration is complete. */
  invitation(code: string): void {
    if (this.underWay) this.#ports.send("PASS", [code]);
  }

  /** Ends the negotiation as somebody without an account. */
  enterAsGuest(nick: string): void {
    this.#guest = true;
    this.#ports.book.me.nick = nick;
    this.#nick = nick;
    this.enter();
  }

  /** Ends the negotiation: from here the server lets us in, or says why not. */
  enter(): void {
    if (!this.underWay || this.#ended) return;
    this.#ended = true;
    // A server lets a person choose on the first device: what stood at the door was for the door.
    const { account } = this.#ports.book.me;
    const wanted = this.#guest ? this.#nick : (this.#options.nick ?? account ?? this.#nick);
    if (wanted !== this.#nickAsked) this.#ports.send("NICK", [wanted]);
    this.#nickAsked = wanted;
    this.#ports.send("CAP", ["END"]);
  }

  /** Whether the message was for here alone. */
  take(message: Message): boolean {
    switch (message.verb) {
      case "CAP":
        this.#cap(message);
        return true;
      case "AUTHENTICATE":
        this.#challenge();
        return true;
      case "903":
      case "907":
        this.#authenticated();
        return true;
      case "902":
      case "904":
      case "905":
      case "906":
        this.#failed(problemOfNumeric(message, this.#logIn));
        return true;
      case "908":
        // What was offered isn't there after all; the 904 behind it says the same.
        if (this.#sasl === "asked") this.#failed({ kind: "not-offered" });
        return true;
      case "FAIL":
        return this.#fail(message);
      case "432":
      case "433":
      case "436":
      case "437":
        return this.#nickTaken();
      case "464":
      case "465":
        this.refused = message.params.at(-1) ?? "";
        // Who tried too often is told for how long in the server's words; the numeric would say that it was wrong.
        this.refusedBy = PAUSE.test(this.refused) ? "" : message.verb;
        return false;
      case "001":
        this.#welcomed();
        return false;
      default:
        return false;
    }
  }

  get offer(): ServerOffer {
    const sasl = this.offered.get("sasl");
    const offers = (mechanism: string) =>
      sasl !== undefined && (sasl === "" || sasl.split(",").includes(mechanism));
    const registration = this.offered.get("draft/account-registration");
    return {
      password: offers("PLAIN"),
      certificate: offers("EXTERNAL"),
      signUp: registration !== undefined,
      accountCheck: this.offered.has("sodam.chat/account"),
      guests: this.#ports.takesGuests(),
      emailRequired: registration?.split(",").includes("email-required") ?? false,
    };
  }

  #cap({ params }: Message): void {
    const names = (params.at(-1) ?? "").split(" ").filter((name) => name !== "");
    switch (params[1]?.toUpperCase()) {
      case "LS":
      case "NEW":
        for (const name of names.slice(0, OFFERED_MAX - this.offered.size)) {
          const equals = name.indexOf("=");
          if (equals === -1) this.offered.set(name, "");
          else this.offered.set(name.slice(0, equals), name.slice(equals + 1));
        }
        if (params[1]?.toUpperCase() === "NEW" || params[2] !== "*") this.#ask();
        return;
      case "ACK":
        for (const name of names) this.#acknowledged(name);
        this.#settled();
        return;
      case "NAK":
        this.#refused(names);
        this.#settled();
        return;
      case "DEL":
        for (const name of names) {
          this.offered.delete(name);
          this.#ports.book.caps.delete(name);
        }
        return;
    }
  }

  #ask(): void {
    const all = [
      ...(this.#options.caps ?? WANTED_CAPS),
      ...(this.#receipts ? [READ_RECEIPTS_CAP] : []),
    ];
    const { caps } = this.#ports.book;
    // What was asked for and isn't answered yet is not asked for again, however often it is offered.
    const isAsked = (name: string) => this.#asked.some(({ left }) => left.has(name));
    const wanted = all.filter(
      (name) => this.offered.has(name) && !caps.has(name) && !isAsked(name),
    );
    let line: string[] = [];
    for (const name of wanted) {
      if ([...line, name].join(" ").length > REQ_BYTES_MAX) {
        this.#request(line);
        line = [];
      }
      line.push(name);
    }
    if (line.length > 0) this.#request(line);
    this.#settled();
  }

  #acknowledged(name: string): void {
    const set = this.#asked.find(({ left }) => left.delete(name));
    if (set === undefined) return this.#change(name);
    if (set.left.size > 0) return;
    this.#asked = this.#asked.filter((one) => one !== set);
    for (const granted of set.names) this.#change(granted);
  }

  #change(name: string): void {
    const { caps } = this.#ports.book;
    if (name.startsWith("-")) caps.delete(name.slice(1));
    else if (caps.size < OFFERED_MAX) caps.add(name);
  }

  /** One name can spoil the whole line: each is asked for by itself, once. A refusal may name some of them only. */
  #refused(names: readonly string[]): void {
    const set = this.#asked.find(({ left }) => names.some((name) => left.has(name)));
    if (set === undefined) return;
    this.#asked = this.#asked.filter((one) => one !== set);
    if (set.names.length > 1) for (const name of set.names) this.#request([name]);
  }

  #request(names: readonly string[]): void {
    this.#asked.push({ names, left: new Set(names) });
    this.#ports.send("CAP", ["REQ", names.join(" ")]);
  }

  /** All that was asked for is answered: log in, wait at the door, or go in. */
  #settled(): void {
    if (this.#listed || this.#asked.length > 0 || !this.underWay) return;
    this.#listed = true;
    if (this.#logIn !== null) this.#authenticate();
    else if (this.#options.wait === true && !this.#guest) this.#arrive();
    else this.enter();
  }

  /** At the door for the first time: first it is asked who may come in. */
  #arrive(): void {
    if (!this.#ports.book.caps.has("draft/extended-isupport")) return this.#awaitingLogin();
    this.#ports.askIsupport(() => {
      if (this.underWay && this.#logIn === null && !this.#ended) this.#awaitingLogin();
    });
  }

  #awaitingLogin(): void {
    this.#ports.book.setPhase({ kind: "logging-in", awaitingLogin: true });
    this.#ports.tell({ kind: "awaiting-login", offer: this.offer });
  }

  #authenticate(): void {
    const { book, send } = this.#ports;
    const external = this.#logIn?.kind === "certificate";
    const possible = external ? this.offer.certificate : this.offer.password;
    if (!possible || !book.caps.has("sasl")) {
      this.#failed({ kind: "not-offered" });
      return;
    }
    this.#sasl = "asked";
    book.setPhase({ kind: "logging-in", awaitingLogin: false });
    send("AUTHENTICATE", [external ? "EXTERNAL" : "PLAIN"]);
  }

  #challenge(): void {
    const logIn = this.#logIn;
    if (this.#sasl !== "asked" || logIn === null) return;
    this.#sasl = "answered";
    const pieces =
      logIn.kind === "certificate" ? ["+"] : encodePlain(logIn.account, logIn.password);
    for (const piece of pieces) this.#ports.send("AUTHENTICATE", [piece]);
  }

  #authenticated(): void {
    if (this.#sasl !== "asked" && this.#sasl !== "answered") return;
    this.#sasl = "done";
    this.enter();
  }

  #failed(problem: LogInProblem): void {
    // A FAIL and a numeric may tell the same failure: the first one is told.
    if (this.#sasl === "failed" || this.#sasl === "done") return;
    this.#sasl = "failed";
    this.#ports.tell({ kind: "log-in-failed", problem });
    if (this.underWay && !this.#ended) this.#awaitingLogin();
    this.#sasl = "failed";
  }

  #fail({ params }: Message): boolean {
    const [verb = "", code = ""] = params;
    const text = params.at(-1) ?? "";
    if (verb === "AUTHENTICATE" || (verb === "*" && code === "ACCOUNT_REQUIRED")) {
      if (code === "ACCOUNT_REQUIRED") {
        if (!this.underWay) return false;
        // We went in too early; the door is still open.
        this.#ended = false;
        this.#guest = false;
      }
      this.#failed(problemOfCode(code, params.slice(2, -1), text));
      return true;
    }
    return this.underWay && verb === "NICK" ? this.#nickTaken() : false;
  }

  #nickTaken(): boolean {
    // With a log-in the server gives the account's nick in the end; before it, any will do.
    if (!this.underWay) return false;
    this.#nicksTried += 1;
    if (this.#nicksTried > NICKS_TRIED_MAX) {
      this.refused = "No nick was free.";
      return false;
    }
    const suffix = this.#nicksTried === 1 ? "_" : `_${this.#nicksTried}`;
    this.#nickAsked = `${this.#nick}${suffix}`;
    this.#ports.send("NICK", [this.#nickAsked]);
    return true;
  }

  #welcomed(): void {
    this.underWay = false;
    if (this.#logIn !== null && this.#sasl === "no") {
      this.#ports.tell({ kind: "log-in-failed", problem: { kind: "not-offered" } });
    }
    this.#ended = true;
  }
}

const PAUSE = /try again in (\d+) seconds/i;

function problemOfNumeric(message: Message, logIn: LogIn | null): LogInProblem {
  const text = message.params.at(-1) ?? "";
  if (message.verb === "904") {
    // Where the numeric is all that a server sends, its words tell a pause from a wrong password.
    const pause = PAUSE.exec(text);
    if (pause !== null) return { kind: "slowed", seconds: Number(pause[1]) };
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
  return { kind: "other", code, text };
}

/** A user name as old servers take it: ASCII letters and digits, at most ten. */
function userOf(nick: string): string {
  const plain = nick.replace(/[^A-Za-z0-9]/g, "").slice(0, 10);
  return plain === "" ? "sodam" : plain;
}
