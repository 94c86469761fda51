import { type AccountId, makeAccountId } from "../protocol/account-id.ts";
import {
  type AccountName,
  accountProblem,
  type Folded,
  fold,
  type NameProblem,
  type Nick,
  parseAccount,
  type Skeleton,
  skeleton,
} from "../protocol/names.ts";
import { utf8Bytes } from "../protocol/utf8.ts";
import type { Account, AccountChange, Bot, Invitation } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import { type InvitationProblem, invitationProblem } from "./invitation-codes.ts";
import { type PasswordProblem, passwordProblem } from "./password-rules.ts";
import { expiredNameChanges, restingNameLike } from "./resting-names.ts";

/**
 * Who may sign up: anyone with an invitation, anyone, or no one. The owner's invitation works in
 * every mode.
 */
type SignUpMode = "invite" | "open" | "closed";

/**
 * Cost of hashing a password. With "test" weak passwords are accepted too: test suites of IRC
 * servers sign users up with "sesame".
 */
export type PasswordCost = "normal" | "test";

/**
 * The longest address that mail can be sent to, in bytes.
 * https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.3
 */
const EMAIL_BYTES_MAX = 254;

/** A request to sign up, unchecked. */
export interface SignUpRequest {
  /** As the user typed it. */
  readonly name: string;
  readonly password: string;
  readonly email: string | null;
  /** `invitationHash` of each code that the user gave; may be empty. */
  readonly invitations: readonly string[];
}

/** Why a sign-up is refused. */
export type SignUpRefusal =
  | { readonly kind: "closed" }
  | { readonly kind: "invitation"; readonly problem: InvitationProblem }
  | NameRefusal
  | { readonly kind: "password"; readonly problem: PasswordProblem }
  | { readonly kind: "email" };

/** Why a name can't be signed up. A stranger isn't told which account it looks like. */
export type NameRefusal =
  | { readonly kind: "bad-name"; readonly problem: NameProblem }
  | { readonly kind: "taken" }
  | { readonly kind: "lookalike" };

/** A request that passed all checks; its password is hashed next. */
export interface SignUpPlan {
  readonly name: AccountName;
  readonly email: string | null;
  /** Id of the invitation that it uses, or `null`. */
  readonly invitation: string | null;
  readonly owner: boolean;
}

/**
 * Signs users up in three steps, since two of them wait: `check` before the password is hashed,
 * `settle` before the changes are saved, and `finish` after they were saved or could not be. Owns
 * the names and invitation uses that are reserved between `settle` and `finish`, so that two users
 * can't get one name, or the last use of one invitation.
 *
 * @example
 * const checked = signUps.check(request, clock.now());
 * if ("refused" in checked) return checked.refused;
 * // query hash-password; on a later turn:
 * const settled = signUps.settle(checked.plan, hash, random.id(), clock.now());
 * if ("refused" in settled) return settled.refused;
 * // query save-accounts with settled.changes; on a later turn, even if the user disconnected:
 * if (saved) for (const change of settled.changes) accounts.apply(change);
 * signUps.finish(checked.plan);
 */
export class SignUps {
  /** Set when settings are reloaded. */
  mode: SignUpMode;
  /** For how many days a deleted account's name rests. Set when settings are reloaded. */
  nameRestDays: number;
  readonly #passwordCost: PasswordCost;
  readonly #accounts: AccountStore;
  readonly #reservedNames = new Set<Folded>();
  readonly #reservedSkeletons = new Set<Skeleton>();
  readonly #usesByInvitation = new Map<string, number>();
  /** Who makes the bots that are between `settleBot` and `finish`. */
  readonly #botsInTheMaking: AccountId[] = [];

  constructor(
    accounts: AccountStore,
    mode: SignUpMode,
    passwordCost: PasswordCost = "normal",
    nameRestDays = 0,
  ) {
    this.#accounts = accounts;
    this.mode = mode;
    this.nameRestDays = nameRestDays;
    this.#passwordCost = passwordCost;
  }

  /**
   * Returns why an account can't have a name, or `null` if it is free. A name that rests is answered as a taken
   * one. Free, taken or like a taken one: the work is the same, so that its time tells nothing.
   *
   * @param own the account that wants the name; `null` for a new one
   */
  nameRefusal(text: string, now: number, own: AccountId | null = null): NameRefusal | null {
    const name = parseAccount(text);
    if (name === null) return { kind: "bad-name", problem: accountProblem(text) ?? "letters" };
    const folded = fold(name);
    const isOthers = (holder: { readonly id: AccountId } | null) =>
      holder !== null && holder.id !== own;
    const isTaken = isOthers(this.#accounts.account(folded));
    const isResting = isOthers(restingNameLike(this.#accounts, name, this.nameRestDays, now));
    const isReserved = this.#reservedNames.has(folded);
    const looksTaken = isOthers(this.#accounts.lookalike(name));
    const looksReserved = this.#reservedSkeletons.has(skeleton(name));
    if (isTaken || isResting || isReserved) return { kind: "taken" };
    return looksTaken || looksReserved ? { kind: "lookalike" } : null;
  }

  /** Returns whether a name is, or looks like, one that is being stored for an account. */
  isReserved(name: AccountName | Nick): boolean {
    return this.#reservedSkeletons.has(skeleton(name));
  }

  /**
   * Returns why a new password is rejected, or `null`. At the test cost weak passwords are
   * accepted, empty ones aren't.
   */
  passwordProblem(password: string, name: string): PasswordProblem | null {
    const problem = passwordProblem(password, name);
    const isWeak = problem === "too-short" || problem === "name" || problem === "common";
    return isWeak && this.#passwordCost === "test" && password !== "" ? null : problem;
  }

  /**
   * Checks a request. The right to sign up is checked first: a stranger without it learns nothing
   * about names.
   */
  check(
    request: SignUpRequest,
    now: number,
  ): { readonly plan: SignUpPlan } | { readonly refused: SignUpRefusal } {
    const admission = this.admission(request.invitations, now);
    if ("refused" in admission) return admission;
    const refusal = this.nameRefusal(request.name, now);
    if (refusal !== null) return { refused: refusal };
    const name = parseAccount(request.name);
    if (name === null) return { refused: { kind: "bad-name", problem: "letters" } };
    const problem = this.passwordProblem(request.password, name);
    if (problem !== null) return { refused: { kind: "password", problem } };
    const { email } = request;
    if (email !== null && !looksLikeEmail(email)) return { refused: { kind: "email" } };
    return { plan: { name, email, invitation: admission.invitation, owner: admission.owner } };
  }

  /**
   * Checks a plan again, since time has passed, reserves its name and invitation, and returns the
   * changes to save. Call {@link finish} afterwards, whether they were saved or not.
   *
   * @param randomId 16 letters or more of [a-z0-9], of which the account's id is made
   */
  settle(
    plan: SignUpPlan,
    hash: string,
    randomId: string,
    now: number,
  ): { readonly changes: readonly AccountChange[] } | { readonly refused: SignUpRefusal } {
    const refusal = this.nameRefusal(plan.name, now) ?? this.#admissionRefusal(plan, now);
    if (refusal !== null) return { refused: refusal };
    this.#reserve(plan.name);
    const { name, email, owner, invitation } = plan;
    const signedUp: AccountChange = {
      ...{ kind: "signed-up", id: makeAccountId(randomId), name, hash, passwordForm: "opaque" },
      ...{ email, owner, time: now },
    };
    const changes = [...expiredNameChanges(this.#accounts, this.nameRestDays, now), signedUp];
    if (invitation === null) return { changes };
    this.#usesByInvitation.set(invitation, this.#reservedUses(invitation) + 1);
    return { changes: [...changes, { kind: "invitation-used", id: invitation }] };
  }

  /**
   * Releases the name and invitation that {@link settle} reserved: after the changes were applied, or could
   * not be saved.
   */
  finish(plan: SignUpPlan): void {
    this.#release(plan.name);
    if (plan.invitation === null) return;
    const uses = this.#reservedUses(plan.invitation) - 1;
    if (uses > 0) this.#usesByInvitation.set(plan.invitation, uses);
    else this.#usesByInvitation.delete(plan.invitation);
  }

  /**
   * Checks another name for an account, reserves it, and returns the changes to save. Call `finish` afterwards,
   * whether they were saved or not.
   */
  settleRename(
    { id }: Account,
    text: string,
    now: number,
  ):
    | { readonly changes: readonly AccountChange[]; readonly finish: () => void }
    | { readonly refused: NameRefusal } {
    const refused = this.nameRefusal(text, now, id);
    const name = parseAccount(text);
    if (refused !== null) return { refused };
    if (name === null) return { refused: { kind: "bad-name", problem: "letters" } };
    this.#reserve(name);
    const expired = expiredNameChanges(this.#accounts, this.nameRestDays, now);
    const changes: AccountChange[] = [...expired, { kind: "renamed", id, name, time: now }];
    return { changes, finish: () => this.#release(name) };
  }

  /** Works like {@link settleRename}, for a new bot. Its maker needs no right to sign up. */
  settleBot(
    text: string,
    bot: Bot,
    randomId: string,
    now: number,
  ):
    | { readonly changes: readonly AccountChange[]; readonly finish: () => void }
    | { readonly refused: NameRefusal } {
    const refused = this.nameRefusal(text, now);
    const name = parseAccount(text);
    if (refused !== null) return { refused };
    if (name === null) return { refused: { kind: "bad-name", problem: "letters" } };
    this.#reserve(name);
    this.#botsInTheMaking.push(bot.by);
    const expired = expiredNameChanges(this.#accounts, this.nameRestDays, now);
    const id = makeAccountId(randomId);
    const changes: AccountChange[] = [...expired, { kind: "bot-added", id, name, bot, time: now }];
    const finish = (): void => {
      this.#release(name);
      this.#botsInTheMaking.splice(this.#botsInTheMaking.indexOf(bot.by), 1);
    };
    return { changes, finish };
  }

  /** Returns how many bots an account has, with those that are being stored. */
  countBots(id: AccountId): number {
    const inTheMaking = this.#botsInTheMaking.filter((by) => by === id).length;
    return this.#accounts.botsOf(id).length + inTheMaking;
  }

  #reserve(name: AccountName): void {
    this.#reservedNames.add(fold(name));
    this.#reservedSkeletons.add(skeleton(name));
  }

  #release(name: AccountName): void {
    this.#reservedNames.delete(fold(name));
    this.#reservedSkeletons.delete(skeleton(name));
  }

  #reservedUses(invitation: string): number {
    return this.#usesByInvitation.get(invitation) ?? 0;
  }

  /**
   * Returns the first invitation that admits the user (`null` where none is needed); if there is none, the most
   * useful reason. Asks nothing about names.
   */
  admission(
    hashes: readonly string[],
    now: number,
  ): { invitation: string | null; owner: boolean } | { refused: SignUpRefusal } {
    let bestProblem: InvitationProblem = "missing";
    for (const hash of hashes) {
      const invitation = this.#accounts.invitationByHash(hash);
      const problem = this.#problemOf(invitation, now);
      if (problem === "unknown" && bestProblem !== "missing") continue;
      if (problem !== null) bestProblem = problem;
      else if (invitation !== null && (invitation.owner || this.mode === "invite")) {
        return { invitation: invitation.id, owner: invitation.owner };
      }
    }
    // In mode "open" an expired code is no reason to refuse.
    if (this.mode === "open") return { invitation: null, owner: false };
    if (this.mode === "closed") return { refused: { kind: "closed" } };
    return { refused: { kind: "invitation", problem: bestProblem } };
  }

  #admissionRefusal(plan: SignUpPlan, now: number): SignUpRefusal | null {
    if (plan.invitation === null) {
      if (this.mode === "open") return null;
      if (this.mode === "closed") return { kind: "closed" };
      return { kind: "invitation", problem: "missing" };
    }
    const problem = this.#problemOf(this.#accounts.invitation(plan.invitation), now);
    return problem === null ? null : { kind: "invitation", problem };
  }

  #problemOf(invitation: Invitation | null, now: number): InvitationProblem | null {
    if (invitation === null) return "unknown";
    return invitationProblem(invitation, now, this.#reservedUses(invitation.id));
  }
}

/** The server sends no mail, so the address only has to be a single word with an "@". */
/** Returns whether a text can be an e-mail address. */
export function looksLikeEmail(email: string): boolean {
  return utf8Bytes(email) <= EMAIL_BYTES_MAX && /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(email);
}
