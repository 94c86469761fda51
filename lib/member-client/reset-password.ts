/** Sets a new password by the code of a reset link, before the log-in. */
import type { ChatSession } from "../chat-client/session.ts";
import { type ServerRefusal, serverRefusal } from "./server-refusal.ts";
import { type PasswordRefusal, passwordRefusal } from "./sign-up.ts";

/** Result of {@link resetPassword}. `problem` is `null` if only the server knows it. */
export type ResetOutcome =
  | { readonly kind: "done"; readonly account: string }
  /** The code is wrong, used or expired. */
  | { readonly kind: "wrong-code" }
  | { readonly kind: "weak-password"; readonly problem: PasswordRefusal | null }
  | ServerRefusal;

/**
 * Sets the password of the account for which the code was made. All its sessions and devices are ended. Log in with the
 * new password then.
 */
export function resetPassword(
  session: ChatSession,
  code: string,
  newPassword: string,
  done: (outcome: ResetOutcome) => void,
): void {
  const problem = passwordRefusal("", newPassword);
  if (problem !== null) return done({ kind: "weak-password", problem });
  session.ask("ACCOUNT", ["RESET", code, newPassword.normalize("NFC")], (answer) => {
    if (answer.kind === "answered") {
      const note = answer.messages.find(({ params }) => params[1] === "PASSWORD_RESET");
      if (note !== undefined) return done({ kind: "done", account: note.params[2] ?? "" });
    }
    if (answer.kind === "failed" && answer.code === "RESET_WRONG") {
      return done({ kind: "wrong-code" });
    }
    if (answer.kind === "failed" && answer.code === "RATE_LIMITED") {
      const seconds = Number(answer.messages[0]?.params[2]);
      return done({ kind: "slowed", seconds: Number.isFinite(seconds) ? seconds : null });
    }
    if (answer.kind === "failed" && /_PASSWORD$/.test(answer.code)) {
      return done({ kind: "weak-password", problem: null });
    }
    done(serverRefusal(answer));
  });
}
