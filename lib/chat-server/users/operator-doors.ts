import type { OperatorRight } from "../../protocol/operator-rights.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../command.ts";
import { hasRight, isOperator } from "./operators.ts";
import type { User } from "./user.ts";

/**
 * Everything that operators may do and others not, with the right that it takes: by command, or by what it opens.
 * A command for operators asks here by its name, so that one without a row doesn't compile.
 */
export const OPERATOR_DOORS = {
  KILL: "kick",
  KLINE: "ban",
  UNKLINE: "ban",
  DLINE: "ban",
  UNDLINE: "ban",
  WALLOPS: "announce",
  REHASH: "server",
  /** All of its reports but the uptime. */
  STATS: "see",
  /** Addresses, certificates and modes of others. */
  WHOIS: "see",
  /** A room's audit log, without being its op. */
  AUDIT: "see",
  "CHANSERV LOG": "see",
  /** Asking about more names than a stranger may. */
  "ACCOUNT CHECK": "see",
  /** Those about any message. The ops of a room handle the reports of its messages. */
  REPORTS: "reports",
  "CHANSERV REPORTS": "reports",
  "CHANSERV CLOSE": "rooms",
  "CHANSERV REOPEN": "rooms",
  "CHANSERV DROP": "rooms",
  "CHANSERV TAKEOVER": "rooms",
  /** Creating a room where not everybody may. */
  JOIN: "create-rooms",
  INVITATION: "invite",
  /** Somebody else's messages. */
  "ACCOUNT FORGET": "accounts",
  "ACCOUNT SUSPEND": "accounts",
  "ACCOUNT UNSUSPEND": "accounts",
  "ACCOUNT RENAME": "accounts",
  "ACCOUNT REMOVE": "accounts",
  "ACCOUNT RESETLINK": "accounts",
  /** Whether an account is suspended, and why. */
  "NICKSERV INFO": "accounts",
  "ACCOUNT GRADE": "grades",
} as const satisfies Readonly<Record<string, OperatorRight>>;

/** A row of {@link OPERATOR_DOORS}. */
export type OperatorDoor = keyof typeof OPERATOR_DOORS;

/** Returns whether a user has the right that something takes. */
export function mayPass(user: User, door: OperatorDoor): boolean {
  return hasRight(user, OPERATOR_DOORS[door]);
}

/**
 * Returns whether a user may see another one's connections: from where, in which modes, and how long idle. Two people
 * who stop being idle in turns are talking to each other, which is not for others to know.
 */
export function maySeeConnections(viewer: User, user: User): boolean {
  return user === viewer || mayPass(viewer, "WHOIS");
}

/** Returns whether a user has the right that something takes. Sends ERR_NOPRIVILEGES with its name if not. */
export function requireRight({ user, reply }: RegisteredContext, door: OperatorDoor): boolean {
  if (mayPass(user, door)) return true;
  reply.numeric(NUMERIC.ERR_NOPRIVILEGES, missingRight(user, door));
  return false;
}

/** Returns the sentence for a user who lacks the right for something. */
export function missingRight(user: User, door: OperatorDoor): string {
  if (!isOperator(user)) return "Only the operators of this server may do that";
  const grade = user.role?.name ?? null;
  const who = grade === null ? "your OPER name" : `the grade ${grade}`;
  return `That takes the right "${OPERATOR_DOORS[door]}", which ${who} doesn't have`;
}
