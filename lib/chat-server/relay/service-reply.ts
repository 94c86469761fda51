import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { UserIdentity } from "../event.ts";
import type { State } from "../state.ts";
import { sourceOf } from "../users/user.ts";
import { type EncodedLine, tagsOf } from "./encode-event.ts";
import { Reply } from "./reply.ts";

/** SASL's numerics for the outcome of a log-in. */
const LOG_IN_NUMERICS: ReadonlySet<string> = new Set([
  NUMERIC.RPL_SASLSUCCESS,
  NUMERIC.ERR_SASLFAIL,
]);

/** Sentences by FAIL code, in place of those that name a protocol command or don't name the service's. */
const FAIL_SENTENCES: Readonly<Record<string, string>> = {
  CONFIRMATION_REQUIRED: "Say your password first: CONFIRM <password>",
  INVITATION_REQUIRED:
    "This server is by invitation: REGISTER <password> <e-mail or *> <invitation>",
  NEED_NICK: "Say a nick first",
  ACCOUNT_REQUIRED: "Log in first: IDENTIFY [account] <password>",
};

/** The services: pseudo-users that take commands about accounts and rooms as messages. */
export type ServiceName = "NickServ" | "ChanServ";

/** Returns the identity of a service, for events that it causes. Its nick is reserved. */
export function serviceIdentity(state: State, name: ServiceName): UserIdentity {
  const host = state.options.name;
  // The parser of nicks refuses reserved names, hence the cast.
  const nick = name as string as UserIdentity["nick"];
  return {
    nick,
    user: "services",
    host,
    account: null,
    accountId: null,
    realname: name,
    bot: true,
  };
}

/** Notes of which a user needs the details, and not the sentence alone. */
const DETAILED_NOTES: ReadonlySet<string> = new Set([
  ...["CERT", "SESSION", "DEVICE", "SECOND_FACTOR_KEY", "RECOVERY_CODE", "BOT", "BOT_TOKEN"],
]);

/**
 * The reply to a command that was sent to a service. Errors and notes of the command's handler become NOTICEs
 * from the service, for the user to read. Lines that the client interprets (RPL_LOGGEDIN, a JOIN, a greeting)
 * are passed on unchanged.
 */
export class ServiceReply extends Reply {
  readonly #inner: Reply;
  readonly #state: State;
  readonly #identity: UserIdentity;
  /**
   * Error numerics become NOTICEs only for a registered session: before, they may concern the registration.
   */
  readonly #isRegistered: boolean;

  constructor(inner: Reply, state: State, name: ServiceName) {
    super(inner.session, inner.server, null, state.counters);
    this.#inner = inner;
    this.#state = state;
    this.#identity = serviceIdentity(state, name);
    this.#isRegistered = inner.session.user !== null;
  }

  override get units(): number {
    return this.#inner.units;
  }

  override get isFull(): boolean {
    return this.#inner.isFull;
  }

  /** Sends each sentence in a NOTICE from the service. */
  say(...sentences: readonly string[]): void {
    for (const sentence of sentences) {
      const { now: time, ports } = this.#state;
      const tags = tagsOf(
        { time, msgid: ports.random.id(), by: this.#identity },
        this.session.dialect,
      );
      const params = [this.session.nickOrStar, sentence];
      super.line("NOTICE", params, sourceOf(this.#identity), tags);
    }
  }

  override numeric(numeric: string, ...params: readonly string[]): void {
    if (LOG_IN_NUMERICS.has(numeric) || (this.#isRegistered && /^[45]|^696$/.test(numeric))) {
      this.say(params.at(-1) ?? "");
    } else super.numeric(numeric, ...params);
  }

  override line(verb: string, params: readonly string[], source?: string, tags?: string): void {
    if (verb === "REGISTER") this.say(params.at(-1) ?? "");
    else super.line(verb, params, source, tags);
  }

  override fail(_: string, code: string, __: readonly string[], sentence: string): void {
    this.say(FAIL_SENTENCES[code] ?? sentence);
  }

  override note(_: string, code: string, context: readonly string[], sentence: string): void {
    const shown = DETAILED_NOTES.has(code) ? [...context, sentence] : [sentence];
    const text = shown.filter((part) => part !== "").join("  ");
    if (text !== "") this.say(text);
  }

  override warn(_: string, __: string, ___: readonly string[], sentence: string): void {
    this.say(sentence);
  }

  override add(line: EncodedLine): void {
    this.#inner.add(line);
  }

  override batch(type: string, params: readonly string[], fill: () => void): void {
    this.#inner.batch(type, params, fill);
  }

  override end(): void {
    this.#inner.end();
  }
}
