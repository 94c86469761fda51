import {
  type AccountName,
  accountProblem,
  type Folded,
  fold,
  type NameProblem,
  parseAccount,
  type Skeleton,
  skeleton,
} from "../protocol/names.ts";
import { utf8Bytes } from "../protocol/utf8.ts";
import type { AccountChange } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import { type InvitationProblem, invitationProblem } from "./invitation-codes.ts";
import { type PasswordProblem, passwordProblem } from "./password-rules.ts";

/** Who may sign up: with an invitation, everybody, or nobody (but the owner, by the owner's invitation). */
export type SignUpMode = "invite" | "open" | "closed";

/**
 * How slow passwords are to try. At the test cost they guard nothing, so any will do: suites that try all sorts of
 * servers sign people up with "sesame".
 */
export type PasswordCost = "normal" | "test";

/** The longest address that mail can be sent to. https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.3 */
const EMAIL_BYTES_MAX = 254;

export interface SignUpRequest {
  /** As it was asked for. */
  readonly name: string;
  readonly password: string;
  readonly email: string | null;
  /** `invitationHash` of each code that was given; none, where none was. */
  readonly invitations: readonly string[];
}

export type SignUpRefusal =
  | { readonly kind: "closed" }
  | { readonly kind: "invitation"; readonly problem: InvitationProblem }
  | NameRefusal
  | { readonly kind: "password"; readonly problem: PasswordProblem }
  | { readonly kind: "email" };

export type NameRefusal =
  | { readonly kind: "bad-name"; readonly problem: NameProblem }
  | { readonly kind: "taken" }
  | { readonly kind: "lookalike"; readonly of: AccountName };

/** A request that may go on to the hashing of its password. */
export interface SignUpPlan {
  readonly name: AccountName;
  readonly email: string | null;
  /** Id of the invitation that is used up by it. */
  readonly invitation: string | null;
  readonly owner: boolean;
}

/**
 * Sign-ups in three steps, since two of them wait for the world: `check` before the password is hashed,
 * `syncCurrent` before the changes are kept, `finish` when they are, or are not. What has been settled is held
 * until it is finished, so two people can't be given one name, or the last use of one invitation.
 *
 * @example
 * const checked = signUps.check(request, clock.now());
 * if ("refused" in checked) return checked.refused;
 * // … hash-password, a later turn …
 * const settled = signUps.settle(checked.plan, hash, clock.now());
 * if ("refused" in settled) return settled.refused;
 * // … keep-members settled.changes, a later turn; answered, whether or not the person is still there …
 * if (kept) for (const change of settled.changes) members.apply(change);
 * signUps.finish(checked.plan);
 */
export class SignUps {
  mode: SignUpMode;
  readonly #passwordCost: PasswordCost;
  readonly #members: AccountStore;
  readonly #names = new Set<Folded>();
  readonly #looks = new Map<Skeleton, AccountName>();
  readonly #uses = new Map<string, number>();

  constructor(members: AccountStore, mode: SignUpMode, passwordCost: PasswordCost = "normal") {
    this.#members = members;
    this.mode = mode;
    this.#passwordCost = passwordCost;
  }

  /** Whether somebody could sign up under a name. `null` when it is free. */
  nameRefusal(text: string): NameRefusal | null {
    const name = parseAccount(text);
    if (name === null) return { kind: "bad-name", problem: accountProblem(text) ?? "letters" };
    const folded = fold(name);
    if (this.#members.account(folded) !== null || this.#names.has(folded)) return { kind: "taken" };
    const like = this.#members.lookalike(name)?.name ?? this.#looks.get(skeleton(name));
    return like === undefined ? null : { kind: "lookalike", of: like };
  }

  /** Why a new password can't be had. One that is guessed for nothing may be weak, but not nothing. */
  passwordProblem(password: string, name: string): PasswordProblem | null {
    const problem = passwordProblem(password, name);
    const isWeak = problem === "too-short" || problem === "name" || problem === "common";
    return isWeak && this.#passwordCost === "test" && password !== "" ? null : problem;
  }

  /** Checks a request, the right to sign up first: a stranger without it learns nothing of the names. */
  check(
    request: SignUpRequest,
    now: number,
  ): { readonly plan: SignUpPlan } | { readonly refused: SignUpRefusal } {
    const right = this.#right(request.invitations, now);
    if ("refused" in right) return right;
    const refused = this.nameRefusal(request.name);
    if (refused !== null) return { refused };
    const name = parseAccount(request.name);
    if (name === null) return { refused: { kind: "bad-name", problem: "letters" } };
    const problem = this.passwordProblem(request.password, name);
    if (problem !== null) return { refused: { kind: "password", problem } };
    const { email } = request;
    if (email !== null && !looksLikeEmail(email)) return { refused: { kind: "email" } };
    return { plan: { name, email, invitation: right.invitation, owner: right.owner } };
  }

  /** Checks again, for time has passed, and makes the changes; call {@link finish} when they are kept or not. */
  settle(
    plan: SignUpPlan,
    hash: string,
    now: number,
  ): { readonly changes: readonly AccountChange[] } | { readonly refused: SignUpRefusal } {
    const refused = this.nameRefusal(plan.name) ?? this.#rightRefusal(plan, now);
    if (refused !== null) return { refused };
    this.#names.add(fold(plan.name));
    this.#looks.set(skeleton(plan.name), plan.name);
    const { name, email, owner, invitation } = plan;
    const signedUp: AccountChange = { kind: "signed-up", name, hash, email, owner, time: now };
    if (invitation === null) return { changes: [signedUp] };
    this.#uses.set(invitation, this.#held(invitation) + 1);
    return { changes: [signedUp, { kind: "invitation-used", id: invitation }] };
  }

  /** Lets go of what a settled plan held: after its changes were applied, or could not be kept. */
  finish(plan: SignUpPlan): void {
    this.#names.delete(fold(plan.name));
    this.#looks.delete(skeleton(plan.name));
    if (plan.invitation === null) return;
    const held = this.#held(plan.invitation) - 1;
    if (held > 0) this.#uses.set(plan.invitation, held);
    else this.#uses.delete(plan.invitation);
  }

  #held(invitation: string): number {
    return this.#uses.get(invitation) ?? 0;
  }

  /** The first of the codes that lets somebody in; without one, why the best of them doesn't. */
  #right(
    hashes: readonly string[],
    now: number,
  ): { invitation: string | null; owner: boolean } | { refused: SignUpRefusal } {
    let problem: InvitationProblem = "missing";
    for (const hash of hashes) {
      const found = this.#members.invitationByHash(hash);
      const why = found === null ? "unknown" : invitationProblem(found, now, this.#held(found.id));
      if (why === "unknown" && problem !== "missing") continue;
      if (why !== null) problem = why;
      else if (found !== null && (found.owner || this.mode === "invite")) {
        return { invitation: found.id, owner: found.owner };
      }
    }
    // Where everybody may come in, an old code is no reason to keep somebody out.
    if (this.mode === "open") return { invitation: null, owner: false };
    if (this.mode === "closed") return { refused: { kind: "closed" } };
    return { refused: { kind: "invitation", problem } };
  }

  #rightRefusal(plan: SignUpPlan, now: number): SignUpRefusal | null {
    if (plan.invitation === null) {
      if (this.mode === "open") return null;
      if (this.mode === "closed") return { kind: "closed" };
      return { kind: "invitation", problem: "missing" };
    }
    const found = this.#members.invitation(plan.invitation);
    const problem =
      found === null ? "unknown" : invitationProblem(found, now, this.#held(found.id));
    return problem === null ? null : { kind: "invitation", problem };
  }
}

/** Nobody sends mail there; it only has to be a single word with an '@' that a person could copy. */
function looksLikeEmail(email: string): boolean {
  return utf8Bytes(email) <= EMAIL_BYTES_MAX && /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(email);
}
