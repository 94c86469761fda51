import type { ClientEvent, LogInProblem } from "../chat-client/client-event.ts";
import type { ChatSession, LogIn } from "../chat-client/session.ts";

export type LogInOutcome =
  | { readonly kind: "ok"; readonly account: string; readonly nick: string }
  | LogInProblem;

/**
 * One attempt to log in, at the door or from a fresh connection. Hand it every event of the session
 * until it has called `done`, once; then make another for another attempt.
 *
 *     const attempt = new LoggingIn(session, { kind: "password", account, password }, done);
 *     // in the session's port: tell: (event) => attempt.hear(event)
 */
export class LogInAttempt {
  readonly #account: string;
  #done: ((outcome: LogInOutcome) => void) | null;

  /** At the door it begins at once; a session that isn't connected logs in as it connects. */
  constructor(session: ChatSession, logIn: LogIn, done: (outcome: LogInOutcome) => void) {
    this.#account = logIn.account;
    this.#done = done;
    session.logIn(logIn);
  }

  hear(event: ClientEvent): void {
    switch (event.kind) {
      case "ready":
        // A server without log-in lets in whoever comes: that isn't what was asked for.
        if (event.account === null) this.#end({ kind: "not-offered" });
        else this.#end({ kind: "ok", account: event.account, nick: event.nick });
        return;
      case "log-in-failed":
        this.#end(event.problem);
        return;
      case "disconnected":
        this.#end(
          event.why === "refused"
            ? { kind: "other", code: event.code ?? "REFUSED", text: event.text }
            : { kind: "lost" },
        );
        return;
      default:
        return;
    }
  }

  /** The account that is being logged in to. */
  get account(): string {
    return this.#account;
  }

  get over(): boolean {
    return this.#done === null;
  }

  #end(outcome: LogInOutcome): void {
    const done = this.#done;
    this.#done = null;
    done?.(outcome);
  }
}
