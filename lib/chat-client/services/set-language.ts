/**
 * Tells NickServ in which language services are to speak to the user: SET LANGUAGE of Anope and Atheme. Anope answers
 * in the new language, so that only words which no translation has can be recognized: the command's own name, and the
 * list of languages in its help.
 */
import { fold } from "../../protocol/names.ts";
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { HandlerContext } from "../handler-context.ts";
import type { LanguageAnswer } from "../session-interface.ts";
import { NICKSERV, type NickServ } from "./nickserv-log-in.ts";

/** The code of the line with what NickServ answered; its parameters are the answer's kind, language and text. */
export const SERVICE_LANGUAGE_CODE = "SERVICE_LANGUAGE";

/** How long NickServ may take to answer, in ticks of a second. */
const ANSWER_SECONDS_MAX = 15;
/** Nothing marks the end of an answer: it is over when nothing has come for so many ticks. */
const QUIET_SECONDS = 2;
/** Lines of an answer; Anope's help with its twelve languages has some twenty. */
const LINES_MAX = 60;

/** How Anope lists a language in HELP SET LANGUAGE: "   de_DE.UTF-8 (Deutsch)". */
const LISTED = /^\s*([a-z]{2,3}(?:[_-][A-Za-z]{2,4})?(?:\.[\w-]+)?)\s+\((.+)\)\s*$/;
/** Anope repeats how the command is written, in any language; Atheme says what is wrong. */
const REFUSED =
  /\bset language\b|\b(?:invalid|unknown|insufficient|not (?:available|supported|valid|identified|logged))\b|logged (?:in|into)\b|no such/i;

/** What a user is told who didn't ask just now. The rest is tried again at the next log-in. */
const NEWS: ReadonlySet<LanguageAnswer["kind"]> = new Set(["accepted", "refused", "unknown"]);

interface Listed {
  readonly code: string;
  readonly name: string;
}

/** Owns the one question about a language that is being asked on a connection. */
export class ServiceLanguage {
  readonly #context: HandlerContext;
  readonly #services: NickServ;
  #stage: "none" | "verifying" | "listing" | "setting" = "none";
  #language = "";
  #lines: string[] = [];
  #seconds = 0;
  #quietSeconds = 0;
  #done: (answer: LanguageAnswer) => void = () => {};

  constructor(context: HandlerContext, services: NickServ) {
    this.#context = context;
    this.#services = services;
  }

  /** Forgets what was asked, after the connection broke. */
  reset(): void {
    this.#end("lost", "");
  }

  /** Asks for a language, once the server has said that NickServ is one of its services. */
  set(language: string, isNews: boolean, done: (answer: LanguageAnswer) => void): void {
    this.#end("lost", "");
    this.#stage = "verifying";
    this.#language = language;
    this.#done = (answer) => {
      done(answer);
      if (isNews && NEWS.has(answer.kind)) this.#tell(answer);
    };
    this.#services.verify((isService) => {
      if (this.#stage !== "verifying" || this.#language !== language) return;
      if (!isService) return this.#end("no-nickserv", "");
      this.#say("listing", "HELP SET LANGUAGE");
    });
  }

  #tell({ kind, language, text }: LanguageAnswer): void {
    const params = [kind, language, text];
    const note: Message = { verb: "NOTE", params, tags: new Map(), source: null };
    this.#context.addInfo(this.#context.store.server, note, SERVICE_LANGUAGE_CODE);
  }

  /** Call it once a second. */
  tick(): void {
    if (this.#stage !== "listing" && this.#stage !== "setting") return;
    this.#seconds += 1;
    this.#quietSeconds += 1;
    const isOver = this.#lines.length > 0 && this.#quietSeconds >= QUIET_SECONDS;
    if (isOver || this.#seconds >= ANSWER_SECONDS_MAX) this.#proceed();
  }

  /** Takes what NickServ answers. Returns whether no other handler may see the message. */
  handle({ verb, params, source }: Message): boolean {
    if (this.#stage !== "listing" && this.#stage !== "setting") return false;
    const nick = nickOf(source ?? "");
    const text = params[1] ?? "";
    if (verb === "PRIVMSG" && this.#context.store.isMe(nick)) {
      return fold(params[0] ?? "") === fold(NICKSERV) && /^(?:HELP )?SET LANGUAGE\b/.test(text);
    }
    if (verb !== "NOTICE" || fold(nick) !== fold(NICKSERV)) return false;
    if (!this.#context.store.isMe(params[0] ?? "")) return false;
    this.#quietSeconds = 0;
    if (this.#lines.length < LINES_MAX) this.#lines.push(text);
    return true;
  }

  #say(stage: "listing" | "setting", text: string): void {
    this.#stage = stage;
    this.#lines = [];
    this.#seconds = 0;
    this.#quietSeconds = 0;
    this.#context.send("PRIVMSG", [NICKSERV, text]);
  }

  #proceed(): void {
    const lines = this.#lines.map((line) => line.trim()).filter((line) => line !== "");
    if (this.#stage === "setting") {
      if (lines.length === 0) return this.#end("silent", "");
      return this.#end(
        lines.some((line) => REFUSED.test(line)) ? "refused" : "accepted",
        lines.join(" "),
      );
    }
    // Where nothing is configured, Anope says yes to anything and changes nothing: the list is what counts.
    const listed = listedIn(this.#lines);
    const fitting = listed.length === 0 ? this.#language : codeFor(this.#language, listed);
    if (fitting === null) {
      return this.#end("unknown", listed.map(({ code, name }) => `${code} (${name})`).join(", "));
    }
    this.#language = fitting;
    this.#say("setting", `SET LANGUAGE ${fitting}`);
  }

  #end(kind: LanguageAnswer["kind"], text: string): void {
    if (this.#stage === "none") return;
    this.#stage = "none";
    this.#done({ kind, language: this.#language, text });
  }
}

function listedIn(lines: readonly string[]): Listed[] {
  return lines.flatMap((line) => {
    const [, code = "", name = ""] = LISTED.exec(line) ?? [];
    return code === "" ? [] : [{ code, name }];
  });
}

/**
 * Returns the code by which services know a language: the user may leave out the encoding or the country ("de_DE" or
 * "de" for "de_DE.UTF-8"), or write its name. Returns null where none fits, or several do.
 */
function codeFor(language: string, listed: readonly Listed[]): string | null {
  const wanted = language.toLowerCase().replace("-", "_");
  const plain = (code: string): string => code.toLowerCase().replace("-", "_");
  const exact = listed.find(({ code }) => code === language);
  const fitting = listed.filter(({ code, name }) => {
    const known = plain(code);
    const isPart = known.startsWith(`${wanted}.`) || known.startsWith(`${wanted}_`);
    return known === wanted || isPart || name.toLowerCase() === language.toLowerCase();
  });
  return exact?.code ?? (fitting.length === 1 ? (fitting[0]?.code ?? null) : null);
}
