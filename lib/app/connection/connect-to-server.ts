/** Reaching a server: the fingerprint on first contact, and one sentence for what can go wrong. */
import type { ServerOffer } from "../../chat-client/client-event.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import { clean } from "../../terminal/width.ts";
import { type App, hostOf } from "../app-context.ts";
import type { ConnectOutcome } from "../app-ports.ts";
import { Connection, type Trouble } from "./server-connection.ts";

/** A connection that stands at the door, or what the person wants when there is none. */
export async function reach(app: App, link: ServerLink): Promise<Reached | GivenUp> {
  const { prompts } = app;
  prompts.say(app.words.menu.connecting(hostOf(link)));
  for (;;) {
    const connection = new Connection(app.ports, link);
    const door = await openDoor(app, connection);
    if (door !== null) return { connection, door };
    connection.end();
    const next = await nextWanted(app);
    if (next !== "again") return next;
  }
}

export type GivenUp = "other-server" | "quit";

export interface Reached {
  readonly connection: Connection;
  readonly door: ServerOffer;
}

/** Connects, asking about the fingerprint if need be, and waits for the door. Says what went wrong. */
export async function openDoor(app: App, connection: Connection): Promise<ServerOffer | null> {
  const { prompts, words } = app;
  let outcome = await connection.open();
  if (outcome.kind === "unknown") {
    if (!(await trusts(app, connection.link, outcome.fingerprint))) return null;
    outcome = await connection.open();
  }
  if (outcome.kind !== "connected") {
    prompts.bad(troubleSentence(app, connection.link, outcome));
    return null;
  }
  const door = await doorOf(connection);
  if (typeof door === "string") {
    prompts.bad(door === "" ? words.connection.closed(hostOf(connection.link)) : door);
    return null;
  }
  if (!door.password && !door.certificate) {
    prompts.bad(words.connection["too-old"](hostOf(connection.link)));
    return null;
  }
  return door;
}

/** The door that the session is on its way to, or, when it breaks before, the server's words. */
function doorOf(connection: Connection): Promise<ServerOffer | string> {
  return new Promise((resolve) => {
    const stop = connection.listen((event) => {
      if (event.kind !== "at-the-door" && event.kind !== "disconnected") return;
      stop();
      resolve(event.kind === "at-the-door" ? event.door : clean(event.text));
    });
  });
}

async function trusts(app: App, link: ServerLink, fingerprint: string): Promise<boolean> {
  const { prompts, words } = app;
  const { firstContact } = words;
  prompts.box(firstContact.title, firstContact.explain(hostOf(link), inPairs(fingerprint)));
  const yes = await prompts.confirm(firstContact.ask, firstContact.trust, firstContact.leave);
  if (yes !== true) {
    prompts.say(words.connection.untrusted(hostOf(link)));
    return false;
  }
  const problem = app.ports.remember(link, fingerprint);
  if (problem !== null) prompts.bad(problem);
  else prompts.good(firstContact.remembered);
  return problem === null;
}

/** A fingerprint that two people can read to each other. */
function inPairs(fingerprint: string): string {
  const groups = fingerprint.match(/.{1,4}/g) ?? [];
  const half = Math.ceil(groups.length / 2);
  return [groups.slice(0, half), groups.slice(half)].map((row) => row.join(" ")).join("\n");
}

export function troubleSentence(
  app: Pick<App, "words">,
  link: ServerLink,
  outcome: Exclude<ConnectOutcome, { kind: "connected" }>,
): string {
  const { words } = app;
  const host = hostOf(link);
  switch (outcome.kind) {
    case "unknown":
      return words.connection.untrusted(host);
    case "changed": {
      const { known, fingerprint, file } = outcome;
      return file === null
        ? words.changed.link(host, known, fingerprint)
        : `${words.changed.title}\n\n${words.changed.explain(host, known, fingerprint, file)}`;
    }
    case "failed":
      return words.connection[outcome.problem](host);
    case "refused-file":
      return outcome.text;
  }
}

/** The same where one was in already: what the link's giver knows is of no help then. */
export function lossSentence({ words }: Pick<App, "words">, link: ServerLink, trouble: Trouble) {
  const host = hostOf(link);
  switch (trouble.kind) {
    case "unknown":
      return words.changed.unknown(host, trouble.fingerprint);
    case "changed":
      return words.changed.meanwhile(host, trouble.known, trouble.fingerprint, trouble.file);
    case "refused-file":
      return trouble.text;
  }
}

async function nextWanted(app: App): Promise<"again" | GivenUp> {
  const { prompts, words } = app;
  const next = await prompts.select(words.menu.choose, [
    { value: "again" as const, label: words.menu.tryAgain },
    { value: "other-server" as const, label: words.settings.server },
    { value: "quit" as const, label: words.menu.quit },
  ]);
  return next ?? "quit";
}
