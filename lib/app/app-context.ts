import type { ServerRefusal } from "../member-client/server-refusal.ts";
import type { ServerLink } from "../protocol/server-link.ts";
import { sanitize } from "../terminal/sanitize.ts";
import type { AppPorts, AppSettings } from "./app-ports.ts";
import { refusal } from "./chat-screen/draw/system-line.ts";
import type { DateFormat } from "./i18n/date-format.ts";
import type { Language } from "./i18n/language.ts";
import type { Words } from "./i18n/words.ts";
import type { Prompts } from "./menu/prompts.ts";

/** What every page of the menu is given. The language may change on the way. */
export interface App {
  readonly ports: AppPorts;
  readonly settings: AppSettings;
  readonly prompts: Prompts;
  readonly words: Words;
  readonly calendar: DateFormat;
  readonly language: Language;
  setLanguage(language: Language): void;
}

/** A server as a person knows it. */
export function hostOf(link: ServerLink): string {
  return sanitize(link.host);
}

/** The name under which things of a server are kept. */
export function placeOf(link: ServerLink): string {
  return `${link.host.toLowerCase()}:${link.port}`;
}

/** The sentence for an answer that nothing on the page has a better one for. */
export function refusalSentence(words: Words, outcome: ServerRefusal): string {
  switch (outcome.kind) {
    case "slowed":
      return outcome.seconds === null
        ? words.failures.RATE_LIMITED("")
        : words.logIn.slow(outcome.seconds);
    case "busy":
      return words.failures.TEMPORARILY_UNAVAILABLE("");
    case "lost":
      return words.menu.lost;
    case "not-offered":
      return words.slash.notOffered;
    case "other":
      return refusal(words, outcome.code, [], outcome.text);
  }
}

/** A question by callback as one that can be waited for. */
export function asked<Value>(ask: (done: (value: Value) => void) => void): Promise<Value> {
  return new Promise((resolve) => ask(resolve));
}
