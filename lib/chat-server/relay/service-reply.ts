import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { UserIdentity } from "../event.ts";
import type { State } from "../state.ts";
import { sourceOf } from "../users/user.ts";
import { type EncodedLine, tagsOf } from "./encode-event.ts";
import { Reply } from "./reply.ts";

/** Whom people write to about accounts and rooms, for want of a better way in their client. */
export type ServiceName = "NickServ" | "ChanServ";

/** A service, as the one who did something. Nobody else can be called so. */
export function serviceIdentity(state: State, name: ServiceName): UserIdentity {
  const host = state.options.name;
  // The cast: the name is reserved, which is why no parser gives it.
  const nick = name as string as UserIdentity["nick"];
  return { nick, user: "services", host, account: null, realname: name, bot: true };
}

/**
 * An answer by a service: what the handlers behind it refuse or note is said in a NOTICE, as a person reads
 * it. What a client has to know (that one is logged in, a JOIN, a greeting) passes as it is.
 */
export class ServiceReply extends Reply {
  readonly #inner: Reply;
  readonly #state: State;
  readonly #who: UserIdentity;
  /** Somebody who isn't here yet has numerics to hear that are no answer to what they asked. */
  readonly #isHere: boolean;

  constructor(inner: Reply, state: State, name: ServiceName) {
    super(inner.session, inner.server, null, state.nextBatchId);
    this.#inner = inner;
    this.#state = state;
    this.#who = serviceIdentity(state, name);
    this.#isHere = inner.session.user !== null;
  }

  /** Says sentences, each in a NOTICE. */
  say(...sentences: readonly string[]): void {
    for (const sentence of sentences) {
      const { now: time, ports } = this.#state;
      const tags = tagsOf({ time, msgid: ports.random.id(), by: this.#who }, this.session.dialect);
      const params = [this.session.nickOrStar, sentence];
      super.line("NOTICE", params, sourceOf(this.#who), tags);
    }
  }

  override numeric(numeric: string, ...params: readonly string[]): void {
    if (LOG_IN.has(numeric) || (this.#isHere && /^[45]/.test(numeric))) {
      this.say(params.at(-1) ?? "");
    } else super.numeric(numeric, ...params);
  }

  override line(verb: string, params: readonly string[], source?: string, tags?: string): void {
    if (verb === "REGISTER") this.say(params.at(-1) ?? "");
    else super.line(verb, params, source, tags);
  }

  override fail(_: string, code: string, __: readonly string[], sentence: string): void {
    this.say(SENTENCES[code] ?? sentence);
  }

  override note(_: string, code: string, context: readonly string[], sentence: string): void {
    if (code === "CERT") this.say(`${context.join("  ")}  ${sentence}`);
    else this.say(sentence);
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

/** The outcome of a log-in, which SASL tells in numerics. */
const LOG_IN: ReadonlySet<string> = new Set([NUMERIC.RPL_SASLSUCCESS, NUMERIC.ERR_SASLFAIL]);

/** Where the usual sentence names a command that whoever writes to a service doesn't use. */
const SENTENCES: Readonly<Record<string, string>> = {
  CONFIRMATION_REQUIRED: "Say your password first: CONFIRM <password>",
  INVITATION_REQUIRED:
    "This server is by invitation: REGISTER <password> <e-mail or *> <invitation>",
  NEED_NICK: "Say a nick first",
  ACCOUNT_REQUIRED: "Log in first: IDENTIFY [account] <password>",
};
