/** Lists and ends the sessions of the user's own account. */
import type { ChatSession } from "../chat-client/session.ts";
import { parseTime } from "../protocol/time.ts";
import type { Message } from "../protocol/wire/message.ts";
import { type ServerRefusal, serverRefusal } from "./server-refusal.ts";

/** A connection of the account. Times are milliseconds since 1970; `null` if the server's can't be parsed. */
export interface AccountSession {
  readonly id: string;
  readonly since: number | null;
  /** When it last sent a line. */
  readonly activeAt: number | null;
  readonly address: string;
  /** By what it logged in: "password", "certificate" and the like. */
  readonly logIn: string;
  /** "sodam", or "irc" for another client. */
  readonly program: string;
  readonly isThis: boolean;
  /** The name of its device, or "". */
  readonly device: string;
}

/** Result of {@link listSessions}. */
export type SessionsOutcome =
  | { readonly kind: "sessions"; readonly sessions: readonly AccountSession[] }
  | ServerRefusal;

/** Result of {@link endSession}; "unknown": it has ended meanwhile. */
export type EndOutcome =
  | { readonly kind: "done"; readonly count: number }
  | { readonly kind: "unknown" }
  | ServerRefusal;

/** Requests the connections of the account, this one included. */
export function listSessions(session: ChatSession, done: (outcome: SessionsOutcome) => void): void {
  session.ask(
    "ACCOUNT",
    ["SESSIONS"],
    (answer) => {
      if (answer.kind !== "answered") return done(serverRefusal(answer));
      const notes = answer.messages.filter((message) => isNote(message, "SESSION"));
      done({ kind: "sessions", sessions: notes.map(sessionOf) });
    },
    { isLast: (message) => isNote(message, "SESSIONS_END") },
  );
}

/**
 * Ends a session by its id, or all others; their devices then need the password again.
 *
 * @param id of an {@link AccountSession}, or "others"
 */
export function endSession(
  session: ChatSession,
  id: string,
  done: (outcome: EndOutcome) => void,
): void {
  session.ask("ACCOUNT", ["END", id], (answer) => {
    const note =
      answer.kind === "answered"
        ? answer.messages.find((each) => isNote(each, "ENDED"))
        : undefined;
    if (note !== undefined) done({ kind: "done", count: Number(note.params[2]) || 0 });
    else if (answer.kind === "failed" && answer.code === "NO_SUCH_SESSION")
      done({ kind: "unknown" });
    else done(serverRefusal(answer));
  });
}

function sessionOf({ params }: Message): AccountSession {
  const [, , id = "", since = "", active = "", address = "", logIn = "", program = "", mark] =
    params;
  return {
    ...{ id, address, logIn, program, isThis: mark === "this", device: params[9] ?? "" },
    ...{ since: parseTime(since), activeAt: parseTime(active) },
  };
}

function isNote({ verb, params }: Message, code: string): boolean {
  return verb === "NOTE" && params[0] === "ACCOUNT" && params[1] === code;
}
