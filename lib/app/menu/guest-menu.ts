/** Coming in without an account, where the server takes guests. */
import type { ClientEvent } from "../../chat-client/client-event.ts";
import { nickProblem } from "../../protocol/names.ts";
import { type App, asked } from "../app-context.ts";
import { refusal } from "../chat-screen/draw/system-line.ts";
import { awaitServerOffer, type ConnectedServer } from "../connection/connect-to-server.ts";
import type { Words } from "../i18n/words.ts";

/** Asks for a name, and goes in. False: one step back. */
export async function enterAsGuest(app: App, { connection }: ConnectedServer): Promise<boolean> {
  const { prompts, words } = app;
  const nick = await prompts.text(words.guest.name, {
    problem: (typed) => {
      const problem = nickProblem(typed.trim());
      return problem === null ? null : words.nameProblem[problem];
    },
  });
  if (nick === null) return false;
  if (!connection.connected && (await awaitServerOffer(app, connection)) === null) return false;
  const problem = await asked<string | null>((done) => {
    const stop = connection.listen((event) => {
      const { kind } = event;
      if (kind !== "ready" && kind !== "log-in-failed" && kind !== "disconnected") return;
      stop();
      if (kind === "disconnected") done(endSentence(words, event));
      else done(kind === "ready" ? null : words.guest.closed);
    });
    connection.session.continueAsGuest(nick);
  });
  if (problem !== null) prompts.bad(problem);
  return problem === null;
}

/** The server sends somebody away with its reason; who was only lost may try again. */
function endSentence(
  words: Words,
  { why, code, text }: Extract<ClientEvent, { kind: "disconnected" }>,
): string {
  return why === "refused" ? refusal(words, code ?? "", [], text) : words.menu.lost;
}
