/**
 * NickServ, the service by which servers without SASL know who somebody is. It is a user by the protocol, and where
 * there are no services anybody can have its nick: so nothing is said to it before the server has said what it is.
 */
import { fold } from "../../protocol/names.ts";
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { LogInProblem } from "../client-event.ts";
import type { HandlerContext } from "../handler-context.ts";
import { whoisOptions } from "../send/requests.ts";
import type { Answer, LogIn } from "../session-interface.ts";

/** The nick of the service that knows accounts. */
export const NICKSERV = "NickServ";
/** No NickServ is there, or nothing shows that it is the network's: the password was not sent. */
export const NO_NICKSERV = "NO_NICKSERV";
/** NickServ said nothing that this client understands. */
export const NICKSERV_SILENT = "NICKSERV_SILENT";

/** Somebody else has the nick by which NickServ would recognize this device. */
export const NICK_IN_USE = "433";
/** How long NickServ may take to answer, in ticks of a second. */
const ANSWER_SECONDS_MAX = 15;
/** Numerics by which servers mark a service in WHOIS: RPL_WHOISOPERATOR, and RPL_WHOISSERVICE of ngIRCd. */
const MARKS: ReadonlySet<string> = new Set(["310", "313"]);
const SERVICE_MARK = /\b(?:network|irc) service\b/i;
/** Atheme and Anope run as a server of their own: services.libera.chat, services.oftc.net. */
const SERVICES_HOST = /(?:^|\.)services?\./i;

/** What Atheme, Anope and older services write, lower case and without formatting codes. */
const ACCEPTED =
  /\bnow (?:identified|logged in|recognized)\b|\balready (?:identified|logged in)\b|password accepted/;
const REFUSED =
  /(?:invalid|incorrect|wrong|bad) password|password (?:is )?(?:incorrect|invalid|wrong)|authentication failed|access denied/;
const UNKNOWN =
  /(?:not|isn['’]?t) (?:a )?registered|does(?:n['’]?t| not) exist|no such (?:nick|account)/;
const SLOWED = /too many|try again later|temporarily/;
const FINGERPRINT_ADDED = /\badded\b|\balready (?:on|in|been)\b/;

type Task = "identify" | "recognize" | "add-certificate";

/** Owns what is being asked of NickServ on one connection. */
export class NickServ {
  readonly #context: HandlerContext;
  #task: Task | null = null;
  #seconds = 0;
  #lastText = "";
  #account = "";
  /** Whether the server has said that NickServ is a service, and what it says counts. */
  #isVerified = false;
  /** Whether services have logged the user in on this connection without being asked: they know the certificate. */
  #isRecognized = false;
  #done: (problem: LogInProblem | null) => void = () => {};

  constructor(context: HandlerContext) {
    this.#context = context;
  }

  get isBusy(): boolean {
    return this.#task !== null;
  }

  /** Forgets what was asked, after the connection broke. Whoever wanted a certificate added is told. */
  reset(): void {
    const isAdding = this.#task === "add-certificate";
    if (isAdding) this.#end({ kind: "lost" });
    this.#task = null;
    this.#isRecognized = false;
  }

  /**
   * Identifies the user, once the server has said that NickServ is one of its services. With a certificate nothing
   * is sent: services that know it speak first.
   *
   * @param done gets null on success
   */
  identify(logIn: LogIn, done: (problem: LogInProblem | null) => void): void {
    this.#begin(logIn.kind === "certificate" ? "recognize" : "identify", logIn.account, done);
    if (this.#isRecognized) return this.#succeed();
    if (logIn.kind === "certificate") return;
    this.verify((isService) => {
      if (this.#task !== "identify") return;
      if (!isService) return this.#end({ kind: "other", code: NO_NICKSERV, text: "" });
      this.#isVerified = true;
      // Old services know only the nick itself; newer ones take the account before the password.
      const isNick = this.#context.store.isMe(logIn.account);
      const words = isNick ? [logIn.password] : [logIn.account, logIn.password];
      this.#context.send("PRIVMSG", [NICKSERV, `IDENTIFY ${words.join(" ")}`]);
    });
  }

  /** Adds this connection's certificate to the account that is logged in: CERT ADD of Atheme and Anope. */
  addCertificate(done: (problem: LogInProblem | null) => void): void {
    this.#begin("add-certificate", this.#context.store.me.account ?? "", done);
    this.verify((isService) => {
      if (this.#task !== "add-certificate") return;
      if (!isService) return this.#end({ kind: "other", code: NO_NICKSERV, text: "" });
      this.#isVerified = true;
      this.#context.send("PRIVMSG", [NICKSERV, "CERT ADD"]);
    });
  }

  /** Call it once a second. */
  tick(): void {
    if (this.#task === null) return;
    this.#seconds += 1;
    if (this.#seconds < ANSWER_SECONDS_MAX) return;
    const text = this.#lastText;
    if (this.#task !== "recognize") this.#end({ kind: "other", code: NICKSERV_SILENT, text });
    else if (this.#context.store.isMe(this.#account)) this.#end({ kind: "certificate-unknown" });
    // Services look at the certificate of whoever takes the nick, and somebody else has it.
    else this.#end({ kind: "other", code: NICK_IN_USE, text });
  }

  /**
   * Looks at a message for what is asked of NickServ. Returns whether no other handler may see it: an echo of the
   * password.
   */
  handle(message: Message): boolean {
    const { verb, params, source } = message;
    const nick = nickOf(source ?? "");
    // They may come before the end of the welcome, and only the server can send them.
    if (verb === "900" || this.#isRegisteredMode(message)) this.#isRecognized = true;
    if (this.#task === null) return false;
    if (verb === "PRIVMSG" && this.#context.store.isMe(nick)) {
      return fold(params[0] ?? "") === fold(NICKSERV);
    }
    if (verb === "900") this.#succeed(params[2]);
    else if (this.#isRegisteredMode(message)) this.#succeed();
    else if (verb === "NOTICE" && fold(nick) === fold(NICKSERV)) this.#hear(params[1] ?? "");
    else if (verb === "401" && fold(params[1] ?? "") === fold(NICKSERV)) {
      this.#end({ kind: "other", code: NO_NICKSERV, text: "" });
    }
    return false;
  }

  /** +r is how services without numerics mark who is identified. */
  #isRegisteredMode({ verb, params }: Message): boolean {
    if (verb !== "MODE" || !this.#context.store.isMe(params[0] ?? "")) return false;
    return /\+[^-]*r/.test(params[1] ?? "");
  }

  #begin(task: Task, account: string, done: (problem: LogInProblem | null) => void): void {
    this.#task = task;
    this.#account = account;
    this.#seconds = 0;
    this.#lastText = "";
    this.#isVerified = false;
    this.#done = done;
  }

  /** Asks the server whether anybody is there by that nick. `done` gets true where the server doesn't answer. */
  look(done: (isThere: boolean) => void): void {
    this.#whois((answer) => {
      const isGone = ({ verb }: Message): boolean => verb === "401";
      done(answer.kind === "lost" || !answer.messages.some(isGone));
    });
  }

  /** Asks the server whether NickServ is one of its services. `done` gets false where nothing shows it. */
  verify(done: (isService: boolean) => void): void {
    this.#whois((answer) => done(isServiceIn(answer)));
  }

  #whois(onAnswer: (answer: Answer) => void): void {
    this.#context.request("WHOIS", [NICKSERV], {
      ...whoisOptions(NICKSERV),
      quiet: true,
      onAnswer,
    });
  }

  #hear(text: string): void {
    // Where it is no service, anybody can have its nick and say that all is well.
    if (!this.#isVerified) return;
    if (this.#task === "add-certificate") {
      if (FINGERPRINT_ADDED.test(text.toLowerCase())) this.#end(null);
      else this.#end({ kind: "other", code: NICKSERV_SILENT, text });
      return;
    }
    const plain = text.toLowerCase();
    this.#lastText = text;
    if (ACCEPTED.test(plain)) this.#succeed();
    else if (REFUSED.test(plain) || UNKNOWN.test(plain)) this.#end({ kind: "wrong" });
    else if (SLOWED.test(plain)) this.#end({ kind: "slowed", seconds: null });
  }

  #succeed(account = this.#account): void {
    if (this.#task === "add-certificate") return;
    const { me } = this.#context.store;
    if (me.account === null) {
      me.account = account;
      this.#context.emit({ kind: "me" });
      this.#context.emit({ kind: "logged-in", account });
    }
    this.#end(null);
  }

  #end(problem: LogInProblem | null): void {
    if (this.#task === null) return;
    this.#task = null;
    this.#done(problem);
  }
}

/**
 * Whether the server says in its WHOIS reply that the nick is a service: by its mark, or because it is connected to
 * a server of services. What the user of a nick can write themselves (user name, host, real name) counts for nothing.
 */
function isServiceIn(answer: Answer): boolean {
  if (answer.kind !== "answered") return false;
  return answer.messages.some(({ verb, params }) => {
    if (MARKS.has(verb)) return SERVICE_MARK.test(params.at(-1) ?? "");
    return verb === "312" && SERVICES_HOST.test(params[2] ?? "");
  });
}
