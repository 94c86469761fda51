/** A new password by a reset link (sodam://…/reset-…). */
import { type ResetOutcome, resetPassword } from "../../member-client/reset-password.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, refusalSentence } from "../app-context.ts";
import {
  attemptLogIn,
  awaitServerOffer,
  type ConnectedServer,
} from "../connection/connect-to-server.ts";
import { offerDevice } from "./log-in-menu.ts";
import { askPassword, passwordSentence } from "./sign-up-menu.ts";

/**
 * Asks for a new password, sets it by the code of the link, and logs in with it. Resolves to false when the user goes
 * back, or the code is no longer good.
 */
export async function resetByLink(
  app: App,
  server: ConnectedServer,
  code: string,
): Promise<boolean> {
  const { prompts, words } = app;
  const { connection } = server;
  prompts.info(words.reset.explain);
  for (;;) {
    const password = await askPassword(app, words.profile.newPassword, "");
    if (password === null) return false;
    if (!connection.connected && (await awaitServerOffer(app, connection)) === null) return false;
    const outcome = await awaitCallback<ResetOutcome>((done) =>
      resetPassword(connection.session, code, password, done),
    );
    switch (outcome.kind) {
      case "done":
        prompts.success(words.reset.done);
        return logInWith(app, server, outcome.account, password);
      case "wrong-code":
        prompts.warn(words.failures.RESET_WRONG(""));
        return false;
      case "weak-password":
        prompts.warn(passwordSentence(words, outcome.problem));
        break;
      default:
        prompts.warn(refusalSentence(words, outcome));
        break;
    }
  }
}

async function logInWith(
  app: App,
  server: ConnectedServer,
  account: string,
  password: string,
): Promise<boolean> {
  const { prompts, words } = app;
  const logIn = { kind: "password", account, password } as const;
  const outcome = await attemptLogIn(server.connection, logIn);
  if (outcome.kind !== "ok") return false;
  prompts.success(words.logIn.done(sanitize(outcome.account)));
  await offerDevice(app, server, outcome.account, password);
  return true;
}
