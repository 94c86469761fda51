import type { ClientEvent } from "../../chat-client/client-event.ts";
import { nickProblem } from "../../protocol/names.ts";
import { type App, awaitCallback, serverKey } from "../app-context.ts";
import { refusal } from "../chat-screen/draw/system-line.ts";
import {
  askServerPassword,
  awaitServerOffer,
  type ConnectedServer,
  PASSWORD_WRONG,
} from "../connection/connect-to-server.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { closingSentence } from "../i18n/closing-reasons.ts";
import { nickSentence } from "../i18n/name-problems.ts";
import type { Words } from "../i18n/words.ts";

/**
 * Asks for a nick and enters without an account. Resolves to false when the user goes back, the server
 * refuses, or the connection is lost.
 */
export async function continueAsGuest(
  app: App,
  { connection, offer: { accountCheck: isOurs } }: ConnectedServer,
): Promise<boolean> {
  const { prompts, words, ports } = app;
  const key = serverKey(connection.link);
  const { state } = connection.session;
  const nick = await prompts.text(isOurs ? words.guest.name : words.elsewhere.nick, {
    initial: ports.saved.nicks?.[key] ?? "",
    problem: (typed) => {
      if (!isOurs) return nickSentence(words, state, typed.trim());
      const problem = nickProblem(typed.trim());
      return problem === null ? null : words.nameProblem[problem];
    },
  });
  if (nick === null) return false;
  if (!connection.connected && (await awaitServerOffer(app, connection)) === null) return false;
  for (;;) {
    const end = await enter(connection, nick);
    if (end.kind === "ready") break;
    const isPassword = end.kind === "disconnected" && end.code === PASSWORD_WRONG;
    // A bouncer asks for its password only now.
    if (isPassword && (await askServerPassword(app, connection))) continue;
    prompts.warn(
      end.kind === "disconnected"
        ? disconnectSentence(words, end)
        : refusedSentence(words, end, nick),
    );
    return false;
  }
  if (!isOurs) ports.save({ nicks: { ...ports.saved.nicks, [key]: state.me.nick } });
  return true;
}

type EntryEnd = Extract<ClientEvent, { kind: "ready" | "log-in-failed" | "disconnected" }>;

/** Enters under a nick, on a new connection where the last one has ended, and waits for what comes of it. */
function enter(connection: ServerConnection, nick: string): Promise<EntryEnd> {
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

/** Returns why a server doesn't let a guest in: another server refuses the nick, ours takes no guests. */
function refusedSentence(
  words: Words,
  { problem }: Extract<ClientEvent, { kind: "log-in-failed" }>,
  nick: string,
): string {
  const isNick = problem.kind === "other" && /^4\d\d$/.test(problem.code);
  return isNick ? refusal(words, problem.code, [nick, ""], problem.text) : words.guest.closed;
}

/** Returns the server's reason if it refused the connection, else the sentence for a lost connection. */
function disconnectSentence(
  words: Words,
  { why, code, text }: Extract<ClientEvent, { kind: "disconnected" }>,
): string {
  if (why === "refused") return refusal(words, code ?? "", [], text);
  return text === "" ? words.menu.lost : closingSentence(words, text);
}
