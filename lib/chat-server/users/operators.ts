import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../command.ts";
import type { State } from "../state.ts";
import type { User } from "./user.ts";

/**
 * Returns whether a user is a server operator now: the server's owner from log-in on, and users of OPER. It
 * holds for all sessions of the user, until DEOPER or until the last one closes.
 */
export function isOperator(user: User): boolean {
  return user.modes.has("o");
}

/**
 * Makes a user an operator, or ends that. Later events of the user carry it in their identity. Sends nothing:
 * `sendUserModeChanges` notifies the user's sessions.
 */
export function setOperator(state: State, user: User, on: boolean): void {
  if (isOperator(user) === on) return;
  state.userCounts.modeWillChange(user, "o", on);
  if (on) user.modes.add("o");
  else user.modes.delete("o");
  user.updateIdentity({ oper: on });
}

/** Returns whether the user of a command is an operator. Sends ERR_NOPRIVILEGES if not. */
export function requireOperator({ user, reply }: RegisteredContext): boolean {
  if (isOperator(user)) return true;
  reply.numeric(NUMERIC.ERR_NOPRIVILEGES, "Only the operators of this server may do that");
  return false;
}

/** Iterates over the operators who are online. */
export function* operators(state: State): Iterable<User> {
  for (const user of state.users.all()) {
    if (isOperator(user) && user.sessions.length > 0) yield user;
  }
}

/** Sends a NOTICE from the server to the session of a command. */
export function sendNotice({ reply }: Pick<RegisteredContext, "reply">, sentence: string): void {
  reply.line("NOTICE", [reply.session.nickOrStar, sentence]);
}
