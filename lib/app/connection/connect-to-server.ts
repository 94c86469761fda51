/** Reaching a server: the fingerprint on first contact, and one sentence for what can go wrong. */
import type { ServerOffer } from "../../chat-client/client-event.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, hostOf } from "../app-context.ts";
import type { ConnectOutcome } from "../app-ports.ts";
import { type ConnectTrouble, Reconnector } from "./server-connection.ts";

/** A connection that stands at the door, or what the person wants when there is none. */
export async function connectToServer(
  app: App,
  link: ServerLink,
): Promise<ConnectedServer | GivenUp> {
  const { prompts } = app;
  prompts.say(app.words.menu.connecting(hostOf(link)));
  for (;;) {
    const connection = new Reconnector(app.ports, link);
    const offer = await awaitServerOffer(app, connection);
    if (offer !== null) return { connection, offer };
    connection.end();
    const next = await nextWanted(app);
    if (next !== "again") return next;
  }
}

export type GivenUp = "other-server" | "quit";

export interface ConnectedServer {
  readonly connection: Reconnector;
  readonly offer: ServerOffer;
}

/** Connects, asking about the fingerprint if need be, and waits for the door. Says what went wrong. */
export async function awaitServerOffer(
  app: App,
  connection: Reconnector,
): Promise<ServerOffer | null> {
  const { prompts, words } = app;
  let outcome = await connection.open();
  if (outcome.kind === "unknown") {
    if (!(await trusts(app, connection.link, outcome.fingerprint))) return null;
    outcome = await connection.open();
  }
  if (outcome.kind !== "connected") {
    prompts.bad(connectFailureSentence(app, connection.link, outcome));
    return null;
  }
  const offer = await serverOfferOf(connection);
  if (typeof offer === "string") {
    prompts.bad(offer === "" ? words.connection.closed(hostOf(connection.link)) : offer);
    return null;
  }
  if (!offer.password && !offer.certificate) {
    prompts.bad(words.connection["too-old"](hostOf(connection.link)));
    return null;
  }
  return offer;
}

/** The door that the session is on its way to, or, when it breaks before, the server's words. */
function serverOfferOf(connection: Reconnector): Promise<ServerOffer | string> {
  return new Promise((resolve) => {
    const stop = connection.listen((event) => {
      if (event.kind !== "awaiting-login" && event.kind !== "disconnected") return;
      stop();
      resolve(event.kind === "awaiting-login" ? event.offer : sanitize(event.text));
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

export function connectFailureSentence(
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
export function lossSentence(
  { words }: Pick<App, "words">,
  link: ServerLink,
  trouble: ConnectTrouble,
) {
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
