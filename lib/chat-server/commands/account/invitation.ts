import type { Account } from "../../../member-server/account.ts";
import {
  type InvitationRefusal,
  invite,
  listInvitations,
  withdrawInvitation,
} from "../../../member-server/invitation-codes.ts";
import { formatTime } from "../../../protocol/time.ts";
import { type Command, inSteps, query, type RegisteredContext, type Steps } from "../../command.ts";
import { NOT_STORED } from "../../relay/error-replies.ts";
import { audit } from "../../users/audit.ts";
import { mayPass, missingRight } from "../../users/operator-doors.ts";
import { isOperator } from "../../users/operators.ts";

/** INVITATION (sodam.chat/invitations, see docs/protocol.md): owners, and operators with the right to, invite people to sign up. */
export const INVITATION: Command = {
  verb: "INVITATION",
  params: 1,
  phase: "registered",
  handle: inSteps(function* (context) {
    const { state, session, reply, params } = context;
    const [subcommand = ""] = params;
    const account = state.accounts.byId(session.accountId);
    if (account === null) {
      return reply.fail("INVITATION", "ACCOUNT_REQUIRED", [], "Log in first");
    }
    const { user } = context;
    // An owner may, also after DEOPER.
    if (!account.owner && !mayPass(user, "INVITATION")) {
      const sentence = isOperator(user)
        ? missingRight(user, "INVITATION")
        : "Only the server's owner can do that";
      return reply.fail("INVITATION", "NOT_OWNER", [], sentence);
    }
    switch (subcommand.toUpperCase()) {
      case "CREATE":
        return yield* create(context, account);
      case "LIST":
        return list(context);
      case "WITHDRAW":
        return yield* withdraw(context, account);
      default: {
        const sentence = "INVITATION takes CREATE, LIST or WITHDRAW";
        return reply.fail("INVITATION", "INVALID_PARAMS", [subcommand], sentence);
      }
    }
  }),
};

function* create(context: RegisteredContext, by: Account): Steps {
  const { state, reply, params } = context;
  const { random } = state.ports;
  const uses = parseAmount(params[1]);
  const hours = parseAmount(params[2]);
  const request = {
    by,
    uses: uses === undefined ? state.options.inviteUses : uses,
    hours: hours === undefined ? state.options.inviteHours : hours,
  };
  const result = invite(state.accounts, request, random.id(), random.digest, state.now);
  if ("refused" in result) return refuse(context, result.refused);
  const { code, invitation, changes } = result;
  const { saved } = yield* query({ kind: "save-accounts", changes });
  if (!saved) return failUnavailable(context);
  const { id } = invitation;
  audit(state, { by: by.name, act: "invite", target: id });
  reply.line("INVITATION", [
    "CREATED",
    id,
    code,
    formatUses(invitation.uses),
    formatExpiry(invitation),
  ]);
}

function list(context: RegisteredContext): void {
  const { state, reply } = context;
  for (const invitation of listInvitations(state.accounts, state.now)) {
    const used = `${invitation.used}/${formatUses(invitation.uses)}`;
    const expiry = formatExpiry(invitation);
    const inviter = invitation.by === null ? "*" : state.nameOfAccount(invitation.by);
    reply.line("INVITATION", ["ENTRY", invitation.id, used, expiry, inviter]);
  }
  reply.line("INVITATION", ["END"]);
}

function* withdraw(context: RegisteredContext, by: Account): Steps {
  const { state, reply, params } = context;
  const [, id = ""] = params;
  const result = withdrawInvitation(state.accounts, id);
  if ("refused" in result) return refuse(context, result.refused);
  const { saved } = yield* query({ kind: "save-accounts", changes: result.changes });
  if (!saved) return failUnavailable(context);
  audit(state, { by: by.name, act: "withdraw", target: id });
  reply.line("INVITATION", ["WITHDRAWN", id]);
}

/**
 * Reads a number of uses or hours: `null` for "*" (no limit), and `undefined` for none given (the default).
 * Text that is no number gives NaN, which `invite` refuses.
 */
function parseAmount(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  return text === "*" ? null : Number(text);
}

function formatUses(uses: number | null): string {
  return uses === null ? "*" : String(uses);
}

function formatExpiry({ expiresAt }: { readonly expiresAt: number | null }): string {
  return expiresAt === null ? "*" : formatTime(expiresAt);
}

function refuse({ reply }: RegisteredContext, refusal: InvitationRefusal): void {
  const fail = (code: string, sentence: string) => reply.fail("INVITATION", code, [], sentence);
  switch (refusal.kind) {
    case "too-many":
      return fail("LIMIT_REACHED", "There are too many open invitations");
    case "bad-uses":
      return fail("INVALID_PARAMS", `The number of uses must be 1 to ${refusal.max}, or *`);
    case "bad-hours":
      return fail("INVALID_PARAMS", `The number of hours must be 1 to ${refusal.max}, or *`);
    case "unknown":
      return fail("NO_SUCH_INVITATION", "There is no such invitation");
  }
}

function failUnavailable({ reply }: RegisteredContext): void {
  reply.fail("INVITATION", "TEMPORARILY_UNAVAILABLE", [], NOT_STORED);
}
