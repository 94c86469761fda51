/** The question for a server, which is the first one of all where none is remembered. */
import { isLinkLike, parseLink, type ServerLink } from "../../protocol/server-link.ts";
import type { App } from "../app-context.ts";
import type { Words } from "../i18n/words.ts";
import { listedName, visitedServers } from "../saved/server-list.ts";
import type { Choice } from "./prompts.ts";

/** Asks for a server: one that the user has been at, or another by its address. Null: the user left the question. */
export async function askServer(app: App): Promise<ServerLink | null> {
  const visited = visitedServers(app.ports);
  if (visited.length === 0) return askAddress(app);
  const { prompts, words } = app;
  const choices: Choice<ServerLink | "other">[] = [
    ...visited.map((link) => ({ value: link, label: listedName(app.ports, link) })),
    { value: "other", label: words.servers.another },
  ];
  let choice = await prompts.select(words.servers.which, choices);
  for (;;) {
    if (choice !== "other") return choice;
    const link = await askAddress(app);
    if (link !== null) return link;
    choice = await prompts.select(words.servers.which, choices, choice);
  }
}

/** Asks for a server by its address or link. Null: the user left the question. */
export async function askAddress({ prompts, words }: App): Promise<ServerLink | null> {
  const typed = await prompts.text(words.menu.askServer, {
    problem: (text) => serverProblem(text, words),
  });
  return typed === null ? null : parseLink(typed);
}

/** Returns what is wrong with a server as it was typed, or null. */
export function serverProblem(text: string, words: Words): string | null {
  if (parseLink(text) !== null) return null;
  return isLinkLike(text) ? words.menu.cutLink : words.menu.badServer;
}
