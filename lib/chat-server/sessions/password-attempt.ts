import type { Account, AccountChange } from "../../member-server/account.ts";
import type { PasswordPlace } from "../../member-server/account-ports.ts";
import { noteDeviceSeen } from "../../member-server/device-certificates.ts";
import { invitationProblem } from "../../member-server/invitation-codes.ts";
import { knowsAddress, noteAddress } from "../../member-server/known-addresses.ts";
import type {
  AllowedGuess,
  Guess,
  GuessKind,
  SlowedGuess,
} from "../../member-server/login-throttle.ts";
import { isAppCode } from "../../member-server/second-factor.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import { addressBlockOf } from "../../protocol/address.ts";
import type { Folded } from "../../protocol/names.ts";
import { query, runSteps, type Steps } from "../command.ts";
import type { LogInMethod } from "../metrics/server-counters.ts";
import type { State } from "../state.ts";
import { refundName } from "../users/asked-names.ts";
import { noticeChange } from "../users/security-notices.ts";
import { usableCertificate } from "./client-certificate.ts";
import { takeMemberPlace } from "./places.ts";
import type { Session } from "./session.ts";

/**
 * Attempts to give a password: what tells a member from a stranger before the password is verified, what an attempt
 * is charged to, and what is remembered after a log-in.
 */

/** The target of guesses that count together, whomever they mean. */
const ANY = { target: "", exists: true };
/** People mistype codes, and whoever guesses them goes on for hours. */
const CODE_NOTICE_MS = 3_600_000;

/** A password that may be verified now. */
export interface PasswordAttempt extends AllowedGuess {
  /** Where the password waits to be verified: before those of strangers, if somebody was told from them. */
  readonly place: PasswordPlace;
}

/**
 * Begins an attempt at an account's password: charges it, and logs it if there were too many.
 *
 * @param name as it was typed, folded: an account or not
 */
export function beginAccountAttempt(
  state: State,
  session: Session,
  name: Folded,
  kind: Extract<GuessKind, "account" | "confirm">,
): PasswordAttempt | { readonly waitMs: number } {
  const account = state.accounts.accountForLogIn(name);
  const proof = accountProof(state, session, account);
  const target = { target: account?.id ?? name, exists: account !== null };
  const attempt = charge(state, session, kind, target, proof);
  if ("refund" in attempt) return attempt;
  // Under a flood of guesses an invitation lets a new address in. It has one bucket for all accounts.
  const isStranger = proof === null && kind === "account";
  const invitation = isStranger ? validInvitation(state, session) : null;
  const second = invitation === null ? attempt : charge(state, session, kind, ANY, invitation);
  if (!("refund" in second)) logTooMany(state, session, methodOf(kind), name, second);
  return second;
}

/**
 * Begins an attempt at a code of an account's second factor, by somebody who has given the password. Recovery codes are
 * too long to be guessed, and let the account's owner in while a thief of the password guesses.
 */
export function beginCodeAttempt(
  state: State,
  session: Session,
  account: Account,
  code: string,
): AllowedGuess | { readonly waitMs: number } {
  if (!isAppCode(code)) return { waitMs: 0, refund: () => {} };
  const proof = accountProof(state, session, account);
  const attempt = charge(state, session, "code", { target: account.id, exists: true }, proof);
  if (!("refund" in attempt)) logTooMany(state, session, "password", account.name, attempt);
  return attempt;
}

/** Tells an account that somebody elsewhere has its password and no code: once an hour. */
export function tellOfWrongCode(state: State, session: Session, account: Account): void {
  const isRecent = account.notices?.some(
    ({ kind, time }) => kind === "code" && Math.abs(state.now - time) < CODE_NOTICE_MS,
  );
  if (isRecent || accountProof(state, session, account) !== null) return;
  saveInBackground(state, [noticeChange(state, { account: account.id, kind: "code" }, null)]);
}

/** Begins an attempt at an operator's password. */
export function beginOperAttempt(
  state: State,
  session: Session,
  name: string,
): PasswordAttempt | { readonly waitMs: number } {
  const { accountId } = session;
  const operator = state.options.operators.find((each) => each.name === name);
  const exists = operator !== undefined;
  const isKnown =
    exists &&
    accountId !== null &&
    state.knownOperators.has(operatorKey(state, name, accountId, operator.passwordHash));
  const proof = isKnown ? `account ${accountId}` : null;
  const attempt = charge(state, session, "oper", { target: name, exists }, proof);
  if (!("refund" in attempt)) logTooMany(state, session, "oper", name, attempt);
  return attempt;
}

/** Remembers that an account gave an operator's password: guesses of others don't hinder its next OPER. */
export function noteOperator(
  state: State,
  session: Session,
  name: string,
  passwordHash: string,
): void {
  const { accountId } = session;
  if (accountId !== null)
    state.knownOperators.add(operatorKey(state, name, accountId, passwordHash));
}

/**
 * Begins an attempt at the server's password. Members and invited people have a bucket of their own.
 *
 * @param claimed the account that the session is about to log in to; `null` if there is none
 */
export function beginServerPasswordAttempt(
  state: State,
  session: Session,
  claimed: Folded | null,
): PasswordAttempt | { readonly waitMs: number } {
  const proof = memberProof(state, session, claimed) ?? validInvitation(state, session);
  const attempt = charge(state, session, "server-password", ANY, proof);
  if (!("refund" in attempt)) logTooMany(state, session, "server-password", "", attempt);
  return attempt;
}

/**
 * Charges a wrong code of a reset link to the address, and logs it. Nobody is locked out: a right code is found before,
 * and it is too long to be guessed.
 */
export function beginResetAttempt(
  state: State,
  session: Session,
): PasswordAttempt | { readonly waitMs: number } {
  const attempt = charge(state, session, "reset", ANY, null);
  if (!("refund" in attempt)) logTooMany(state, session, "reset", "", attempt);
  else state.logInLog.failed(session.link.address, "reset", "", "wrong code");
  return attempt;
}

/**
 * Charges a wrong token of a file to the address, and logs it. As with a reset, nobody is locked out. Returns for how
 * many milliseconds the next one has to wait.
 */
export function noteWrongToken(state: State, session: Session): number {
  const attempt = charge(state, session, "file", ANY, null);
  if (!("refund" in attempt)) logTooMany(state, session, "file", "", attempt);
  else state.logInLog.failed(session.link.address, "file", "", "wrong token");
  return attempt.waitMs;
}

/** Logs a successful log-in, gives the session a member's place, and remembers its address in the background. */
export function noteLogIn(
  state: State,
  session: Session,
  account: Account,
  method: LogInMethod,
): void {
  const { address } = session.link;
  state.logInLog.succeeded(address, method, account.name);
  takeMemberPlace(state, session, account.id);
  const { id, digest } = state.ports.random;
  // A member's first nick is no stranger's question.
  if (session.nick !== null) refundName(state, session, session.nick);
  session.logInBy = method;
  session.loggedInAt = state.now;
  const current = state.accounts.byId(account.id) ?? account;
  const noted = noteAddress(state.accounts, current, address, id, digest, state.now);
  const seen = noteDeviceSeen(current, usableCertificate(state, session.link), state.now);
  // A phone changes its address all the time, and its certificate says that it is the same one.
  const isNews =
    method === "password" &&
    current.addresses !== undefined &&
    !knowsAddress(state.accounts, current, address, digest, state.now);
  const notices = isNews
    ? [noticeChange(state, { account: current.id, kind: "address" }, session)]
    : [];
  // If the disk refuses, the address stays a stranger's until the next log-in.
  saveInBackground(state, [...noted, ...seen, ...notices]);
}

function saveInBackground(state: State, changes: readonly AccountChange[]): void {
  if (changes.length === 0) return;
  state.runInBackground(
    runSteps(
      (function* (): Steps {
        yield* query({ kind: "save-accounts", changes });
      })(),
    ),
  );
}

function charge(
  state: State,
  session: Session,
  kind: GuessKind,
  target: Pick<Guess, "target" | "exists">,
  proof: string | null,
): PasswordAttempt | SlowedGuess {
  const isMember = proof !== null || kind === "confirm";
  const guess = { kind, ...target, address: session.link.address, proof };
  const attempt = state.loginThrottle.charge(guess, state.elapsedMs);
  if (!("refund" in attempt)) return attempt;
  const place = placeOf(guess.address, isMember);
  // Who is told from strangers takes turns by account, so that one account's many addresses have one turn.
  return { ...attempt, place: proof === null ? place : { ...place, from: target.target || proof } };
}

/** Returns the place of a password that a session gave. */
export function placeOf(address: string, isMember: boolean): PasswordPlace {
  return { priority: isMember ? "member" : "stranger", from: addressBlockOf(address) };
}

/** Returns what tells a session from strangers to an account: its device, or a known address. */
function accountProof(state: State, session: Session, account: Account | null): string | null {
  const { address } = session.link;
  const certificate = usableCertificate(state, session.link);
  if (certificate !== null) {
    const device = state.accounts.byCertificate(certificate);
    if (device !== null && device.id === account?.id) return `device ${certificate}`;
  }
  const { digest } = state.ports.random;
  return knowsAddress(state.accounts, account, address, digest, state.now)
    ? `address ${addressBlockOf(address)}`
    : null;
}

/** Returns what tells a session from strangers to the server: its account or device, or a member's address. */
function memberProof(
  state: State,
  { accountId, link }: Session,
  claimed: Folded | null,
): string | null {
  const { address } = link;
  const certificate = usableCertificate(state, link);
  const device = certificate === null ? null : state.accounts.byCertificate(certificate);
  const member = accountId ?? device?.id ?? null;
  if (member !== null) return `account ${member}`;
  const claimedAccount = claimed === null ? null : state.accounts.accountForLogIn(claimed);
  const { digest } = state.ports.random;
  return knowsAddress(state.accounts, claimedAccount, address, digest, state.now)
    ? `account ${claimed} at ${addressBlockOf(address)}`
    : null;
}

/** Returns whether a session gave an invitation that can still be used: a member vouches for it. */
export function isInvited(state: State, session: Session): boolean {
  return validInvitation(state, session) !== null;
}

/** Returns the invitation that a session gave by PASS, if it can still be used. */
function validInvitation(state: State, { passwords }: Session): string | null {
  for (const { invitation: hash } of passwords) {
    const invitation = hash === null ? null : state.accounts.invitationByHash(hash);
    if (invitation !== null && invitationProblem(invitation, state.now) === null) {
      return `invitation ${invitation.id}`;
    }
  }
  return null;
}

/** The log tells apart who guessed too often and who waits for the guesses of others: only the first is to be banned. */
function logTooMany(
  state: State,
  session: Session,
  method: LogInMethod,
  name: string,
  { byOthers }: SlowedGuess,
): void {
  const why = byOthers === true ? "too many tries by others" : "too many tries";
  state.logInLog.failed(session.link.address, method, name, why);
}

function methodOf(kind: "account" | "confirm"): LogInMethod {
  return kind === "account" ? "password" : "confirm";
}

/** A digest, since these keys pass to other servers. */
function operatorKey(
  { ports }: State,
  name: string,
  account: AccountId,
  passwordHash: string,
): string {
  return ports.random.digest(`${name} ${account} ${passwordHash}`);
}
