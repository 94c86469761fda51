/** Commands for servers: /connect, /disconnect and /service-language. */
import { isSodam } from "../../chat-client/server-names.ts";
import { isLinkLike, parseLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type ListedServer, serverName } from "../chat-screen/listed-places.ts";
import { firstWord, type SlashCommand, type SlashContext } from "./slash-command.ts";

/** Words that leave services alone. */
const NO_LANGUAGE = ["none", "없음"];

/** /connect, /disconnect and /service-language. */
export const SERVER_COMMANDS: readonly SlashCommand[] = [
  {
    name: "connect",
    aliases: ["연결", "접속", "서버"],
    arguments: "serverOptional",
    help: "connect",
    needsConnection: false,
    run(context, rest) {
      const { note, words, servers } = context;
      if (servers === null) return note(words.servers.onlyOne, "bad");
      if (rest === "") return context.openMenu("servers");
      const [address, more] = firstWord(rest);
      const open = openServer(servers.listed, address);
      const link = parseLink(open?.host ?? address);
      if (link === null || more !== "") {
        const { cutLink, badServer } = words.menu;
        return note(isLinkLike(address) ? cutLink : badServer, "bad");
      }
      servers.connect(link);
    },
  },
  {
    name: "disconnect",
    aliases: ["연결끊기", "접속끊기"],
    arguments: "serverOptional",
    help: "disconnect",
    needsConnection: false,
    run(context, rest) {
      const { note, words, servers } = context;
      if (servers === null) return note(words.servers.onlyOne, "bad");
      const server =
        rest === "" ? ownServer(context, servers.listed) : openServer(servers.listed, rest);
      if (server === null) return note(words.servers.notOpen(sanitize(rest)), "bad");
      servers.disconnect(server.id);
    },
  },
  {
    name: "service-language",
    aliases: ["서비스언어"],
    arguments: "serviceLanguage",
    help: "serviceLanguage",
    needsConnection: false,
    run(context, rest) {
      const { note, words, session, serviceLanguage } = context;
      const { chosen, notChosen, ours, asking } = words.serviceLanguage;
      if (isSodam(session.state)) return note(ours);
      if (rest === "") {
        return note(serviceLanguage === null ? notChosen : chosen(sanitize(serviceLanguage)));
      }
      const progress = context.progressNote();
      progress.update(asking);
      const language = NO_LANGUAGE.includes(rest.toLowerCase()) ? null : rest;
      context.setServiceLanguage(language, (sentence, isDone) =>
        progress.finish(sentence, isDone ? "info" : "bad"),
      );
    },
  },
];

/** Finds an open server by its address, its id, or the name that the sidebar shows. */
function openServer(listed: readonly ListedServer[], name: string): ListedServer | null {
  const key = name.trim().toLowerCase();
  const names = (server: ListedServer): string[] => [
    ...[server.id, server.host, serverName(server, listed)],
  ];
  return listed.find((server) => names(server).some((text) => text.toLowerCase() === key)) ?? null;
}

function ownServer(
  { session }: SlashContext,
  listed: readonly ListedServer[],
): ListedServer | null {
  return listed.find(({ state }) => state === session.state) ?? null;
}
