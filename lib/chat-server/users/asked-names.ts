import { addressBlockOf } from "../../protocol/address.ts";
import { type Folded, fold, isRoomName, RESERVED } from "../../protocol/names.ts";
import type { DocumentedVerb } from "../help-pages.ts";
import { GUEST_NICK_MS_MIN } from "../limits.ts";
import { canSeeMember } from "../rooms/access.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import { mayPass } from "./operator-doors.ts";
import type { User } from "./user.ts";

/**
 * What strangers may learn about names. Who has no account is a stranger: a guest, or a connection that
 * signs up. Their questions about a name are counted together, whatever the command (`NameLookups`), and
 * are refused alike, whether the name exists or not, before anything is looked up.
 */

type NamesOf = (params: readonly string[]) => readonly string[];

const list = (text = ""): readonly string[] => text.split(",");
const first: NamesOf = ([name = ""]) => [name];
const firstList: NamesOf = ([names]) => list(names);
const second: NamesOf = ([, name = ""]) => [name];
const secondList: NamesOf = ([, names]) => list(names);
const third: NamesOf = ([, , name = ""]) => [name];
const all: NamesOf = (params) => params.flatMap((param) => param.split(/[ ,]/));
const withoutSign: NamesOf = (params) =>
  params.flatMap((names) => list(names)).map((name) => name.replace(/^[+-]/, ""));
const RANK_MODES = /[qaohv]/;

/**
 * The names in the parameters of each command whose answer depends on whether somebody has the name:
 * online, once, or as an account. `null` for commands that ask about nobody. Every command has a row, or
 * it does not compile. NICK, REGISTER and ACCOUNT count by themselves, since they are used before there is
 * a user.
 */
const ASKED_NAMES: Readonly<Record<DocumentedVerb, NamesOf | null>> = {
  ...{ CAP: null, AUTHENTICATE: null, PASS: null, USER: null, QUIT: null, PING: null, PONG: null },
  ...{ NICK: null, REGISTER: null, VERIFY: null, ACCOUNT: null, INVITATION: null, ISUPPORT: null },
  ...{ SILENCE: withoutSign, ACCEPT: withoutSign },
  ...{ JOIN: null, PART: null, TOPIC: null, NAMES: null, LIST: null, KNOCK: null, RENAME: null },
  ...{ INVITE: first, UNINVITE: first, KICK: secondList },
  MODE: ([target = "", modes = "", ...values]) => {
    if (!isRoomName(target)) return [target];
    return RANK_MODES.test(modes) ? values : [];
  },
  ...{ PRIVMSG: firstList, NOTICE: firstList, TAGMSG: firstList, BATCH: third },
  ...{ REDACT: first, EDIT: first, CHATHISTORY: second, HISTORY: first, MARKREAD: first },
  PREFERENCE: first,
  FILE: ([subcommand = "", target = ""]) => (/^(?:send|list)$/i.test(subcommand) ? [target] : []),
  ...{ SEARCH: null, METADATA: first, AWAY: null, SETNAME: null },
  ...{ WHO: first, WHOIS: all, WHOWAS: firstList, ISON: all, USERHOST: all, MONITOR: secondList },
  // A server can be named by the nick of somebody on it.
  ...{ VERSION: all, TIME: all, INFO: all, LINKS: all, ADMIN: all, STATS: second },
  ...{ MOTD: all, LUSERS: all, HELP: null, HELPOP: null },
  ...{ OPER: null, DEOPER: null, WALLOPS: null, KILL: null, REHASH: null },
  ...{ AUDIT: null, REPORT: first, REPORTS: null },
  ...{ KLINE: null, UNKLINE: null, DLINE: null, UNDLINE: null },
  // Their commands have rows of their own: see `ServiceCommand`.
  ...{ NICKSERV: null, NS: null, CHANSERV: null, CS: null },
};

/** Not a name: a room, also behind a rank, a mask, and a word that nobody can be called. */
const NOT_A_NAME = /^$|^[~&@%+]?#|[!@*?:$~.]/;
const SERVICES: ReadonlySet<Folded> = new Set(RESERVED.map(fold));

/**
 * Returns a name in a command's parameters that the session may not ask about now, or `null`. The names
 * before it are counted.
 */
export function refusedName(
  state: State,
  session: Session,
  verb: DocumentedVerb,
  params: readonly string[],
): string | null {
  const namesOf = ASKED_NAMES[verb];
  return namesOf === null ? null : firstRefused(state, session, namesOf(params));
}

/** Returns the first name that the session may not ask about now, or `null`. */
export function firstRefused(
  state: State,
  session: Session,
  names: readonly string[],
): string | null {
  if (!isCounted(state, session)) return null;
  const canBeNames = names.filter((name) => !NOT_A_NAME.test(name));
  return canBeNames.find((name) => !mayAskAbout(state, session, name)) ?? null;
}

/**
 * Returns whether a session may be told about a name, and counts the name. Members may; strangers as often
 * as `NameLookups` allows, except about themselves, people whom they see in a room, and names that they
 * asked about before on this connection.
 */
export function mayAskAbout(state: State, session: Session, name: string): boolean {
  return !isCounted(state, session) || countName(state, session, fold(name));
}

/** The same for whether an account has a name, which is asked to sign up: members are counted as well. */
export function mayAskForAccount(state: State, session: Session, name: string): boolean {
  const isFree = !state.options.floodControl || NOT_A_NAME.test(name);
  return isFree || countName(state, session, fold(name));
}

/** Takes a question back: the name has become the session's own. */
export function refundName(state: State, session: Session, name: string): void {
  if (session.namesAsked.delete(fold(name))) state.nameLookups.refund(keysOf(state, session));
}

/** Counts a guest's nick that was given up soon: taking one after the other asks about them, too. */
export function chargeShortStay(state: State, session: Session): void {
  if (!isCounted(state, session)) return;
  if (state.elapsedMs - session.openedElapsedMs >= GUEST_NICK_MS_MIN) return;
  state.nameLookups.take(keysOf(state, session), state.elapsedMs);
}

/** Returns the `invitationHash` of each code that a session has shown, valid or not. */
export function invitationHashes(session: Session): string[] {
  return session.passwords.flatMap(({ invitation }) => invitation ?? []);
}

function isCounted(state: State, { account, user }: Session): boolean {
  return (
    account === null &&
    state.options.floodControl &&
    !(user !== null && mayPass(user, "ACCOUNT CHECK"))
  );
}

function countName(state: State, session: Session, name: Folded): boolean {
  const isKnown = isKnownTo(state, session, name);
  if (isKnown || session.namesAsked.has(name)) return true;
  if (!state.nameLookups.take(keysOf(state, session), state.elapsedMs)) return false;
  session.namesAsked.add(name);
  return true;
}

function isKnownTo(state: State, { user }: Session, name: Folded): boolean {
  if (SERVICES.has(name) || name === fold(state.options.name)) return true;
  const holder = state.users.byNick(name);
  if (user === null) return false;
  const isSeen = isInSight(user, holder);
  return holder !== null && (holder === user || isSeen);
}

/**
 * Whether a guest sees a user in a room, or has direct messages with them. For `null`, a name that nobody has, it takes
 * as long as for somebody who isn't in sight.
 */
function isInSight(user: User, other: User | null): boolean {
  const subject = other ?? user;
  for (const room of user.rooms)
    if (room.has(subject) && other !== null && canSeeMember(room, user, other)) return true;
  return user.guestContacts.has(subject) || user.guestMessages.some(({ peer }) => peer === subject);
}

/** The address block and the invitation of a session: each has a count of its own. */
function keysOf(state: State, session: Session): string[] {
  const invitations = invitationHashes(session).map((hash) =>
    state.accounts.invitationByHash(hash),
  );
  const ids = invitations.flatMap((invitation) => invitation?.id ?? []);
  return [addressBlockOf(session.link.address), ...ids.map((id) => `invitation ${id}`)];
}
