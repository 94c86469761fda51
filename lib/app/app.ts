/** The way of a person through the program, from the first question to the last good-bye. */
import {
  findPastedLink,
  formatLink,
  isLinkLike,
  parseLink,
  type ServerLink,
} from "../protocol/server-link.ts";
import { isInteractive, restoreTerminal } from "../terminal/tty.ts";
import { type App, placeOf } from "./app-context.ts";
import type { AppPorts, AppSettings } from "./app-ports.ts";
import type { ChatMemory } from "./chat-screen/chat-screen.ts";
import { EMPTY_UI } from "./chat-screen/ui-state.ts";
import { type ConnectedServer, connectToServer } from "./connection/connect-to-server.ts";
import type { Reconnector } from "./connection/server-connection.ts";
import { makeDateFormat } from "./i18n/date-format.ts";
import { chooseLanguage, type Language } from "./i18n/language.ts";
import { wordsFor } from "./i18n/words.ts";
import { showMenu } from "./menu/main-menu.ts";
import { earlierInvites } from "./menu/pending-invites.ts";
import { plainPrompts } from "./menu/plain-prompts.ts";
import { showProfile, showProfilePage } from "./menu/profile-menu.ts";
import { makePrompts } from "./menu/prompts.ts";
import { askReceipts } from "./menu/read-receipts-prompt.ts";
import { chooseRoom, type Standing } from "./menu/rooms-menu.ts";
import { sanitizedPrompts } from "./menu/sanitized-prompts.ts";
import { ownsServer } from "./owner.ts";
import { logChat } from "./saved/chat-log.ts";
import { DraftKeeper, draftPlace, unsentCount, unsentIn, withDrafts } from "./saved/drafts.ts";
import { saveMutes } from "./saved/mutes.ts";
import type { MenuPage } from "./slash/slash-command.ts";

/** What a shell is told: all went well, there is no terminal to talk in, or no server was reached. */
export const EXIT = { good: 0, noServer: 1, noTerminal: 2 } as const;

/** The door for client.ts: resolves to the exit code when the person has left. */
export async function runApp(ports: AppPorts, settings: AppSettings): Promise<number> {
  const language = chooseLanguage(settings.lang, ports.saved.language ?? null, ports.environment);
  const app = makeApp(ports, settings, language);
  if (app === null) {
    ports.complain(wordsFor(language).terminal.none);
    return EXIT.noTerminal;
  }
  let link = settings.server ?? parseLink(ports.saved.server ?? "");
  if (!settings.append) restoreTerminal(ports.stdout);
  app.prompts.begin("Sodam 소담");
  let byDevice = true;
  for (;;) {
    link ??= await askServer(app);
    if (link === null) return leave(app, EXIT.good);
    const reached = await connectToServer(app, link);
    if (reached === "quit") return leave(app, EXIT.noServer);
    if (reached === "other-server") {
      link = null;
      continue;
    }
    // Known and trusted: who looks in without an account isn't asked for it again.
    if (app.ports.saved.server === undefined) keepServer(app, link);
    const next = await stay(app, reached, byDevice);
    reached.connection.end();
    if (next === "quit") return leave(app, EXIT.good);
    // Who has just logged out wants to be asked.
    byDevice = false;
    link = next === "other-server" ? null : withoutInvitation(link);
  }
}

/** Null without a terminal. */
function makeApp(ports: AppPorts, settings: AppSettings, language: Language): App | null {
  let chosen = language;
  let words = wordsFor(language);
  let calendar = makeDateFormat(language);
  const { stdin, stdout } = ports;
  if (!isInteractive(stdin, stdout)) return null;
  const prompts = sanitizedPrompts(
    settings.append
      ? plainPrompts(stdin, stdout, () => words)
      : makePrompts(stdin, stdout, settings, () => words),
  );
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
      calendar = makeDateFormat(next);
      ports.save({ language: next });
    },
  };
}

type Next = "quit" | "other-server" | "menu";

/** On one connection: the menu, and inside until one logs out. */
async function stay(app: App, reached: ConnectedServer, byDevice: boolean): Promise<Next> {
  const { connection } = reached;
  const outcome = await showMenu(app, reached, byDevice);
  if (outcome !== "inside") return outcome;
  connection.stays = true;
  keepServer(app, connection.link);
  saveMutes(connection, app.ports);
  if (app.ports.log !== null) logChat(connection, app.ports.log);
  return inside(app, connection);
}

async function inside(app: App, connection: Reconnector): Promise<Next> {
  const { session, link } = connection;
  const unsent = () => unsentIn(session.state);
  const place = draftPlace(placeOf(link), session.state.me.account);
  const drafts = new DraftKeeper(app.ports, place, unsent);
  const memory: ChatMemory = { ui: withDrafts(EMPTY_UI, drafts.kept), drafts };
  drafts.changed(memory.ui);
  const stopKeeping = connection.listen(({ kind }) => {
    if (kind === "line-changed" || kind === "line-added") drafts.linesChanged();
  });
  await askReceipts(app, connection.session);
  const standing = {
    isOwner: await ownsServer(session),
    invited: await earlierInvites(session),
  };
  const next = await betweenMenuAndChat(app, connection, memory, standing);
  stopKeeping();
  drafts.keep(memory.ui);
  const waiting = unsentCount(unsent());
  if (waiting > 0) app.prompts.say(app.words.rooms.unsentKept(waiting));
  return next;
}

async function betweenMenuAndChat(
  app: App,
  connection: Reconnector,
  memory: ChatMemory,
  standing: Standing,
): Promise<Next> {
  for (;;) {
    const choice = await chooseRoom(app, connection, memory.ui.current, standing);
    switch (choice.kind) {
      case "quit":
        return "quit";
      case "log-out":
        return "menu";
      case "profile":
        if ((await showProfile(app, connection, standing.isOwner)) === "deleted") return "menu";
        break;
      case "chat": {
        let to = choice.to;
        for (let again = true; again; to = null) {
          const run = await loadChat(app);
          const end = await run(app, connection, memory, to);
          if (end.kind === "reveal") {
            await reveal(app, end.text);
            continue;
          }
          if (end.kind === "locked-out") {
            app.prompts.bad(app.words.logIn.lockedOut);
            return "menu";
          }
          if (end.kind !== "menu") return "quit";
          again = end.page !== "rooms";
          if (again && (await showPage(app, connection, end.page)) === "deleted") return "menu";
        }
      }
    }
  }
}

/** Loaded when the first room is entered: its 15 ms are nothing that the menu should wait for. */
async function loadChat({ settings }: App) {
  if (settings.append) return (await import("./append-mode.ts")).runAppend;
  return (await import("./chat-screen/chat-screen.ts")).runChat;
}

/** A page that was opened by a command: behind it one is in the chat again, once its last words are read. */
async function showPage(app: App, connection: Reconnector, page: MenuPage) {
  if (page === "rooms") return "back";
  const outcome = await showProfilePage(app, connection, page);
  // The chat screen would cover them at once.
  if (outcome === "back" && !app.settings.append) await letRead(app);
  return outcome;
}

/** Text to be copied: whole lines, with nothing beside them, outside of the chat screen. */
async function reveal(app: App, text: string): Promise<void> {
  app.ports.stdout.write(`\n${text}\n\n`);
  await letRead(app);
}

async function letRead({ prompts, words }: App): Promise<void> {
  await prompts.select(words.menu.whenRead, [{ value: true, label: words.rooms.open }]);
}

async function askServer(app: App): Promise<ServerLink | null> {
  const { prompts, words } = app;
  const typed = await prompts.text(words.menu.askServer, {
    problem: (text) => {
      const given = findPastedLink(text);
      if (parseLink(given) !== null) return null;
      return isLinkLike(given) ? words.menu.cutLink : words.menu.badServer;
    },
  });
  return typed === null ? null : parseLink(findPastedLink(typed));
}

/** Without the invitation, which serves once, and the fingerprint, which the known servers have. */
function keepServer(app: App, link: ServerLink): void {
  app.ports.save({ server: formatLink({ ...link, invitation: null, fingerprint: null }) });
}

function withoutInvitation(link: ServerLink): ServerLink {
  return { ...link, invitation: null };
}

function leave(app: App, code: number): number {
  app.prompts.end(app.words.menu.goodbye);
  return code;
}
