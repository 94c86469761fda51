import type { Account } from "../member-server/account.ts";
import { NUMERIC } from "../protocol/numerics.ts";
import { complete, isNickTaken, keepOut } from "./commands/registration.ts";
import { greetOperator, greetRooms } from "./greeting.ts";
import { attach, closeSession, ensureUser, quit, rename } from "./presence.ts";
import type { Reply } from "./reply.ts";
import type { Session } from "./session.ts";
import type { State } from "./state.ts";

/**
 * A session has proved whose it is. Before it is here it goes on with its registration; a guest who is here
 * leaves the guest's rooms and becomes one of the account's devices.
 */
export function logIn(state: State, session: Session, account: Account, reply: Reply): void {
  session.account = account.name;
  const source = session.user?.source ?? `${session.callsign}!*@*`;
  const sentence = `You are now logged in as ${account.name}`;
  reply.numeric(NUMERIC.RPL_LOGGEDIN, source, account.name, sentence);
  if (session.phase === "here") becomeMember(state, session, account, reply);
}

function becomeMember(state: State, session: Session, account: Account, reply: Reply): void {
  const guest = session.user;
  if (guest === null) return;
  const before = guest.source;
  const nick = guest.nick;
  // A guest leaves with its only session, but this one goes on: it is taken out first.
  for (const room of guest.rooms) {
    reply.line("PART", [room.name, "Logged in"], before);
  }
  guest.sessions.length = 0;
  quit(state, guest, "Logged in");
  session.user = null;
  session.phase = "visitor";
  const user = ensureUser(state, account.name);
  if (keepOut(state, session, user.who, reply)) return;
  if (user.sessions.length === 0 && user.nick !== nick && !isNickTaken(state, nick, user)) {
    rename(state, user, nick, null);
  }
  if (!attach(state, session, user)) {
    reply.end();
    return closeSession(state, session, "Too many devices of this account are connected");
  }
  if (user.nick !== nick) reply.line("NICK", [user.nick], before);
  if (session.has("chghost") && before !== user.source) {
    reply.line(
      "CHGHOST",
      [user.who.user, user.who.host],
      `${user.nick}!${guest.who.user}@${guest.who.host}`,
    );
  }
  if (session.has("account-notify")) reply.line("ACCOUNT", [account.name], user.source);
  greetOperator(user, reply);
  greetRooms(state, session, user, reply);
}

/** What follows a log-in of somebody who isn't here yet. */
export function afterLogIn(state: State, session: Session, reply: Reply): void {
  complete({ state, session, reply });
}
