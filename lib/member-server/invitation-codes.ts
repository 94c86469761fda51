import type { Account, AccountChange, Invitation } from "./account.ts";
import type { AccountStore } from "./account-store.ts";

/** More valid invitations than an owner can keep track of; each takes 200 bytes. */
export const INVITATIONS_MAX = 1000;
/** Enough for a team to join by one link, and few enough if the link leaks. */
const INVITATION_USES_DEFAULT = 10;
/** Larger teams need several invitations, or one without a limit. */
const INVITATION_USES_MAX = 10_000;
/** A week: long enough for a person on holiday. */
const INVITATION_HOURS_DEFAULT = 168;
/** A year. */
export const INVITATION_HOURS_MAX = 8760;
/** A typed code may have spaces and hyphens; a longer text is rejected without hashing it. */
const INVITATION_CODE_LETTERS_MAX = 64;
const HOUR_MS = 3_600_000;
/**
 * Taken from the hash, so that one random id suffices: unique among a thousand, and short enough to
 * type.
 */
const ID_LETTERS = 8;

/** Returns the SHA-256 of a text: lower-case hexadecimal. */
type Digest = (text: string) => string;

/** Why a code doesn't allow a sign-up. */
export type InvitationProblem = "missing" | "unknown" | "expired" | "used-up";

/** Why an invitation can't be created, listed or withdrawn. `max` is the limit that was exceeded. */
export type InvitationRefusal =
  | { readonly kind: "too-many"; readonly max: number }
  | { readonly kind: "bad-uses"; readonly max: number }
  | { readonly kind: "bad-hours"; readonly max: number }
  | { readonly kind: "unknown" };

/** Arguments of {@link invite}. */
interface InvitationRequest {
  /** Who makes it, with the right to; `null`: the server's owner at the console. */
  readonly by: Account | null;
  /**
   * How many sign-ups, 1 or more; `null`: no limit; `undefined`: {@link INVITATION_USES_DEFAULT}.
   */
  readonly uses?: number | null | undefined;
  /** Validity in hours; `null`: for ever; `undefined`: {@link INVITATION_HOURS_DEFAULT}. */
  readonly hours?: number | null | undefined;
}

/** A new invitation with its code, which is shown once and not stored, and the changes to save. */
interface IssuedInvitation {
  readonly code: string;
  readonly invitation: Invitation;
  readonly changes: readonly AccountChange[];
}

/**
 * Creates an invitation. Its code is the random id that the caller passes (16 letters or more of
 * [a-z0-9]); only the code's hash is stored. The changes also withdraw invitations that are expired
 * or used up.
 *
 * @example
 * const issued = invite(accounts, { by: owner, uses: 5 }, random.id(), random.digest, clock.now());
 * if ("refused" in issued) return issued.refused;
 * // query save-accounts with issued.changes, then show issued.code
 */
export function invite(
  accounts: AccountStore,
  request: InvitationRequest,
  randomId: string,
  digest: Digest,
  now: number,
): IssuedInvitation | { readonly refused: InvitationRefusal } {
  const uses = request.uses === undefined ? INVITATION_USES_DEFAULT : request.uses;
  if (uses !== null && !isCount(uses, INVITATION_USES_MAX)) {
    return { refused: { kind: "bad-uses", max: INVITATION_USES_MAX } };
  }
  const hours = request.hours === undefined ? INVITATION_HOURS_DEFAULT : request.hours;
  if (hours !== null && !isCount(hours, INVITATION_HOURS_MAX)) {
    return { refused: { kind: "bad-hours", max: INVITATION_HOURS_MAX } };
  }
  const invitations = [...accounts.invitations()];
  const expired = invitations.filter((invitation) => invitationProblem(invitation, now) !== null);
  if (invitations.length - expired.length >= INVITATIONS_MAX) {
    return { refused: { kind: "too-many", max: INVITATIONS_MAX } };
  }
  return issue(randomId, digest, expired, {
    uses,
    used: 0,
    expiresAt: hours === null ? null : now + hours * HOUR_MS,
    createdAt: now,
    by: request.by?.id ?? null,
    owner: false,
  });
}

/**
 * Creates the invitation whose user becomes the server's owner, and withdraws those of earlier
 * starts. Returns `null` if the server has an owner.
 */
export function inviteOwner(
  accounts: AccountStore,
  randomId: string,
  digest: Digest,
  now: number,
): IssuedInvitation | null {
  if (accounts.hasOwner) return null;
  const previous = [...accounts.invitations()].filter((invitation) => invitation.owner);
  return issue(randomId, digest, previous, {
    uses: 1,
    used: 0,
    expiresAt: now + INVITATION_HOURS_DEFAULT * HOUR_MS,
    createdAt: now,
    by: null,
    owner: true,
  });
}

/** Returns the invitations that can still be used, oldest first. */
export function listInvitations(accounts: AccountStore, now: number): readonly Invitation[] {
  const valid = [...accounts.invitations()].filter(
    (invitation) => invitationProblem(invitation, now) === null,
  );
  return valid.sort((a, b) => a.createdAt - b.createdAt);
}

/** Withdraws an invitation. Accounts that signed up with it stay. */
export function withdrawInvitation(
  accounts: AccountStore,
  id: string,
):
  | { readonly changes: readonly AccountChange[] }
  | { readonly refused: Extract<InvitationRefusal, { kind: "unknown" }> } {
  if (accounts.invitation(id) === null) return { refused: { kind: "unknown" } };
  return { changes: [{ kind: "invitation-withdrawn", id }] };
}

/**
 * Returns the hash under which a code is stored, or `null` if the text can't be a code. Case,
 * spaces and hyphens are ignored: codes are read aloud and typed.
 */
export function invitationHash(code: string, digest: Digest): string | null {
  if (code.length > INVITATION_CODE_LETTERS_MAX) return null;
  const clean = cleanCode(code);
  return clean === "" ? null : digest(clean);
}

/**
 * Returns why an invitation can't be used, or `null` if it can.
 *
 * @param pendingUses sign-ups with it that are being saved at the moment
 */
export function invitationProblem(
  invitation: Invitation,
  now: number,
  pendingUses = 0,
): InvitationProblem | null {
  if (invitation.expiresAt !== null && now >= invitation.expiresAt) return "expired";
  if (invitation.uses !== null && invitation.used + pendingUses >= invitation.uses)
    return "used-up";
  return null;
}

function issue(
  code: string,
  digest: Digest,
  withdrawn: readonly Invitation[],
  fields: Omit<Invitation, "id" | "hash">,
): IssuedInvitation {
  const hash = digest(cleanCode(code));
  const invitation: Invitation = { id: hash.slice(0, ID_LETTERS), hash, ...fields };
  return {
    code,
    invitation,
    changes: [
      ...withdrawn.map(({ id }): AccountChange => ({ kind: "invitation-withdrawn", id })),
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
