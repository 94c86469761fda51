/** Goes on after a lost connection, for the pipe commands that run until somebody ends them. */
import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { Folded } from "../../protocol/names.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { failureSentence } from "../i18n/words.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-context.ts";
import { logInSentence, refusedSentence } from "./pipe-log-in.ts";
import type { PipeCommand } from "./pipe-ports.ts";

/** When to log in again on a busy server that names no time. */
const BUSY_RETRY_MS = 10_000;
/** The longest wait that a server can ask for. Timers take no more than 24 days, and fire at once for more. */
const RETRY_MS_MAX = 3_600_000;

/** What a command does on a connection that comes and goes. */
export interface StayHooks {
  /** The key of the target's conversation now; null where the command has no single target. */
  readonly key: () => Folded | null;
  /** Receives every event of the session. */
  readonly onEvent: (event: ClientEvent) => void;
  /** The connection was lost, and the next attempt follows by itself. */
  readonly onLost: () => void;
  /** It is back, and logged in. */
  readonly onBack: () => void;
  /** Nothing can be done any more: why was printed. */
  readonly onEnd: (exitCode: number) => void;
}

/** Reconnects after each loss, and logs in again, until the server refuses that or the user was removed from the target. */
export function stayConnected(
  context: PipeContext,
  pipeSession: PipeSession,
  command: PipeCommand,
  hooks: StayHooks,
): void {
  const { ports, words, pipeWords } = context;
  const { connection, session, credentials } = pipeSession;
  const end = (sentence: string, exitCode: number): void => {
    ports.printError(sentence);
    hooks.onEnd(exitCode);
  };
  const onDisconnected = ({
    retry,
    text,
    code = "",
  }: Extract<ClientEvent, { kind: "disconnected" }>): void => {
    const { trouble, link } = connection;
    hooks.onLost();
    if (trouble !== null) {
      end(refusedSentence(context, link, trouble, command), PIPE_EXIT.notLoggedIn);
    } else if (!retry) {
      const sentence =
        text === "" ? pipeWords.lost : failureSentence(words, code, "", sanitize(text));
      end(sentence, PIPE_EXIT.notLoggedIn);
    }
  };
  // The log-in after a loss failed: it is tried again later on a busy server.
  const onLogInFailed = (
    problem: Extract<ClientEvent, { kind: "log-in-failed" }>["problem"],
  ): void => {
    if (problem.kind === "lost") return;
    if (problem.kind !== "busy" && problem.kind !== "slowed") {
      return end(logInSentence(context, problem), PIPE_EXIT.notLoggedIn);
    }
    const seconds = problem.kind === "slowed" ? problem.seconds : null;
    const delayMs = seconds === null ? BUSY_RETRY_MS : Math.min(seconds * 1000, RETRY_MS_MAX);
    ports.after(delayMs, () => {
      if (credentials.kind === "guest") session.continueAsGuest(credentials.nick);
      else session.logIn(credentials);
    });
  };
  connection.autoReconnect = true;
  connection.listen((event) => {
    switch (event.kind) {
      case "kicked":
        if (event.key === hooks.key()) {
          end(pipeWords.thrownOut(sanitize(pipeSession.target)), PIPE_EXIT.failed);
        }
        return;
      case "ready":
        ports.printError(pipeWords.back);
        return hooks.onBack();
      case "disconnected":
        return onDisconnected(event);
      case "log-in-failed":
        return onLogInFailed(event.problem);
      default:
        return hooks.onEvent(event);
    }
  });
}
