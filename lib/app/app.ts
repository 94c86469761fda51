/** The interactive client: connect to a server, log in by the menu, chat, log out, until the user quits. */

import { SERVER_KEY } from "../chat-client/client-state.ts";
import { SECURITY_CODE } from "../chat-client/receive/replies.ts";
import { isSodam } from "../chat-client/server-names.ts";
import type { ChatSession } from "../chat-client/session.ts";
import { chooseLanguage, type Language } from "../protocol/language.ts";
import { formatLink, isLinkLike, parseLink, type ServerLink } from "../protocol/server-link.ts";
import { type Keyboard, keyboardOf } from "../terminal/ime-submit.ts";
import { clipboardSequence } from "../terminal/multiplexer.ts";
import { isInteractive, restoreTerminal } from "../terminal/tty.ts";
import { type App, isServerOwner, serverKey } from "./app-context.ts";
import type { AppPorts, AppSettings } from "./app-ports.ts";
import type { ChatMemory } from "./chat-screen/chat-screen.ts";
import { systemSentence } from "./chat-screen/draw/system-line.ts";
import { EMPTY_UI } from "./chat-screen/ui-state.ts";
import { type ConnectedServer, connectToServer } from "./connection/connect-to-server.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import { makeDateFormat } from "./i18n/date-format.ts";
import { wordsFor } from "./i18n/words.ts";
import { InputTable } from "./input-table.ts";
import { chooseNetwork } from "./menu/bouncer-menu.ts";
import { showMenu } from "./menu/main-menu.ts";
import { fetchPendingInvites } from "./menu/pending-invites.ts";
import { plainPrompts } from "./menu/plain-prompts.ts";
import { askReceipts, showProfile, showProfilePage } from "./menu/profile-menu.ts";
import { makePrompts } from "./menu/prompts.ts";
import { type AccountInfo, chooseRoom, joinRoom, type RoomsChoice } from "./menu/rooms-menu.ts";
import { sanitizedPrompts } from "./menu/sanitized-prompts.ts";
import { logChat } from "./saved/chat-log.ts";
import { DraftAutosave, draftOwner, unsentCount, unsentIn, withDrafts } from "./saved/drafts.ts";
import { joinSavedRooms, saveRooms } from "./saved/joined-rooms.ts";
import { saveMutes } from "./saved/mutes.ts";
import { recordHistory } from "./saved/recorded-history.ts";
import type { MenuPage } from "./slash/slash-command.ts";

/** Exit codes: the user left, no server was reached, or standard input and output are no terminal. */
const APP_EXIT = { done: 0, noServer: 1, noTerminal: 2 } as const;

/** Notices about the account that are shown after the log-in; the chat with the server has all of them. */
const NOTICES_SHOWN_MAX = 50;

/** Runs the interactive client until the user quits. Resolves to the exit code of the process. */
export async function runApp(ports: AppPorts, settings: AppSettings): Promise<number> {
  const language = chooseLanguage(settings.lang, ports.saved.language ?? null, ports.environment);
  const app = makeApp(ports, settings, language);
  if (app === null) {
    ports.printError(wordsFor(language).terminal.none(ports.program));
    return APP_EXIT.noTerminal;
  }
  let link = settings.server ?? parseLink(ports.saved.server ?? "");
  if (!settings.append) restoreTerminal(ports.stdout);
  app.prompts.intro("Sodam 소담");
  warnOfUnsaved(app);
  let tryDevice = true;
  for (;;) {
    link ??= await askServer(app);
    if (link === null) return leave(app, APP_EXIT.done);
    const server = await connectToServer(app, link);
    if (server === "quit") return leave(app, APP_EXIT.noServer);
    if (server === "other-server") {
      link = null;
      continue;
    }
    // The certificate is trusted by now. Saved before the log-in: a user who quits need not name the server
    // again.
    if (app.ports.saved.server === undefined) saveServer(app, link);
    const nextStep = await useServer(app, server, tryDevice);
    server.connection.end();
    if (nextStep === "quit") return leave(app, APP_EXIT.done);
    // A user who has logged out wants the menu, not another log-in by the device.
    tryDevice = false;
    link =
      nextStep === "other-server"
        ? null
        : { ...server.connection.link, invitation: null, room: null, reset: null };
  }
}

/** Guesses what is typed with the keyboard from the languages of the program and of the system. */
function localeKeyboard({ environment }: AppPorts, language: Language): Keyboard {
  const { LC_ALL, LC_CTYPE, LC_MESSAGES, LANG } = environment;
  return keyboardOf([language, LC_ALL, LC_CTYPE, LC_MESSAGES, LANG]);
}

/** Returns null without a terminal. */
function makeApp(ports: AppPorts, settings: AppSettings, initialLanguage: Language): App | null {
  let language = initialLanguage;
  let words = wordsFor(initialLanguage);
  let calendar = makeDateFormat(initialLanguage);
  const { stdin, stdout } = ports;
  if (!isInteractive(stdin, stdout)) return null;
  const prompts = sanitizedPrompts(
    settings.append
      ? plainPrompts(stdin, stdout, () => words)
      : makePrompts(stdin, stdout, settings, localeKeyboard(ports, language), () => words),
  );
  return {
    ...{ ports, settings, prompts, input: new InputTable(settings) },
    get words() {
      return words;
    },
    get calendar() {
      return calendar;
    },
    get language() {
      return language;
    },
    setLanguage(newLanguage) {
      language = newLanguage;
      words = wordsFor(newLanguage);
      calendar = makeDateFormat(newLanguage);
      ports.save({ language: newLanguage });
    },
  };
}

/** Says once, before anything is typed, that nothing is remembered on this device. */
function warnOfUnsaved({ ports, prompts, words }: App): void {
  if (ports.unsaved !== null) {
    const { path, why } = ports.unsaved;
    prompts.warn(words.unsaved.notice(path, words.unsaved[why]));
  } else if (typeof ports.device === "object") prompts.warn(ports.device.problem);
}

type NextStep = "quit" | "other-server" | "menu";

/** Shows the menu of a connected server and, once the user is logged in, the rooms and the chat. */
async function useServer(app: App, server: ConnectedServer, tryDevice: boolean): Promise<NextStep> {
  const { connection } = server;
  const outcome = await showMenu(app, server, tryDevice);
  if (outcome !== "logged-in") return outcome;
  connection.autoReconnect = true;
  saveServer(app, connection.link);
  saveMutes(connection, app.ports);
  saveRooms(connection, app.ports);
  if (app.ports.history !== null) recordHistory(connection, app.ports.history);
  if (app.ports.log !== null) logChat(connection, app.ports.log);
  return useAccount(app, connection);
}

/** Runs what a logged-in user sees, and saves the drafts at the end. */
async function useAccount(app: App, connection: ServerConnection): Promise<NextStep> {
  const { session, link } = connection;
  const unsent = () => unsentIn(session.state);
  const owner = draftOwner(serverKey(link), session.state.me.account);
  const drafts = new DraftAutosave(app.ports, owner, unsent);
  const keyboard = localeKeyboard(app.ports, app.language);
  const memory: ChatMemory = { ui: withDrafts({ ...EMPTY_UI, keyboard }, drafts.saved), drafts };
  drafts.changed(memory.ui);
  const stopListening = connection.listen(({ kind }) => {
    if (kind === "line-changed" || kind === "line-added") drafts.linesChanged();
  });
  await askReceipts(app, connection.session);
  await chooseNetwork(app, connection);
  const account = {
    isOwner: isSodam(session.state) && (await isServerOwner(session)),
    invitedRooms: isSodam(session.state) ? await fetchPendingInvites(session) : [],
  };
  await joinSavedRooms(connection, app.ports);
  warnOfNotices(app, session);
  const nextStep = await alternateMenuAndChat(app, connection, memory, account);
  stopListening();
  drafts.write(memory.ui);
  const unsentMessages = unsentCount(unsent());
  if (unsentMessages > 0) app.prompts.info(app.words.rooms.unsentKept(unsentMessages));
  return nextStep;
}

/** Shows in the menu what happened to the account while the user was away, the newest of it. */
function warnOfNotices({ prompts, words }: App, { state }: ChatSession): void {
  const lines = state.conversations.get(SERVER_KEY)?.lines ?? [];
  const notices = lines.filter(({ code }) => code === SECURITY_CODE);
  for (const line of notices.slice(-NOTICES_SHOWN_MAX)) {
    prompts.warn(systemSentence(line, words)?.text ?? "");
  }
}

async function alternateMenuAndChat(
  app: App,
  connection: ServerConnection,
  memory: ChatMemory,
  account: AccountInfo,
): Promise<NextStep> {
  const { room } = connection.link;
  let linkedRoom = room === null ? null : await joinRoom(app, connection, room);
  for (;;) {
    const choice: RoomsChoice =
      linkedRoom === null
        ? await chooseRoom(app, connection, memory.ui.current, account)
        : { kind: "chat", to: linkedRoom };
    linkedRoom = null;
    switch (choice.kind) {
      case "quit":
        return "quit";
      case "log-out":
        return "menu";
      case "profile":
        if ((await showProfile(app, connection, account.isOwner)) === "deleted") return "menu";
        break;
      case "chat": {
        let to = choice.to;
        for (let isInChat = true; isInChat; to = null) {
          const runChat = await loadChat(app);
          const end = await runChat(app, connection, memory, to);
          if (end.kind === "reveal") {
            await printForCopying(app, end.text, end.copied);
            continue;
          }
          if (end.kind === "locked-out") {
            app.prompts.warn(end.why ?? app.words.logIn.lockedOut);
            return "menu";
          }
          if (end.kind !== "menu") return "quit";
          isInChat = end.page !== "rooms";
          if (isInChat && (await showPage(app, connection, end.page)) === "deleted") return "menu";
        }
      }
    }
  }
}

/** Imports the chat screen when the first room is entered: its 15 ms need not delay the menu. */
async function loadChat({ settings }: App) {
  if (settings.append) return (await import("./append-mode.ts")).runAppend;
  return (await import("./chat-screen/chat-screen.ts")).runChat;
}

/** Shows a profile page that a slash command opened; afterwards the user is back in the chat. */
async function showPage(app: App, connection: ServerConnection, page: MenuPage) {
  if (page === "rooms") return "back";
  const outcome = await showProfilePage(app, connection, page);
  // Otherwise the chat screen would cover the page's last sentence at once.
  if (outcome === "back" && !app.settings.append) await waitUntilRead(app);
  return outcome;
}

/**
 * Prints text outside of the chat screen: whole lines with nothing beside them can be selected and copied. On
 * request the terminal puts `copied` on the clipboard.
 */
async function printForCopying(app: App, text: string, copied: string): Promise<void> {
  const { ports, prompts, words } = app;
  ports.stdout.write(`\n${text}\n\n`);
  const bytes = clipboardSequence(copied, ports.environment);
  const choice = await prompts.select(words.menu.whenRead, [
    { value: "back" as const, label: words.rooms.open },
    ...(bytes === "" ? [] : [{ value: "copy" as const, label: words.menu.copy }]),
  ]);
  if (choice === "copy") ports.stdout.write(bytes);
}

async function waitUntilRead({ prompts, words }: App): Promise<void> {
  await prompts.select(words.menu.whenRead, [{ value: true, label: words.rooms.open }]);
}

async function askServer(app: App): Promise<ServerLink | null> {
  const { prompts, words } = app;
  const typed = await prompts.text(words.menu.askServer, {
    problem: (text) => {
      if (parseLink(text) !== null) return null;
      return isLinkLike(text) ? words.menu.cutLink : words.menu.badServer;
    },
  });
  return typed === null ? null : parseLink(typed);
}

/**
 * Saves the server without its invitation, which works once, and its fingerprint, which is in
 * known-servers.json.
 */
function saveServer(app: App, link: ServerLink): void {
  const { host, port } = link;
  app.ports.save({
    server: formatLink({ host, port, fingerprint: null, invitation: null, room: null }),
  });
}

function leave(app: App, exitCode: number): number {
  app.prompts.outro(app.words.menu.goodbye);
  return exitCode;
}
