import type { Account } from "../../member-server/account.ts";
import { suspensionOf } from "../../member-server/suspension.ts";
import type { AdminRow } from "../../protocol/admin/admin-answer.ts";
import { fold } from "../../protocol/names.ts";
import { closeSession } from "../sessions/attach-session.ts";
import type { Session } from "../sessions/session.ts";
import { clientOf, deviceOf } from "../sessions/session-facts.ts";
import type { State } from "../state.ts";
import { isOperator } from "../users/operators.ts";
import { User } from "../users/user.ts";
import {
  type AdminContext,
  type AdminHandlers,
  type AdminResult,
  listOf,
  recordAct,
} from "./admin-handler.ts";
import { formerNames, restingFacts } from "./admin-names.ts";

/** The console's commands about people and their connections. */

const ENDED = "Closed by the server's owner";

export const PEOPLE_HANDLERS = {
  people: ({ state, words: [name] }) => {
    if (name === undefined) return listOf(everybody(state), (person) => personRow(state, person));
    const user = state.users.byNick(fold(name));
    const account = state.accounts.account(fold(user?.account ?? name));
    if (account !== null) return { facts: accountFacts(state, account) };
    if (user !== null) return { facts: guestFacts(user) };
    // A former name leads to the account that had it.
    const former = state.accounts.byId(state.accounts.restingName(fold(name))?.id ?? null);
    const facts = former === null ? restingFacts(state, name) : accountFacts(state, former);
    return facts === null ? { refused: ["noSuchPerson", name] } : { facts };
  },
  sessions: ({ state, words: [name] }) => {
    const sessions = [...state.sessions].filter((session) => isOf(session, name));
    if (name !== undefined && sessions.length === 0 && !isKnown(state, name)) {
      return { refused: ["noSuchPerson", name] };
    }
    return listOf(sessions, (session) => sessionRow(state, session));
  },
  "end-session": endSession,
} satisfies AdminHandlers;

/** Accounts in the order of their sign-ups, then the guests who are here. */
function* everybody(state: State): Iterable<Account | User> {
  yield* state.accounts.accounts();
  for (const user of state.users.all()) if (user.account === null) yield user;
}

function personRow(state: State, person: Account | User): AdminRow {
  const isGuest = person instanceof User;
  const user = isGuest ? person : state.users.byAccount(person.id);
  return {
    name: isGuest ? null : person.name,
    nick: user?.nick ?? (isGuest ? null : person.name),
    createdAt: isGuest ? null : person.createdAt,
    seenAt: seenAt(state, user),
    sessions: user?.sessions.length ?? 0,
    rooms: user?.rooms.size ?? 0,
    owner: !isGuest && person.owner,
    operator: user !== null && isOperator(user),
    grade: isGuest ? null : (person.grade ?? null),
    suspended: !isGuest && suspensionOf(person, state.now) !== null,
  };
}

function accountFacts(state: State, account: Account): AdminRow {
  const { id, name, createdAt, email, owner, certificates, grade, secondFactor, bot } = account;
  const suspension = suspensionOf(account, state.now);
  const user = state.users.byAccount(id);
  return {
    ...{ name, nick: user?.nick ?? name, createdAt, seenAt: seenAt(state, user), email, owner },
    operator: user !== null && isOperator(user),
    formerNames: formerNames(state, id).join(" "),
    grade: grade ?? null,
    suspended: suspension !== null,
    ...(suspension !== null && {
      ...{ until: suspension.until, by: suspension.by, reason: suspension.reason },
    }),
    devices: certificates.map(({ label }) => label).join(", "),
    secondFactor: secondFactor !== undefined,
    bots: state.accounts
      .botsOf(id)
      .map((own) => own.name)
      .join(" "),
    ...(bot !== undefined && {
      botOf: state.nameOfAccount(bot.by),
      botRights: bot.rights.join(" "),
      botRooms: bot.rooms.join(" "),
    }),
    sessions: user?.sessions.length ?? 0,
    rooms: roomNames(user),
  };
}

function guestFacts(user: User): AdminRow {
  const { nick, sessions } = user;
  return {
    name: null,
    nick,
    operator: isOperator(user),
    sessions: sessions.length,
    rooms: roomNames(user),
  };
}

function roomNames(user: User | null): string {
  return [...(user?.rooms ?? [])].map(({ name }) => name).join(" ");
}

/** Returns when somebody was last here: now, or when their last session ended; `null` if that isn't known. */
function seenAt({ now }: State, user: User | null): number | null {
  if (user === null) return null;
  return user.sessions.length > 0 ? now : user.seenAt || null;
}

/** Whether a session is somebody's: by account, nick, or the nick of a session that isn't registered. */
function isOf({ user, account, nickOrStar }: Session, name: string | undefined): boolean {
  if (name === undefined) return true;
  const folded = fold(name);
  return [user?.account ?? account, user?.nick ?? nickOrStar].some(
    (each) => each !== null && fold(each) === folded,
  );
}

function isKnown(state: State, name: string): boolean {
  return state.accounts.account(fold(name)) !== null || state.users.byNick(fold(name)) !== null;
}

function sessionRow(state: State, session: Session): AdminRow {
  const { id, link, user, nickOrStar, openedAt, lastLineElapsedMs } = session;
  return {
    id,
    nick: user?.nick ?? nickOrStar,
    account: user?.account ?? session.account,
    address: link.address,
    openedAt,
    idleSeconds: Math.floor((state.elapsedMs - lastLineElapsedMs) / 1000),
    tls: link.secure,
    logInBy: session.logInBy,
    device: deviceOf(state, session),
    client: clientOf(session),
  };
}

function endSession(context: AdminContext): AdminResult {
  const { state, words } = context;
  const [id = ""] = words;
  const session = [...state.sessions].find((each) => String(each.id) === id);
  if (session === undefined) return { refused: ["noSuchSession", id] };
  const who = session.user?.account ?? session.nickOrStar;
  recordAct(context, "end-session", who, "", session.accountId);
  closeSession(state, session, ENDED);
  return { done: ["sessionEnded", session.id, who] };
}
