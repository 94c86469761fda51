/** Coming in without an account, where the server takes guests. */
import { nickProblem } from "../protocol/names.ts";
import { openDoor, type Reached } from "./contact.ts";
import type { App } from "./context.ts";

/** Asks for a name, and goes in. False: one step back. */
export async function enterAsGuest(app: App, { connection }: Reached): Promise<boolean> {
  const { prompts, words } = app;
  const nick = await prompts.text(words.guest.name, {
    problem: (typed) => {
      const problem = nickProblem(typed.trim());
      return problem === null ? null : words.nameProblem[problem];
    },
  });
  if (nick === null) return false;
  if (!connection.connected && (await openDoor(app, connection)) === null) return false;
  const end = await new Promise<"ready" | "refused" | "lost">((resolve) => {
    const stop = connection.listen((event) => {
      const { kind } = event;
      if (kind !== "ready" && kind !== "log-in-failed" && kind !== "disconnected") return;
      stop();
      resolve(kind === "ready" ? kind : kind === "disconnected" ? "lost" : "refused");
    });
    connection.session.enterAsGuest(nick);
  });
  if (end === "ready") return true;
  prompts.bad(end === "lost" ? words.menu.lost : words.guest.closed);
  return false;
}
