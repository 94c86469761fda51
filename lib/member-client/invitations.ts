/** Creates, lists and withdraws invitations; for the server's owner. */
import type { Answer, ChatSession } from "../chat-client/session.ts";
import { isInvitationCode } from "../protocol/server-link.ts";
import { parseTime } from "../protocol/time.ts";
import type { Message } from "../protocol/wire/message.ts";
import { type ServerRefusal, serverRefusal } from "./server-refusal.ts";

/** A new invitation, with its code. */
interface CreatedInvitation {
  readonly id: string;
  /** Sent once; the server stores only its hash. */
  readonly code: string;
  /** `null`: no limit. */
  readonly uses: number | null;
  /** Milliseconds since 1970; `null`: never. */
  readonly expiresAt: number | null;
}

/** An invitation as the server lists it, without its code. Times and `null` as in {@link CreatedInvitation}. */
export interface KnownInvitation {
  readonly id: string;
  readonly used: number;
  readonly uses: number | null;
  readonly expiresAt: number | null;
  readonly by: string | null;
}

/** Why the server refused a command about invitations. */
export type InvitationFailure = { readonly kind: "not-owner" } | ServerRefusal;

/** What became of a new invitation. "bad-code": the server sent what can be no invitation. */
export type CreatedOutcome =
  | { readonly kind: "created"; readonly invitation: CreatedInvitation }
  | { readonly kind: "bad-code" }
  | InvitationFailure;

/**
 * Creates an invitation.
 *
 * @param uses how many sign-ups; `null`: no limit; left out: the server's default
 * @param hours validity; `null`: for ever; left out: the server's default
 */
export function createInvitation(
  session: ChatSession,
  { uses, hours }: { readonly uses?: number | null; readonly hours?: number | null },
  done: (outcome: CreatedOutcome) => void,
): void {
  // The parameter for uses comes first, so hours can't be sent without it.
  const params = ["CREATE"];
  if (uses !== undefined || hours !== undefined) params.push(uses === null ? "*" : `${uses ?? 1}`);
  if (hours !== undefined) params.push(hours === null ? "*" : `${hours}`);
  session.ask("INVITATION", params, (answer) => {
    const created = replyOf(answer, "CREATED");
    if (created === null) {
      done(invitationFailure(answer));
      return;
    }
    const [, id = "", code = "", usesText = "*", expiryText = "*"] = created.params;
    // It becomes part of a line that people paste into a shell.
    if (!isInvitationCode(code)) return done({ kind: "bad-code" });
    const invitation = { id, code, uses: countOf(usesText), expiresAt: parseTime(expiryText) };
    done({ kind: "created", invitation });
  });
}

/** Requests the invitations that can still be used. The server answers only its owner. */
export function listInvitations(
  session: ChatSession,
  done: (
    outcome:
      | { readonly kind: "invitations"; readonly invitations: readonly KnownInvitation[] }
      | InvitationFailure,
  ) => void,
): void {
  session.ask(
    "INVITATION",
    ["LIST"],
    (answer) => {
      if (answer.kind !== "answered") {
        done(invitationFailure(answer));
        return;
      }
      const entries = answer.messages.filter((message) => isReply(message, "ENTRY"));
      done({ kind: "invitations", invitations: entries.map(entryOf) });
    },
    { isLast: (message) => isReply(message, "END") },
  );
}

/** Withdraws an invitation; "unknown" if there is none with this id. */
export function withdrawInvitation(
  session: ChatSession,
  id: string,
  done: (
    outcome: { readonly kind: "withdrawn" } | { readonly kind: "unknown" } | InvitationFailure,
  ) => void,
): void {
  session.ask("INVITATION", ["WITHDRAW", id], (answer) => {
    if (replyOf(answer, "WITHDRAWN") !== null) done({ kind: "withdrawn" });
    else if (answer.kind === "failed" && answer.code === "NO_SUCH_INVITATION") {
      done({ kind: "unknown" });
    } else done(invitationFailure(answer));
  });
}

function entryOf({ params }: Message): KnownInvitation {
  const [, id = "", usage = "", expiryText = "*", by = "*"] = params;
  const [used = "0", uses = "*"] = usage.split("/");
  return {
    id,
    used: Number.parseInt(used, 10) || 0,
    uses: countOf(uses),
    expiresAt: parseTime(expiryText),
    by: by === "*" ? null : by,
  };
}

function countOf(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null;
}

function replyOf(answer: Answer, subcommand: string): Message | null {
  if (answer.kind !== "answered") return null;
  return answer.messages.find((message) => isReply(message, subcommand)) ?? null;
}

function isReply({ verb, params }: Message, subcommand: string): boolean {
  return verb === "INVITATION" && params[0] === subcommand;
}

function invitationFailure(answer: Answer): InvitationFailure {
  const isNotOwner = answer.kind === "failed" && answer.code === "NOT_OWNER";
  return isNotOwner ? { kind: "not-owner" } : serverRefusal(answer);
}
