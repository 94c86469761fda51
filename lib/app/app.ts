/** The interactive client: connect to a server, log in by the menu, chat, log out, until the user quits. */

import { chooseLanguage, type Language } from "../protocol/language.ts";
import { parseLink } from "../protocol/server-link.ts";
import { isInTmux, withTmuxColours } from "../terminal/multiplexer.ts";
import { NO_PICTURE_ANSWERS } from "../terminal/picture-answers.ts";
import { isInteractive, restoreTerminal } from "../terminal/restore-on-exit.ts";
import {
  type App,
  type KnownTerminal,
  localeKeyboard,
  questionForBackground,
} from "./app-context.ts";
import type { AppPorts } from "./app-ports.ts";
import type { AppSettings } from "./app-settings.ts";
import { wantsToLeave } from "./connection/connect-choices.ts";
import { makeDateFormat } from "./i18n/date-format.ts";
import { wordsFor } from "./i18n/words.ts";
import { InputTable } from "./input-table.ts";
import { askServer } from "./menu/ask-server.ts";
import { plainPrompts } from "./menu/plain-prompts.ts";
import { makePrompts } from "./menu/prompts.ts";
import { sanitizedPrompts } from "./menu/sanitized-prompts.ts";
import { lastPlace } from "./saved/server-list.ts";
import { OpenServers } from "./servers/open-servers.ts";

/** Exit codes: the user left, no server was reached, or standard input and output are no terminal. */
const APP_EXIT = { done: 0, noServer: 1, noTerminal: 2 } as const;

/** Runs the interactive client until the user quits. Resolves to the exit code of the process. */
export async function runApp(ports: AppPorts, settings: AppSettings): Promise<number> {
  const language = chooseLanguage(settings.lang, ports.saved.language ?? null, ports.environment);
  const app = makeApp(ports, settings, language);
  if (app === null) {
    ports.printError(wordsFor(language).terminal.none(ports.program));
    return APP_EXIT.noTerminal;
  }
  if (!settings.append) restoreTerminal(ports.stdout);
  app.prompts.intro("Sodam 소담");
  return runClient(app);
}

/** Runs menus and chat, with prompts that are there already, until the user quits. Resolves to the exit code. */
export async function runClient(app: App): Promise<number> {
  const { ports, settings } = app;
  let link =
    settings.server === null
      ? parseLink(ports.saved.server ?? "")
      : lastPlace(ports, settings.server);
  warnOfUnsaved(app);
  const servers = new OpenServers();
  let tryDevice = true;
  for (;;) {
    link ??= await askServer(app);
    if (link === null) {
      if (await wantsToLeave(app, "quit")) return leave(app, APP_EXIT.done);
      continue;
    }
    // Imported here: the first question doesn't wait for the code of sessions and menus.
    const { openFirst, alternateMenuAndChat, closeServer } = await import("./menu-and-chat.ts");
    const failure = await openFirst(app, servers, link, tryDevice);
    if (failure === "not-connected") return leave(app, APP_EXIT.noServer);
    if (failure === "quit") return leave(app, APP_EXIT.done);
    if (failure === "other-server") {
      link = null;
      continue;
    }
    if (app.scripts === undefined && ports.scripts !== undefined) {
      // Imported here: most people have no scripts, and the first menu doesn't wait for the code.
      const { startScripts } = await import("./scripts/start-scripts.ts");
      startScripts(app, servers);
    }
    const nextStep = await alternateMenuAndChat(app, servers);
    for (const open of servers.all) closeServer(app, servers, open);
    if (nextStep === "quit") return leave(app, APP_EXIT.done);
    // A user who has logged out wants the menu, not another log-in by the device.
    tryDevice = false;
    link = nextStep === "other-server" ? null : nextStep;
  }
}

/** Returns null without a terminal. */
function makeApp(ports: AppPorts, settings: AppSettings, initialLanguage: Language): App | null {
  let language = initialLanguage;
  let words = wordsFor(initialLanguage);
  let calendar = makeDateFormat(initialLanguage);
  const { stdin, stdout } = ports;
  if (!isInteractive(stdin, stdout)) return null;
  const terminal = knowTerminal(ports, settings);
  const prompts = sanitizedPrompts(
    settings.append
      ? plainPrompts(stdin, stdout, () => words)
      : makePrompts(stdin, stdout, settings, localeKeyboard(ports, language), () => words, {
          backgroundQuery: questionForBackground(ports, settings),
          onBackground: (colour) => {
            terminal.background = colour;
          },
        }),
  );
  return {
    ...{ ports, settings, prompts, terminal, input: new InputTable(settings) },
    get words() {
      return words;
    },
    get calendar() {
      return calendar;
    },
    get language() {
      return language;
    },
    setLanguage(lang) {
      language = chooseLanguage(lang, null, ports.environment);
      words = wordsFor(language);
      calendar = makeDateFormat(language);
      // Earlier versions saved it there.
      if (ports.saved.language !== undefined) ports.save({ language: "" });
    },
  };
}

/**
 * Returns what is known of the terminal now. Behind tmux, what the terminal outside can is known some milliseconds later,
 * mostly before the chat opens, which never waits for it.
 */
function knowTerminal({ environment, askTmux }: AppPorts, settings: AppSettings): KnownTerminal {
  const terminal: KnownTerminal = {
    ...{ background: null, tmux: null, pictureAnswers: NO_PICTURE_ANSWERS, onTmux: () => {} },
    environment: withTmuxColours(environment, ""),
  };
  if (isInTmux(environment) && !settings.append) {
    void askTmux().then((tmux) => {
      terminal.tmux = tmux;
      terminal.environment = withTmuxColours(environment, tmux?.features ?? "");
      terminal.onTmux();
    });
  }
  return terminal;
}

/** Says once, before anything is typed, that nothing is remembered on this device. */
function warnOfUnsaved({ ports, prompts, words }: App): void {
  if (ports.unsaved !== null) {
    const { path, why } = ports.unsaved;
    prompts.warn(words.unsaved.notice(path, words.unsaved[why]));
  }
}

function leave(app: App, exitCode: number): number {
  app.scripts?.end();
  app.prompts.outro(app.words.menu.goodbye);
  return exitCode;
}
