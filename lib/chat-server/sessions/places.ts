import type { AccountId } from "../../protocol/account-id.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { SESSIONS_PER_USER_MAX, SILENT_MS_MAX } from "../limits.ts";
import type { State } from "../state.ts";
import { usableCertificate } from "./client-certificate.ts";
import type { Session } from "./session.ts";

/**
 * Whose place on the server a session has, and for how long somebody who hasn't logged in may keep one. Transport
 * keeps some places for members (connection-places.ts).
 */

/** Places of one account's members: its sessions, and as many devices that are about to register. */
const MEMBER_PLACES_MAX = 2 * SESSIONS_PER_USER_MAX;
/** Times are shortened when more than this share of the places for strangers is taken. */
const PRESSURE_MIN = 0.5;
/** What is left of a stranger's time when all are taken: enough to type a password. */
const STRANGER_MS_MIN = 30_000;
/** The same of one who has sent neither NICK nor a log-in. */
const SILENT_MS_MIN = 10_000;
/** How long a guest may say nothing when half of the places are taken, and when all are. */
const GUEST_IDLE_MS_MAX = 24 * 3_600_000;
const GUEST_IDLE_MS_MIN = 10 * 60_000;

/** Gives a session a member's place: it logged in, or has the certificate of a member's device. */
export function takeMemberPlace(state: State, session: Session, account: AccountId): void {
  if (session.memberPlaceOf === account) return;
  releaseMemberPlace(state, session);
  const count = state.memberPlaces.get(account) ?? 0;
  if (count >= MEMBER_PLACES_MAX) return;
  state.memberPlaces.set(account, count + 1);
  session.memberPlaceOf = account;
  session.link.setStanding?.("member");
}

/** Gives a connection with the certificate of a member's device a member's place, even before it logs in. */
export function takeDevicePlace(state: State, session: Session): void {
  const certificate = usableCertificate(state, session.link);
  const account = certificate === null ? null : state.accounts.byCertificate(certificate);
  if (account !== null) takeMemberPlace(state, session, account.id);
}

/** Takes a session that closes, or logs in to another account, out of its account's places. */
export function releaseMemberPlace({ memberPlaces }: State, session: Session): void {
  const account = session.memberPlaceOf;
  if (account === null) return;
  session.memberPlaceOf = null;
  const count = (memberPlaces.get(account) ?? 0) - 1;
  if (count > 0) memberPlaces.set(account, count);
  else memberPlaces.delete(account);
}

/**
 * Gives a session a guest's place; for a guest, notes that it said something, `idleMs` ago. `false`: there is none.
 */
export function takeGuestPlace({ link }: Session, idleMs = 0): boolean {
  return link.setStanding?.("guest", idleMs) ?? true;
}

/**
 * Returns why a session that hasn't logged in must close now, or `null`. The fuller the server is for connections
 * from its address, the less time there is.
 */
export function overstayed(
  { options }: State,
  session: Session,
  elapsedMs: ElapsedMs,
): string | null {
  const { user, accountId, openedElapsedMs, link, fileGrant } = session;
  // What carries a file ends by the file's own time, or with the session that asked for it.
  if (fileGrant !== null) return null;
  if (user !== null && user.accountId !== null) return null;
  // Twice a second all sessions are looked at: how full the server is for one matters to few of them.
  if (session.phase === "unregistered") {
    const { registrationTimeoutMs } = options;
    const hasStarted = session.nick !== null || accountId !== null;
    const fullMs = hasStarted
      ? registrationTimeoutMs
      : Math.min(SILENT_MS_MAX, registrationTimeoutMs);
    const leastMs = hasStarted ? STRANGER_MS_MIN : SILENT_MS_MIN;
    const openMs = elapsedMs - openedElapsedMs;
    if (openMs <= Math.min(fullMs, leastMs)) return null;
    const allowedMs = accountId === null ? shortened(fullMs, leastMs, link.pressure ?? 0) : fullMs;
    return openMs > allowedMs ? "Registration timed out" : null;
  }
  if (user === null) return null;
  const idleMs = elapsedMs - user.lastMessageElapsedMs;
  if (idleMs <= GUEST_IDLE_MS_MIN) return null;
  const pressure = link.pressure ?? 0;
  if (pressure <= PRESSURE_MIN) return null;
  return idleMs > shortened(GUEST_IDLE_MS_MAX, GUEST_IDLE_MS_MIN, pressure)
    ? "The server is full, and you have said nothing for long. Come back when you like"
    : null;
}

function shortened(fullMs: number, leastMs: number, pressure: number): number {
  const excess = Math.max(0, pressure - PRESSURE_MIN) / (1 - PRESSURE_MIN);
  return fullMs - Math.max(0, fullMs - leastMs) * excess;
}
