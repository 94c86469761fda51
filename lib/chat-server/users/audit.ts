import type { AccountId } from "../../protocol/account-id.ts";
import { fold } from "../../protocol/names.ts";
import type { ServerAuditEntry } from "../server-ports.ts";
import type { State } from "../state.ts";
import type { User } from "./user.ts";

/** What can be audited: the acts of operators and owners, and those of the owner's console. */
export type AuditedAct =
  | "oper"
  | "oper-failed"
  | "deoper"
  | "kill"
  | "wallops"
  | "rehash"
  | "kline"
  | "unkline"
  | "dline"
  | "undline"
  | "forget"
  | "invite"
  | "withdraw"
  | "end-session"
  | "free-name"
  | "reset"
  | "withdraw-reset"
  | "log-level"
  | "upgrade"
  | "suspend"
  | "unsuspend"
  | "rename"
  | "remove"
  | "grade"
  | "close-room"
  | "reopen-room"
  | "drop-room"
  | "take-over-room"
  | "report-closed"
  | "close-room"
  | "reopen-room"
  | "drop-room"
  | "take-over-room"
  | "say";

/** An act before it has an id and a time. */
interface AuditedDeed {
  /** Who did it: an account's name, a guest's nick, `console:` and the system's user, or `signal:SIGHUP`. */
  readonly by: string;
  readonly act: AuditedAct;
  /** Whom or what it was done to; "" for nothing. */
  readonly target?: string;
  /** The account that is the target. */
  readonly account?: AccountId | null;
  readonly reason?: string;
}

/**
 * Stores an act in the audit file. An act that can't be stored has happened all the same, since an operator must be able
 * to end a session while the disk is full: then it is in the log.
 */
export function audit(state: State, deed: AuditedDeed): void {
  const { by, act, target = "", account = null, reason = "" } = deed;
  const { ports, now: time } = state;
  // Nobody has a nick that is another's account, so the name alone says who it is at this moment.
  const byAccount = state.accounts.account(fold(by))?.id;
  const entry: ServerAuditEntry = {
    ...{ id: ports.random.id(time), time, by, act, target, reason },
    ...(byAccount !== undefined && { byAccount }),
    ...(account !== null && { targetAccount: account }),
  };
  if (ports.appendPerson({ kind: "audited", ...entry })) return;
  const words = [by, act, target, reason].filter((word) => word !== "");
  ports.note("error", `missing in the audit file: ${words.join(" ")}`);
}

/** Returns by which name the audit file knows a user. */
export function auditName({ account, nick }: User): string {
  return account ?? nick;
}
