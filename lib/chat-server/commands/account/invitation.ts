import type { Account } from "../../../member-server/account.ts";
import {
  type InvitationRefusal,
  invite,
  listInvitations,
  withdrawInvitation,
} from "../../../member-server/invitation-codes.ts";
import { fold } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { awaitQuery, type Command, type Outcome, type RegisteredContext } from "../../command.ts";
import { NOT_STORED } from "../../relay/error-replies.ts";

/** INVITATION (sodam.chat/invitations): the owner lets people sign up. The wire is in docs/protocol.md. */
export const INVITATION: Command = {
  verb: "INVITATION",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const { state, session, reply, params } = context;
    const [subcommand = ""] = params;
    const account = session.account === null ? null : state.accounts.account(fold(session.account));
    if (account === null) {
      return reply.fail("INVITATION", "ACCOUNT_REQUIRED", [], "Log in first");
    }
    switch (subcommand.toUpperCase()) {
      case "CREATE":
        return create(context, account);
      case "LIST":
        return list(context, account);
      case "WITHDRAW":
        return withdraw(context, account);
      default:
        return reply.fail(
          "INVITATION",
          "INVALID_PARAMS",
          [subcommand],
          "INVITATION takes CREATE, LIST or WITHDRAW",
        );
    }
  },
};

function create(context: RegisteredContext, by: Account): Outcome {
  const { state, reply, params } = context;
  const { random } = state.ports;
  const order = {
    by,
    uses: count(params[1]),
    hours: count(params[2]) ?? state.options.inviteHours,
  };
  const made = invite(state.accounts, order, random.id(), random.digest, state.now);
  if ("refused" in made) return refuse(context, made.refused);
  const { code, invitation, changes } = made;
  return awaitQuery({ kind: "keep-members", changes }, ({ kept }) => {
    if (!kept) return unavailable(context);
    reply.line("INVITATION", [
      "CREATED",
      invitation.id,
      code,
      uses(invitation.uses),
      expiry(invitation),
    ]);
  });
}

function list(context: RegisteredContext, by: Account): void {
  const { state, reply } = context;
  const listed = listInvitations(state.accounts, by, state.now);
  if ("refused" in listed) return refuse(context, listed.refused);
  for (const one of listed.invitations) {
    const used = `${one.used}/${uses(one.uses)}`;
    reply.line("INVITATION", ["ENTRY", one.id, used, expiry(one), one.by ?? "*"]);
  }
  reply.line("INVITATION", ["END"]);
}

function withdraw(context: RegisteredContext, by: Account): Outcome {
  const { state, reply, params } = context;
  const [, id = ""] = params;
  const withdrawn = withdrawInvitation(state.accounts, by, id);
  if ("refused" in withdrawn) return refuse(context, withdrawn.refused);
  return awaitQuery({ kind: "keep-members", changes: withdrawn.changes }, ({ kept }) => {
    if (!kept) return unavailable(context);
    reply.line("INVITATION", ["WITHDRAWN", id]);
  });
}

/** A number; "*" is without end; nothing is the usual; what is no number is refused further on. */
function count(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  return text === "*" ? null : Number(text);
}

function uses(count: number | null): string {
  return count === null ? "*" : String(count);
}

function expiry({ expiresAt }: { readonly expiresAt: number | null }): string {
  return expiresAt === null ? "*" : formatTime(expiresAt);
}

function refuse({ reply }: RegisteredContext, refusal: InvitationRefusal): void {
  switch (refusal.kind) {
    case "not-owner":
      return reply.fail("INVITATION", "NOT_OWNER", [], "Only the server's owner may do that");
    case "too-many":
      return reply.fail("INVITATION", "LIMIT_REACHED", [], "There are too many open invitations");
    case "bad-uses":
      return reply.fail("INVITATION", "INVALID_PARAMS", [], `Uses are 1 to ${refusal.max}, or *`);
    case "bad-hours":
      return reply.fail("INVITATION", "INVALID_PARAMS", [], `Hours are 1 to ${refusal.max}`);
    case "unknown":
      return reply.fail("INVITATION", "NO_SUCH_INVITATION", [], "There is no such invitation");
  }
}

function unavailable({ reply }: RegisteredContext): void {
  reply.fail("INVITATION", "TEMPORARILY_UNAVAILABLE", [], NOT_STORED);
}
