import type { ChatSession } from "../chat-client/session.ts";
import { listInvitations } from "../member-client/invitations.ts";
import type { ServerRefusal } from "../member-client/server-refusal.ts";
import type { Language } from "../protocol/language.ts";
import { formatAddress, type ServerLink } from "../protocol/server-link.ts";
import { backgroundQuery } from "../terminal/background.ts";
import type { Rgb } from "../terminal/colour.ts";
import { type Keyboard, keyboardOf } from "../terminal/ime-submit.ts";
import type { PictureAnswers } from "../terminal/picture-answers.ts";
import type { OutsideTmux } from "../terminal/pictures/picture-look.ts";
import { sanitize } from "../terminal/sanitize.ts";
import { needsBackground } from "../terminal/theme.ts";
import type { AppPorts, SavedState } from "./app-ports.ts";
import type { AppSettings } from "./app-settings.ts";
import type { DateFormat } from "./i18n/date-format.ts";
import { failureSentence, type Words } from "./i18n/words.ts";
import type { InputTable } from "./input-table.ts";
import type { Prompts } from "./menu/prompts.ts";
import type { ScriptHost } from "./scripts/script-host.ts";

/** What is known of the terminal. */
export interface KnownTerminal {
  /** null until it has said. */
  background: Rgb | null;
  /** It tells the colours. */
  environment: AppPorts["environment"];
  pictureAnswers: PictureAnswers;
  /** null where there is no tmux, or until it has said. */
  tmux: OutsideTmux | null;
  /** Called when it has said so: what is on the screen may be drawn in another way. */
  onTmux: () => void;
}

/**
 * What every menu and the chat screen work with. `words`, `calendar` and `language` change together when the
 * user picks another language, so read them when they are needed and don't store them.
 */
export interface App {
  readonly ports: AppPorts;
  readonly settings: AppSettings;
  /** Aliases, the user's keys, and what scripts add. */
  readonly input: InputTable;
  readonly prompts: Prompts;
  readonly terminal: KnownTerminal;
  /** The user's scripts, from the first log-in on. */
  scripts?: ScriptHost;
  readonly words: Words;
  readonly calendar: DateFormat;
  readonly language: Language;
  /** Switches to the language of client.toml now. null: it has none, and the environment's counts. */
  setLanguage(lang: string | null): void;
}

/** Returns the server's address as the user sees it, without anything that a terminal would obey. */
export function hostOf(link: ServerLink): string {
  return sanitize(formatAddress(link));
}

/**
 * Returns the key under which saved state of a server is stored: "host:port", or "host:port/network" for a network of a
 * bouncer, each of which is a server of its own to the user. Lower case.
 */
export function serverKey(link: ServerLink): string {
  const { network = null } = link;
  return network === null ? machineKey(link) : `${machineKey(link)}/${network}`;
}

/** Returns the key ("host:port", lower case) of what holds for all networks of a bouncer: whether it has TLS. */
export function machineKey({ host, port }: ServerLink): string {
  return `${host.toLowerCase()}:${port}`;
}

/**
 * Returns the key under which the log-in is stored. A bouncer that lists its networks (`networks` has one of them) has
 * one account for all; behind any other each network has its own NickServ, which gets no password but its own.
 */
export function logInKey({ networks = {} }: SavedState, link: ServerLink): string {
  const machine = machineKey(link);
  const isListed = Object.keys(networks).some(
    (key) => key === machine || key.startsWith(`${machine}/`),
  );
  return isListed ? machine : serverKey(link);
}

/** Guesses what is typed with the keyboard from the languages of the program and of the system. */
export function localeKeyboard({ environment }: AppPorts, language: Language): Keyboard {
  const { LC_ALL, LC_CTYPE, LC_MESSAGES, LANG } = environment;
  return keyboardOf([language, LC_ALL, LC_CTYPE, LC_MESSAGES, LANG]);
}

/** Returns the bytes that ask the terminal for its background; "" where the theme doesn't depend on it. */
export function questionForBackground({ environment }: AppPorts, settings: AppSettings): string {
  const { colour, theme } = settings;
  return colour && needsBackground(environment, theme.choice) ? backgroundQuery(environment) : "";
}

/** Waits for work during which a key answers nothing. */
export function withoutKeys<Value>(prompts: Prompts, work: Promise<Value>): Promise<Value> {
  return prompts.ignoreKeys?.(work) ?? work;
}

/** Returns the sentence for a refusal that the calling menu has no better sentence for. */
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
      return failureSentence(words, outcome.code, "", sanitize(outcome.text));
  }
}

/**
 * Turns a call that answers by callback into a promise. It resolves to the first value; it never rejects, and
 * stays pending when the callback isn't called.
 *
 * @example const rooms = await awaitCallback((done) => session.commands.list("", done));
 */
export function awaitCallback<Value>(call: (done: (value: Value) => void) => void): Promise<Value> {
  return new Promise((resolve) => call(resolve));
}

/**
 * Asks the server whether the user owns it: only an owner may list invitations. Resolves to false on a refusal,
 * a lost connection, or a server without invitations.
 */
export function isServerOwner(session: ChatSession): Promise<boolean> {
  return awaitCallback((done) =>
    listInvitations(session, ({ kind }) => done(kind === "invitations")),
  );
}
