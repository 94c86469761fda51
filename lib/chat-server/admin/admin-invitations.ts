import type { Invitation } from "../../member-server/account.ts";
import {
  INVITATION_HOURS_MAX,
  type InvitationRefusal,
  invitationProblem,
  invite,
  withdrawInvitation,
} from "../../member-server/invitation-codes.ts";
import type { AdminRow } from "../../protocol/admin/admin-answer.ts";
import { formatLink } from "../../protocol/server-link.ts";
import { query, type Steps } from "../command.ts";
import type { State } from "../state.ts";
import {
  type AdminContext,
  type AdminHandlers,
  type AdminResult,
  listOf,
  recordAct,
} from "./admin-handler.ts";

/** The console's commands about invitations to the server. */

const HOURS_PER_DAY = 24;

export const INVITATION_HANDLERS = {
  invitations: ({ state }) => listOf(openInvitations(state), (each) => invitationRow(state, each)),
  invite: createInvitation,
  withdraw,
} satisfies AdminHandlers;

function openInvitations({ accounts, now }: State): Invitation[] {
  return [...accounts.invitations()].filter((each) => invitationProblem(each, now) === null);
}

function invitationRow(state: State, invitation: Invitation): AdminRow {
  const { id, used, uses, createdAt, expiresAt, owner } = invitation;
  const by = invitation.by === null ? null : state.nameOfAccount(invitation.by);
  return { id, used, uses, createdAt, expiresAt, by, owner };
}

function* createInvitation(context: AdminContext): Steps<AdminResult> {
  const { state, options } = context;
  const { random } = state.ports;
  const { uses, days } = options;
  const hours = days === undefined ? state.options.inviteHours : Number(days) * HOURS_PER_DAY;
  const request = {
    by: null,
    uses: uses === undefined ? state.options.inviteUses : Number(uses),
    hours,
  };
  const result = invite(state.accounts, request, random.id(), random.digest, state.now);
  if ("refused" in result) return { refused: refusal(result.refused) };
  const { code, invitation, changes } = result;
  const { saved } = yield* query({ kind: "save-accounts", changes });
  if (!saved) return { refused: ["notStored"] };
  recordAct(context, "invite", invitation.id);
  const { host, port, fingerprint } = (yield* query({ kind: "process" })).address;
  const link = formatLink({ host, port, fingerprint, invitation: code, room: null });
  const { id, expiresAt } = invitation;
  return { facts: { id, code, link, uses: invitation.uses, expiresAt } };
}

function* withdraw(context: AdminContext): Steps<AdminResult> {
  const { state, words } = context;
  const [id = ""] = words;
  const result = withdrawInvitation(state.accounts, id);
  if ("refused" in result) return { refused: ["noSuchInvitation", id] };
  const { saved } = yield* query({ kind: "save-accounts", changes: result.changes });
  if (!saved) return { refused: ["notStored"] };
  recordAct(context, "withdraw", id);
  return { done: ["withdrawn", id] };
}

function refusal(
  refused: InvitationRefusal,
): Extract<AdminResult, { refused: unknown }>["refused"] {
  switch (refused.kind) {
    case "too-many":
      return ["tooManyInvitations", refused.max];
    case "bad-uses":
      return ["badNumber", "--uses", refused.max];
    case "bad-hours":
      return ["badNumber", "--days", Math.floor(INVITATION_HOURS_MAX / HOURS_PER_DAY)];
    case "unknown":
      return ["failed"];
  }
}
