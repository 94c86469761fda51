import type { ClientEvent, LogInProblem } from "../chat-client/client-event.ts";
import type { ChatSession, LogIn } from "../chat-client/session.ts";

/** Result of a log-in. */
export type LogInOutcome =
  | { readonly kind: "ok"; readonly account: string; readonly nick: string }
  | LogInProblem;

/**
 * One attempt to log in, on a session that waits for log-in or on a new connection. Pass it every
 * event of the session until it has called `done`, once; make another one to try again.
 *
 * @example
 * const attempt = new LogInAttempt(session, { kind: "password", account, password }, done);
 * // in the session's ports: emit: (event) => attempt.onSessionEvent(event)
 */
export class LogInAttempt {
  #done: ((outcome: LogInOutcome) => void) | null;

  /**
   * Begins at once if the session waits for log-in; a session that isn't connected logs in as it
   * connects.
   */
  constructor(session: ChatSession, logIn: LogIn, done: (outcome: LogInOutcome) => void) {
    this.#done = done;
    session.logIn(logIn);
  }

  /** Takes the session's next event; events after the end are ignored. */
  onSessionEvent(event: ClientEvent): void {
    switch (event.kind) {
      case "ready":
        // A server without accounts lets anyone in, which isn't the log-in that was requested.
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

  #end(outcome: LogInOutcome): void {
    const done = this.#done;
    this.#done = null;
    done?.(outcome);
  }
}
