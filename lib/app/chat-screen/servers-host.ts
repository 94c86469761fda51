/** What `/connect` and `/disconnect` do in the running chat. */
import type { ServerLink } from "../../protocol/server-link.ts";
import { type App, hostOf, serverKey } from "../app-context.ts";
import type { ConnectProblem } from "../app-ports.ts";
import { disconnect } from "../menu/servers-menu.ts";
import { lookAtServer, openQuietly } from "../servers/connect-server.ts";
import type { OpenServers } from "../servers/open-servers.ts";
import type { ServersHost } from "../slash/slash-command.ts";
import type { ChatController } from "./chat-controller.ts";
import { SPLIT_COLUMNS_MIN } from "./draw/split-panes.ts";
import type { ScreenSplit } from "./screen-split.ts";
import { viewOf, withView } from "./ui-state.ts";

/** What the commands need of the screen. */
interface ScreenPort {
  /** The controller of the server on screen. */
  readonly controller: ChatController;
  /** Counts the keys that the user has pressed. */
  readonly keysPressed: number;
  readonly isOver: boolean;
  readonly split: ScreenSplit;
  readonly columns: number;
  /** Shows a server by its id, as it was shown last. */
  showServer(id: string): void;
}

/** Makes the commands' door to the list of servers. */
export function makeServersHost(app: App, servers: OpenServers, screen: ScreenPort): ServersHost {
  return {
    get listed() {
      return servers.listed;
    },
    split: {
      columnsMin: SPLIT_COLUMNS_MIN,
      get hasRoom() {
        return screen.split.hasRoom(screen.columns);
      },
      get isSplit() {
        return screen.split.isSplit;
      },
      set: (place) => screen.split.set(place),
    },
    connect: (link) => connect(app, servers, screen, link),
    disconnect(id) {
      const server = servers.find(id);
      if (server === null) return;
      const { words } = app;
      const unsent = disconnect(app, servers, server);
      if (screen.isOver) return;
      const rest = unsent === 0 ? [] : [words.rooms.unsentKept(unsent)];
      screen.controller.note([words.servers.disconnected(server.listed.host), ...rest].join("\n"));
    },
  };
}

/**
 * Shows a server that is open, or connects to one in the background. Where something has to be asked, the chat ends for
 * the question, unless the user has begun to type something else.
 */
function connect(app: App, servers: OpenServers, screen: ScreenPort, link: ServerLink): void {
  const { words } = app;
  const ask = (problem: ConnectProblem | null = null): void =>
    screen.controller.end({ kind: "connect", link, ...(problem !== null && { problem }) });
  const open = servers.find(serverKey(link));
  if (open !== null) {
    const { connection, needsUser } = open;
    if (needsUser || connection.trouble !== null) return ask();
    screen.showServer(open.id);
    if (connection.session.state.phase.kind !== "ready") return connection.reconnect();
    if (link.room !== null) connection.session.commands.join(link.room);
    return goToRoom(screen, link);
  }
  const host = hostOf(link);
  if (openQuietly(app, servers, link)) {
    screen.showServer(serverKey(link));
    goToRoom(screen, link);
    return screen.controller.note(words.menu.connecting(host));
  }
  const { controller, keysPressed } = screen;
  const connecting = words.menu.connecting(host);
  controller.note(connecting);
  const { current } = controller.ui;
  lookAtServer(app, link).then(({ sentence, problem }) => {
    if (screen.isOver) return;
    const notes = viewOf(controller.ui, current).notes.filter(({ text }) => text !== connecting);
    controller.ui = withView(controller.ui, current, { notes });
    if (sentence !== null) screen.controller.note(sentence, "bad");
    else if (keysPressed === screen.keysPressed) ask(problem);
    else screen.controller.note(words.servers.waitsForYou(host));
  }, app.ports.printError);
}

/** Shows the room that the link leads into, as soon as the user is in it. */
function goToRoom({ controller }: ScreenPort, { room }: ServerLink): void {
  if (room !== null) controller.goToWhenJoined(room, controller.ui.current);
}
