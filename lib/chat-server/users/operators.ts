import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../command.ts";
import type { State } from "../state.ts";
import type { User } from "./user.ts";

/**
 * Who looks after the server: whoever owns it, from logging in on, and whoever has said OPER. A person is it
 * on all their devices, until they say DEOPER or the last device disconnects.
 */

/** Whether this person looks after the server now. */
export function isOperator(user: User): boolean {
  return user.modes.has("o");
}

/** What a person does from now on says so, too. Their sessions are told by `sendUserModeChanges`. */
export function setOperator(state: State, user: User, on: boolean): void {
  if (isOperator(user) === on) return;
  state.userCounts.modeWillChange(user, "o", on);
  if (on) user.modes.add("o");
  else user.modes.delete("o");
  user.updateIdentity({ oper: on });
}

/** Whether the asker looks after the server; if not, they are told. */
export function requireOperator({ user, reply }: RegisteredContext): boolean {
  if (isOperator(user)) return true;
  reply.numeric(NUMERIC.ERR_NOPRIVILEGES, "Only the operators of this server may do that");
  return false;
}

/** Operators who are here. */
export function* operators(state: State): Iterable<User> {
  for (const user of state.users.all()) {
    if (isOperator(user) && user.sessions.length > 0) yield user;
  }
}

/** A plain sentence from the server to the asker. */
export function noticeOperators(
  { reply }: Pick<RegisteredContext, "reply">,
  sentence: string,
): void {
  reply.line("NOTICE", [reply.session.nickOrStar, sentence]);
}
