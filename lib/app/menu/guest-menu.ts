import type { ClientEvent } from "../../chat-client/client-event.ts";
import { nickProblem } from "../../protocol/names.ts";
import { type App, awaitCallback } from "../app-context.ts";
import { refusal } from "../chat-screen/draw/system-line.ts";
import { awaitServerOffer, type ConnectedServer } from "../connection/connect-to-server.ts";
import type { Words } from "../i18n/words.ts";

/**
 * Asks for a nick and enters without an account. Resolves to false when the user goes back, the server
 * refuses, or the connection is lost.
 */
export async function continueAsGuest(app: App, { connection }: ConnectedServer): Promise<boolean> {
  const { prompts, words } = app;
  const nick = await prompts.text(words.guest.name, {
    problem: (typed) => {
      const problem = nickProblem(typed.trim());
      return problem === null ? null : words.nameProblem[problem];
    },
  });
  if (nick === null) return false;
  if (!connection.connected && (await awaitServerOffer(app, connection)) === null) return false;
  const problem = await awaitCallback<string | null>((done) => {
    const stopListening = connection.listen((event) => {
      const { kind } = event;
      if (kind !== "ready" && kind !== "log-in-failed" && kind !== "disconnected") return;
      stopListening();
      if (kind === "disconnected") done(disconnectSentence(words, event));
      else done(kind === "ready" ? null : words.guest.closed);
    });
    connection.session.continueAsGuest(nick);
  });
  if (problem !== null) prompts.warn(problem);
  return problem === null;
}

/** Returns the server's reason if it refused the connection, else the sentence for a lost connection. */
function disconnectSentence(
  words: Words,
  { why, code, text }: Extract<ClientEvent, { kind: "disconnected" }>,
): string {
  return why === "refused" ? refusal(words, code ?? "", [], text) : words.menu.lost;
}
