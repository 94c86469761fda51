import type { ClientEvent } from "../../chat-client/client-event.ts";
import { nickProblem } from "../../protocol/names.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, serverKey } from "../app-context.ts";
import { refusal, refusedConnection } from "../chat-screen/draw/system-line.ts";
import {
  askServerPassword,
  awaitServerOffer,
  type ConnectedServer,
  PASSWORD_WRONG,
  untilAnswered,
} from "../connection/connect-to-server.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { closingSentence } from "../i18n/closing-reasons.ts";
import { nickSentence } from "../i18n/name-problems.ts";
import type { Words } from "../i18n/words.ts";

/**
 * Asks for a nick and enters without an account. Resolves to false when the user goes back, the server
 * refuses, or the connection is lost. A nick that another server refuses is asked for again.
 */
export async function continueAsGuest(app: App, server: ConnectedServer): Promise<boolean> {
  const { connection, offer } = server;
  const { prompts, words, ports } = app;
  const { accountCheck: isOurs } = offer;
  const key = serverKey(connection.link);
  const { state } = connection.session;
  const known = ports.saved.nicks?.[key];
  for (let nick = known ?? ""; ; ) {
    const typed = await askNick(app, server, nick);
    if (typed === null) return false;
    nick = typed;
    if (!connection.connected && (await awaitServerOffer(app, connection)) === null) return false;
    const end = await enterWithPassword(app, connection, nick);
    if (end === null) return false;
    if (end.kind === "ready") break;
    prompts.warn(entrySentence(words, end, nick));
    if (end.kind === "log-in-failed" && !isOurs && isNickRefusal(end)) continue;
    return false;
  }
  ports.save({ nicks: { ...ports.saved.nicks, [key]: state.me.nick } });
  // Services sign people up in a conversation with NickServ, and nobody finds that by themselves.
  const hasServices = !isOurs && (offer.nickServ || offer.password);
  if (hasServices && known === undefined) prompts.info(words.elsewhere.howToRegister);
  return true;
}

function askNick(
  { prompts, words }: App,
  { connection, offer: { accountCheck: isOurs } }: ConnectedServer,
  initial: string,
): Promise<string | null> {
  return prompts.text(isOurs ? words.guest.name : words.elsewhere.nick, {
    initial,
    problem: (typed) => {
      if (!isOurs) return nickSentence(words, connection.session.state, typed.trim());
      const problem = nickProblem(typed.trim());
      return problem === null ? null : words.nameProblem[problem];
    },
  });
}

/** Enters; a bouncer asks for its password only now. Null: the user has ended the wait. */
async function enterWithPassword(
  app: App,
  connection: ServerConnection,
  nick: string,
): Promise<EntryEnd | null> {
  for (;;) {
    const end = await untilAnswered(app, connection, enter(connection, nick));
    const isPassword = end?.kind === "disconnected" && end.code === PASSWORD_WRONG;
    if (!isPassword || !(await askServerPassword(app, connection))) return end;
  }
}

type EntryEnd = Extract<ClientEvent, { kind: "ready" | "log-in-failed" | "disconnected" }>;

/** Enters under a nick, on a new connection where the last one has ended, and waits for what comes of it. */
export function enter(connection: ServerConnection, nick: string): Promise<EntryEnd> {
  return awaitCallback((done) => {
    const stopListening = connection.listen((event) => {
      const { kind } = event;
      if (kind !== "ready" && kind !== "log-in-failed" && kind !== "disconnected") return;
      stopListening();
      done(event);
    });
    const isNew = !connection.connected;
    connection.session.continueAsGuest(nick);
    // The session then enters by itself.
    if (isNew) connection.reconnect();
  });
}

/** Returns why a guest wasn't let in. */
export function entrySentence(
  words: Words,
  end: Exclude<EntryEnd, { kind: "ready" }>,
  nick: string,
): string {
  return end.kind === "disconnected"
    ? disconnectSentence(words, end)
    : refusedSentence(words, end, nick);
}

type Refusal = Extract<EntryEnd, { kind: "log-in-failed" }>;

function isNickRefusal({ problem }: Refusal): boolean {
  return problem.kind === "other" && /^4\d\d$/.test(problem.code);
}

/**
 * Returns why a server doesn't let a guest in: another server refuses the nick, ours takes no guests. Other servers
 * say in words what is wrong with a nick, such as how long it may be.
 */
function refusedSentence(words: Words, end: Refusal, nick: string): string {
  const { problem } = end;
  if (problem.kind !== "other" || !isNickRefusal(end)) return words.guest.closed;
  const sentence = refusal(words, problem.code, [nick, ""], problem.text);
  const said = sanitize(problem.text);
  return said === "" || said === sentence ? sentence : `${sentence} ${words.closing.said(said)}`;
}

/** Returns the server's reason if it refused the connection, else the sentence for a lost connection. */
function disconnectSentence(
  words: Words,
  { why, code, text }: Extract<ClientEvent, { kind: "disconnected" }>,
): string {
  if (why === "refused") return refusedConnection(words, code ?? "", text);
  return text === "" ? words.menu.lost : closingSentence(words, text);
}
