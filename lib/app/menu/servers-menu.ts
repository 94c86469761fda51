/** The menu of servers: those that the user has been at, open or not, and another one. */
import { isSodam } from "../../chat-client/server-names.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, hostOf, serverKey, withoutKeys } from "../app-context.ts";
import { serverName } from "../chat-screen/listed-places.ts";
import { ServerConnection } from "../connection/server-connection.ts";
import type { Words } from "../i18n/words.ts";
import { isStartServer, listedName, setStartServer, visitedServers } from "../saved/server-list.ts";
import { openAnother, openQuietly } from "../servers/connect-server.ts";
import type { OpenServer } from "../servers/open-server.ts";
import type { OpenServers } from "../servers/open-servers.ts";
import { chooseServiceLanguage, serviceLanguageOf } from "../servers/service-language.ts";
import { askAddress } from "./ask-server.ts";
import { askOtherNetwork, openBouncers } from "./bouncer-menu.ts";
import { forgetServer } from "./forget-server.ts";

type Entry = ServerLink | ServerConnection | "other" | "back";

/** Shows the menu until the user goes back, or has chosen a server to be shown. */
export async function showServers(app: App, servers: OpenServers): Promise<void> {
  let selected: Entry | undefined;
  for (;;) {
    const { prompts, words, ports } = app;
    const open = servers.all.map(({ connection }) => connection.link);
    const closed = visitedServers(ports).filter((link) => servers.find(serverKey(link)) === null);
    const links = [...open, ...closed];
    const choice: Entry | null = await prompts.select<Entry>(
      words.servers.title,
      [
        ...links.map((link) => entryOf(app, servers, link)),
        ...openBouncers(servers).map((value) => ({
          value,
          label: words.servers.otherNetwork(hostOf({ ...value.link, network: null })),
        })),
        { value: "other", label: words.servers.another },
        { value: "back", label: words.back },
      ],
      entryAgain(links, selected),
    );
    if (choice === null || choice === "back") return;
    const isNew: boolean = choice === "other" || choice instanceof ServerConnection;
    selected = choice;
    const link =
      choice === "other"
        ? await askAddress(app)
        : choice instanceof ServerConnection
          ? await askOtherNetwork(app, servers, choice)
          : choice;
    if (link === null) continue;
    const isDone = isNew ? await connect(app, servers, link) : await showServer(app, servers, link);
    if (isDone) return;
  }
}

/** Returns an entry of the list before among those of the present one, whose links were made anew. */
function entryAgain(links: readonly ServerLink[], entry: Entry | undefined): Entry | undefined {
  if (typeof entry !== "object" || entry instanceof ServerConnection) return entry;
  return links.find((link) => serverKey(link) === serverKey(entry));
}

function entryOf({ words, ports }: App, servers: OpenServers, link: ServerLink) {
  const server = servers.find(serverKey(link));
  const host = hostOf(link);
  const name = server === null ? host : serverName(server.listed, servers.listed);
  const shown = name === host ? listedName(ports, link) : `${name} (${host})`;
  const isAtStart = isStartServer(ports, link);
  const facts = [stateOf(words, server), ...(isAtStart ? [words.servers.atStart] : [])];
  return {
    value: link,
    label: `${shown} · ${facts.join(" · ")}`,
  };
}

/** Returns how a server is, in words. */
function stateOf({ servers, screen }: Words, server: OpenServer | null): string {
  if (server === null) return servers.closed;
  if (server.isLockedOut) return servers.logInAgain;
  const { phase } = server.connection.session.state;
  if (server.connection.trouble !== null) return servers.certificate;
  if (phase.kind === "ready") return screen.connected;
  return phase.kind === "waiting" || phase.kind === "offline" ? screen.offline : screen.connecting;
}

/** Asks what to do with a server. Resolves to whether it is to be shown. */
async function showServer(app: App, servers: OpenServers, link: ServerLink): Promise<boolean> {
  const { prompts, words, ports } = app;
  const server = servers.find(serverKey(link));
  const isAtStart = isStartServer(ports, link);
  const language = serviceLanguageOf(ports, link);
  // Of a server that isn't open this isn't known: it is asked for nothing when it turns out to be ours.
  const isOurs = server !== null && isSodam(server.connection.session.state);
  const choice = await prompts.select(hostOf(link), [
    server === null
      ? ({ value: "connect", label: words.servers.connect } as const)
      : ({ value: "connect", label: words.servers.show } as const),
    ...(server === null ? [] : [{ value: "disconnect", label: words.servers.disconnect } as const]),
    ...(isOurs
      ? []
      : [
          {
            value: "service-language",
            label: words.serviceLanguage.label(language === null ? null : sanitize(language)),
          } as const,
        ]),
    {
      value: "start",
      label: isAtStart ? words.servers.startOff : words.servers.startOn,
    },
    ...(server === null ? [{ value: "forget", label: words.elsewhere.forget } as const] : []),
    { value: "back", label: words.back },
  ] as const);
  switch (choice) {
    case "connect":
      return connect(app, servers, link);
    case "disconnect":
      if (server !== null) {
        const unsent = disconnect(app, servers, server);
        if (unsent > 0) prompts.info(words.rooms.unsentKept(unsent));
      }
      return servers.shown === null;
    case "service-language":
      await askServiceLanguage(app, server, link);
      return false;
    case "start":
      setStartServer(ports, link, !isAtStart);
      return false;
    case "forget":
      await forgetServer(app, link);
      return false;
    case "back":
    case null:
      return false;
  }
}

/** Asks for the language of a server's services, and tells what NickServ answers. */
async function askServiceLanguage(
  app: App,
  server: OpenServer | null,
  link: ServerLink,
): Promise<void> {
  const { prompts, words, ports } = app;
  const typed = await prompts.text(words.serviceLanguage.ask, {
    initial: serviceLanguageOf(ports, link) ?? "",
  });
  if (typed === null) return;
  const language = typed.trim();
  const session = server?.connection.session ?? null;
  if (language !== "" && session !== null) prompts.info(words.serviceLanguage.asking);
  const [sentence, isDone] = await withoutKeys(
    prompts,
    awaitCallback<readonly [string, boolean]>((done) =>
      chooseServiceLanguage(app, link, session, language || null, (...outcome) => done(outcome)),
    ),
  );
  if (isDone) prompts.success(sentence);
  else prompts.warn(sentence);
}

async function connect(app: App, servers: OpenServers, link: ServerLink): Promise<boolean> {
  const before = servers.shown;
  if (servers.find(serverKey(link)) === null && openQuietly(app, servers, link)) {
    const server = servers.find(serverKey(link));
    if (server !== null) servers.show(server);
    return true;
  }
  await openAnother(app, servers, link);
  // A bouncer's network has an address of its own.
  return servers.find(serverKey(link)) !== null || servers.shown !== before;
}

/** Closes a server, also for the next start. Returns how many of its messages were not sent. */
export function disconnect(app: App, servers: OpenServers, server: OpenServer): number {
  setStartServer(app.ports, server.connection.link, false);
  return servers.close(server);
}
