import type { Account, AccountChange, Invitation } from "./account.ts";
import type { AccountStore } from "./account-store.ts";

/** More open invitations than an owner can keep in mind; each costs 200 bytes for ever. */
export const INVITATIONS_MAX = 1000;
/** A team comes in by one link, and a leaked link lets in no crowd. */
const INVITATION_USES_DEFAULT = 10;
/** Larger teams come by more invitations, or by one without a count. */
const INVITATION_USES_MAX = 10_000;
/** A week: long enough for the person on holiday. */
const INVITATION_HOURS_DEFAULT = 168;
/** A year. What lasts longer has been forgotten. */
export const INVITATION_HOURS_MAX = 8760;
/** Typed by hand a code may have spaces and hyphens; what is longer is no code, and isn't looked at. */
const INVITATION_CODE_LETTERS_MAX = 64;

/** Turns a text into its SHA-256, lower-case hexadecimal. */
export type Digest = (text: string) => string;

/** Why a code lets nobody in. */
export type InvitationProblem = "missing" | "unknown" | "expired" | "used-up";

export type InvitationRefusal =
  | { readonly kind: "not-owner" }
  | { readonly kind: "too-many"; readonly max: number }
  | { readonly kind: "bad-uses"; readonly max: number }
  | { readonly kind: "bad-hours"; readonly max: number }
  | { readonly kind: "unknown" };

/** What is asked of {@link invite}. */
export interface InvitationOrder {
  readonly by: Account;
  /** 1 and up; `null` without a count; `undefined` for {@link INVITATION_USES_DEFAULT}. */
  readonly uses?: number | null | undefined;
  /** `undefined` for {@link INVITATION_HOURS_DEFAULT}. */
  readonly hours?: number | undefined;
}

/** A new code, which is told once and not kept, and the changes that make it good. */
export interface NewInvitation {
  readonly code: string;
  readonly invitation: Invitation;
  readonly changes: readonly AccountChange[];
}

/**
 * Makes an invitation. Its code is the random id that is handed in (16 letters or more of [a-z0-9]); what is
 * kept is its hash. Invitations that let nobody in any more are put away at the same time.
 *
 * @example
 * const made = invite(members, { by: owner, uses: 5 }, random.id(), random.digest, clock.now());
 * if ("refused" in made) return made.refused;
 * // ask keep-members made.changes, then tell made.code
 */
export function invite(
  members: AccountStore,
  order: InvitationOrder,
  randomId: string,
  digest: Digest,
  now: number,
): NewInvitation | { readonly refused: InvitationRefusal } {
  if (!order.by.owner) return { refused: { kind: "not-owner" } };
  const uses = order.uses === undefined ? INVITATION_USES_DEFAULT : order.uses;
  if (uses !== null && !isCount(uses, INVITATION_USES_MAX)) {
    return { refused: { kind: "bad-uses", max: INVITATION_USES_MAX } };
  }
  const hours = order.hours ?? INVITATION_HOURS_DEFAULT;
  if (!isCount(hours, INVITATION_HOURS_MAX)) {
    return { refused: { kind: "bad-hours", max: INVITATION_HOURS_MAX } };
  }
  const all = [...members.invitations()];
  const dead = all.filter((invitation) => invitationProblem(invitation, now) !== null);
  if (all.length - dead.length >= INVITATIONS_MAX) {
    return { refused: { kind: "too-many", max: INVITATIONS_MAX } };
  }
  return make(randomId, digest, dead, {
    uses,
    used: 0,
    expiresAt: now + hours * HOUR_MS,
    createdAt: now,
    by: order.by.name,
    owner: false,
  });
}

/**
 * The invitation by which somebody becomes the owner: made at a start that finds none, and in the place of
 * those that an earlier start has made. `null` when the server has its owner.
 */
export function inviteOwner(
  members: AccountStore,
  randomId: string,
  digest: Digest,
  now: number,
): NewInvitation | null {
  if (members.hasOwner) return null;
  const earlier = [...members.invitations()].filter((invitation) => invitation.owner);
  return make(randomId, digest, earlier, {
    uses: 1,
    used: 0,
    expiresAt: now + INVITATION_HOURS_DEFAULT * HOUR_MS,
    createdAt: now,
    by: null,
    owner: true,
  });
}

/** The invitations that still let somebody in, oldest first; for the owner alone. */
export function listInvitations(
  members: AccountStore,
  asking: Account,
  now: number,
): { readonly invitations: readonly Invitation[] } | { readonly refused: InvitationRefusal } {
  if (!asking.owner) return { refused: { kind: "not-owner" } };
  const open = [...members.invitations()].filter((one) => invitationProblem(one, now) === null);
  return { invitations: open.sort((a, b) => a.createdAt - b.createdAt) };
}

/** Takes an invitation back; who came in by it stays. */
export function withdrawInvitation(
  members: AccountStore,
  asking: Account,
  id: string,
):
  | { readonly changes: readonly AccountChange[] }
  | { readonly refused: Extract<InvitationRefusal, { kind: "not-owner" | "unknown" }> } {
  if (!asking.owner) return { refused: { kind: "not-owner" } };
  if (members.invitation(id) === null) return { refused: { kind: "unknown" } };
  return { changes: [{ kind: "invitation-withdrawn", id }] };
}

/**
 * The hash under which a code is looked up, or `null` when the text can't be a code. Case, spaces and
 * hyphens don't count: codes are read out and typed.
 */
export function invitationHash(code: string, digest: Digest): string | null {
  if (code.length > INVITATION_CODE_LETTERS_MAX) return null;
  const clean = cleanCode(code);
  return clean === "" ? null : digest(clean);
}

/** Why an invitation lets nobody in (any more). `held` are uses that are being written down at the moment. */
export function invitationProblem(
  invitation: Invitation,
  now: number,
  held = 0,
): InvitationProblem | null {
  if (invitation.expiresAt !== null && now >= invitation.expiresAt) return "expired";
  if (invitation.uses !== null && invitation.used + held >= invitation.uses) return "used-up";
  return null;
}

const HOUR_MS = 3_600_000;
/** Of the hash, so that one random id is enough: unlike among a thousand, and short enough to type. */
const ID_LETTERS = 8;

function make(
  code: string,
  digest: Digest,
  putAway: readonly Invitation[],
  rest: Omit<Invitation, "id" | "hash">,
): NewInvitation {
  const hash = digest(cleanCode(code));
  const invitation: Invitation = { id: hash.slice(0, ID_LETTERS), hash, ...rest };
  return {
    code,
    invitation,
    changes: [
      ...putAway.map(({ id }): AccountChange => ({ kind: "invitation-withdrawn", id })),
      { kind: "invited", invitation },
    ],
  };
}

function cleanCode(code: string): string {
  return code.toLowerCase().replaceAll(/[\s-]/g, "");
}

function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}
