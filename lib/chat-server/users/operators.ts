import type { Account } from "../../member-server/account.ts";
import {
  OPERATOR_RIGHTS,
  type OperatorRight,
  rightsOfGrade,
} from "../../protocol/operator-rights.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../command.ts";
import type { State } from "../state.ts";
import type { User } from "./user.ts";

/**
 * Who is an operator, and with which rights: the server's owner from log-in on, accounts that were given a grade, and
 * users of OPER. What takes which right is in operator-doors.ts.
 */

/** What a user may do beyond others at the moment. */
export interface OperatorRole {
  /** The grade, as others see it; `null` for an owner, and for an OPER name without one. */
  readonly name: string | null;
  readonly rights: ReadonlySet<OperatorRight>;
}

/** Being allowed to create rooms makes nobody an operator. */
const ORDINARY_RIGHTS: ReadonlySet<OperatorRight> = new Set(["create-rooms"]);

/**
 * Returns whether a user is a server operator now, whatever their rights. It holds for all sessions of the user,
 * until DEOPER or until the last one closes.
 */
export function isOperator(user: User): boolean {
  return user.modes.has("o");
}

/** Returns whether a user has a right of operators now. */
export function hasRight({ role }: User, right: OperatorRight): boolean {
  return role?.rights.has(right) === true;
}

/**
 * Whether an operator may do nothing to an account by one of their rights: to an owner's, and to that of somebody with
 * the same right, by grade or by OPER at the moment, unless the operator gives grades.
 */
export function isProtected(
  state: State,
  by: User,
  { id, grade, owner, bot }: Account,
  right: OperatorRight,
): boolean {
  // A bot is protected as the account that made it: it may be in rooms that nobody else should read.
  const maker = state.accounts.byId(bot?.by ?? null);
  if (maker !== null) return maker.id !== by.accountId && isProtected(state, by, maker, right);
  if (owner) return true;
  if (hasRight(by, "grades")) return false;
  const granted = grade === undefined ? null : rightsOfGrade(state.options.grades, grade);
  const present = state.users.byAccount(id);
  return granted?.includes(right) === true || (present !== null && hasRight(present, right));
}

/**
 * Gives a user the role that they have now by their account and by OPER. Call it whenever one of these has changed.
 * Later events of the user carry it in their identity. Sends nothing: `sendUserModeChanges` notifies the sessions.
 */
export function updateRole(state: State, user: User): void {
  const role = user.sessions.length === 0 ? null : roleOf(state, user);
  const on = role !== null && !role.rights.isSubsetOf(ORDINARY_RIGHTS);
  user.role = role;
  const name = on ? (role.name ?? undefined) : undefined;
  if (user.identity.operRole !== name) user.updateIdentity({ operRole: name });
  if (isOperator(user) === on) return;
  state.userCounts.modeWillChange(user, "o", on);
  if (on) user.modes.add("o");
  else user.modes.delete("o");
  user.updateIdentity({ oper: on });
}

/** Makes an operator an ordinary user, until OPER or the next log-in. */
export function resignAsOperator(state: State, user: User): void {
  user.oper = null;
  user.hasResigned = true;
  updateRole(state, user);
}

function roleOf(state: State, user: User): OperatorRole | null {
  const byAccount = accountRole(state, user);
  const byOper = operRole(state, user);
  if (byAccount === null || byOper === null) return byAccount ?? byOper;
  const isHigher = byOper.rights.size > byAccount.rights.size;
  return {
    name: (isHigher ? byOper : byAccount).name,
    rights: byAccount.rights.union(byOper.rights),
  };
}

function accountRole({ accounts, options }: State, user: User): OperatorRole | null {
  const account = accounts.byId(user.accountId);
  // A bot does what its rights say, and is no operator whatever it was given.
  if (account === null || account.bot !== undefined) return null;
  const { grade } = account;
  const granted = grade === undefined ? null : rightsOfGrade(options.grades, grade);
  const all = account.owner ? OPERATOR_RIGHTS : granted;
  if (all === null) return null;
  const rights = new Set<OperatorRight>(all);
  const name = account.owner ? null : (grade ?? null);
  return { name, rights: user.hasResigned ? rights.intersection(ORDINARY_RIGHTS) : rights };
}

/** Another password takes the role from whoever gave the former one: it may have been stolen. */
function operRole({ options }: State, { oper }: User): OperatorRole | null {
  const entry = options.operators.find(({ name }) => name === oper?.name);
  if (entry === undefined || entry.passwordHash !== oper?.passwordHash) return null;
  return { name: entry.grade ?? null, rights: new Set(entry.rights ?? OPERATOR_RIGHTS) };
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
