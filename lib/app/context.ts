import type { Refusal } from "../member-client/refusal.ts";
import type { ServerLink } from "../protocol/link.ts";
import { isInteractive } from "../terminal/tty.ts";
import { clean } from "../terminal/width.ts";
import type { Calendar } from "./calendar.ts";
import { makeCalendar } from "./calendar.ts";
import { refusal } from "./chat-screen/system-line.ts";
import type { Language } from "./language.ts";
import type { AppSettings, Ports } from "./ports.ts";
import { makePrompts, type Prompts } from "./prompt.ts";
import { plainPrompts } from "./prompt-plain.ts";
import { type Words, wordsFor } from "./words.ts";

/** What every page of the menu is given. The language may change on the way. */
export interface App {
  readonly ports: Ports;
  readonly settings: AppSettings;
  readonly prompts: Prompts;
  readonly words: Words;
  readonly calendar: Calendar;
  readonly language: Language;
  setLanguage(language: Language): void;
}

/** Null without a terminal. */
export function makeApp(ports: Ports, settings: AppSettings, language: Language): App | null {
  let chosen = language;
  let words = wordsFor(language);
  let calendar = makeCalendar(language);
  const { stdin, stdout } = ports;
  if (!isInteractive(stdin, stdout)) return null;
  const prompts = settings.append
    ? plainPrompts(stdin, stdout, () => words)
    : makePrompts(stdin, stdout, settings.holdSubmit, () => words);
  return {
    ports,
    settings,
    prompts,
    get words() {
      return words;
    },
    get calendar() {
      return calendar;
    },
    get language() {
      return chosen;
    },
    setLanguage(next) {
      chosen = next;
      words = wordsFor(next);
      calendar = makeCalendar(next);
      ports.keep({ language: next });
    },
  };
}

/** A server as a person knows it. */
export function hostOf(link: ServerLink): string {
  return clean(link.host);
}

/** The name under which things of a server are kept. */
export function placeOf(link: ServerLink): string {
  return `${link.host.toLowerCase()}:${link.port}`;
}

/** The sentence for an answer that nothing on the page has a better one for. */
export function refusalSentence(words: Words, outcome: Refusal): string {
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
