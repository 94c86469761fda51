/** What comes behind the first question: opening servers, and then menus and the chat in turn. */
import type { Folded } from "../protocol/names.ts";
import type { ServerLink } from "../protocol/server-link.ts";
import { clipboardSequence } from "../terminal/multiplexer.ts";
import { type App, serverKey } from "./app-context.ts";
import { copiedSentence } from "./chat-screen/copy-text.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import { askLogOut, logOut } from "./menu/log-out.ts";
import { warnOfNotices } from "./menu/missed-notices.ts";
import { chooseRoom, joinRoom, type RoomsChoice } from "./menu/rooms-menu.ts";
import { showServers } from "./menu/servers-menu.ts";
import { withUnreadText } from "./menu/unread-text.ts";
import { otherStartServers, setFirstServer, setStartServer } from "./saved/server-list.ts";
import { openAnother, openAtStart, openByQuestions } from "./servers/connect-server.ts";
import type { OpenServer } from "./servers/open-server.ts";
import type { OpenServers } from "./servers/open-servers.ts";
import type { MenuPage } from "./slash/slash-command.ts";

/** Opens the server that the user begins with, and those that were open in the last run. Returns null when it is open. */
export async function openFirst(
  app: App,
  servers: OpenServers,
  link: ServerLink,
  tryDevice: boolean,
): Promise<"not-connected" | "other-server" | "quit" | null> {
  const { ports, settings, prompts, words } = app;
  const more = settings.append || !tryDevice ? [] : otherStartServers(ports, link);
  const isPlainStart =
    link.invitation === null && link.room === null && (link.reset ?? null) === null;
  // One that is down must not keep the user from the others.
  if (more.length > 0 && isPlainStart && settings.account === null) {
    prompts.info(words.servers.connectingAll(more.length + 1));
    await openAtStart(app, servers, [link, ...more], link);
    if (servers.find(serverKey(link)) !== null) return null;
  }
  const server = await openByQuestions(app, link, tryDevice);
  if (typeof server === "string") return servers.all.length === 0 ? server : null;
  servers.add(server);
  servers.show(server);
  setFirstServer(ports, server.connection.link);
  if (more.length > 0 && servers.all.length === 1) await openAtStart(app, servers, more, link);
  return null;
}

/** Closes a server, and says what was not sent. */
export function closeServer(app: App, servers: OpenServers, server: OpenServer): void {
  const unsent = servers.close(server);
  if (unsent > 0) app.prompts.info(app.words.rooms.unsentKept(unsent));
}

/** What comes when the last server is closed: another one, or this one's menu. */
type NextStep = "quit" | "other-server" | ServerLink;

/** Shows menus and the chat in turn, until the user quits or the last server is closed. */
export async function alternateMenuAndChat(app: App, servers: OpenServers): Promise<NextStep> {
  const { shown: first } = servers;
  const room = first?.connection.link.room ?? null;
  let linkedRoom =
    first === null || room === null ? null : await joinRoom(app, first.connection, room);
  let nextStep: NextStep = "other-server";
  const closeAndStay = (server: OpenServer): void => {
    nextStep = { ...server.connection.link, invitation: null, room: null, reset: null };
    closeServer(app, servers, server);
  };
  let last: RoomsChoice["kind"] | null = null;
  for (;;) {
    const { shown } = servers;
    if (shown === null) return nextStep;
    const { connection, memory, account } = shown;
    const choice: RoomsChoice =
      linkedRoom === null
        ? await chooseRoom(app, connection, memory.ui.current, account, servers, last)
        : { kind: "chat", to: linkedRoom };
    last = choice.kind;
    linkedRoom = null;
    switch (choice.kind) {
      case "quit":
        return "quit";
      case "log-out": {
        const how = await askLogOut(app, shown);
        if (how === null) break;
        // It is the user's wish that this device isn't logged in to it by itself.
        if (servers.all.length > 1) setStartServer(app.ports, shown.connection.link, false);
        await logOut(app, shown, how, () => closeAndStay(shown));
        break;
      }
      case "profile": {
        const { showProfile } = await import("./menu/profile-menu.ts");
        if ((await showProfile(app, shown.connection, shown.account.isOwner)) === "deleted") {
          closeAndStay(shown);
        }
        break;
      }
      case "servers":
        await showServers(app, servers);
        break;
      case "chat": {
        const server = servers.find(choice.server ?? shown.id);
        if (server !== null) servers.show(server);
        if ((await runChats(app, servers, choice.to, closeAndStay)) === "quit") return "quit";
      }
    }
  }
}

/** Runs the chat, and the pages that are opened from it, until the user goes to the menu. */
async function runChats(
  app: App,
  servers: OpenServers,
  first: Folded | null,
  closeAndStay: (server: OpenServer) => void,
): Promise<"quit" | "menu"> {
  let note: string | null = null;
  for (let to = first; ; to = null) {
    const runChat = await loadChat(app);
    if (app.settings.append) {
      for (const server of servers.all) warnOfNotices(app, server, servers.listed);
    }
    const end = await runChat(app, servers, to, note);
    note = null;
    // The chat has shown each when it came.
    for (const server of servers.all) server.takeNotices();
    const { shown } = servers;
    if (shown === null) return "menu";
    switch (end.kind) {
      case "reveal":
        note = await reveal(app, end.text, end.copied);
        break;
      case "connect":
        await openAnother(app, servers, end.link, end.problem);
        break;
      case "locked-out":
        app.prompts.warn(end.why ?? app.words.logIn.lockedOut);
        closeAndStay(shown);
        return "menu";
      case "quit":
      case "terminal-closed":
        return "quit";
      case "menu":
        if (end.page === "rooms") return "menu";
        if (end.page === "servers") {
          await showServers(app, servers);
          if (servers.shown === null) return "menu";
        } else if ((await showPage(app, shown.connection, end.page)) === "deleted") {
          closeAndStay(shown);
          return "menu";
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
async function showPage(
  app: App,
  connection: ServerConnection,
  page: Exclude<MenuPage, "rooms" | "servers">,
) {
  const { prompts, isUnread } = withUnreadText(app.prompts);
  // The app is the prototype, so that its words and its language are read anew each time.
  const onPage: App = Object.assign(Object.create(app) as App, { prompts });
  const { showProfilePage } = await import("./menu/profile-menu.ts");
  const outcome = await showProfilePage(onPage, connection, page);
  // Otherwise the chat screen would cover the page's last sentence at once.
  if (outcome === "back" && isUnread() && !app.settings.append) await waitUntilRead(app);
  return outcome;
}

/**
 * Prints text outside of the chat screen. On request the terminal puts `copied` on the clipboard. Resolves to what the
 * chat says about that; null: nothing.
 */
async function reveal(app: App, text: string, copied: string): Promise<string | null> {
  const { ports, prompts, words } = app;
  prompts.forCopying(text, copied);
  const bytes = clipboardSequence(copied, ports.environment);
  const choice = await prompts.select(words.menu.whenRead, [
    { value: "back" as const, label: words.rooms.open },
    ...(bytes === "" ? [] : [{ value: "copy" as const, label: words.menu.copy }]),
  ]);
  if (choice !== "copy") return null;
  ports.stdout.write(bytes);
  return copiedSentence(app);
}

async function waitUntilRead({ prompts, words }: App): Promise<void> {
  await prompts.select(words.menu.whenRead, [{ value: true, label: words.rooms.open }]);
}
