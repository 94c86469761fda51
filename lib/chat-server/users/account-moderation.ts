import type { Account, AccountChange, Suspension } from "../../member-server/account.ts";
import type { NameRefusal } from "../../member-server/sign-up.ts";
import {
  endedSuspensions,
  suspensionSentence,
  withdrawalsOf,
} from "../../member-server/suspension.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import { fold } from "../../protocol/names.ts";
import { rightsOfGrade } from "../../protocol/operator-rights.ts";
import { cutUtf8 } from "../../protocol/utf8.ts";
import { KICK_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import { query, runSteps, type Steps } from "../command.ts";
import { serviceIdentity } from "../relay/service-reply.ts";
import { closeSession } from "../sessions/attach-session.ts";
import { pause, Slice } from "../slices.ts";
import type { State } from "../state.ts";
import { renameAccount } from "./account-changes.ts";
import { audit, auditName } from "./audit.ts";
import { isProtected, updateRole } from "./operators.ts";
import { withdrawRoomInvitations } from "./room-invitations.ts";
import { parseBanDuration } from "./set-server-ban.ts";
import type { User } from "./user.ts";
import { sendUserModeChanges, userModes } from "./user-modes.ts";

/**
 * Suspending, renaming and grading accounts: for ACCOUNT, NickServ and the owner's console. Removing them is in
 * remove-account.ts. The caller has checked the right to do it at all.
 */

/** Who does it: an operator, or somebody at the owner's console. */
export type Moderator = User | { readonly console: string };

/** Why it isn't done. */
export type AccountModerationRefusal =
  | "no-such-account"
  /** One's own account. */
  | "own-account"
  /** An owner's, or that of an operator with the same right: only who gives grades may. */
  | "protected"
  | "bad-duration"
  | "not-suspended"
  | "no-such-grade"
  /** It has a token in place of a password, and no rights of an operator. */
  | "bot"
  /** Its messages are being erased already. */
  | "busy"
  | "not-stored";

/** Until when, and why. */
export interface SuspensionTerms {
  /** `null`: until it is lifted. */
  readonly durationMs: number | null;
  readonly reason: string;
}

/** Returns the name of a moderator for the audit file. */
export function moderatorName(by: Moderator): string {
  return "console" in by ? by.console : auditName(by);
}

/** Returns the account of that name, or of the user with that nick, if the moderator may do something with it. */
export function accountToModerate(
  state: State,
  by: Moderator,
  name: string,
): Account | AccountModerationRefusal {
  const account =
    state.accounts.account(fold(name)) ?? state.accounts.byId(state.accountOfNick(name));
  if (account === null) return "no-such-account";
  if ("console" in by) return account;
  if (account.id === by.accountId) return "own-account";
  return isProtected(state, by, account, "accounts") ? "protected" : account;
}

/** Parses `[DURATION] [REASON…]`: a word that is no duration begins the reason. `null`: a mistyped duration. */
export function parseSuspensionTerms(words: readonly string[]): SuspensionTerms | null {
  const [first = "", ...rest] = words;
  const durationMs = first === "*" ? null : parseBanDuration(first);
  if (durationMs !== undefined) return { durationMs, reason: rest.join(" ") };
  // "2houres" and "-2h" are mistakes, and no reason for a suspension without an end.
  return /^[-+]?\d/.test(first) ? null : { durationMs: null, reason: words.join(" ") };
}

/**
 * Suspends an account, or gives its suspension other terms: its sessions end, and so do the invitations that it made.
 * It stays in its rooms, with its ranks.
 */
export function* suspendAccount(
  state: State,
  by: Moderator,
  { id }: Account,
  terms: SuspensionTerms,
): Steps<Suspension | "not-stored"> {
  const { now: time } = state;
  // All of them are looked through: for suspensions that are over, invitations and sessions.
  state.budgets.meter.rows += state.accounts.size + state.users.size + state.sessions.size;
  const suspension: Suspension = {
    by: moderatorName(by),
    time,
    until: terms.durationMs === null ? null : time + terms.durationMs,
    reason: cutUtf8(terms.reason.normalize("NFC"), KICK_BYTES_MAX),
  };
  const changes: AccountChange[] = [
    ...endedSuspensions(state.accounts, time),
    ...withdrawalsOf(state.accounts, id),
    { kind: "suspended", id, suspension },
  ];
  const { saved } = yield* query({ kind: "save-accounts", changes }, (answer) => {
    if (!answer.saved) return;
    recordAct(state, by, "suspend", id, suspension.reason);
    for (const each of [id, ...state.accounts.botsOf(id).map((bot) => bot.id)]) {
      endSessions(state, each, suspensionSentence(suspension));
    }
    withdrawRoomInvitations(state, id);
  });
  return saved ? suspension : "not-stored";
}

/** Ends a suspension that is in force. */
export function* unsuspendAccount(
  state: State,
  by: Moderator,
  { id }: Account,
): Steps<"not-stored" | null> {
  const changes: AccountChange[] = [{ kind: "unsuspended", id }];
  const { saved } = yield* query({ kind: "save-accounts", changes }, (answer) => {
    if (answer.saved) recordAct(state, by, "unsuspend", id);
  });
  return saved ? null : "not-stored";
}

/**
 * Gives somebody's account another name, and tells them and their rooms. Its former name rests, or is free for
 * others at once.
 */
export function* renameAccountOf(
  state: State,
  by: Moderator,
  { id, name: formerName }: Account,
  name: string,
  isFreed: boolean,
): Steps<NameRefusal | { readonly kind: "not-saved" } | null> {
  return yield* renameAccount(state, id, name, isFreed, () => {
    const present = state.nameOfAccount(id);
    const renamed = { target: formerName, account: id, reason: present };
    audit(state, { by: moderatorName(by), act: "rename", ...renamed });
    state.ports.note(
      "info",
      `${moderatorName(by)} renamed the account ${formerName} to ${present}`,
    );
    state.runInBackground(runSteps(tellOfRename(state, id, formerName, isFreed)));
  });
}

function* tellOfRename(state: State, id: AccountId, former: string, isFreed: boolean): Steps {
  const name = state.nameOfAccount(id);
  const login = isFreed ? "" : `; ${former} works for you, too, while it rests`;
  for (const session of state.sessions) {
    if (session.accountId !== id) continue;
    const text = `Your account is called ${name} now: log in with that name${login}`;
    const reply = state.unsolicitedReply(session);
    reply.line("NOTICE", [session.nickOrStar, text]);
    reply.end();
  }
  const chanserv = serviceIdentity(state, "ChanServ");
  const slice = new Slice({ units: 0 });
  for (const room of [...(state.users.byAccount(id)?.rooms ?? [])]) {
    if (slice.isOver(1 + room.members.size / 10)) yield* pause();
    const text = `The account ${former} is called ${name} now`;
    state.commit(room, chanserv, { kind: "said", verb: "NOTICE", text, tags: {} }, null);
  }
}

/** Makes an account an operator of a grade, or an ordinary one (`null`). It counts at once. */
export function* gradeAccount(
  state: State,
  by: Moderator,
  { id, bot }: Account,
  grade: string | null,
): Steps<AccountModerationRefusal | null> {
  if (grade !== null && bot !== undefined) return "bot";
  if (grade !== null && rightsOfGrade(state.options.grades, grade) === null) return "no-such-grade";
  const changes: AccountChange[] = [{ kind: "graded", id, grade }];
  const { saved } = yield* query({ kind: "save-accounts", changes }, (answer) => {
    if (!answer.saved) return;
    recordAct(state, by, "grade", id, grade ?? "none");
    const user = state.users.byAccount(id);
    if (user === null) return;
    const before = userModes(user);
    updateRole(state, user);
    sendUserModeChanges(state, user, before, null);
  });
  return saved ? null : "not-stored";
}

/** Closes all sessions of an account, also those that are still connecting. */
function endSessions(state: State, id: AccountId, sentence: string): void {
  for (const session of [...state.sessions]) {
    if (session.accountId === id) closeSession(state, session, sentence);
  }
}

function recordAct(
  state: State,
  by: Moderator,
  act: "suspend" | "unsuspend" | "grade",
  id: AccountId,
  reason = "",
): void {
  const target = state.nameOfAccount(id);
  audit(state, { by: moderatorName(by), act, target, account: id, reason });
  const words = [moderatorName(by), act, target, reason].filter((word) => word !== "");
  state.ports.note("info", words.join(" "));
}
