import type { Account } from "../../member-server/account.ts";
import type { State } from "../state.ts";
import type { Session } from "./session.ts";

/** What is shown of a session to its own account and to the server's owner. */

/** Returns the name of the device whose certificate the connection showed, or `null`. */
export function deviceOf(state: State, { link, accountId }: Session): string | null {
  const account = state.accounts.byId(accountId);
  const device = account?.certificates.find(({ fingerprint }) => fingerprint === link.certificate);
  return device?.label ?? null;
}

/** Returns what a session's capabilities say of its program; "" before it asked for any. */
export function clientOf({ caps, phase }: Session): string {
  if ([...caps].some((cap) => cap.startsWith("sodam.chat/"))) return "sodam";
  return phase === "registered" || caps.size > 0 ? "irc" : "";
}

/** Returns the sessions of an account, those that aren't registered yet included, in the order of their connections. */
export function sessionsOf(
  { sessions }: State,
  { accountId }: Pick<Session, "accountId">,
): Session[] {
  return [...sessions].filter((session) => session.accountId === accountId);
}

/** Returns the sessions of the bots that an account made. */
export function sessionsOfBots(
  { sessions, accounts }: State,
  { id }: Pick<Account, "id">,
): Session[] {
  return [...sessions].filter((session) => accounts.byId(session.accountId)?.bot?.by === id);
}
