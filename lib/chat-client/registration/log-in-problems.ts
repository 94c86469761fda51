/** Reads from the server's answer why a log-in failed. */
import type { Message } from "../../protocol/wire/message.ts";
import type { LogInProblem } from "../client-event.ts";
import type { LogIn } from "../session-interface.ts";

/** How servers write that there were too many attempts. */
export const RETRY_LATER = /try again in (\d+) seconds/i;

/** Returns why a SASL log-in failed, from its numeric. */
export function problemOfNumeric(message: Message, logIn: LogIn | null): LogInProblem {
  const text = message.params.at(-1) ?? "";
  if (message.verb === "904") {
    // Some servers send only the numeric: its text distinguishes a rate limit from a wrong password.
    const retryLater = RETRY_LATER.exec(text);
    if (retryLater !== null) return { kind: "slowed", seconds: Number(retryLater[1]) };
    if (/\bbusy\b/i.test(text)) return { kind: "busy" };
    return logIn?.kind === "certificate" ? { kind: "certificate-unknown" } : { kind: "wrong" };
  }
  return { kind: "other", code: message.verb, text };
}

/** Returns why a SASL log-in failed, from the code of a standard reply. */
export function problemOfCode(
  code: string,
  context: readonly string[],
  text: string,
): LogInProblem {
  if (code === "RATE_LIMITED" || code === "TOO_MANY_ATTEMPTS") {
    const seconds = context.find((word) => /^\d+$/.test(word));
    return { kind: "slowed", seconds: seconds === undefined ? null : Number(seconds) };
  }
  if (code === "TEMPORARILY_UNAVAILABLE") return { kind: "busy" };
  if (code === "SECOND_FACTOR_REQUIRED") return { kind: "code-missing" };
  if (code === "SECOND_FACTOR_WRONG") return { kind: "code-wrong" };
  return { kind: "other", code, text };
}
