import type { Account } from "../member-server/account.ts";
import type { Nick } from "../protocol/names.ts";
import { NUMERIC } from "../protocol/numerics.ts";
import { complete, keepOut } from "./commands/registration.ts";
import { greetOperator, greetRooms } from "./greeting.ts";
import { tellOffline } from "./people/online.ts";
import { attach, closeSession, ensureUser, quit, rename } from "./people/presence.ts";
import type { User } from "./people/user.ts";
import { tellWatchers } from "./person-event.ts";
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
  // Then those who MONITOR the nick see it stay: it only belongs to an account now.
  const isNickKept = keepsNick(state, account, nick);
  // A guest leaves with its only session, but this one goes on: it is taken out first.
  for (const room of guest.rooms) {
    reply.line("PART", [room.name, "Logged in"], before);
  }
  guest.sessions.length = 0;
  quit(state, guest, "Logged in", !isNickKept);
  session.user = null;
  session.phase = "visitor";
  const user = ensureUser(state, account.name);
  if (keepOut(state, session, user.who, reply)) {
    if (isNickKept) tellOffline(state, nick);
    return;
  }
  if (isNickKept && user.nick !== nick) rename(state, user, nick, null);
  if (!attach(state, session, user, !isNickKept)) {
    reply.end();
    return closeSession(state, session, "Too many devices of this account are connected");
  }
  if (isNickKept) tellLoggedIn(state, guest, user);
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

/** Whether a guest's nick becomes that of the account: no device of it is here, and nobody else has a right to it. */
function keepsNick(state: State, account: Account, nick: Nick): boolean {
  const devices = state.users.byAccount(account.name)?.sessions.length ?? 0;
  return devices === 0 && !state.isTakenByAccount(nick, account.name);
}

/** Those who watch for the nick hear what has become of it. */
function tellLoggedIn(state: State, guest: User, { who }: User): void {
  const { now: time, monitors } = state;
  const { nick, user, host, account } = who;
  tellWatchers({ kind: "chghost", by: guest.who, time, user, host }, nick, monitors);
  tellWatchers({ kind: "account", by: who, time, account }, nick, monitors);
}

/** What follows a log-in of somebody who isn't here yet. */
export function afterLogIn(state: State, session: Session, reply: Reply): void {
  complete({ state, session, reply });
}
