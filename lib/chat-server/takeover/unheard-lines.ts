import type { Message } from "../../protocol/wire/message.ts";
import type { DocumentedVerb } from "../help-pages.ts";

/** Commands that only ask. */
const QUESTIONS: ReadonlySet<string> = new Set<DocumentedVerb>([
  ...(["PING", "CAP", "ISUPPORT", "MOTD", "VERSION", "TIME", "INFO", "ADMIN", "LUSERS"] as const),
  ...(["LINKS", "STATS", "HELP", "HELPOP", "WHO", "WHOIS", "WHOWAS", "NAMES", "LIST"] as const),
  ...(["USERHOST", "ISON", "CHATHISTORY", "HISTORY", "SEARCH", "AUDIT"] as const),
  // What these change is the session's own, and the same if it is changed again.
  "MONITOR",
]);

/** Commands that only ask when they have as many parameters as this at most. */
const QUESTION_UP_TO: ReadonlyMap<string, number> = new Map<DocumentedVerb, number>([
  ...([["TOPIC", 1] as const, ["MODE", 1] as const, ["MARKREAD", 1] as const] as const),
  ...([["SILENCE", 0] as const, ["INVITE", 0] as const, ["REPORTS", 0] as const] as const),
]);

/** Commands of which these subcommands change nothing, or the same again. */
const METADATA_QUESTIONS: ReadonlySet<string> = new Set([
  ...["GET", "LIST", "SUBS", "SYNC", "SUB", "UNSUB"],
]);

/**
 * Lines of one session that another server has run, and whose answers may have been lost with it: the connection has not
 * got them. The oldest comes first.
 */
export class UnheardLines {
  readonly #messages: Message[];

  constructor(messages: readonly Message[]) {
    this.#messages = [...messages];
  }

  /** Removes the line that said a message, and returns it; `null` if none of them did. */
  takeSaid(target: string, text: string): Message | null {
    const index = this.#messages.findIndex(({ verb, params }) => {
      const [first = "", second = ""] = params;
      // The lines of a multiline message follow it. Which text it has is not looked at: its label is on its first line.
      if (verb === "BATCH") return first.startsWith("+") && params[2] === target;
      return (verb === "PRIVMSG" || verb === "NOTICE") && first === target && second === text;
    });
    return this.#messages.splice(index, index < 0 ? 0 : 1)[0] ?? null;
  }

  /** Returns those that are left, and forgets them. */
  takeAll(): readonly Message[] {
    return this.#messages.splice(0);
  }
}

/** Returns whether a line only asks, so that it can be run again for its answer. */
export function isQuestion({ verb, params }: Message): boolean {
  if (verb === "METADATA") return METADATA_QUESTIONS.has(params[1]?.toUpperCase() ?? "");
  return QUESTIONS.has(verb) || params.length <= (QUESTION_UP_TO.get(verb) ?? -1);
}
